"""Hard cases of DCIR, written by hand: their answers come from reading the rules, not the code."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

KEYS = [
    "DCT_ORD_NUM", "FLX_DIS_DTD", "FLX_EMT_NUM", "FLX_EMT_ORD", "FLX_EMT_TYP", "FLX_TRT_DTD",
    "ORG_CLE_NUM", "PRS_ORD_NUM", "REM_TYP_AFF",
]  # fmt: skip
ANNE, ANNE_BEFORE, BASTIEN, CLEO, TWIN = "A" * 17, "O" * 17, "B" * 17, "C" * 17, "T" * 17
GP, CHEMIST, LAB, RETIRED = "75100001", "75200002", "75600003", "75100009"
IBUPROFEN, INSULIN, LARGE = "3400930000001", "3400930000002", "3400930000003"
DORA, EVE, EVE_BEFORE, FLORE = "D" * 17, "E" * 17, "F" * 17, "L" * 17
ENCRYPTED = "ab0defghijklmnopq"  # a third character of 0 says nothing here


def key(number: int) -> dict[str, str]:
    """The nine keys of line `number`."""
    values = [str(number), "01/03/2019", "1", "1", "1", "10/02/2019", "01C751000", "1", "1"]
    return dict(zip(KEYS, values, strict=True))


def line(number: int, psa: str, day: str, act: str, **more: str) -> dict[str, str]:
    return {
        **key(number), "BEN_NIR_PSA": psa, "BEN_RNG_GEM": "1", "EXE_SOI_DTD": day,
        "PRS_NAT_REF": act, "PRS_ACT_QTE": "1", "PFS_EXE_NUM": GP, "ORG_AFF_BEN": "01C751000",
        "BSE_REM_MNT": "0.00", **more,
    }  # fmt: skip


def table(rows: list[dict[str, str]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return "\n".join(";".join(fields) for fields in lines) + "\n"


def beneficiary(psa: str, idt: str, **more: str) -> dict[str, str]:
    return {
        "BEN_NIR_PSA": psa, "BEN_RNG_GEM": "1", "BEN_IDT_ANO": idt, "BEN_CDI_NIR": "00",
        "BEN_NAI_ANN": "1960", "BEN_SEX_COD": "2", "BEN_DCD_DTE": "01/01/1600",
        "BEN_RES_DPT": "075", "BEN_RES_COM": "056", "ORG_AFF_BEN": "01C751000",
        "MAX_TRT_DTD": "01/01/2019", **more,
    }  # fmt: skip


PERSONS = [
    beneficiary(ANNE, "ANNE", BEN_NAI_ANN="1961"),
    # her right before: archived, with another sex, that nobody should believe
    beneficiary(BASTIEN, "BASTIEN", BEN_NAI_ANN="1962", BEN_SEX_COD="1", BEN_DCD_DTE="01/06/2019",
                BEN_RES_DPT="209", BEN_RES_COM="033"),
    beneficiary(CLEO, "CLEO", BEN_NAI_ANN="1963", BEN_RES_DPT="971", BEN_RES_COM="005",
                ORG_AFF_BEN="03A971000"),
    beneficiary(TWIN, "TWIN1", BEN_NAI_ANN="2001"),
    # no commune: the department is all that is known
    beneficiary(TWIN, "TWIN2", BEN_NAI_ANN="2001", BEN_RNG_GEM="2", BEN_RES_COM="999"),
    # a month of death only; a month on one right and the day on the other; no residence but a fund
    beneficiary(DORA, "DORA", BEN_NAI_ANN="1964", BEN_DCD_AME="201906", BEN_RES_DPT="",
                BEN_RES_COM="", ORG_AFF_BEN="01C131000"),
    beneficiary(EVE, "EVE", BEN_NAI_ANN="1965", BEN_DCD_AME="201903", BEN_RES_COM=""),
    beneficiary(EVE_BEFORE, "EVE", BEN_NAI_ANN="1965", BEN_DCD_DTE="10/03/2019",
                BEN_DCD_AME="201903", BEN_RES_COM="", MAX_TRT_DTD="01/01/2018"),
    # a farmer for some days
    beneficiary(FLORE, "FLORE", BEN_NAI_ANN="1966"),
]  # fmt: skip

LINES = [
    # quantities: two packs of one drug and one of another, on one line
    line(1, ANNE, "05/02/2019", "3313", PFS_EXE_NUM=CHEMIST, PRS_PAI_MNT="30.00",
         BSE_REM_MNT="19.50", CPL_REM_MNT="0.50", BEN_RES_DPT="069", BEN_RES_COM="123"),
    # the same drug under her older right, the same day, at the same chemist's
    line(2, ANNE_BEFORE, "05/02/2019", "3313", PFS_EXE_NUM=CHEMIST, BSE_REM_MNT="6.50"),
    # reversed in full: original, then its negative whose details have no sign
    line(3, BASTIEN, "06/02/2019", "3211", PFS_EXE_NUM=LAB, BSE_REM_MNT="10.00"),
    line(4, BASTIEN, "06/02/2019", "3211", PFS_EXE_NUM=LAB, PRS_ACT_QTE="-1",
         BSE_REM_MNT="-10.00"),
    # unpacked: 14 units; and a UCD quarter
    line(5, CLEO, "07/02/2019", "3313", PFS_EXE_NUM=CHEMIST, BSE_REM_MNT="3.10"),
    line(6, CLEO, "08/02/2019", "3317", PFS_EXE_NUM="", BSE_REM_MNT="100.01"),
    # surgery and its anaesthesia are one act; a surcharge is money
    line(7, CLEO, "09/02/2019", "1352", BSE_REM_MNT="62.70", DPN_QLF="0"),
    line(8, CLEO, "09/02/2019", "1352", BSE_REM_MNT="7.00", CPL_MAJ_TOP="2"),
    # external care of a public hospital: in PMSI too; but its participation is paid here alone
    line(9, CLEO, "10/02/2019", "1111", DPN_QLF="71", BSE_REM_MNT="25.00"),
    line(10, CLEO, "10/02/2019", "1956", PRS_DPN_QLP="71", DPN_QLF="0", CPL_MAJ_TOP="2",
         BSE_REM_MNT="-18.00", PRS_ACT_QTE="0"),
    line(11, CLEO, "11/02/2019", "1111", BSE_REM_MNT="23.00"),  # FIDES, by its establishment
    # dead since the first of June: thirty days of grace
    line(12, BASTIEN, "01/07/2019", "1111", BSE_REM_MNT="16.50"),
    line(13, BASTIEN, "02/07/2019", "1111", BSE_REM_MNT="16.50"),
    line(14, ANNE, "31/12/1960", "1111", BSE_REM_MNT="16.50"),  # before birth
    # twins go by their rank; nobody has rank 3
    line(15, TWIN, "12/02/2019", "1111", BEN_RNG_GEM="2", BSE_REM_MNT="16.50"),
    line(16, TWIN, "12/02/2019", "1111", BEN_RNG_GEM="3", BSE_REM_MNT="16.50"),
    # no day of care, a month only; and a sentinel for a day
    line(17, ANNE, "01/01/1600", "1111", EXE_SOI_AMD="201903", BSE_REM_MNT="16.50",
         BEN_RES_DPT="075", BEN_RES_COM="999"),
    # no box at all: nothing was handed out
    line(18, ANNE, "13/02/2019", "3313", PFS_EXE_NUM=CHEMIST),
    # a large pack, one known by its old code, one by none; a drug given in hospital
    line(19, CLEO, "14/02/2019", "3313", PFS_EXE_NUM=CHEMIST),
    line(20, CLEO, "15/02/2019", "3320", PFS_EXE_NUM=""),
    line(21, ANNE, "16/02/2019", "1111", PFS_EXE_NUM=ENCRYPTED, BEN_RES_DPT="069",
         BEN_RES_COM="123"),
    # additional anaesthesia is an act of its own
    line(22, CLEO, "17/02/2019", "1352"),
    # from the general scheme to that of farmers and back; one day says both; what the scheme of
    # fictitious numbers paid is not hers
    line(23, FLORE, "03/02/2019", "1111"),
    line(24, FLORE, "06/02/2019", "1111", ORG_AFF_BEN="02A751000"),
    line(25, FLORE, "10/02/2019", "1111"),
    line(26, FLORE, "10/02/2019", "3313", PFS_EXE_NUM=CHEMIST, ORG_AFF_BEN="02A751000"),
    line(27, FLORE, "14/02/2019", "1111", ORG_AFF_BEN="02A751000", BSE_REM_MNT="16.50"),
    line(28, FLORE, "20/02/2019", "1111", BSE_REM_MNT="16.50"),
    line(29, FLORE, "21/02/2019", "1111", RGM_GRG_COD="1", RGM_COD="888", BSE_REM_MNT="16.50",
         ORG_AFF_BEN="02A751000", BEN_RES_DPT="013", BEN_RES_COM="055"),
    line(30, FLORE, "22/02/2019", "3313", PFS_EXE_NUM=CHEMIST, RGM_GRG_COD="4", RGM_COD="888"),
]  # fmt: skip

FILES = {
    "IR_BEN_R": table(PERSONS),
    "IR_BEN_R_ARC": table([beneficiary(ANNE_BEFORE, "ANNE", BEN_SEX_COD="1",
                                       MAX_TRT_DTD="01/01/2030")]),
    "ER_PRS_F_2019": table(LINES),
    # January and February stand in the archived table of the year before, too
    "ER_PRS_F_2018": table([LINES[0], LINES[4]]),
    "ER_PHA_F_2019": table([
        {**key(1), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "2"},
        {**key(1), "PHA_PRS_C13": INSULIN, "PHA_ACT_QSN": "1"},
        {**key(1), "PHA_PRS_C13": INSULIN, "PHA_ACT_QSN": "1"},
        {**key(2), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "3"},
        {**key(5), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "1", "PHA_DEC_TOP": "D",
         "PHA_DEC_QSU": "14"},
        {**key(18), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "0"},
        {**key(19), "PHA_PRS_C13": LARGE, "PHA_ACT_QSN": "2"},
        {**key(19), "PHA_PRS_C13": "0", "PHA_PRS_IDE": "3000001", "PHA_ACT_QSN": "1"},
        {**key(19), "PHA_PRS_C13": "0", "PHA_PRS_IDE": "0", "PHA_ACT_QSN": "1"},
    ]),
    "ER_PHA_F_2018": table([
        {**key(1), "PHA_PRS_C13": IBUPROFEN, "PHA_ACT_QSN": "2"},
        {**key(1), "PHA_PRS_C13": INSULIN, "PHA_ACT_QSN": "1"},
        {**key(1), "PHA_PRS_C13": INSULIN, "PHA_ACT_QSN": "1"},
    ]),
    "ER_BIO_F": table([{**key(3), "BIO_PRS_IDE": "552"}, {**key(4), "BIO_PRS_IDE": "552"}]),
    "ER_UCD_F": table([{**key(6), "UCD_UCD_COD": "0000009261104", "UCD_DLV_NBR": "3",
                        "UCD_FRC_COE": "0.2500", "UCD_TOP_UCD": "0"},
                       {**key(20), "UCD_UCD_COD": "0000009189944", "UCD_DLV_NBR": "1",
                        "UCD_TOP_UCD": "1"}]),
    "ER_CAM_F": table([
        {**key(7), "CAM_PRS_IDE": "HHFA001", "CAM_ACT_COD": "1", "CAM_TRT_PHA": "0",
         "CAM_MOD_COD": "FJ"},
        {**key(7), "CAM_PRS_IDE": "HHFA001", "CAM_ACT_COD": "4", "CAM_TRT_PHA": "0"},
        {**key(22), "CAM_PRS_IDE": "ZZLP025", "CAM_ACT_COD": "4", "CAM_TRT_PHA": "0",
         "CAM_MOD_NEW": "A7"},
    ]),
    "ER_ETE_F": table([
        {**key(6), "ETB_EXE_FIN": "75000001", "ETE_IND_TAA": "0"},
        {**key(11), "ETB_EXE_FIN": "75000001", "ETE_IND_TAA": "1"},
    ]),
    "ER_ARO_F_2019": table([
        {**key(1), "ARO_REM_TYP": "2", "ARO_REM_MNT": "5.00"},
        {**key(1), "ARO_REM_TYP": "2", "ARO_REM_MNT": "5.00"},
        {**key(9), "ARO_REM_TYP": "2", "ARO_REM_MNT": "7.00"},
    ]),
    "ER_ARO_F_2018": table([{**key(1), "ARO_REM_TYP": "2", "ARO_REM_MNT": "5.00"}]),
    "IR_IMB_R": table([
        {"BEN_NIR_PSA": psa, "BEN_RNG_GEM": "1", "IMB_ETM_NAT": nature, "IMB_ALD_DTD": begin,
         "IMB_ALD_DTF": end, "MED_MTF_COD": code, "MED_NCL_IDT": "CIM10", "INS_DTE": told}
        for psa, nature, begin, end, code, told in (
            (ANNE, "41", "01/03/2015", "01/01/1600", "E119", "02/03/2015"),
            (ANNE_BEFORE, "41", "01/03/2015", "31/12/2018", "E11.9", "02/05/2016"),  # told later
            (ANNE, "41", "01/01/2019", "31/12/2099", "E119", "02/01/2019"),  # another episode
            (ANNE, "12", "01/01/2019", "31/12/2099", "M170", "02/01/2019"),  # at work
            (ANNE, "41", "31/12/1960", "31/12/2099", "J459", "02/01/2019"),  # before birth
            (BASTIEN, "41", "02/07/2019", "31/12/2099", "I500", "02/07/2019"),  # after death
        )
    ]),
    "IR_PHA_R": table([{"PHA_CIP_C13": LARGE, "PHA_UPC_NBR": "90", "PHA_CND_TOP": "GC"}]),
    "BE_IDE_R": table([{"IDE_ETA_NU8": "75000001", "IDE_ETA_NOM": "HOPITAL DU NORD",
                        "IDE_PSH_CAT": "355"}]),
    "IR_MAT_R": table([{"BEN_NIR_PSA": ANNE, "BEN_RNG_GEM": "1", "BEN_GRS_DTE": "01/12/2018",
                        "BEN_DRA_AME": "201909"}]),
    "IR_ESM_R": table([{"BEN_NIR_PSA": CLEO, "ESM_CAT_COD": "200", "PEC_DEB_AME": "201901"}]),
    # Anne's doctor was declared anew under her older right; Bastien's saw nobody else
    "IR_MTT_R": table([
        {"NUM_ENQ": psa, "BEN_RNG_GEM": rank, "MTT_PFS_NUM": doctor, "MTT_DEP_DTE": begin,
         "MTT_FIN_DTE": end}
        for psa, rank, doctor, begin, end in (
            (ANNE, "1", LAB, "01/01/2012", "31/12/2016"),
            (ANNE_BEFORE, "1", GP, "01/01/2017", "31/12/2099"),
            (BASTIEN, "1", RETIRED, "01/01/2010", "30/06/2018"),
            (BASTIEN, "1", GP, "01/01/2019", "31/12/2018"),  # called off before it began
            (TWIN, "3", GP, "01/01/2019", "01/01/1600"),  # nobody has rank 3
        )
    ]),
    "IR_ORC_R": table([{"BEN_NIR_PSA": CLEO, "BEN_RNG_GEM": "1", "BEN_CTA_TYP": "1",
                        "MLL_CTA_DSD": "01/02/2019", "MLL_CTA_DSF": "31/12/2099"}]),
}  # fmt: skip


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, command: Any) -> duckdb.DuckDBPyConnection:
    root = tmp_path_factory.mktemp("hard")
    (root / "delivery").mkdir()
    for name, text in FILES.items():
        (root / "delivery" / f"{name}.csv").write_text(text, encoding="utf-8")
    for step in (["stage", "--input", root / "delivery"], ["vocab", "load"], ["build"]):
        code, _, errors = command("--workspace", root / "w", *step)
        assert code == 0, errors
    return duckdb.connect(str(root / "w" / "build" / "candidate.duckdb"), read_only=True)


def rows(cdm: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return cdm.execute(query).fetchall()


def fate(cdm: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Disposition and rule of each line, by claim number (the last two digits are enough)."""
    found = rows(
        cdm,
        "select DCT_ORD_NUM, string_agg(disposition || coalesce(' ' || rule_id, ''), ', ' "
        "order by d._row_id) from intermediate.aud_disposition as d "
        f"join staging.stg_dcir__{table.lower()} as s on d._row_id = s._row_id "
        f"where source_table = '{table}' group by 1",
    )
    return {str(number): said for number, said in found}


