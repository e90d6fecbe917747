"""The files of a run: deterministic, of the year's form, written by the command too."""

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
from etl.synthetic.options import BLOCK, Options
from etl.synthetic.write import delivered_name
from tests.synthetic_delivery import delivered, one, read


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SynthReport:
    return delivered(tmp_path_factory.mktemp("synth"))


@pytest.fixture(scope="module")
def sql(report: SynthReport) -> duckdb.DuckDBPyConnection:
    return read(report)


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
    # nothing public names the columns of T_SSRaaCSAR (ADR 62)
    assert made == set(contracts()) - {"CT_IND", "T_SSRaaCSAR"}


def test_rows_are_counted(report: SynthReport, sql: duckdb.DuckDBPyConnection) -> None:
    for table, rows in report.by_table().items():
        assert one(sql, f"select count(*) from {table}") == rows


def test_delivery_style(report: SynthReport) -> None:
    lines = (report.output / "ER_PRS_F_2019.csv").read_text(encoding="utf-8").splitlines()
    assert '"' not in lines[1] and lines[1].split(";")[1].count("/") == 2
    assert {line.count(";") for line in lines[:200]} == {lines[0].count(";")}


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
