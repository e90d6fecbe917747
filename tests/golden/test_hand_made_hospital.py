"""More hard cases of hospitals, written by hand before the build was run: a person a case.

Months instead of days, return codes, rows without their other half, repeated rows and diagnoses,
codes in every writing, numbers that come back, kinds of units and of emergencies, shared numbers.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.golden.hospital_delivery import (
    CLINIC,
    CODES,
    HOME,
    MIND,
    PUBLIC,
    REHAB,
    TAXOL,
    Delivery,
    Row,
    beneficiary,
    psa,
    table,
)  # fmt: skip

GOOD = dict.fromkeys(["NIR_RET", "NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET"], "0")
FAULTS = {
    "NIR_RET": "1", "NAI_RET": "2", "SEX_RET": "3", "SEJ_RET": "4", "FHO_RET": "1", "PMS_RET": "1",
    "DAT_RET": "1", "COH_NAI_RET": "9", "COH_SEX_RET": "1",
}  # fmt: skip


def acute(made: Delivery) -> None:
    """Persons born until 1939."""
    # 1920: each return code alone; the one of the hospital's own number is not asked
    for day, (code, value) in enumerate([*FAULTS.items(), ("ETA_NUM_RET", "1")], start=1):
        made.stay(2019, str(100 + day), 1920, (f"{day:02d}/02/2019",) * 2, SEJ_NBJ="0",
                  linkage={code: value})  # fmt: skip
    # 1921: keys that are no hash, an empty one, and one that nobody has
    for number, key in enumerate(["x" * 17, "X" * 16 + "D", "B" + "X" * 16, "", "Q" * 17]):
        made.stay(2019, str(120 + number), 1921, ("01/03/2019",) * 2, linkage={"NIR_ANO_17": key})
    # 1922: a linkage row without its stay, a stay without its linkage row, an act of neither
    made.births.add(1922)
    lone = {"ETA_NUM": PUBLIC, "RSA_NUM": "131"}
    made.add("T_MCO19C", {**lone, "RSA_NUM": "130", "NIR_ANO_17": psa(1922), **CODES,
             "EXE_SOI_DTD": "01/04/2019", "EXE_SOI_DTF": "02/04/2019"})  # fmt: skip
    made.add("T_MCO19B", {**lone, "GRG_GHM": "05M092", "DGN_PAL": "I500"})
    made.add("T_MCO19A", {**lone, "RSA_NUM": "132", "CDC_ACT": "DZQM006"})
    # 1923: one diagnosis in every place, another twice, an empty one; two units
    key = made.stay(2019, "140", 1923, ("01/05/2019", "06/05/2019"), DGN_REL="I500", SEJ_NBJ="5")
    made.add("T_MCO19D", *[{**key, "ASS_DGN": code} for code in ("E119", "E119", "I500", "")])
    made.add("T_MCO19UM",
        {**key, "UM_ORD_NUM": "2", "DGN_PAL": "J180", "DGN_REL": "I10", "PAR_DUR_SEJ": "3"},
        {**key, "UM_ORD_NUM": "1", "DGN_PAL": "I500", "PAR_DUR_SEJ": "2", "AUT_TYP1_UM": "01A"},
    )  # fmt: skip
    # 1924: a code in each of its writings, and one that nobody knows
    for day, code in enumerate(["E11.9", "e119", "E119 ", "E1190+0", "ZZZZ"], start=1):
        made.stay(2019, str(150 + day), 1924, (f"0{day}/06/2019",) * 2, DGN_PAL=code, SEJ_NBJ="0")
    # 1925: numbers come back in other years and hospitals, with and without their zeros
    for year, finess, code in ((2018, PUBLIC, "I500"), (2019, PUBLIC, "J180"),
                               (2019, CLINIC, "E119")):  # fmt: skip
        key = made.stay(year, "0000000220", 1925, (f"01/12/{year}", f"03/12/{year}"),
                        finess=finess, DGN_PAL=code, SEJ_NBJ="2")  # fmt: skip
        made.add(f"T_MCO{year - 2000}D", {**key, "RSA_NUM": "220", "ASS_DGN": "I10"})
    # 1926: months of entry and of exit; a delay counts from no day
    key = made.stay(2019, "232", 1926, ("", ""), SOR_ANN="2019", SOR_MOI="04", SEJ_NBJ="20",
                    linkage={"ENT_ANN": "2019", "ENT_MOI": "03"})  # fmt: skip
    made.add("T_MCO19A", {**key, "CDC_ACT": "DZQM006", "ENT_DAT_DEL": "12"})
    made.add("T_MCO19MED", {**key, "UCD_UCD_COD": TAXOL, "ADM_NBR": "2", "DELAI": "12"})
    # 1927: the months of a project that may not know the day
    made.stay(2019, "233", 1927, ("", ""), SEJ_NBJ="0",
              linkage={"EXE_SOI_AMD": "201903", "EXE_SOI_AMF": "201903"})  # fmt: skip
    # 1928: no last day; 1929: a stay that ends before it begins, and days written in one word
    made.stay(2019, "234", 1928, ("25/02/2019", ""), SEJ_NBJ="6")
    made.stay(2019, "235", 1929, ("10/03/2019", "05/03/2019"), SEJ_NBJ="5")
    made.stay(2019, "236", 1929, ("", ""), SEJ_NBJ="2",
              linkage={"ENT_DAT": "10042019", "SOR_DAT": "12042019"})  # fmt: skip
    # 1930: death in a month; 1931: in a stay; 1932: the register says another day; 1933: a mistake
    made.stay(2008, "1", 1930, ("", ""), SOR_MOD="9", SOR_ANN="2008", SOR_MOI="05", SEJ_NBJ="4")
    for birth in (1931, 1932, 1933):
        made.stay(2019, f"{birth}", birth, ("01/03/2019", "05/03/2019"), SOR_MOD="9", SEJ_NBJ="4")
    made.stay(2019, "204", 1933, ("01/11/2019", "05/11/2019"), SEJ_NBJ="4")
    # 1934: over New Year, units in the order of their number
    key = made.stay(2020, "210", 1934, ("28/12/2019", "04/01/2020"), SEJ_NBJ="7")
    made.add("T_MCO20UM", {**key, "RUM_ORD_NUM": "2", "PAR_DUR_SEJ": "4", "AUT_TYP1_UM": "18"},
             {**key, "RUM_ORD_NUM": "1", "PAR_DUR_SEJ": "3", "AUT_TYP1_UM": "03A"})  # fmt: skip
    made.add("T_MCO20A", {**key, "CDC_ACT": "DZQM006", "ENT_DAT_DEL": "5"})
    # 1935: came through the emergency room in its three writings, from resuscitation, and not
    for day, entry in enumerate((("8", "5"), ("8", "U"), ("7", "R"), ("8", "7")), start=1):
        made.stay(2023, str(day), 1935, (f"0{day}/04/2023", f"0{day + 1}/04/2023"), SEJ_NBJ="1",
                  ENT_MOD=entry[0], ENT_PRV=entry[1])  # fmt: skip
    made.stay(2023, "9", 1935, ("09/04/2023",) * 2, SEJ_NBJ="0", STC_URG="1")
    # 1936: a drug and an implant in odd writings, doses of nothing
    key = made.stay(2012, "241", 1936, ("01/03/2012", "08/03/2012"), SEJ_NBJ="7")
    dose = {**key, "UCD_COD": "  9189944", "NBR_SEJ": "3", "DELAI": "1"}
    made.add("T_MCO12MED", {**dose, "ADM_NBR": "6"}, {**dose, "ADM_NBR": "0"},
             {**dose, "ADM_NBR": "1", "UCD_COD": ""})  # fmt: skip
    made.add("T_MCO12DMIP", {**key, "LPP_COD": " 3105872", "NBR_POS": "2", "DELAI": "1"},
             {**key, "TIP_PRS_IDE": "3115824", "NBR_POS": "1"},
             {**key, "LPP_COD": " 3105872", "NBR_POS": "0"})  # fmt: skip
    # 1937: a file that repeats a stay; only what differs is more
    for _ in range(2):
        key = made.stay(2019, "310", 1937, ("01/04/2019", "02/04/2019"), SEJ_NBJ="1")
    made.add("T_MCO19D", {**key, "ASS_DGN": "E119"})
    # 1938: a hospital that lost its zero
    made.births.add(1938)
    made.add("T_MCO19C", {"ETA_NUM": "10000123", "RSA_NUM": "320", "NIR_ANO_17": psa(1938),
             "EXE_SOI_DTD": "01/04/2019", "EXE_SOI_DTF": "02/04/2019", **CODES})  # fmt: skip
    made.add("T_MCO19B", {"ETA_NUM": "010000123", "RSA_NUM": "0000000320", "GRG_GHM": "05M092",
             "DGN_PAL": "I500", "SEJ_NBJ": "1"})  # fmt: skip
    # 1939: emergencies without a stay, before and since the fee by age; bills that are refused
    made.births.add(1939)
    for year, number, fee in ((2021, "1", "ATU"), (2022, "2", "FU3"), (2022, "3", "FPU"),
                              (2022, "4", "SE1")):  # fmt: skip
        bill(made, year, number, 1939, f"0{number}/06/{year}")
        made.add(f"T_MCO{year - 2000}FBSTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": number,
                 "ACT_COD": fee, "AMO_MNR": "20.00"})  # fmt: skip
    bill(made, 2021, "5", 1939, "05/06/2021", IAS_RET="1")
    bill(made, 2021, "6", 1939, "06/06/2021", ENT_DAT_RET="1")
    made.add("T_MCO19E", {"ETA_NUM": PUBLIC, "ETB_EXE_FIN": "75071218", "SOC_RAI": "HOPITAL"})


def bill(made: Delivery, year: int, number: str, birth: int, day: str, **codes: str) -> None:
    made.add(f"T_MCO{year - 2000}CSTC", {"ETA_NUM": PUBLIC, "SEQ_NUM": number, **GOOD, **codes,
             "NIR_ANO_17": psa(birth), "EXE_SOI_DTD": day, "EXE_SOI_DTF": day})  # fmt: skip


def others(made: Delivery) -> None:
    """Persons born since 1950: rehabilitation, home hospital, psychiatry, certificates."""
    # 1950: a week grouped in error and an automatic one: each by its own rule
    week: Row = {"ETA_NUM": REHAB, "RHA_NUM": "14", "MOR_PRP": "S7200", "HOS_TYP_UM": "1"}
    stay(made, "SSR", 2019, "14", 1950, ("01/04/2019", "14/04/2019"))
    made.add("T_SSR19B",
        {**week, "RHS_NUM": "1", "MOI_ANN": "042019", "RHS_ANT_SEJ_ENT": "0", "GRG_GME": "9000"},
        {**week, "RHS_NUM": "2", "MOI_ANN": "042019", "RHS_ANT_SEJ_ENT": "7", "TYP_GEN_RHA": "1"},
    )  # fmt: skip
    # 1951: full days, then half days
    stay(made, "SSR", 2019, "15", 1951, ("06/05/2019", "19/05/2019"))
    week |= {"RHA_NUM": "15", "MOI_ANN": "052019"}
    made.add("T_SSR19B", {**week, "RHS_NUM": "1", "RHS_ANT_SEJ_ENT": "0", "TYP_GEN_RHA": "4"},
             {**week, "RHS_NUM": "2", "RHS_ANT_SEJ_ENT": "7", "HOS_TYP_UM": "2"})  # fmt: skip
    # 1952: home hospital of 2008 knows the month of exit alone; the person dies in it
    made.births.add(1952)
    home = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "4"}
    made.add("T_HAD08C", {**home, "NIR_ANO_17": psa(1952), **CODES})
    made.add("T_HAD08B", {**home, "SEQ_NUM": "1", "SSEQ_NUM": "1", "DGN_PAL1": "C189",
             "DGN_PAL7": "I10", "SOR_ANN": "2008", "SOR_MOI": "05", "SOR_MOD": "9"})  # fmt: skip
    # 1953: psychiatry, full time then half days in one stay, and half days beside it
    mind = {"ETA_NUM_EPMSI": MIND, "TYP_GEN_RSA": "0", "DGN_PAL": "F200"}
    stay(made, "RIP", 2019, "1", 1953, ("01/03/2019", "31/05/2019"))
    stay(made, "RIP", 2019, "2", 1953, ("10/03/2019", "20/03/2019"))
    for number, part, form, delay, days in (("1", "1", "01", "0", "31"),
                                            ("1", "2", "20", "31", "30"),
                                            ("2", "1", "20", "0", "11")):  # fmt: skip
        made.add("T_RIP19RSA", {**mind, "RIP_NUM": number, "SEQ_SEQ_NUM": part, "FOR_ACT": form,
                 "DEL_DAT": delay, "SEQ_COU_NBJ": days})  # fmt: skip
    # 1954, 1955: one number of a psychiatric patient in two hospitals, and for two persons
    made.births.update({1954, 1955})
    for ipp, finess, birth in (("I1", MIND, 1954), ("I1", REHAB, 1955), ("I2", MIND, 1954),
                               ("I2", MIND, 1955)):  # fmt: skip
        made.add("T_RIP21CSTC", {"ETA_NUM_EPMSI": finess, "IPP_IRR_CRY": ipp,
                 "NIR_ANO_17": psa(birth), "NIR_RET": "0"})  # fmt: skip
    for day, (ipp, finess) in enumerate((("I1", MIND), ("I1", REHAB), ("I2", MIND)), start=1):
        made.add("T_RIP21R3A", {"ETA_NUM_EPMSI": finess, "IPP_IRR_CRY": ipp, "ORD_NUM": f"{day}",
                 "ACT_NAT": "E", "EXE_SOI_DTD": f"0{day}/05/2021"})  # fmt: skip
    # 1956: a certificate of a month, told twice; causes told twice, an empty one
    made.births.update({1956, 1957})
    for _ in range(2):
        made.add(
            "KI_CCI_R",
            {
                "DCD_IDT_ENC": "A",
                "DCD_IDT_TOP": "1",
                "BEN_IDT_ANO": "P1956",
                "BEN_DCD_AME": "202009",
                "FLX_PER_ANN": "2020",
                "DCD_CIM_COD": "C349",
            },
        )
    for line, rank, code in (("1", "1", "J960"), ("2", "1", "C349"), ("6", "1", "I10"),
                             ("6", "2", "I10"), ("3", "1", "")):  # fmt: skip
        made.add("KI_ECD_R", {"DCD_IDT_ENC": "A", "CER_LIG_NUM": line, "ECD_CAU_RNG": rank,
                 "ECD_CIM_COD": code})  # fmt: skip
    # 1957: matched, but without its medical part
    made.add("KI_CCI_R", {"DCD_IDT_ENC": "B", "DCD_IDT_TOP": "1", "BEN_IDT_ANO": "P1957",
             "BEN_DCD_DTE": "11/09/2020", "FLX_PER_ANN": "2020", "DCD_CIM_COD": ""})  # fmt: skip


def stay(
    made: Delivery, field: str, year: int, number: str, birth: int, days: tuple[str, str]
) -> None:
    finess, name = {"SSR": ("ETA_NUM", "RHA_NUM"), "RIP": ("ETA_NUM_EPMSI", "RIP_NUM")}[field]
    made.births.add(birth)
    made.add(f"T_{field}{year - 2000:02d}C", {finess: REHAB if field == "SSR" else MIND,
             name: number, "NIR_ANO_17": psa(birth), "EXE_SOI_DTD": days[0],
             "EXE_SOI_DTF": days[1], **CODES})  # fmt: skip


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, command: Any) -> duckdb.DuckDBPyConnection:
    made = Delivery()
    acute(made)
    others(made)
    people = [beneficiary(birth) for birth in sorted(made.births)]
    for person in people:
        if person["BEN_NAI_ANN"] == "1932":
            person["BEN_DCD_DTE"] = "07/03/2019"
    made.add("IR_BEN_R", *people)
    root = tmp_path_factory.mktemp("hospital")
    (root / "delivery").mkdir()
    for name, rows in made.files.items():
        (root / "delivery" / f"{name}.csv").write_text(table(rows), encoding="utf-8")
    for step in (["stage", "--input", root / "delivery"], ["vocab", "load"], ["build"]):
        code, out, errors = command("--workspace", root / "workspace", *step)
        assert code == 0, out.get("error", errors)
    return duckdb.connect(str(root / "workspace" / "build" / "candidate.duckdb"), read_only=True)


def of(cdm: duckdb.DuckDBPyConnection, columns: str, source: str) -> list[tuple[Any, ...]]:
    return cdm.sql(
        f"select year_of_birth, {columns} from cdm.{source} join cdm.person using (person_id) "
        "order by all"
    ).fetchall()


def test_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    found = of(cdm, "visit_source_value, visit_start_date, visit_end_date", "visit_occurrence")
    codes = [date(2019, 6, day) for day in range(1, 6)]
    assert found == [
        (1920, "MCO_AMB", date(2019, 2, 10), date(2019, 2, 10)),
        (1923, "MCO_HC", date(2019, 5, 1), date(2019, 5, 6)),
        *[(1924, "MCO_AMB", day, day) for day in codes],
        (1925, "MCO_HC", date(2018, 12, 1), date(2018, 12, 3)),
        (1925, "MCO_HC", date(2019, 12, 1), date(2019, 12, 3)),
        (1925, "MCO_HC", date(2019, 12, 1), date(2019, 12, 3)),
        (1926, "MCO_HC", date(2019, 3, 1), date(2019, 4, 1)),
        (1927, "MCO_AMB", date(2019, 3, 1), date(2019, 3, 1)),
        (1928, "MCO_HC", date(2019, 2, 25), date(2019, 3, 3)),
        (1929, "MCO_HC", date(2019, 3, 10), date(2019, 3, 10)),
        (1929, "MCO_HC", date(2019, 4, 10), date(2019, 4, 12)),
        (1930, "MCO_HC", date(2008, 5, 1), date(2008, 5, 1)),
        (1931, "MCO_HC", date(2019, 3, 1), date(2019, 3, 5)),
        (1932, "MCO_HC", date(2019, 3, 1), date(2019, 3, 5)),
        (1933, "MCO_HC", date(2019, 3, 1), date(2019, 3, 5)),
        (1933, "MCO_HC", date(2019, 11, 1), date(2019, 11, 5)),
        (1934, "MCO_HC", date(2019, 12, 28), date(2020, 1, 4)),
        (1935, "MCO_HC", date(2023, 4, 3), date(2023, 4, 4)),
        (1935, "MCO_HC", date(2023, 4, 4), date(2023, 4, 5)),
        (1935, "MCO_URG_HC", date(2023, 4, 1), date(2023, 4, 2)),
        (1935, "MCO_URG_HC", date(2023, 4, 2), date(2023, 4, 3)),
        (1935, "MCO_URG_HC", date(2023, 4, 9), date(2023, 4, 9)),
        (1936, "MCO_HC", date(2012, 3, 1), date(2012, 3, 8)),
        (1937, "MCO_HC", date(2019, 4, 1), date(2019, 4, 2)),
        (1938, "MCO_HC", date(2019, 4, 1), date(2019, 4, 2)),
        (1939, "MCO_ACE", date(2022, 6, 4), date(2022, 6, 4)),
        (1939, "MCO_ATU", date(2021, 6, 1), date(2021, 6, 1)),
        (1939, "MCO_ATU", date(2022, 6, 2), date(2022, 6, 2)),
        (1939, "MCO_ATU", date(2022, 6, 3), date(2022, 6, 3)),
        (1951, "SSR_HC", date(2019, 5, 6), date(2019, 5, 19)),
        (1952, "HAD", date(2008, 5, 1), date(2008, 5, 1)),
        (1953, "PSY_TC", date(2019, 3, 1), date(2019, 5, 31)),
        (1953, "PSY_TP", date(2019, 3, 10), date(2019, 3, 20)),
        (1954, "PSY_AMB", date(2021, 5, 1), date(2021, 5, 1)),
        (1955, "PSY_AMB", date(2021, 5, 2), date(2021, 5, 2)),
    ]
    entries = of(cdm, "admitted_from_source_value, admitted_from_concept_id", "visit_occurrence")
    assert [entry[1:] for entry in entries if entry[0] == 1935] == [
        ("7-R", 8717), ("8", 0), ("8-5", 8870), ("8-7", 8676), ("8-U", 8870),
    ]  # fmt: skip


def test_parts_have_a_kind_of_their_own(cdm: duckdb.DuckDBPyConnection) -> None:
    columns = "visit_detail_concept_id, visit_detail_start_date, visit_detail_end_date"
    assert of(cdm, columns, "visit_detail") == [
        (1923, 9201, date(2019, 5, 3), date(2019, 5, 6)),
        (1923, 32037, date(2019, 5, 1), date(2019, 5, 3)),
        (1934, 9201, date(2019, 12, 28), date(2019, 12, 31)),
        (1934, 32037, date(2019, 12, 31), date(2020, 1, 4)),
        (1951, 9201, date(2019, 5, 6), date(2019, 5, 12)),
        (1951, 581479, date(2019, 5, 13), date(2019, 5, 19)),
        (1952, 581476, date(2008, 5, 1), date(2008, 5, 1)),
        (1953, 9201, date(2019, 3, 1), date(2019, 3, 31)),
        (1953, 9202, date(2019, 3, 10), date(2019, 3, 20)),
        (1953, 9202, date(2019, 4, 1), date(2019, 4, 30)),
    ]


def test_diagnoses(cdm: duckdb.DuckDBPyConnection) -> None:
    found = of(
        cdm, "condition_source_value, condition_status_source_value, condition_concept_id > 0",
        "condition_occurrence",
    )  # fmt: skip
    assert [row for row in found if row[0] in (1923, 1924, 1925, 1952, 1956)] == [
        (1923, "E119", "DAS", True),
        (1923, "I10", "DR_RUM", True),
        (1923, "I500", "DP", True),
        (1923, "J180", "DP_RUM", True),
        (1924, "E119", "DP", True),
        (1924, "E119", "DP", True),
        (1924, "E119", "DP", True),
        (1924, "E1190+0", "DP", True),
        (1924, "ZZZZ", "DP", False),
        (1925, "E119", "DP", True),
        (1925, "I10", "DAS", True),
        (1925, "I10", "DAS", True),
        (1925, "I10", "DAS", True),
        (1925, "I500", "DP", True),
        (1925, "J180", "DP", True),
        (1952, "C189", "DAS", True),
        (1952, "I10", "DAS", True),
        (1956, "C349", "2-1", True),
        (1956, "I10", "6-1", True),
        (1956, "J960", "1-1", True),
    ]


def test_acts_drugs_and_implants(cdm: duckdb.DuckDBPyConnection) -> None:
    assert of(cdm, "procedure_source_value, procedure_date", "procedure_occurrence") == [
        (1926, "DZQM006", date(2019, 3, 1)),
        (1934, "DZQM006", date(2020, 1, 2)),
    ]
    drugs = "drug_source_value, drug_exposure_start_date, quantity"
    assert of(cdm, drugs, "drug_exposure") == [
        (1926, "9189944", date(2019, 3, 1), 2.0),
        (1936, "9189944", date(2012, 3, 2), 2.0),
    ]
    devices = "device_source_value, device_exposure_start_date, quantity"
    assert of(cdm, devices, "device_exposure") == [
        (1936, "3105872", date(2012, 3, 2), 2),
        (1936, "3115824", date(2012, 3, 1), 1),
    ]


def test_deaths(cdm: duckdb.DuckDBPyConnection) -> None:
    assert of(cdm, "death_date, death_type_concept_id, cause_source_value", "death") == [
        (1930, date(2008, 5, 31), 32812, None),
        (1931, date(2019, 3, 5), 32812, None),
        (1932, date(2019, 3, 7), 32848, None),
        (1952, date(2008, 5, 31), 32812, None),
        (1956, date(2020, 9, 30), 32815, "C349"),
        (1957, date(2020, 9, 11), 32815, None),
    ]


def test_sites(cdm: duckdb.DuckDBPyConnection) -> None:
    names = dict(
        cdm.sql("select care_site_source_value, care_site_name from cdm.care_site").fetchall()
    )
    assert names[PUBLIC] == "HOPITAL"
    assert "010000123" in names


def test_money(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql("select sum(paid_by_payer), count(*) from cdm.cost").fetchall() == [
        (Decimal("80.00"), 4)
    ]


def test_ledger(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql("select * from audit.balance where residual <> 0").fetchall() == []
    assert cdm.sql(
        "select source_table, rule_id, sum(n_rows)::int from audit.ledger "
        "where rule_id is not null group by all order by all"
    ).fetchall() == [
        ("KI_CCI_R", "R13", 1),
        ("KI_ECD_R", "R32", 1),
        ("T_MCOaaA", "R31", 1),
        ("T_MCOaaB", "R06", 1),
        ("T_MCOaaB", "R09", 14),
        ("T_MCOaaB", "R13", 1),
        ("T_MCOaaC", "R06", 1),
        ("T_MCOaaC", "R09", 13),
        ("T_MCOaaC", "R13", 1),
        ("T_MCOaaC", "R31", 1),
        ("T_MCOaaCSTC", "R09", 2),
        ("T_MCOaaD", "R32", 1),
        ("T_MCOaaDMIP", "R38a", 1),
        ("T_MCOaaMED", "R32", 1),
        ("T_MCOaaMED", "R38a", 1),
        ("T_RIPaaR3A", "R37", 1),
        ("T_SSRaaB", "R34a", 1),
        ("T_SSRaaB", "R34b", 1),
        ("T_SSRaaC", "R34a", 1),
    ]