def test_each_line_has_its_fate(cdm: duckdb.DuckDBPyConnection) -> None:
    assert fate(cdm, "ER_PRS_F") == {
        "1": "superseded R13, event",
        "2": "merged",
        "3": "cancelled R20",
        "4": "cancelled R20",
        "5": "superseded R13, event",
        "6": "event",
        "7": "event",
        "8": "excluded R19",
        "9": "excluded R16",
        "10": "excluded R16",
        "11": "excluded R17",
        "12": "event",
        "13": "excluded R11b",
        "14": "excluded R11a",
        "15": "event",
        "16": "excluded R06",
        "17": "event",
        "18": "event",
        "19": "event",
        "20": "excluded R23",  # nobody is seen: what was given is told all the same
        "21": "event",
        "22": "event",
        "23": "event",
        "24": "event",
        "25": "event",
        "26": "event",
        "27": "event",
        "28": "event",
        "29": "excluded R07",
        "30": "event",
    }


def test_drugs(cdm: duckdb.DuckDBPyConnection) -> None:
    """Boxes of both rights add up; what was read twice is counted once; zero boxes are none."""
    assert rows(
        cdm,
        "select year_of_birth, drug_exposure_start_date, drug_exposure_end_date - "
        "drug_exposure_start_date + 1, drug_source_value, quantity, dose_unit_source_value "
        "from cdm.drug_exposure join cdm.person using (person_id) "
        "order by all",
    ) == [
        (1961, date(2019, 2, 5), 30, IBUPROFEN, 5.0, "box"),
        (1961, date(2019, 2, 5), 30, INSULIN, 2.0, "box"),
        (1963, date(2019, 2, 7), 30, IBUPROFEN, 14.0, "unit"),
        (1963, date(2019, 2, 8), 30, "9261104", 0.75, "unit"),
        (1963, date(2019, 2, 14), 30, "3000001", 1.0, "box"),
        (1963, date(2019, 2, 14), 90, LARGE, 180.0, "unit"),
        (1963, date(2019, 2, 15), 1, "9189944", 1.0, "unit"),
    ]
    assert rows(cdm, "select count(*) from cdm.drug_exposure where days_supply is not null") == [
        (0,)
    ]


