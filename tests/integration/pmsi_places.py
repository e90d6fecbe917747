"""Where PMSI places what the answer key lists: tables by source, concepts of visits, queries."""

from __future__ import annotations

from etl.contracts.registry import contracts
from etl.ids import POSITION_BITS, VARIANTS
from tests.integration.test_dcir_answers import EVENT_TABLES

#: Both sides of the breaks of 2013 to 2023. Earlier the key knows more than the files of the time.
YEARS = range(2012, 2024)
#: Visits of the key: source → table that carries them.
VISITS = {
    "MCO": "T_MCOaaB", "MCO_ACE": "T_MCOaaCSTC", "SSR": "T_SSRaaC", "SSR_ACE": "T_SSRaaCSTC",
    "HAD": "T_HADaaC", "RIP": "T_RIPaaC",
}  # fmt: skip
#: Concept of each kind of visit of the answer key (OMOP Visit vocabulary).
KINDS = {
    "inpatient": 9201, "day_case": 8756, "emergency_inpatient": 262, "session": 9202,
    "external": 9202, "telehealth": 722455, "emergency": 9203, "rehabilitation": 9201,
    "home_hospital": 581476,
    "psychiatric_full_time": 9201, "psychiatric_part_time": 9202, "psychiatric_ambulatory": 9202,
}  # fmt: skip
DETAILS = {"MCO": "T_MCOaaUM", "SSR": "T_SSRaaB", "HAD": "T_HADaaB", "RIP": "T_RIPaaRSA"}
#: Places of diagnoses: source → table → number of places in its row that the key knows.
DIAGNOSES = {
    "MCO": {"T_MCOaaB": 2, "T_MCOaaUM": 2, "T_MCOaaD": 1},
    "SSR": {"T_SSRaaB": 2, "T_SSRaaD": 1},
    "HAD": {"T_HADaaB": 1, "T_HADaaD": 1, "T_HADaaDMPP": 1, "T_HADaaDMPA": 1},
    "RIP": {"T_RIPaaRSA": 1, "T_RIPaaRSAD": 1},
}
ROLES = {
    "DP": "primary", "MMP": "primary", "AE": "primary", "DR": "related", "DP_RUM": "unit",
    "DR_RUM": "related", "DAS": "associated", "DMPP": "associated", "DMPA": "associated",
}  # fmt: skip
ACTS = {
    "MCO": ("T_MCOaaA",), "MCO_ACE": ("T_MCOaaFMSTC",), "SSR": ("T_SSRaaCSARR", "T_SSRaaCCAM"),
    "HAD": ("T_HADaaA",), "RIP": ("T_RIPaaCCAM",), "SSR_ACE": ("T_SSRaaFMSTC",),
}  # fmt: skip
DRUGS = {
    "MCO": ("T_MCOaaMED", "T_MCOaaMEDATU", "T_MCOaaMEDAPAC", "T_MCOaaMEDTHROMBO"),
    "SSR": ("T_SSRaaMED", "T_SSRaaMEDATU", "T_SSRaaMEDAPAC", "T_SSRaaFH"),
    "SSR_ACE": ("T_SSRaaFHSTC",),
    "HAD": ("T_HADaaMED", "T_HADaaMEDATU", "T_HADaaMEDAPAC", "T_HADaaMEDCHL", "T_HADaaFH"),
}
#: Devices: source → table → places of its row (a bill of rehabilitation holds two until 2016).
DEVICES = {
    "MCO": {"T_MCOaaDMIP": 1, "T_MCOaaFP": 1}, "MCO_ACE": {"T_MCOaaFPSTC": 1},
    "SSR": {"T_SSRaaFP": 3}, "SSR_ACE": {"T_SSRaaFPSTC": 1},
}  # fmt: skip
TESTS = {
    "MCO": "T_MCOaaFL", "SSR": "T_SSRaaFL", "MCO_ACE": "T_MCOaaFLSTC", "SSR_ACE": "T_SSRaaFLSTC"
}  # fmt: skip
#: Tables of money whose rows are costs.
MONEY = (
    "T_MCOaaVALO", "T_MCOaaVALOACE", "T_SSRaaVALO", "T_SSRaaFB", "T_HADaaVALO", "T_HADaaFB",
    "T_HADaaFC", "T_RIPaaFB", "T_RIPaaFC", "T_SSRaaFBSTC", "T_SSRaaFCSTC", "T_SSRaaFC",
)  # fmt: skip
CONDITION = ("condition_occurrence", "condition", "condition_occurrence_id", "condition_start_date")
FINESS = "split_part(business_key, '|', 1)"
SITE = "on visit.care_site_id = care_site.care_site_id"


def made_from(key: str, *tables: str) -> str:
    """Condition: a CDM id that comes from one of these source tables."""
    numbers = ", ".join(str(contracts()[table].number) for table in tables)
    return f"floor({key} / {VARIANTS << POSITION_BITS}) in ({numbers})"


def events(places: dict[str, int], columns: str = "") -> str:
    """Query: person, hospital, day and code of the rows of these tables, whatever their domain.

    ``places`` gives, by source table, how many places of a row count; a code with several standard
    concepts counts once.
    """
    parts = []
    for table, name, key, day in (*EVENT_TABLES, CONDITION):
        for source_table, count in places.items():
            parts.append(
                f"select person_key, care_site_source_value, {day}, {name}_source_value {columns} "
                f"from cdm.{table} as event join who using (person_id) "
                "left join cdm.visit_occurrence as visit using (visit_occurrence_id) "
                "left join cdm.care_site using (care_site_id) "
                f"where {made_from(key, source_table)} and {key} % 32 < {count}"
            )
    return " union all ".join(parts).replace("using (care_site_id)", SITE)
