"""Hospital stays of a run agree with their answer key, read by SQL of its own."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from etl.synthetic import SynthReport
from tests.synthetic_delivery import YEARS, delivered, expected, one, read


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SynthReport:
    return delivered(tmp_path_factory.mktemp("synth"))


@pytest.fixture(scope="module")
def sql(report: SynthReport) -> duckdb.DuckDBPyConnection:
    return read(report)


def test_a_drug_of_a_private_stay_counts_once(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    """It is on the bill of DCIR and in T_MCOaaFH: the answer key has it from DCIR (R26)."""
    bills = one(sql, "select count(*) from T_MCOaaFH")
    assert bills >= expected(report, "R26", "T_MCOaaFH") > 0
    answered = """
        select count(*) from answer_drugs d join T_MCOaaFH f
        on d.business_key like f.ETA_NUM || '|' || f.RSA_NUM || '|%' and d.code = f.COD_UCD
        and split_part(d.business_key, '|', 3)::int % 100
            = regexp_extract(f.filename, 'T_MCO(\\d\\d)', 1)::int
    """
    assert one(sql, answered) == 0
    billed_drugs = "select count(*) from ER_UCD_F where UCD_TOP_UCD = '1'"
    assert one(sql, billed_drugs) >= bills


def test_a_test_of_a_private_stay_counts_once(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    """In ER_BIO_F and in T_MCOaaFL: the answer key has it from DCIR (R26), else from the bill."""
    bills = one(sql, "select count(*) from T_MCOaaFL")
    refused = report.traps.filter(pl.col("source_table") == "T_MCOaaFL")["rows_expected"].sum()
    assert expected(report, "R26", "T_MCOaaFL") > 0
    answered = one(sql, "select count(*) from answer_measurements where source = 'MCO'")
    assert 0 < answered == bills - refused
    both = """
        select count(*) from answer_measurements bill
        join answer_visits stay using (person_key, business_key)
        join answer_measurements town using (person_key, code)
        where bill.source = 'MCO' and town.source = 'DCIR'
        and strptime(town.date, '%d/%m/%Y') between strptime(stay.start_date, '%d/%m/%Y')
        and strptime(stay.end_date, '%d/%m/%Y')
    """
    assert one(sql, both) == 0


def test_stays_have_their_rows(report: SynthReport, sql: duckdb.DuckDBPyConnection) -> None:
    for table in ("T_MCOaaC", "T_MCOaaB"):
        rows = one(sql, f"select count(*) from {table}")
        keys = one(sql, f"select count(distinct (filename, ETA_NUM, RSA_NUM)) from {table}")
        assert rows == keys
    query = """
        select count(*) from (select ETA_NUM, RSA_NUM, replace(filename, 'B.csv', '') from T_MCOaaB
        except select ETA_NUM, RSA_NUM, replace(filename, 'C.csv', '') from T_MCOaaC)
    """
    assert one(sql, query) == 0


@pytest.mark.parametrize(
    ("rule", "condition"),
    [
        ("R30a", "GRG_GHM like '90%'"),
        ("R30b", "trim(SEJ_TYP) = 'B'"),
        ("R30c", "TYP_GEN_RSA <> '0'"),
        ("R30d", "ETA_NUM in ('750100042', '130783293', '690784137')"),
        ("R30e", "regexp_matches(RSA_NUM, '^[A-Z]')"),
    ],
)
def test_excluded_stays_are_those_planted(
    report: SynthReport, sql: duckdb.DuckDBPyConnection, rule: str, condition: str
) -> None:
    found = one(sql, f"select count(*) from T_MCOaaB where {condition}")
    assert found == expected(report, rule, "T_MCOaaB") > 0


def test_some_stays_overlap(report: SynthReport, sql: duckdb.DuckDBPyConnection) -> None:
    pairs = """
        with stays as (select person_key, strptime(start_date, '%d/%m/%Y') as s,
            strptime(end_date, '%d/%m/%Y') as e from answer_visits
            where source = 'MCO' and kind <> 'session')
        select count(*) from stays a join stays b using (person_key)
        where a.s < b.s and b.s < a.e
    """
    planted = report.traps.filter(pl.col("trap") == "overlapping_stays")["rows_planted"].sum()
    assert one(sql, pairs) == planted > 0


def test_doses_of_sessions_are_repeated_until_2018(sql: duckdb.DuckDBPyConnection) -> None:
    """R38: the whole quantity of a series on each of its sessions, with their number."""
    year = "regexp_extract(filename, 'T_MCO(\\d\\d)', 1)"
    spread = f"select count(*) from T_MCOaaMED where NBR_SEJ::int > 1 and {year} < '19'"
    assert one(sql, spread) > 0
    assert (
        one(sql, f"select count(*) from T_MCOaaMED where NBR_SEJ::int > 1 and {year} > '18'") == 0
    )
    # One product under two forms of its code: UCD7 after zeros, UCD13 before its check digit.
    ucd13 = "UCD_UCD_COD like '34008%'"
    product = f"if({ucd13}, substr(UCD_UCD_COD, 6, 7), right(UCD_UCD_COD, 7))"
    # Each of its rows is a session of the series: together they are the number it states.
    series = f"""
        select count(*) as n, max(NBR_SEJ::int) as stated from T_MCOaaMED m join T_MCOaaC c
        on c.ETA_NUM = m.ETA_NUM and c.RSA_NUM = m.RSA_NUM
        and c.filename = replace(m.filename, 'MED', 'C')
        where NBR_SEJ::int > 1 and {year.replace("filename", "m.filename")} < '19'
        and ADM_NBR::double > 0 group by NIR_ANO_17, m.ETA_NUM, {product}, m.filename
    """
    shares = f"select avg((n = stated)::int * 100)::int from ({series})"
    assert one(sql, shares) > 80


def test_weeks_of_the_year_before_are_those_planted(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    year = "'20' || regexp_extract(filename, 'T_SSR(\\d\\d)B', 1)"
    valid = "GRG_GME not like '90%' and TYP_GEN_RHA = '0'"
    linked = """
        (filename, ETA_NUM, RHA_NUM) in (
            select (replace(filename, 'C.csv', 'B.csv'), ETA_NUM, RHA_NUM) from T_SSRaaC
            where NIR_RET || NAI_RET || SEX_RET || SEJ_RET || FHO_RET || PMS_RET || DAT_RET
            || COH_NAI_RET || COH_SEX_RET = '000000000' and NIR_ANO_17 in (
                select BEN_NIR_PSA from IR_BEN_R union select BEN_NIR_PSA from IR_BEN_R_ARC
            )
        )
    """
    found = one(
        sql,
        f"select count(*) from T_SSRaaB where right(MOI_ANN, 4) <> {year} and {valid} and {linked}",
    )
    assert found == expected(report, "R34c", "T_SSRaaB") > 0


def test_check_ups_after_rehabilitation_have_their_lines(sql: duckdb.DuckDBPyConnection) -> None:
    """Each line has its bill; what was done there is in the answer key."""
    for table, answer in (("FMSTC", "procedures"), ("FLSTC", "measurements"), ("FHSTC", "drugs")):
        lines = f"""
            from T_SSRaa{table} l left join T_SSRaaCSTC b using (ETA_NUM, SEQ_NUM)
            where replace(l.filename, '{table}', 'CSTC') = b.filename
        """
        rows = one(sql, f"select count(*) from T_SSRaa{table}")
        assert rows == one(sql, f"select count(*) {lines}") > 0
        twins = "NIR_ANO_17 not in (select NIR_ANO_17 from T_SSRaaCSTC semi join ("
        twins += "select BEN_NIR_PSA as NIR_ANO_17 from IR_BEN_R group by 1 "
        twins += "having count(distinct BEN_RNG_GEM) > 1) using (NIR_ANO_17))"
        kept = one(sql, f"select count(*) {lines} and {twins}")
        answered = f"select count(*) from answer_{answer} where source = 'SSR_ACE'"
        assert one(sql, answered) == kept


def test_one_person_in_five_is_in_hospital_in_a_year(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    """12.6 million patients of all fields in 2016 (ATIH), sessions included: 19 of 100 persons."""
    persons = one(
        sql, "select count(distinct (person_key, right(start_date, 4))) from answer_visits "
        "where source in ('MCO', 'SSR', 'HAD', 'RIP')",
    )  # fmt: skip
    assert 0.16 < persons / report.persons / len(YEARS) < 0.22