def test_a_cancelled_test_is_none_and_an_act_is_one(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "select count(*) from cdm.measurement") == [(0,)]
    assert rows(
        cdm,
        "select procedure_source_value, quantity, modifier_source_value "
        "from cdm.procedure_occurrence order by 1",
    ) == [
        ("HHFA001", 1, "FJ"),
        ("ZZLP025", 1, "A7"),
    ]


def test_persons_and_communes(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select year_of_birth, gender_source_value, location_source_value from cdm.person "
        "left join cdm.location using (location_id) order by all",
    ) == [
        (1961, "2", "75056"),
        (1962, "1", "2B033"),
        (1963, "2", "97105"),
        (1964, "2", "13"),
        (1965, "2", "75"),
        (1966, "2", "75056"),
        (2001, "2", "75"),
        (2001, "2", "75056"),
    ]
    assert rows(cdm, "select distinct state from cdm.location order by 1") == [
        ("13",),
        ("2B",),
        ("75",),
        ("971",),
    ]


def test_what_is_peculiar_to_persons_is_counted(cdm: duckdb.DuckDBPyConnection) -> None:
    assert dict(rows(cdm, "select fact, n_persons::int from audit.person_facts")) == {
        "all": 8,
        "several_rights": 2,
        "sex_differs_between_rights": 1,
        "birth_year_differs_between_rights": 1,
        "birth_month_not_delivered": 8,
        "residence_not_known": 0,
        "residence_known_by_its_department_only": 3,
        "death_known_by_its_month_only": 1,
    }


