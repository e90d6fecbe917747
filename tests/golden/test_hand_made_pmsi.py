"""Hard cases of hospitals, written by hand: their answers come from reading the rules.

One person a case, known by the year of birth. Files have few columns, named as in their year.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

PARIS = "750100042"  # one of the doubled numbers of AP-HP: until 2017
PUBLIC, CLINIC, REHAB, HOME, MIND = (
    "750712184", "690000021", "330000027", "130000029", "440000024",
)  # fmt: skip
CODES = dict.fromkeys(["NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET"], "0")
AVASTIN, TAXOL = "0000009261104", "0000009189944"

Row = dict[str, str]


def psa(birth: int) -> str:
    return f"{birth}" + "P" * 13


def table(rows: list[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return "\n".join(";".join(fields) for fields in lines) + "\n"


def beneficiary(birth: int) -> Row:
    return {
        "BEN_NIR_PSA": psa(birth), "BEN_RNG_GEM": "1", "BEN_IDT_ANO": f"P{birth}",
        "BEN_CDI_NIR": "00", "BEN_NAI_ANN": str(birth), "BEN_SEX_COD": "1",
        "BEN_DCD_DTE": "01/01/1600", "BEN_RES_DPT": "075", "BEN_RES_COM": "056",
    }  # fmt: skip


class Delivery:
    """Rows by file name; ``stay`` writes the linkage row and the summary of an MCO stay."""

    def __init__(self) -> None:
        self.files: dict[str, list[Row]] = {}
        self.births: set[int] = set()

    def add(self, name: str, *rows: Row) -> None:
        self.files.setdefault(name, []).extend(rows)

    def stay(
        self, year: int, number: str, birth: int, dates: tuple[str, str], finess: str = PUBLIC,
        linkage: Row | None = None, **summary: str,
    ) -> Row:  # fmt: skip
        self.births.add(birth)
        key = {"ETA_NUM": finess, "RSA_NUM": number}
        begin, end = dates
        days = {"EXE_SOI_DTD": begin, "EXE_SOI_DTF": end} if begin else {}
        aa = f"{year % 100:02d}"
        self.add(f"T_MCO{aa}C", {
            **key, "NIR_ANO_17": psa(birth), **days, **CODES, **(linkage or {}),
        })  # fmt: skip
        self.add(f"T_MCO{aa}B", {
            **key, "GRG_GHM": "05M092", "ENT_MOD": "8", "SOR_MOD": "8", "DGN_PAL": "I500",
            **summary,
        })  # fmt: skip
        return key


def delivery() -> Delivery:
    made = Delivery()
    # 1930: before 2009 there is a month only; units have neither number nor days of their own
    key = made.stay(2008, "1", 1930, ("", ""), SOR_ANN="2008", SOR_MOI="05", SEJ_NBJ="4")
    made.add("T_MCO08D", {**key, "ASS_DGN": "E11.9"})
    made.add("T_MCO08A", {**key, "CDC_ACT": "DZQM006", "ENT_DAT_DEL": "002", "PHA_ACT": "0"})
    # 1931: 2009 has days; units still have no number: they follow one another as written
    key = made.stay(2009, "1", 1931, ("10MAR2009:00:00:00", "15MAR2009:00:00:00"), SEJ_NBJ="5")
    made.add("T_MCO09UM",
        {**key, "DGN_PAL": "I500", "PAR_NBR_SEJ": "2", "UM_TYP": "01"},
        {**key, "DGN_PAL": "J180", "PAR_NBR_SEJ": "3", "UM_TYP": "02"})  # fmt: skip
    # 1932: a public stay of 2021 and one of 2022, valued under two names; statements are not money
    key = made.stay(2021, "1", 1932, ("01/02/2021", "03/02/2021"), SEJ_NBJ="2", TYP_GEN_RSA="0")
    made.add("T_MCO21VALO", {**key, "VALO": "1", "MNT_TOT_AM": "1000.10", "MNT_TOT_BR": "1250.00"})
    made.add("T_MCO21STC", {**key, "TOT_MNT_AM": "999.00", "REM_BAS_MNT": "1250.00"})
    # an act that is a measurement: its modifier is no result
    made.add("T_MCO21A", {**key, "CDC_ACT": "GLQP012", "ENT_DAT_DEL": "1", "MOD_ACT": "F"})
    key = made.stay(2022, "1", 1932, ("01/02/2022", "03/02/2022"), SEJ_NBJ="2", TYP_GEN_RSA="0")
    made.add("T_MCO22VALO", {**key, "VALO": "1", "MT_TOT_AM": "2000.20", "MT_TOT_BR": "2500.00"})
    key = made.stay(2022, "2", 1932, ("01/03/2022", "03/03/2022"), SEJ_NBJ="2", TYP_GEN_RSA="0")
    made.add("T_MCO22VALO", {**key, "VALO": "0", "MT_TOT_AM": "3000.00", "MT_TOT_BR": "3000.00"})
    # 1933: doubled numbers until 2017; ' B' with its blank, NULL is none; a letter until 2018
    made.stay(2017, "1", 1933, ("01/02/2017", "03/02/2017"), finess=PARIS, TYP_GEN_RSA="0")
    made.stay(2018, "1", 1933, ("01/02/2018", "03/02/2018"), finess=PARIS, TYP_GEN_RSA="0")
    made.stay(2018, "2", 1933, ("01/03/2018", "03/03/2018"), SEJ_TYP=" B", TYP_GEN_RSA="0")
    made.stay(2018, "A000000003", 1933, ("01/04/2018", "03/04/2018"), TYP_GEN_RSA="0")
    made.stay(2018, "4", 1933, ("01/05/2018", "03/05/2018"), TYP_GEN_RSA="1")
    made.stay(2018, "5", 1933, ("01/06/2018", "03/06/2018"), GRG_GHM="90Z00Z", TYP_GEN_RSA="0")
    made.stay(2018, "6", 1933, ("01/07/2018", "03/07/2018"), GRG_GHM="04M901", TYP_GEN_RSA="0")
    made.stay(2018, "7", 1933, ("01/08/2018", "03/08/2018"), linkage={"COH_NAI_RET": "1"})
    # 1934: emergency then ward, then rehabilitation over New Year, where he dies
    made.stay(2019, "1", 1934, ("10/12/2019", "20/12/2019"), ENT_PRV="5", SOR_MOD="7", SOR_DES="2",
              SEJ_NBJ="10")  # fmt: skip
    ssr = {"ETA_NUM": REHAB, "NIR_ANO_17": psa(1934), "EXE_SOI_DTD": "20/12/2019", **CODES}
    made.add("T_SSR19C", {**ssr, "RHA_NUM": "11", "EXE_SOI_DTF": "31/12/2019"})
    made.add("T_SSR20C", {**ssr, "RHA_NUM": "12", "EXE_SOI_DTF": "08/01/2020"})
    week = {"ETA_NUM": REHAB, "MOR_PRP": "S7200", "HOS_TYP_UM": "1", "GRG_GME": "0833"}
    made.add("T_SSR19B",
        {**week, "RHA_NUM": "11", "RHS_NUM": "1", "MOI_ANN": "122019", "RHS_ANT_SEJ_ENT": "0",
         "FP_PEC": "Z501"},
        {**week, "RHA_NUM": "11", "RHS_NUM": "2", "MOI_ANN": "122019", "RHS_ANT_SEJ_ENT": "3"},
    )  # fmt: skip
    made.add("T_SSR20B",
        # the file of 2020 repeats a week of 2019
        {**week, "RHA_NUM": "12", "RHS_NUM": "2", "MOI_ANN": "122019", "RHS_ANT_SEJ_ENT": "3"},
        {**week, "RHA_NUM": "12", "RHS_NUM": "3", "MOI_ANN": "012020", "RHS_ANT_SEJ_ENT": "10"},
    )  # fmt: skip
    made.add("T_SSR19S", {"ETA_NUM": REHAB, "RHA_NUM": "11", "SUI_TYP": "3",
             "ENT_MOD": "7", "ENT_PRV": "1"})  # fmt: skip
    made.add("T_SSR20S", {"ETA_NUM": REHAB, "RHA_NUM": "12", "SUI_TYP": "1", "SOR_MOD": "9"})
    # until 2019 delays are counted from the unit, since from the stay
    made.add("T_SSR19CSARR", {"ETA_NUM": REHAB, "RHA_NUM": "11", "RHS_NUM": "2",
             "CSARR_COD": "ALQ+183", "NBR_CSARR": "1", "ENT_DAT_DEL_UM": "4"})  # fmt: skip
    made.add("T_SSR20CSARR", {"ETA_NUM": REHAB, "RHA_NUM": "12", "RHS_NUM": "3",
             "CSARR_COD": "ALQ+183", "NBR_CSARR": "1", "DEL_DAT_ENT": "12"})  # fmt: skip
    made.add("T_SSR19VALO", {"ETA_NUM": REHAB, "RHA_NUM": "11", "VALO": "1", "DMA_AM": "50.05",
             "DMA_BR": "60.00"})  # fmt: skip
    # 1935: rehabilitation in 2008: diagnoses in columns, a month only
    made.births.add(1935)
    made.add("T_SSR08C", {"ETA_NUM": REHAB, "RHA_NUM": "1", "NIR_ANO_17": psa(1935), **CODES})
    made.add("T_SSR08B", {"ETA_NUM": REHAB, "RHA_NUM": "1", "RHS_NUM": "1", "MOI_ANN": "032008",
             "MOR_PRP": "S7200", "ASS_DGN_1": "I10", "ASS_DGN_20": "E119"})  # fmt: skip
    # 1936: home hospital; two tariff groups are one sub-sequence, group 99 is none
    made.births.add(1936)
    had = {"ETA_NUM_EPMSI": HOME, "RHAD_NUM": "1"}
    made.add("T_HAD21C", {**had, "NIR_ANO_17": psa(1936), "EXE_SOI_DTD": "01/03/2021",
             "EXE_SOI_DTF": "20/03/2021", **CODES})  # fmt: skip
    part = {**had, "SEQ_NUM": "1", "PEC_PAL": "09", "SEQ_SEJ_NBJ": "0", "SSEQ_NBJ": "10"}
    made.add("T_HAD21B",
        {**part, "SSEQ_NUM": "1", "DGN_PAL": "C189", "SSEQ_SEQ_NBJ": "0"},
        {**part, "SSEQ_NUM": "2", "DGN_PAL": "C787", "SSEQ_SEQ_NBJ": "10"})  # fmt: skip
    for number, ght in (("1", "12"), ("1", "15"), ("2", "99")):
        made.add("T_HAD21GRP", {**had, "SEQ_NUM": "1", "SSEQ_NUM": number, "GHT_NUM": ght,
                 "PAP_GRP_GHPC": "0412"})  # fmt: skip
    value = {"ETA_NUM": HOME, "RHAD_NUM": "1", "SEQ_NUM": "1", "VALO": "1", "MNT_TOT_BR": "0"}
    made.add("T_HAD21VALO", {**value, "SSEQ_NUM": "1", "MNT_TOT_AM": "700.70"},
             {**value, "SSEQ_NUM": "2", "MNT_TOT_AM": "70.00"})  # fmt: skip
    # a private bill that DCIR does not have: two payers
    made.add("T_HAD21FB", {**had, "ACT_COD": "GHT", "FAC_MNT": "20.00", "REM_BAS": "18.00",
             "AMO_MNR": "14.40", "AMC_MNR": "3.60"})  # fmt: skip
    made.add("T_HAD21FH", {**had, "UCD_UCD_COD": TAXOL, "QUA_COD": "3", "COE_TAU": "0.5",
             "DEL_DAT_ENT": "2"})  # fmt: skip
    # 1937: psychiatry; a sequence in error; ambulatory acts by the stay in 2016, then by the link
    made.births.add(1937)
    rip = {"ETA_NUM_EPMSI": MIND, "RIP_NUM": "1"}
    made.add("T_RIP16C", {**rip, "NIR_ANO_17": psa(1937), "EXE_SOI_DTD": "10/01/2016",
             "EXE_SOI_DTF": "20/05/2016", **CODES})  # fmt: skip
    sequence = {**rip, "IPP_IRR_CRY": "IPP1", "FOR_ACT": "01", "TYP_GEN_RSA": "0"}
    made.add("T_RIP16RSA",
        {**sequence, "SEQ_SEQ_NUM": "1", "SEQ_IND": "F", "DGN_PAL": "F200", "DEL_DAT": "0",
         "SEQ_COU_NBJ": "82"},
        {**sequence, "SEQ_SEQ_NUM": "2", "SEQ_IND": "E", "DGN_PAL": "F312", "DEL_DAT": "82",
         "SEQ_COU_NBJ": "50"})  # fmt: skip
    act = {"ETA_NUM_EPMSI": MIND, "IPP_IRR_CRY": "IPP1", "ACT_NAT": "E"}
    made.add("T_RIP16R3A", {**act, "ORD_NUM": "1", "RAL_ACT_ANN": "2016", "RAL_ACT_MOI": "06"},
             {**act, "ORD_NUM": "2", "RAL_ACT_ANN": "2016", "RAL_ACT_MOI": "06",
              "IPP_IRR_CRY": "NOBODY"})  # fmt: skip
    made.add("T_RIP20CSTC", {"ETA_NUM_EPMSI": MIND, "IPP_IRR_CRY": "IPP1",
             "NIR_ANO_17": psa(1937), "NIR_RET": "0"})  # fmt: skip
    made.add("T_RIP20R3A", {**act, "ORD_NUM": "1", "EXE_SOI_DTD": "02/03/2020"},
             {**act, "ORD_NUM": "2", "EXE_SOI_DTD": "02/03/2020"})  # fmt: skip
    # 1938: two bills of one emergency visit; a drug handed out that DCIR does not know
    made.births.add(1938)
    for number in ("1", "2"):
        bill = {"ETA_NUM": PUBLIC, "SEQ_NUM": number}
        made.add("T_MCO21CSTC", {**bill, "NIR_ANO_17": psa(1938), "EXE_SOI_DTD": "05/06/2021",
                 "NIR_RET": "0", "NAI_RET": "0", "SEX_RET": "0", "IAS_RET": "0"})  # fmt: skip
        made.add("T_MCO21VALOACE", {**bill, "VALO": "1", "MNT_BR": "30.00", "MNT_REMB": "21.00"})
    made.add("T_MCO21FBSTC", {**bill, "ACT_COD": "ATU"})
    made.add("T_MCO21FHSTC", {**bill, "UCD_UCD_COD": TAXOL, "QUA": "2", "FRACT_COE": "1"})
    # 1939: sessions; a dose told on each stay of a series until 2018; Avastin told twice
    for year, number in ((2018, "11"), (2018, "12"), (2019, "11")):
        key = made.stay(year, number, 1939, (f"0{number[1]}/09/{year}",) * 2, GRG_GHM="28Z07Z")
        made.add(f"T_MCO{year - 2000}MED", {**key, "UCD_UCD_COD": AVASTIN, "ADM_NBR": "8",
                 "NBR_SEJ": "2" if year == 2018 else "1", "DELAI": "0"})  # fmt: skip
        made.add(f"T_MCO{year - 2000}MEDATU", {**key, "UCD_UCD_COD": AVASTIN, "ADM_NBR": "8",
                 "SEJ_NBR": "1", "DAT_DELAI": "0"})  # fmt: skip
    # 1940: a private stay that nobody bills in DCIR; the lines of the bill, not its total
    key = made.stay(2020, "1", 1940, ("01/10/2020", "01/10/2020"), finess=CLINIC, SEJ_NBJ="0")
    made.add("T_MCO20FB", {**key, "ACT_COD": "GHS", "FAC_MNT": "800.00", "REM_BAS": "800.00",
             "AMO_MNR": "640.00", "AMC_MNR": "160.00"})  # fmt: skip
    made.add("T_MCO20FC", {**key, "ACT_COD": "CS", "HON_MNT": "50.00", "REM_BAS": "28.00",
             "AMO_MNR": "19.60"})  # fmt: skip
    made.add("T_MCO20FA", {**key, "PH_MNT": "800.00", "PH_AMO_MNR": "640.00",
             "HON_AM_MNR": "19.60"})  # fmt: skip
    # a year delivered twice: the second time with a diagnosis more and an act less
    made.births.add(1941)
    for folder, age, diagnoses, acts in (
        ("one", "81", ["E119"], ["DZQM006", "HHFA001"]),
        ("two", "82", ["E119", "I10"], ["DZQM006"]),
    ):
        again = {"ETA_NUM": PUBLIC, "RSA_NUM": "1"}
        made.add(f"{folder}/T_MCO23C", {**again, "NIR_ANO_17": psa(1941), **CODES,
                 "EXE_SOI_DTD": "01/02/2023", "EXE_SOI_DTF": "03/02/2023",
                 "SEJ_NUM": age})  # fmt: skip
        made.add(f"{folder}/T_MCO23B", {**again, "GRG_GHM": "05M092", "DGN_PAL": "I500",
                 "STC_URG": "1", "SEJ_NBJ": "2", "AGE_ANN": age})  # fmt: skip
        made.add(f"{folder}/T_MCO23D", *[{**again, "ASS_DGN": code} for code in diagnoses])
        made.add(f"{folder}/T_MCO23A", *[{**again, "CDC_ACT": code, "ENT_DAT_DEL": "1"}
                 for code in acts])  # fmt: skip
    # a year that is not over is left aside
    made.add("T_MCO24_06B", {"ETA_NUM": PUBLIC, "RSA_NUM": "1", "GRG_GHM": "05M092"})
    made.add("IR_BEN_R", *[beneficiary(birth) for birth in sorted(made.births)])
    return made


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, command: Any) -> duckdb.DuckDBPyConnection:
    root = tmp_path_factory.mktemp("pmsi")
    for name, rows in delivery().files.items():
        path = root / "delivery" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(table(rows), encoding="utf-8")
    workspace = root / "workspace"
    for arguments in (["stage", "--input", root / "delivery"], ["vocab", "load"], ["build"]):
        code, out, errors = command("--workspace", workspace, *arguments)
        assert code == 0, out.get("error", errors)
    return duckdb.connect(str(workspace / "build" / "candidate.duckdb"), read_only=True)


def rows(cdm: duckdb.DuckDBPyConnection, columns: str, source: str) -> list[tuple[Any, ...]]:
    """Rows of a table of persons, those of each in order."""
    return cdm.sql(
        f"select year_of_birth, {columns} from cdm.{source} join cdm.person using (person_id) "
        "order by all"
    ).fetchall()


def test_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        cdm, "visit_source_value, visit_concept_id, visit_start_date, visit_end_date",
        "visit_occurrence",
    )  # fmt: skip
    assert found == [
        (1930, "MCO_HC", 9201, date(2008, 5, 1), date(2008, 5, 1)),
        (1931, "MCO_HC", 9201, date(2009, 3, 10), date(2009, 3, 15)),
        (1932, "MCO_HC", 9201, date(2021, 2, 1), date(2021, 2, 3)),
        (1932, "MCO_HC", 9201, date(2022, 2, 1), date(2022, 2, 3)),
        (1932, "MCO_HC", 9201, date(2022, 3, 1), date(2022, 3, 3)),
        (1933, "MCO_HC", 9201, date(2018, 2, 1), date(2018, 2, 3)),
        (1933, "MCO_HC", 9201, date(2018, 7, 1), date(2018, 7, 3)),
        (1934, "MCO_URG_HC", 262, date(2019, 12, 10), date(2019, 12, 20)),
        (1934, "SSR_HC", 9201, date(2019, 12, 20), date(2020, 1, 8)),
        (1935, "SSR_HC", 9201, date(2008, 3, 1), date(2008, 3, 2)),
        (1936, "HAD", 581476, date(2021, 3, 1), date(2021, 3, 20)),
        (1937, "PSY_AMB", 9202, date(2016, 6, 1), date(2016, 6, 1)),
        (1937, "PSY_AMB", 9202, date(2020, 3, 2), date(2020, 3, 2)),
        (1937, "PSY_TC", 9201, date(2016, 1, 10), date(2016, 5, 20)),
        (1938, "MCO_ATU", 9203, date(2021, 6, 5), date(2021, 6, 5)),
        (1939, "MCO_SEANCE", 9202, date(2018, 9, 1), date(2018, 9, 1)),
        (1939, "MCO_SEANCE", 9202, date(2018, 9, 2), date(2018, 9, 2)),
        (1939, "MCO_SEANCE", 9202, date(2019, 9, 1), date(2019, 9, 1)),
        (1940, "MCO_AMB", 9201, date(2020, 10, 1), date(2020, 10, 1)),
        (1941, "MCO_URG_HC", 262, date(2023, 2, 1), date(2023, 2, 3)),
    ]


def test_parts_of_stays(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "visit_detail_start_date, visit_detail_end_date", "visit_detail") == [
        (1931, date(2009, 3, 10), date(2009, 3, 12)),
        (1931, date(2009, 3, 12), date(2009, 3, 15)),
        (1934, date(2019, 12, 20), date(2019, 12, 22)),
        (1934, date(2019, 12, 23), date(2019, 12, 29)),
        (1934, date(2019, 12, 30), date(2020, 1, 5)),
        (1935, date(2008, 3, 1), date(2008, 3, 2)),
        (1936, date(2021, 3, 1), date(2021, 3, 10)),
        (1937, date(2016, 1, 10), date(2016, 3, 31)),
    ]


def test_the_rehabilitation_follows_the_ward(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql(
        "select later.visit_source_value, earlier.visit_source_value, "
        "earlier.discharged_to_source_value, later.admitted_from_source_value, "
        "later.discharged_to_source_value from cdm.visit_occurrence as later "
        "join cdm.visit_occurrence as earlier "
        "on later.preceding_visit_occurrence_id = earlier.visit_occurrence_id"
    ).fetchall() == [("SSR_HC", "MCO_URG_HC", "7-2", "7-1", "9")]


def test_deaths(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "death_date, death_type_concept_id", "death") == [
        (1934, date(2020, 1, 8), 32812)
    ]
    # that only a hospital knows of it is enough to end the observation
    assert rows(cdm, "observation_period_end_date", "observation_period")[4] == (
        1934, date(2020, 1, 8)
    )  # fmt: skip


def test_diagnoses(cdm: duckdb.DuckDBPyConnection) -> None:
    events = (
        "(select person_id, condition_start_date as day, condition_source_value as code "
        "from cdm.condition_occurrence union select person_id, observation_date, "
        "observation_source_value from cdm.observation) as events"
    )
    found = cdm.sql(
        f"select year_of_birth, day, code from {events} join cdm.person using (person_id) "
        "where year_of_birth not in (1932, 1933, 1939, 1940) order by all"
    ).fetchall()
    assert found == [
        (1930, date(2008, 5, 1), "E119"),
        (1930, date(2008, 5, 1), "I500"),
        (1931, date(2009, 3, 10), "I500"),
        (1931, date(2009, 3, 10), "J180"),
        (1934, date(2019, 12, 10), "I500"),
        (1934, date(2019, 12, 20), "S7200"),
        (1934, date(2019, 12, 20), "Z501"),
        (1935, date(2008, 3, 1), "E119"),
        (1935, date(2008, 3, 1), "I10"),
        (1935, date(2008, 3, 1), "S7200"),
        (1936, date(2021, 3, 1), "C189"),
        (1937, date(2016, 1, 10), "F200"),
        (1941, date(2023, 2, 1), "E119"),
        (1941, date(2023, 2, 1), "I10"),
        (1941, date(2023, 2, 1), "I500"),
    ]


def test_acts(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "procedure_source_value, procedure_date", "procedure_occurrence") == [
        (1930, "DZQM006", date(2008, 5, 1)),
        (1934, "ALQ+183", date(2019, 12, 24)),
        (1934, "ALQ+183", date(2020, 1, 1)),
        (1941, "DZQM006", date(2023, 2, 2)),
    ]
    measured = "measurement_source_value, measurement_date, value_source_value, value_as_concept_id"
    assert rows(cdm, measured, "measurement") == [
        (1932, "GLQP012", date(2021, 2, 2), None, None),
    ]


def test_drugs(cdm: duckdb.DuckDBPyConnection) -> None:
    drugs = "drug_source_value, drug_exposure_start_date, quantity"
    assert rows(cdm, drugs, "drug_exposure") == [
        (1936, "9189944", date(2021, 3, 3), 1.5),
        (1938, "9189944", date(2021, 6, 5), 2.0),
        (1939, "9261104", date(2018, 9, 1), 4.0),
        (1939, "9261104", date(2018, 9, 2), 4.0),
        (1939, "9261104", date(2019, 9, 1), 8.0),
    ]


def test_money(cdm: duckdb.DuckDBPyConnection) -> None:
    found = cdm.sql(
        "select year_of_birth, paid_by_payer, amount_allowed, cost_type_concept_id, "
        "drg_source_value from cdm.cost join cdm.visit_occurrence "
        "on cost_event_id = visit_occurrence_id join cdm.person using (person_id) order by all"
    ).fetchall()
    assert found == [
        (birth, Decimal(paid), Decimal(base) if base else None, kind, drg)
        for birth, paid, base, kind, drg in (
            (1932, "1000.10", "1250.00", 32852, "05M092"),
            (1932, "2000.20", "2500.00", 32852, "05M092"),
            (1934, "50.05", "60.00", 32852, None),
            (1936, "3.60", "", 32868, None),
            (1936, "14.40", "18.00", 32852, None),
            (1936, "700.70", "0.00", 32852, None),
            (1938, "21.00", "30.00", 32852, None),
            (1938, "21.00", "30.00", 32852, None),
            (1940, "19.60", "28.00", 32852, "05M092"),
            (1940, "160.00", "", 32868, "05M092"),
            (1940, "640.00", "800.00", 32852, "05M092"),
        )
    ]


def test_ledger(cdm: duckdb.DuckDBPyConnection) -> None:
    """Each refusal has its rule, nothing is left unsaid; the year delivered twice counts once."""
    assert cdm.sql("select * from audit.balance where residual <> 0").fetchall() == []
    refused = cdm.sql(
        "select source_table, rule_id, sum(n_rows)::int from audit.ledger "
        "where rule_id is not null group by all order by all"
    ).fetchall()
    assert refused == [
        ("T_HADaaB", "R35", 1),
        ("T_HADaaGRP", "R35", 1),
        ("T_HADaaVALO", "R35", 1),
        ("T_MCOaaA", "R13", 2),
        ("T_MCOaaB", "R09", 1),
        ("T_MCOaaB", "R13", 1),
        ("T_MCOaaB", "R30a", 1),
        ("T_MCOaaB", "R30b", 1),
        ("T_MCOaaB", "R30c", 1),
        ("T_MCOaaB", "R30d", 1),
        ("T_MCOaaB", "R30e", 1),
        ("T_MCOaaC", "R09", 1),
        ("T_MCOaaC", "R13", 1),
        ("T_MCOaaC", "R30a", 1),
        ("T_MCOaaC", "R30b", 1),
        ("T_MCOaaC", "R30c", 1),
        ("T_MCOaaC", "R30d", 1),
        ("T_MCOaaC", "R30e", 1),
        ("T_MCOaaD", "R13", 1),
        ("T_MCOaaFA", "R22c", 1),
        ("T_MCOaaMEDATU", "R38b", 3),
        ("T_MCOaaSTC", "R22c", 1),
        ("T_MCOaaVALO", "R22a", 1),
        ("T_RIPaaR3A", "R37", 1),
        ("T_RIPaaRSA", "R36a", 1),
        ("T_SSRaaB", "R34c", 1),
    ]
