"""Targeting algorithms on planted persons: three counts and each reason, answered by hand.

Each person is planted for one thing. Concept ids: evidence of the reference; those of source codes
are numbers of the tests.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

import duckdb
import pytest

from etl.contracts.registry import contracts
from etl.ids import VARIANTS, row_id_at
from etl.study.targeting import counting, raw
from etl.study.targeting.counting import Counted
from etl.study.targeting.criteria import Algorithm, algorithms
from tests.conftest import REFERENCE
from tests.tiny_cdm import tiny_cdm

YEAR = 2019
HEART_FAILURE, INFARCTION, METFORMIN, METHADONE = 316139, 4329847, 1503297, 1103640
DP, DP_RUM, DAS = 32903, 32902, 32909  # status concepts
SOURCE = {  # code → number of its source concept, vocabulary, what it maps to (0: nothing)
    "I500": (2_001_000_001, "SNDS_CIM10", HEART_FAILURE),
    "I099": (2_001_000_002, "SNDS_CIM10", HEART_FAILURE),
    "I210": (2_001_000_003, "SNDS_CIM10", INFARCTION),
    "I219": (2_001_000_004, "SNDS_CIM10", 0),
    "Z370": (2_001_000_005, "SNDS_CIM10", 0),
    "JQGD010": (2_002_000_001, "SNDS_CCAM", 0),
    "3400930000001": (2_003_000_001, "SNDS_CIP", METHADONE),
    "3400930000002": (2_003_000_002, "SNDS_CIP", METFORMIN),
    "3400930000003": (2_003_000_003, "SNDS_CIP", METFORMIN),
}
NORMAL, LARGE = "3400930000002", "3400930000003"
RETURNS = ["NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET", "DAT_RET",
           "COH_NAI_RET", "COH_SEX_RET"]  # fmt: skip
LINE = ["FLX_DIS_DTD", "FLX_TRT_DTD", "FLX_EMT_TYP", "FLX_EMT_NUM", "FLX_EMT_ORD",
        "ORG_CLE_NUM", "DCT_ORD_NUM", "PRS_ORD_NUM", "REM_TYP_AFF"]  # fmt: skip
STAY = ["_source_year int", "ETA_NUM", "RSA_NUM"]
COLUMNS = {
    "IR_BEN_R": ["_row_id bigint", "BEN_NIR_PSA", "BEN_RNG_GEM", "BEN_NIR_ANO", "BEN_IDT_ANO"],
    "IR_IMB_R": ["BEN_NIR_PSA", "BEN_RNG_GEM", "MED_MTF_COD", "IMB_ALD_DTD date",
                 "IMB_ALD_DTF date"],
    "IR_PHA_R": ["PHA_CIP_C13", "PHA_ATC_CLA", "PHA_CND_TOP"],
    "ER_PRS_F": [*LINE, "BEN_NIR_PSA", "BEN_RNG_GEM", "EXE_SOI_DTD date", "DPN_QLF"],
    "ER_PHA_F": [*LINE, "PHA_PRS_C13", "PHA_ACT_QSN int"],
    "T_MCOaaB": [*STAY, "DGN_PAL", "DGN_REL", "GRG_GHM"],
    "T_MCOaaC": [*STAY, "NIR_ANO_17", "EXE_SOI_DTD date", *RETURNS],
    "T_MCOaaD": [*STAY, "ASS_DGN"],
    "T_MCOaaUM": [*STAY, "DGN_PAL", "DGN_REL"],
    "T_MCOaaA": [*STAY, "CDC_ACT"],
    "T_RIPaaRSA": ["_source_year int", "ETA_NUM_EPMSI", "RIP_NUM", "DGN_PAL"],
    "T_RIPaaRSAD": ["_source_year int", "ETA_NUM_EPMSI", "RIP_NUM", "ASS_DGN"],
    "T_RIPaaC": ["_source_year int", "ETA_NUM_EPMSI", "RIP_NUM", "NIR_ANO_17",
                 "EXE_SOI_DTD date", *RETURNS],
}  # fmt: skip
COLUMNS["IR_BEN_R_ARC"] = COLUMNS["IR_BEN_R"]


class Planted:
    """Raw tables and a CDM, filled person by person."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.lines = 0
        connection.execute(f"create schema {raw.SCHEMA}")
        for name, columns in COLUMNS.items():
            typed = ", ".join(one if " " in one else f"{one} varchar" for one in columns)
            connection.execute(f"create table {raw.SCHEMA}.{name} ({typed})")
        connection.execute("create schema release.audit")
        connection.execute("create table audit.person_origin (person_id bigint, _row_id bigint)")
        for code, (number, vocabulary, target) in SOURCE.items():
            self.into("cdm.concept", concept_id=number, concept_code=code,
                      vocabulary_id=vocabulary)  # fmt: skip
            if target:
                self.into("cdm.concept_relationship", concept_id_1=number, concept_id_2=target,
                          relationship_id="Maps to")  # fmt: skip
        for number in (INFARCTION, METFORMIN, METHADONE):
            self.into("cdm.concept", concept_id=number, standard_concept="S")
        for cip, atc, pack in (
            ("3400930000001", "N07BC02", "NP"), (NORMAL, "A10BA02", "NP"), (LARGE, "A10BA02", "GC"),
        ):  # fmt: skip
            self.into(f"{raw.SCHEMA}.IR_PHA_R", PHA_CIP_C13=cip, PHA_ATC_CLA=atc,
                      PHA_CND_TOP=pack)  # fmt: skip

    def into(self, table: str, **values: Any) -> None:
        names = ", ".join(f"${place} as {name}" for place, name in enumerate(values, start=1))
        self.connection.execute(f"insert into {table} by name select {names}", [*values.values()])

    def row(self, table: str) -> int:
        self.lines += 1
        return row_id_at(contracts()[table].number, (1 << 27) + self.lines) * VARIANTS

    def person(self, person: int, psa: str = "", rank: str = "1", *, in_cdm: bool = True) -> str:
        psa = psa or f"PSA{person}"
        self.into(f"{raw.SCHEMA}.IR_BEN_R", _row_id=person, BEN_NIR_PSA=psa, BEN_RNG_GEM=rank,
                  BEN_IDT_ANO=f"IDT{person}")  # fmt: skip
        if in_cdm:
            self.into("cdm.person", person_id=person)
            self.into("audit.person_origin", person_id=person, _row_id=person)
        return psa

    def stay(self, person: int, psa: str, *, ghm: str = "05M09T", return_code: str = "0",
             **diagnoses: str) -> None:  # fmt: skip
        """A raw stay of 1 March, and its visit; ``diagnoses``: DP, DR, DAS, DP_RUM, CCAM."""
        key = {"_source_year": YEAR, "ETA_NUM": "750000001", "RSA_NUM": str(person)}
        self.into(f"{raw.SCHEMA}.T_MCOaaB", **key, DGN_PAL=diagnoses.get("DP"), GRG_GHM=ghm,
                  DGN_REL=diagnoses.get("DR"))  # fmt: skip
        codes = dict.fromkeys(RETURNS, "0") | {"NIR_RET": return_code}
        self.into(f"{raw.SCHEMA}.T_MCOaaC", **key, NIR_ANO_17=psa, EXE_SOI_DTD="2019-03-01",
                  **codes)  # fmt: skip
        for place, table, column in (("DAS", "T_MCOaaD", "ASS_DGN"),
                                     ("DP_RUM", "T_MCOaaUM", "DGN_PAL"),
                                     ("CCAM", "T_MCOaaA", "CDC_ACT")):  # fmt: skip
            if place in diagnoses:
                self.into(f"{raw.SCHEMA}.{table}", **key, **{column: diagnoses[place]})
        self.into("cdm.visit_occurrence", visit_occurrence_id=person, person_id=person,
                  visit_start_date="2019-03-01", visit_end_date="2019-03-05")  # fmt: skip

    def condition(self, person: int, code: str, place: str, status: int) -> None:
        number, _, target = SOURCE.get(code, (0, "", 0))
        table = {"DAS": "T_MCOaaD", "DP_RUM": "T_MCOaaUM"}.get(place, "T_MCOaaB")
        self.into("cdm.condition_occurrence", condition_occurrence_id=self.row(table),
                  person_id=person, condition_concept_id=target, condition_source_value=code,
                  condition_source_concept_id=number, condition_start_date="2019-03-01",
                  condition_status_concept_id=status, condition_status_source_value=place,
                  visit_occurrence_id=person)  # fmt: skip

    def dispensing(self, person: int, cip: str, day: str, quantity: int = 1) -> None:
        self.lines += 1
        line = dict.fromkeys(LINE, "1") | {"PRS_ORD_NUM": str(self.lines)}
        self.into(f"{raw.SCHEMA}.ER_PRS_F", **line, BEN_NIR_PSA=f"PSA{person}", BEN_RNG_GEM="1",
                  EXE_SOI_DTD=day)  # fmt: skip
        self.into(f"{raw.SCHEMA}.ER_PHA_F", **line, PHA_PRS_C13=cip, PHA_ACT_QSN=quantity)

    def exposure(self, person: int, cip: str, days: Iterable[str]) -> None:
        number, _, target = SOURCE[cip]
        for day in days:
            self.into("cdm.drug_exposure", drug_exposure_id=self.row("ER_PHA_F"), person_id=person,
                      drug_concept_id=target, drug_source_concept_id=number,
                      drug_source_value=cip, drug_exposure_start_date=day)  # fmt: skip