def test_where_a_person_lived_when_they_had_care(cdm: duckdb.DuckDBPyConnection) -> None:
    """Anne lives in Paris today; in February she lived in Lyon (R44). Line 29 is not Flore's."""
    assert rows(
        cdm,
        "select location_source_value, first_date, last_date from audit.residence "
        "join cdm.person using (person_id) where year_of_birth in (1961, 1966) order by all",
    ) == [
        ("69123", date(2019, 2, 5), date(2019, 2, 16)),
        ("75", date(2019, 3, 1), date(2019, 3, 1)),
    ]


def test_deaths_by_their_day_or_their_month(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select year_of_birth, death_date, is_death_month_only from cdm.death "
        "join cdm.person using (person_id) join audit.person_origin using (person_id) order by all",
    ) == [
        (1962, date(2019, 6, 1), False),
        (1964, date(2019, 6, 30), True),
        (1965, date(2019, 3, 10), False),
    ]


def test_sites_and_professionals(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select care_site_source_value, care_site_name, place_of_service_source_value "
        "from cdm.care_site",
    ) == [("750000010", "HOPITAL DU NORD", "355")]
    assert rows(
        cdm, f"select count(*) from cdm.provider where provider_source_value = '{ENCRYPTED}'"
    ) == [(1,)]


