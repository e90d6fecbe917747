"""The files of a run: deterministic, of the year's form, and in agreement with their answer key.

The answer key is checked by reading the delivered files with SQL that shares nothing with the
generator: each planted case is found again where its rule requires it.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from etl.cli import cli
from etl.contracts.registry import contracts, recognise
from etl.synthetic import SynthReport, generate
from etl.synthetic.block import run_block
from etl.synthetic.catalogue import natures
from etl.synthetic.options import BLOCK, Options
from etl.synthetic.write import delivered_name

YEARS = range(2016, 2022)
KEYS = (
    "DCT_ORD_NUM, FLX_DIS_DTD, FLX_EMT_NUM, FLX_EMT_ORD, FLX_EMT_TYP, FLX_TRT_DTD, ORG_CLE_NUM, "
    "PRS_ORD_NUM, REM_TYP_AFF"
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SynthReport:
    return generate(tmp_path_factory.mktemp("synth"), persons=1500, seed=5, years=YEARS)


@pytest.fixture(scope="module")
def sql(report: SynthReport) -> duckdb.DuckDBPyConnection:
    """All files of a table as one view, text only; `year` is that of the file name."""
    base = duckdb.connect()
    names: dict[str, list[Path]] = {}
    for path in sorted(report.output.glob("*.csv")):
        found = recognise(path.name)
        assert found, path.name
        names.setdefault(found.contract.table, []).append(path)
    for table, paths in names.items():
        listed = ", ".join(f"'{path}'" for path in paths)
        base.execute(
            f"create view {table} as select *, regexp_extract(filename, '_(\\d{{4}})\\.csv', 1) as "
            f"file_year from read_csv([{listed}], delim=';', header=true, all_varchar=true, "
            "union_by_name=true, filename=true, quote='')"
        )
    for path in sorted((report.output / "answers").glob("*.csv")):
        base.execute(
            f"create view answer_{path.stem} as select * from read_csv('{path}', delim=';', "
            "header=true, all_varchar=true, quote='')"
        )
    # One row a key: those delivered twice are another trap.
    base.execute(f"create view prs as select distinct on ({KEYS}) * from ER_PRS_F")
    base.execute(f"create view ete as select distinct on ({KEYS}) * from ER_ETE_F")
    return base


def one(sql: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(sql.execute(query).fetchall()[0][0])


def expected(report: SynthReport, rule: str, table: str, *, trap: str | None = None) -> int:
    rows = report.traps.filter((pl.col("rule_id") == rule) & (pl.col("source_table") == table))
    if trap:
        rows = rows.filter(pl.col("trap") == trap)
    return int(rows["rows_planted"].sum())


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("file_format", ["csv", "csv.gz", "parquet"])
def test_same_options_same_bytes(tmp_path: Path, file_format: str) -> None:
    for name in ("first", "second"):
        generate(
            tmp_path / name, persons=120, seed=9, years=range(2019, 2021),
            file_format=file_format,  # type: ignore[arg-type]
        )  # fmt: skip
    assert _hashes(tmp_path / "first") == _hashes(tmp_path / "second")
    assert any(name.endswith(file_format) for name in _hashes(tmp_path / "first"))


def test_another_seed_gives_other_persons(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(tmp_path / str(seed), persons=60, seed=seed, years=range(2020, 2021))
    first, second = _hashes(tmp_path / "1"), _hashes(tmp_path / "2")
    assert first["IR_BEN_R.csv"] != second["IR_BEN_R.csv"]


@pytest.mark.slow
def test_blocks_do_not_depend_on_each_other_nor_on_processes(tmp_path: Path) -> None:
    options = Options(4 * BLOCK, 3, 2020, 2020)
    for processes in (1, 2):
        generate(
            tmp_path / str(processes), persons=options.persons, seed=options.seed,
            years=options.years, processes=processes,
        )  # fmt: skip
    assert _hashes(tmp_path / "1") == _hashes(tmp_path / "2")
    run_block(options, 2, tmp_path / "alone")
    alone = (tmp_path / "alone" / "IR_BEN_R" / "000002").read_text().splitlines()
    together = (tmp_path / "1" / "IR_BEN_R.csv").read_text().splitlines()
    assert alone and set(alone) <= set(together)
    assert together.count(together[0]) == 1


@pytest.mark.slow
def test_formats_hold_the_same_rows(tmp_path: Path) -> None:
    """Two blocks, so that files are joined: gzip members and Parquet parts hold what CSV holds."""
    made = {}
    for file_format in ("csv", "csv.gz", "parquet"):
        generate(
            tmp_path / file_format, persons=BLOCK + 100, seed=3, years=range(2020, 2021),
            file_format=file_format,  # type: ignore[arg-type]
        )  # fmt: skip
    for stem in ("ER_PRS_F_2020", "T_MCO20B", "IR_BEN_R"):
        plain = (tmp_path / "csv" / f"{stem}.csv").read_bytes()
        assert gzip.decompress((tmp_path / "csv.gz" / f"{stem}.csv.gz").read_bytes()) == plain
        frame = pl.read_parquet(tmp_path / "parquet" / f"{stem}.parquet")
        assert (
            frame.write_csv(
                separator=";", date_format="%d/%m/%Y", float_precision=2, quote_style="never"
            ).encode()
            == plain
        )
        read = duckdb.sql(
            f"select count(*) from read_csv('{tmp_path}/csv.gz/{stem}.csv.gz', delim=';', "
            "header=true, all_varchar=true, quote='')"
        ).fetchall()
        made[stem] = read[0][0]
        assert made[stem] == frame.height > 0


def test_every_file_has_the_columns_of_its_year(report: SynthReport) -> None:
    for path in sorted(report.output.glob("*.csv")):
        found = recognise(path.name)
        assert found, path.name
        with path.open(encoding="utf-8") as file:
            header = next(csv.reader(file, delimiter=";"))
        wanted = [delivered_name(column, found.year) for column in found.contract.columns]
        assert header == [name for name in wanted if name], path.name


def test_every_table_of_a_contract_is_written(tmp_path: Path) -> None:
    """Over the years in which it existed."""
    made: set[str] = set()
    for rank, (persons, years, simplified) in enumerate(
        [(900, range(2008, 2009), False), (900, range(2013, 2015), False),
         (2000, range(2019, 2024), False), (900, range(2019, 2020), True)]
    ):  # fmt: skip
        rows = generate(
            tmp_path / str(rank), persons=persons, seed=2, years=years, simplified=simplified,
            file_format="parquet",
        ).by_table()  # fmt: skip
        made |= set(rows)
    # CT_IND is made by the Cnam from the claims, and comes to few projects
    assert made == set(contracts()) - {"CT_IND"}


def test_rows_are_counted(report: SynthReport, sql: duckdb.DuckDBPyConnection) -> None:
    for table, rows in report.by_table().items():
        assert one(sql, f"select count(*) from {table}") == rows


def test_delivery_style(report: SynthReport) -> None:
    lines = (report.output / "ER_PRS_F_2019.csv").read_text(encoding="utf-8").splitlines()
    assert '"' not in lines[1] and lines[1].split(";")[1].count("/") == 2
    assert {line.count(";") for line in lines[:200]} == {lines[0].count(";")}


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
    # Each of its rows is a session of the series: together they are the number it states.
    series = f"""
        select count(*) as n, max(NBR_SEJ::int) as stated from T_MCOaaMED m join T_MCOaaC c
        on c.ETA_NUM = m.ETA_NUM and c.RSA_NUM = m.RSA_NUM
        and c.filename = replace(m.filename, 'MED', 'C')
        where NBR_SEJ::int > 1 and {year.replace("filename", "m.filename")} < '19'
        and ADM_NBR::double > 0 group by NIR_ANO_17, m.ETA_NUM, UCD_UCD_COD, m.filename
    """
    shares = f"select avg((n = stated)::int * 100)::int from ({series})"
    assert one(sql, shares) > 80


def test_places_and_codes_keep_their_zeros(sql: duckdb.DuckDBPyConnection) -> None:
    """Corsica has letters, overseas three figures; the first departments begin with a zero."""
    homes = "select distinct commune from answer_persons"
    for pattern in ("0%", "2A%", "2B%", "97%"):
        assert one(sql, f"select count(*) from ({homes}) where commune like '{pattern}'") > 0
    assert one(sql, "select count(*) from T_MCOaaB where ETA_NUM like '0%'") > 0
    assert one(sql, "select count(*) from T_MCOaaB where ETA_NUM like '2A%'") > 0
    assert one(sql, "select count(*) from T_MCOaaB where BDI_DEP in ('9A', '9B', '9C', '9D')") > 0
    # A number in DCIR, four figures with their zeros in the answers and in PMSI.
    assert one(sql, "select count(*) from ER_BIO_F where BIO_PRS_IDE like '0%'") == 0
    assert one(sql, "select count(*) from answer_measurements where code like '0%'") > 0
    assert one(sql, "select count(*) from answer_measurements where length(code) <> 4") == 0


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


def test_one_person_in_five_is_in_hospital_in_a_year(
    report: SynthReport, sql: duckdb.DuckDBPyConnection
) -> None:
    """12.6 million patients of all fields in 2016 (ATIH), sessions included: 19 of 100 persons."""
    persons = one(
        sql, "select count(distinct (person_key, right(start_date, 4))) from answer_visits "
        "where source in ('MCO', 'SSR', 'HAD', 'RIP')",
    )  # fmt: skip
    assert 0.16 < persons / report.persons / len(YEARS) < 0.22


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


def test_the_verb_writes_and_answers_in_json(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        cli, ["--json", "synth", "--output", str(tmp_path / "out"), "--persons", "30",
              "--seed", "4", "--years", "2020", "--format", "parquet"],
        standalone_mode=False,
    )  # fmt: skip
    assert result.exception is None
    answer = json.loads(result.stdout)
    assert answer["persons"] == 30 and answer["rows"]["IR_BEN_R"] >= 30
    assert (tmp_path / "out" / "T_MCO20E.parquet").is_file()
    assert (tmp_path / "out" / "answers" / "traps.csv").is_file()


def test_the_command_reports_rows_by_table_and_the_time(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        cli, ["synth", "--output", str(tmp_path / "out"), "--persons", "20", "--years", "2020"],
        standalone_mode=False,
    )  # fmt: skip
    assert result.exception is None
    output = result.stdout + result.stderr
    assert re.search(r"ER_PRS_F +[\d,]+\n", output) and re.search(r"T_MCOaaB +[\d,]+\n", output)
    assert re.search(r"20 persons in \d+\.\d s", output)


def test_a_few_persons_are_enough(tmp_path: Path) -> None:
    for persons in (1, 3, 17):
        made = generate(tmp_path / str(persons), persons=persons, seed=1, years=range(2019, 2020))
        assert made.persons == persons


@pytest.mark.parametrize("years", [range(2006, 2008), range(2009, 2012), range(2022, 2025)])
def test_old_and_new_formats_are_written(tmp_path: Path, years: range) -> None:
    made = generate(tmp_path, persons=200, seed=1, years=years)
    assert f"T_MCO{years[0] % 100:02d}B" in made.rows
    bridges = {"T_MCO09C": "EXE_SOI_DTD", "T_MCO22VALO": "MT_TOT_AM", "T_MCO07C": "SOR_MOI"}
    for stem, column in bridges.items():
        path = tmp_path / f"{stem}.csv"
        if path.is_file():
            assert column in path.read_text(encoding="utf-8").splitlines()[0].split(";")