def plant() -> duckdb.DuckDBPyConnection:
    connection = tiny_cdm([], [])
    at = Planted(connection)
    # Acute coronary syndrome: main diagnosis of a unit.
    at.stay(1, at.person(1), DP="I210", DP_RUM="I210")  # the stay's place keeps it (R32)
    at.condition(1, "I210", "DP", DP)
    at.stay(2, at.person(2), DP="R074", DP_RUM="I210")
    at.condition(2, "I210", "DP_RUM", DP_RUM)
    at.stay(3, at.person(3), DP="R074", DP_RUM="I219")  # a code that maps to nothing
    at.condition(3, "I219", "DP_RUM", DP_RUM)
    at.stay(4, at.person(4), DP="R074", DP_RUM="I210", return_code="1")  # invalid linkage: R09
    at.stay(5, at.person(5), DP="R074", DP_RUM="I210", ghm="90Z00Z")  # grouped in error: R30a
    # Heart failure: main diagnosis.
    at.stay(10, at.person(10), DP="I500")
    at.condition(10, "I500", "DP", DP)
    at.stay(11, at.person(11), DP="I099")  # another code of the same concept
    at.condition(11, "I099", "DP", DP)
    at.stay(12, at.person(12), DP="R074", DAS="I500")  # associated only: no case
    at.condition(12, "I500", "DAS", DAS)
    # Stroke: the vocabulary has no I64.
    at.stay(20, at.person(20), DP="I64")
    at.condition(20, "I64", "DP", DP)
    at.stay(21, at.person(21, "SHARED", "1"), DP="I64")  # one pseudonym of two persons: R08
    at.person(22, "SHARED", "2")
    at.stay(23, at.person(23, in_cdm=False), DP="I64")
    # Dialysis: the group lies in COST, the vocabulary has none.
    at.stay(30, at.person(30), ghm="28Z01Z", DP="Z491")
    at.into("cdm.cost", cost_id=1, cost_event_id=30, drg_source_value="28Z01Z")
    # Opioids: one of two boxes given back; both given back.
    at.person(40), at.person(41)
    at.dispensing(40, "3400930000001", "2019-05-01", 2)
    at.dispensing(40, "3400930000001", "2019-05-01", -1)
    at.exposure(40, "3400930000001", ["2019-05-01"])
    at.dispensing(41, "3400930000001", "2019-05-01", 1)
    at.dispensing(41, "3400930000001", "2019-05-01", -1)
    # Diabetes: three dates; two with a large pack; two without; three, one in the year after.
    for person, packs in (
        (50, [(NORMAL, "2019-01-01"), (NORMAL, "2019-02-01"), (NORMAL, "2019-12-31")]),
        (51, [(NORMAL, "2019-01-01"), (LARGE, "2019-02-01")]),
        (52, [(NORMAL, "2019-01-01"), (NORMAL, "2019-02-01")]),
        (53, [(NORMAL, "2019-01-01"), (NORMAL, "2019-02-01"), (NORMAL, "2020-01-01")]),
    ):
        at.person(person)
        for cip, day in packs:
            at.dispensing(person, cip, day)
            at.exposure(person, cip, [day])
    # Delivery: act and outcome in one stay; the outcome is an observation, which has no place.
    at.stay(60, at.person(60), DP="O800", DAS="Z370", CCAM="JQGD010")
    at.into("cdm.procedure_occurrence", procedure_occurrence_id=at.row("T_MCOaaA"), person_id=60,
            procedure_concept_id=0, procedure_source_value="JQGD010", visit_occurrence_id=60,
            procedure_source_concept_id=2_002_000_001, procedure_date="2019-03-01")  # fmt: skip
    at.into("cdm.observation", observation_id=at.row("T_MCOaaD"), person_id=60,
            observation_concept_id=0, observation_source_value="Z370", visit_occurrence_id=60,
            observation_source_concept_id=2_001_000_005,
            observation_date="2019-03-01")  # fmt: skip
    # Multiple sclerosis: a long-term disease; another with G36, which removes.
    for person in (70, 71):
        at.person(person)
        at.into(f"{raw.SCHEMA}.IR_IMB_R", BEN_NIR_PSA=f"PSA{person}", BEN_RNG_GEM="1",
                MED_MTF_COD="G35", IMB_ALD_DTD="2015-01-01", IMB_ALD_DTF="2016-01-01")  # fmt: skip
    at.stay(71, "PSA71", DP="R074", DAS="G360")
    raw.prepare(connection)
    return connection