def test_registers_that_give_no_row_say_why(cdm: duckdb.DuckDBPyConnection) -> None:
    """A nursing home is no visit, a declared pregnancy no episode; nothing else is left aside."""
    assert rows(
        cdm,
        "select source_table, rule_id, n_rows::int from audit.ledger where rule_id like 'N%' "
        "order by all",
    ) == [("IR_ESM_R", "N02", 1), ("IR_MAT_R", "N03", 1)]


def test_the_last_doctor_declared_is_that_of_the_person(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select person.year_of_birth, provider_source_value from cdm.person "
        "join cdm.provider using (provider_id) order by all",
    ) == [(1961, GP), (1962, RETIRED)]
    assert rows(
        cdm,
        "select disposition, rule_id, n_rows::int from audit.ledger "
        "where source_table = 'IR_MTT_R' order by all",
    ) == [("context", None, 2), ("event", None, 1), ("excluded", "R06", 1), ("merged", None, 1)]


def test_long_term_diseases(cdm: duckdb.DuckDBPyConnection) -> None:
    """One disease told under two rights is one; its last registration has the end."""
    assert rows(
        cdm,
        "select condition_source_value, condition_start_date, condition_end_date, "
        "condition_status_source_value from cdm.condition_occurrence order by all",
    ) == [
        ("E119", date(2015, 3, 1), date(2018, 12, 31), "ALD 8"),
        ("E119", date(2019, 1, 1), None, "ALD 8"),
    ]
    assert rows(
        cdm,
        "select disposition, rule_id, n_rows::int from audit.ledger "
        "where source_table = 'IR_IMB_R' order by all",
    ) == [
        ("event", None, 2),
        ("excluded", "R11a", 1),
        ("excluded", "R11b", 1),
        ("excluded", "R40", 1),
        ("superseded", "R40", 1),
    ]


