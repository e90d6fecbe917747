"""Persons, claims and rights of a run agree with their answer key.

The delivered files are read by SQL that shares nothing with the generator: each planted case is
found again where its rule requires it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.synthetic import SynthReport, generate
from etl.synthetic.catalogue import natures
from tests.synthetic_delivery import KEYS, YEARS, delivered, expected, one, read


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SynthReport:
    return delivered(tmp_path_factory.mktemp("synth"))


@pytest.fixture(scope="module")
def sql(report: SynthReport) -> duckdb.DuckDBPyConnection:
    return read(report)


def test_nine_keys_are_unique_but_for_archived_lines(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    rows = one(sql, "select count(*) from ER_PRS_F")
    assert rows - one(sql, "select count(*) from prs") == expected(report, "R13", "ER_PRS_F")


@pytest.mark.parametrize("table", ["ER_PHA_F", "ER_BIO_F", "ER_CAM_F"])
def test_orphans_are_those_planted(
    report: SynthReport, sql: duckdb.DuckDBPyConnection, table: str
) -> None:
    orphans = one(sql, f"select count(*) from {table} anti join prs using ({KEYS})")
    assert orphans == expected(report, "R15", table)


@pytest.mark.parametrize("table", ["ER_TIP_F", "ER_UCD_F", "ER_ETE_F", "ER_ARO_F", "ER_TRS_F"])
def test_other_details_have_their_line(sql: duckdb.DuckDBPyConnection, table: str) -> None:
    assert one(sql, f"select count(*) from {table} anti join prs using ({KEYS})") == 0


PERSON = """
    exists (select 1 from (select BEN_NIR_PSA, BEN_RNG_GEM, BEN_CDI_NIR, BEN_NAI_ANN, BEN_SEX_COD
    from IR_BEN_R union all select BEN_NIR_PSA, BEN_RNG_GEM, BEN_CDI_NIR, BEN_NAI_ANN, BEN_SEX_COD
    from IR_BEN_R_ARC) b where b.BEN_NIR_PSA = p.BEN_NIR_PSA and b.BEN_RNG_GEM = p.BEN_RNG_GEM
"""


REAL = (
    PERSON
    + """ and b.BEN_CDI_NIR in ('00', '03', '04') and b.BEN_NAI_ANN <> '1600'
    and b.BEN_SEX_COD in ('1', '2'))"""
)


INFORMATION = (
    "(coalesce(DPN_QLF, '0') in ('71', '72') or coalesce(PRS_DPN_QLP, '0') in ('71', '72'))"
)


PUBLIC = "coalesce(ETE_IND_TAA, '0') = '1'"


PRIVATE = "coalesce(ETE_MCO_DDP, 'Z') not in ('Z', 'X')"


@pytest.mark.parametrize(
    ("rule", "condition"),
    [
        ("R06", f"not {PERSON})"),
        # or paid under a person's number by the scheme of fictitious ones
        ("R07", f"{PERSON}) and (not {REAL} or RGM_COD = '888')"),
        ("R16", f"{REAL} and {INFORMATION}"),
        ("R17", f"{REAL} and not {INFORMATION} and {PUBLIC}"),
        ("R18", f"{REAL} and not {INFORMATION} and not {PUBLIC} and {PRIVATE}"),
        ("R19", f"{REAL} and not {INFORMATION} and not {PUBLIC} and CPL_MAJ_TOP = '2'"),
        ("R04", f"{REAL} and EXE_SOI_DTD like '%1600'"),
        ("SO-223", "EXE_SOI_DTD is null and EXE_SOI_AMD is null"),
    ],
)
def test_excluded_lines_are_those_planted(
    report: SynthReport, sql: duckdb.DuckDBPyConnection, rule: str, condition: str
) -> None:
    found = one(sql, f"select count(*) from prs p left join ete using ({KEYS}) where {condition}")
    assert found == expected(report, rule, "ER_PRS_F") > 0


def test_empty_qualifiers_are_many_and_kept(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    """A filter that is not null-safe would lose a quarter of the lines (R05)."""
    empty = one(sql, "select count(*) from prs where DPN_QLF is null")
    assert empty > one(sql, "select count(*) from prs") / 10


def test_corrections_net_to_the_answer(sql: duckdb.DuckDBPyConnection) -> None:
    """Drugs of plain lines, summed by business key, are the drugs of the answer key (R20)."""
    delivered = f"""
        select c13 as code, EXE_SOI_DTD as date, BEN_NIR_PSA, exe, pre, sum(q) as q from (
            select distinct on ({KEYS}, PHA_ORD_NUM) PHA_PRS_C13 as c13, EXE_SOI_DTD, BEN_NIR_PSA,
                PFS_EXE_NUM as exe, PFS_PRE_NUM as pre, PHA_ACT_QSN::int as q
            from ER_PHA_F join prs p using ({KEYS})
            where PHA_PRS_C13 <> '0' and {REAL} and not {INFORMATION}
        ) group by all having sum(q) > 0
    """
    wanted = "select * from answer_drugs where code_system = 'CIP13'"
    for columns in ("code, date", "code, date, executor", "code, date, executor, prescriber"):
        own = columns.replace("executor", "exe").replace("prescriber", "pre")
        difference = f"""
            with a as (select {columns}, sum(quantity::double) as n from ({wanted}) group by all),
            b as (select {own}, sum(q) as n from ({delivered}) group by all)
            select count(*) from ((from a except from b) union all (from b except from a))
        """
        assert one(sql, difference) == 0


def test_two_devices_share_a_line_until_2016(tmp_path: Path) -> None:
    """On a bill of rehabilitation; the answer key has each device of a true stay."""
    generate(tmp_path, persons=900, seed=4, years=range(2014, 2019))

    def read(path: Path) -> pl.DataFrame:
        return pl.read_csv(path, separator=";", infer_schema=False)

    def of_rehabilitation(name: str) -> pl.DataFrame:
        return read(tmp_path / "answers" / f"{name}.csv").filter(pl.col("source") == "SSR")

    billed: set[tuple[str, str]] = set()
    shared = 0
    for path in sorted(tmp_path.glob("T_SSR*FP.csv")):
        year = f"20{path.stem[5:7]}"
        columns = ("LPP_COD1", "LPP_COD2") if year <= "2016" else ("LPP_COD",)
        frame = read(path)
        assert [name for name in frame.columns if name.startswith("LPP_COD")] == list(columns)
        for eta, number, *codes in frame.select("ETA_NUM", "RHA_NUM", *columns).rows():
            held = [code.strip() for code in codes if code]
            shared += len(held) == 2
            billed |= {(f"{eta}|{number}|{year}", code) for code in held}
    true = set(of_rehabilitation("visits")["business_key"])
    answered = of_rehabilitation("devices").select("business_key", "code").rows()
    assert shared and sorted(answered) == sorted(pair for pair in billed if pair[0] in true)


@pytest.mark.parametrize(
    ("rule", "table", "condition"),
    [
        ("R11a", "prs", f"{REAL} and EXE_SOI_DTD not like '%1600' and year(day) < "
         "(select min(BEN_NAI_ANN::int) from IR_BEN_R b where b.BEN_NIR_PSA = p.BEN_NIR_PSA)"),
        ("R25", "ER_PHA_F", "PHA_PRS_C13 = '0'"),
        ("R25b", "ER_TIP_F", "TIP_PRS_TYP = '7'"),
        ("R21", "ER_CAM_F", "(CAM_ACT_COD = '4' or CAM_TRT_PHA = '2') and CAM_ORD_NUM > '1'"),
        ("R34a", "T_SSRaaB", "GRG_GME like '90%'"),
        ("R34b", "T_SSRaaB", "TYP_GEN_RHA not in ('0', '4')"),
        ("R35", "T_HADaaGRP", "GHT_NUM = '99'"),
        ("R36a", "T_RIPaaRSA", "SEQ_IND = 'E'"),
        ("R36b", "T_RIPaaRSA", "TYP_GEN_RSA <> '0'"),
        ("R38a", "T_MCOaaMED", "ADM_NBR::double <= 0"),
        ("R38a", "T_SSRaaMED", "ADM_NBR::double <= 0 or ADM_NBR::double >= 100"),
        ("R39", "T_MCOaaFCSTC", "substr(ACT_COD, 5, 1) = 'F'"),
    ],
)  # fmt: skip
def test_other_traps_are_where_their_rule_puts_them(
    report: SynthReport, sql: duckdb.DuckDBPyConnection, rule: str, table: str, condition: str
) -> None:
    day = "strptime(EXE_SOI_DTD, '%d/%m/%Y')"
    source = f"(select *, {day} as day from prs)" if table == "prs" else table
    found = one(sql, f"select count(*) from {source} p where {condition}")
    assert found == expected(report, rule, "ER_PRS_F" if table == "prs" else table) > 0


def test_care_after_death_is_planted(report: SynthReport, sql: duckdb.DuckDBPyConnection) -> None:
    """R11b: late, and by more than the tolerance; all other care is before the death."""
    rights = """
        select BEN_NIR_PSA, BEN_RNG_GEM, BEN_CDI_NIR,
            coalesce(BEN_IDT_ANO, BEN_NIR_ANO, BEN_NIR_PSA || BEN_RNG_GEM) as person_key
        from (select * from IR_BEN_R union by name select * from IR_BEN_R_ARC)
    """
    dead = f"""
        select distinct BEN_NIR_PSA, BEN_RNG_GEM, strptime(death_date, '%d/%m/%Y') as death
        from ({rights}) join answer_persons using (person_key) where death_date is not null
    """
    late = f"""
        select count(*) from prs join ({dead}) using (BEN_NIR_PSA, BEN_RNG_GEM)
        where strptime(EXE_SOI_DTD, '%d/%m/%Y') > death
    """
    assert one(sql, late) == expected(report, "R11b", "ER_PRS_F") > 0


def test_details_fan_out_a_line(report: SynthReport, sql: duckdb.DuckDBPyConnection) -> None:
    """R22: a line joined to its two products counts twice."""
    two = f"""
        select sum(n) from (select count(*) as n from (select distinct on ({KEYS}, PHA_ORD_NUM) *
        from ER_PHA_F) group by {KEYS} having count(*) > 1)
    """
    assert one(sql, two) == expected(report, "R22", "ER_PHA_F") > 0


def test_linkage_faults_are_those_planted(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    codes = (
        "NIR_RET, NAI_RET, SEX_RET, SEJ_RET, FHO_RET, PMS_RET, DAT_RET, COH_NAI_RET, COH_SEX_RET"
    )
    wrong = " or ".join(f"{code} <> '0'" for code in codes.split(", "))
    key = "NIR_ANO_17 in ('xxxxxxxxxxxxxxxxx', 'XXXXXXXXXXXXXXXXD')"
    found = one(sql, f"select count(*) from T_MCOaaC where {wrong} or {key}")
    assert found == expected(report, "R09", "T_MCOaaC") > 0


def test_twins_share_a_pseudonym(report: SynthReport, sql: duckdb.DuckDBPyConnection) -> None:
    shared = """
        select BEN_NIR_PSA from IR_BEN_R where BEN_CDI_NIR in ('00', '03', '04')
        group by 1 having count(distinct BEN_RNG_GEM) > 1
    """
    assert one(sql, f"select count(*) from ({shared})") > 0
    stays = one(sql, f"select count(*) from T_MCOaaC where NIR_ANO_17 in ({shared})")
    assert stays == expected(report, "R08", "T_MCOaaC") > 0


def test_long_term_diseases(report: SynthReport, sql: duckdb.DuckDBPyConnection) -> None:
    foreign = "IMB_ETM_NAT not in ('41', '43', '45') or MED_NCL_IDT <> 'CIM10'"
    assert one(sql, f"select count(*) from IR_IMB_R where {foreign}") == sum(
        expected(report, "R40", "IR_IMB_R", trap=trap)
        for trap in ("work_accident", "occupational_disease", "other_classification")
    )
    kept = f"""
        select count(distinct (BEN_NIR_PSA, BEN_RNG_GEM, MED_MTF_COD, IMB_ALD_DTD)) from IR_IMB_R
        where not ({foreign})
    """
    answer = one(sql, "select count(*) from answer_conditions where source = 'ALD'")
    assert one(sql, kept) == answer


def test_every_answer_names_a_person_who_is_kept(sql: duckdb.DuckDBPyConnection) -> None:
    for name in (
        "visits",
        "conditions",
        "drugs",
        "procedures",
        "measurements",
        "devices",
        "deaths",
    ):
        strangers = f"""
            select count(*) from answer_{name} anti join answer_persons using (person_key)
        """
        assert one(sql, strangers) == 0, name


def test_persons_are_rebuilt_by_the_ladder(sql: duckdb.DuckDBPyConnection) -> None:
    ladder = """
        select distinct coalesce(BEN_IDT_ANO, BEN_NIR_ANO, BEN_NIR_PSA || BEN_RNG_GEM) as person_key
        from (select * from IR_BEN_R union all by name select * from IR_BEN_R_ARC)
        where BEN_CDI_NIR in ('00', '03', '04') and BEN_NAI_ANN <> '1600'
        and BEN_SEX_COD in ('1', '2')
    """
    difference = f"""
        select count(*) from ((select person_key from answer_persons except ({ladder}))
        union all (({ladder}) except select person_key from answer_persons))
    """
    assert one(sql, difference) == 0


def test_costs_are_recorded_to_the_cent(sql: duckdb.DuckDBPyConnection) -> None:
    for column in ("PRS_PAI_MNT", "BSE_REM_BSE", "BSE_REM_MNT"):
        delivered = f"select (sum({column}::decimal(18,2)) * 100)::bigint from prs"
        answered = f"select (sum({column}::decimal(18,2)) * 100)::bigint from answer_costs"
        assert one(sql, delivered) == one(sql, answered)
    others = f"select distinct on ({KEYS}) ARO_REM_MNT::decimal(18,2) as m from ER_ARO_F"
    assert one(sql, f"select (sum(m) * 100)::bigint from ({others})") == one(
        sql, "select (sum(ARO_REM_MNT::decimal(18,2)) * 100)::bigint from answer_costs"
    )


def test_some_deaths_are_known_by_their_month(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    """R10: the day is empty, the month is not. A certificate or a stay may have it; where none
    does the answer is the last day of the month."""
    month_only = "BEN_DCD_DTE is null and BEN_DCD_AME <> '160001'"
    found = one(sql, f"select count(*) from IR_BEN_R where {month_only}")
    assert found == expected(report, "R10", "IR_BEN_R") > 0
    answered = f"""
        select source, strptime(death_date, '%d/%m/%Y')
            = last_day(strptime(BEN_DCD_AME || '01', '%Y%m%d')) as is_month_end, count(*)
        from answer_deaths join IR_BEN_R
        on person_key = coalesce(BEN_IDT_ANO, BEN_NIR_ANO, BEN_NIR_PSA || BEN_RNG_GEM)
        where {month_only} group by all
    """
    rows = sql.execute(answered).fetchall()
    assert sum(count for _, _, count in rows) == found
    assert [is_end for source, is_end, _ in rows if source == "IR_BEN_R"] == [True]
    assert "KI_CCI_R" in {source for source, _, _ in rows}


def test_lines_are_as_many_and_of_the_kinds_that_are_published(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    """Care sheets by person and year: 1.2 billion a year for 67 million persons is 18 (Health Data
    Hub, presentation of the SNDS). Natures: shares of June 2014 in its documentation."""
    years = report.persons * len(YEARS)
    sheet = (
        "FLX_DIS_DTD, FLX_TRT_DTD, FLX_EMT_TYP, FLX_EMT_NUM, FLX_EMT_ORD, ORG_CLE_NUM, DCT_ORD_NUM"
    )
    sheets = one(sql, f"select count(distinct ({sheet})) from prs") / years
    assert 15 < sheets < 24
    lines = one(sql, "select count(*) from prs")
    assert 18 < lines / years < 34
    made = dict(
        sql.execute(
            "select case PRS_NAT_REF when '1110' then '1111' else PRS_NAT_REF end, "
            f"100.0 * count(*) / {lines} from prs group by 1"
        ).fetchall()
    )
    published = {
        code: float(share)
        for code, share in natures().select("code", "share_2014").drop_nulls().iter_rows()
    }
    for code, share in published.items():
        if share > 1:
            assert share / 2 < made.get(code, 0) < share * 2, code
    away = sum(abs(made.get(code, 0) - share) for code, share in published.items()) / 2
    assert away < 20


def test_mothers_and_children_are_linked(sql: duckdb.DuckDBPyConnection) -> None:
    assert one(sql, "select count(*) from answer_links") > 20
    children = """
        select count(*) from answer_links l join answer_persons p on p.person_key = l.child_key
        where p.birth_year::int < 2016
    """
    assert one(sql, children) == 0


def test_flux_comes_after_care_and_within_two_years(sql: duckdb.DuckDBPyConnection) -> None:
    lag = """
        select strptime(FLX_TRT_DTD, '%d/%m/%Y') - strptime(EXE_SOI_DTD, '%d/%m/%Y') as lag, p.*
        from prs p where EXE_SOI_DTD not like '%1600'
        and EXE_SOI_DTD is not null and PRS_ACT_QTE::int > 0
    """
    plain = f"select * from ({lag}) where year(strptime(EXE_SOI_DTD, '%d/%m/%Y')) >= 2016"
    assert one(sql, f"select count(*) from ({plain}) where lag < interval 1 day") == 0
    late = one(sql, f"select count(*) from ({plain}) where lag > interval 183 days")
    assert 0 < late / one(sql, f"select count(*) from ({plain})") < 0.02
    first = "select count(*) from prs where FLX_DIS_DTD not like '01/%'"
    assert one(sql, first) == 0