@pytest.fixture(scope="module")
def counted() -> dict[str, Counted]:
    connection = plant()
    return {one.algorithm: counting.count(connection, one, YEAR) for one in algorithms()}


ANSWERS = {
    # raw, source concepts, standard concepts; lost; unmapped; added
    "acute_coronary_syndrome_cnam": (3, 2, 1, {"place_merged": 1}, {"no_standard_concept": 1}, {}),
    "heart_failure_hospital": (1, 1, 2, {}, {}, {"wider_concept": 1}),
    "stroke_sndstools": (2, 0, 0, {"code_without_concept": 1}, {}, {}),
    "dialysis_hospital_sessions": (1, 0, 0, {"code_without_concept": 1}, {}, {}),
    "opioid_substitution_ofdt": (1, 1, 1, {}, {}, {}),
    "diabetes_cnam": (2, 2, 1, {}, {"pack_unknown": 1}, {}),
    "delivery": (1, 0, 0, {"other_domain": 1}, {}, {}),
    # no row of the CDM: nothing finds the person again
    "multiple_sclerosis_sensitive": (1, 0, 0, {"rule_or_other": 1}, {}, {}),
    "cancer_breast_hospital": (0, 0, 0, {}, {}, {}),
    "psychotic_disorders_psychiatric_care": (0, 0, 0, {}, {}, {}),
}