def test_money_to_the_cent(cdm: duckdb.DuckDBPyConnection) -> None:
    """Compulsory insurance: every line but those that PMSI pays, of nobody, impossible or twice."""
    paid = rows(
        cdm,
        "select case when revenue_code_source_value like 'ARO%' then 'other' else 'compulsory' "
        "end as payer, count(*), sum(paid_by_payer) from cdm.cost group by 1 order by 1",
    )
    kept = [row for row in LINES if row["DCT_ORD_NUM"] not in ("9", "11", "13", "14", "16", "29")]
    expected = sum(
        Decimal(row["BSE_REM_MNT"]) + Decimal(row.get("CPL_REM_MNT", "0")) for row in kept
    )
    assert paid == [("compulsory", len(kept), expected), ("other", 2, Decimal("10.00"))]
    assert rows(cdm, "select sum(residual) from audit.money") == [(Decimal("0.00"),)]
    assert rows(cdm, "select sum(residual)::int from audit.balance") == [(0,)]


def test_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select year_of_birth, visit_start_date, visit_concept_id from cdm.visit_occurrence "
        "join cdm.person using (person_id) order by all",
    ) == [
        (1961, date(2019, 2, 5), 581458),
        (1961, date(2019, 2, 13), 581458),
        (1961, date(2019, 2, 16), 9202),
        (1961, date(2019, 3, 1), 9202),
        (1962, date(2019, 7, 1), 9202),
        (1963, date(2019, 2, 7), 581458),
        (1963, date(2019, 2, 8), 581458),
        (1963, date(2019, 2, 9), 9202),
        (1963, date(2019, 2, 14), 581458),
        (1963, date(2019, 2, 17), 9202),
        (1966, date(2019, 2, 3), 9202),
        (1966, date(2019, 2, 6), 9202),
        (1966, date(2019, 2, 10), 9202),
        (1966, date(2019, 2, 10), 581458),
        (1966, date(2019, 2, 14), 9202),
        (1966, date(2019, 2, 20), 9202),
        (1966, date(2019, 2, 22), 581458),
        (2001, date(2019, 2, 12), 9202),
    ]