def test_ten_algorithms_are_answered() -> None:
    assert {one.algorithm for one in algorithms()} == ANSWERS.keys()


@pytest.mark.parametrize("name", ANSWERS)
def test_three_counts_and_their_reasons(counted: dict[str, Counted], name: str) -> None:
    one = counted[name]
    found = (one.raw, one.source, one.standard, one.lost, one.unmapped, one.added)
    assert found == ANSWERS[name]
    assert one.balances


def test_persons_who_are_not_in_the_cdm_are_counted_apart(counted: dict[str, Counted]) -> None:
    assert {name: one.not_in_cdm for name, one in counted.items() if one.not_in_cdm} == {
        "stroke_sndstools": 1
    }


def test_codes_behind_added_persons_are_named(counted: dict[str, Counted]) -> None:
    assert counted["heart_failure_hospital"].others == [("I099", 1)]


def test_codes_that_the_vocabulary_lacks_are_listed(counted: dict[str, Counted]) -> None:
    stroke = counted["stroke_sndstools"].missing
    assert [(one.code, one.source_concepts) for one in stroke] == [
        ("I61*", 0), ("I62*", 0), ("I63*", 0), ("I64*", 0),
    ]  # fmt: skip
    coronary = {one.code: one for one in counted["acute_coronary_syndrome_cnam"].missing}
    assert (coronary["I21*"].source_concepts, coronary["I21*"].mapped) == (2, 1)


def test_a_count_that_does_not_balance_is_seen(counted: dict[str, Counted]) -> None:
    one = counted["heart_failure_hospital"]
    wrong = Counted("x", one.raw, one.source, one.standard + 1, added=dict(one.added))
    assert not wrong.balances


HANDED = REFERENCE / "targeting_algorithms.csv"
NAMES = {"multiple_sclerosis_sensitive": ("multiple_sclerosis", "sensitive")}


@pytest.mark.skipif(not HANDED.is_file(), reason="../shared is not next to this checkout")
@pytest.mark.parametrize("algorithm", algorithms(), ids=lambda one: one.algorithm)
def test_codes_and_numbers_are_those_of_the_reviewed_list(algorithm: Algorithm) -> None:
    """What was re-expressed has the codes of the list, and no criterion is left out."""
    name, version = NAMES.get(algorithm.algorithm, (algorithm.algorithm, ""))
    with HANDED.open(encoding="utf-8", newline="") as handle:
        listed = [
            row
            for row in csv.DictReader(handle)
            if row["algorithm"] == name and (not version or version in row["version"])
        ]
    kept = [row for row in listed if row["source_table"] != "T_RIPaaR3A;T_RIPaaR3AD"]
    assert {row["codes"] for row in kept} == {one.codes for one in algorithm.criteria}
    # Large packs are a group of their own here, so that a path has its number once more.
    ours = {(one.path, one.codes, one.minimum) for one in algorithm.criteria if not one.pack}
    theirs = {(row["codes"], int(row["minimum_count"])) for row in kept}
    assert {(codes, minimum) for _, codes, minimum in ours} == theirs
    assert (0 in algorithm.paths()) == any(row["exclusion"] == "yes" for row in kept)