def test_who_comes_back_to_a_regime_is_under_it_again(cdm: duckdb.DuckDBPyConnection) -> None:
    """R44: each cost has the régime of its day; a day that says two has the one seen most."""
    assert rows(
        cdm,
        "select payer_source_value, payer_plan_period_start_date, payer_plan_period_end_date "
        "from cdm.payer_plan_period join cdm.person using (person_id) "
        "where year_of_birth = 1966 order by 2",
    ) == [
        ("01C", date(2019, 2, 1), date(2019, 2, 5)),
        ("02A", date(2019, 2, 6), date(2019, 2, 9)),
        ("01C", date(2019, 2, 10), date(2019, 2, 13)),
        ("02A", date(2019, 2, 14), date(2019, 2, 19)),
        ("01C", date(2019, 2, 20), date(2019, 3, 31)),
    ]
    assert rows(
        cdm,
        "select payer_source_value, sum(paid_by_payer) from cdm.cost "
        "join cdm.payer_plan_period using (payer_plan_period_id) "
        "join cdm.person using (person_id) where year_of_birth = 1966 group by 1 order by 1",
    ) == [("01C", Decimal("16.50")), ("02A", Decimal("16.50"))]


def test_complementary_cover_is_a_plan_and_the_regime_a_payer(
    cdm: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        cdm,
        "select payer_source_value, plan_source_value from cdm.payer_plan_period "
        "join cdm.person using (person_id) where year_of_birth = 1963 order by all",
    )
    assert found == [("01C", "CMU-C"), ("01C", None)]
    # 0 is told and has no concept, NULL is not told
    assert rows(
        cdm, "select count(*) from cdm.payer_plan_period where "
        "(plan_concept_id is null) is distinct from (plan_source_value is null) or "
        "(payer_concept_id is null) is distinct from (payer_source_value is null)",
    ) == [(0,)]  # fmt: skip
