"""Great Expectations on DuckDB: it answers, errors are no failures, it shows no value."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from sqlalchemy import create_engine, text

from data_quality import validate
from data_quality.checks import Status
from data_quality.suites.dialect import URL, register
from data_quality.suites.outcomes import SCHEMA, Suites
from data_quality.suites.run import run_suites, validate_suites
from data_quality.suites.specification import (
    Expectation,
    Suite,
    cdm_suites,
    lake_suite,
    release_suites,
    source_suite,
)
from etl.contracts.cdm import cdm_tables
from etl.progress import Silent
from etl.settings import EngineSettings, Settings
from etl.workspace import Workspace
from tests.quality_lake import write_lake

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("without_report")]

Spoil = Callable[..., Workspace]
TODAY = date(2023, 6, 1)
MARK = "VALUEOFTHEDATA"

# For each kind of expectation that we declare: arguments that hold on the canary, and that do not.
CANARIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ExpectTableRowCountToBeBetween": ({"min_value": 3, "max_value": 3}, {"min_value": 4}),
    "ExpectColumnValuesToNotBeNull": ({"column": "id"}, {"column": "word"}),
    "ExpectColumnValuesToBeUnique": ({"column": "id"}, {"column": "twice"}),
    "ExpectCompoundColumnsToBeUnique": (
        {"column_list": ["id", "twice"]},
        {"column_list": ["twice", "same"]},
    ),
    "ExpectColumnDistinctValuesToBeInSet": (
        {"column": "same", "value_set": ["a"]},
        {"column": "same", "value_set": ["b"]},
    ),
    "ExpectTableColumnsToMatchSet": (
        {"column_set": ["id", "twice", "same", "word", "first", "last"], "exact_match": False},
        {"column_set": ["id", "absent"], "exact_match": False},
    ),
    "UnexpectedRowsExpectation": (
        {"unexpected_rows_query": "select 1 as found from {batch} where id > 9"},
        {"unexpected_rows_query": "select 1 as found from {batch} where id > 1"},
    ),
    "ExpectColumnValuesToBeBetween": (
        {"column": "first", "min_value": "2020-01-01", "mostly": 0.99},
        {"column": "id", "max_value": 1.0, "mostly": 0.99},
    ),
    "ExpectColumnPairValuesAToBeGreaterThanB": (
        {"column_A": "last", "column_B": "first", "or_equal": True},
        {"column_A": "first", "column_B": "last", "or_equal": True},
    ),
}


def write_manifest(workspace: Workspace) -> None:
    file = workspace.lake / "manifest" / "files.parquet"
    file.parent.mkdir(parents=True)
    duckdb.sql(
        "copy (select 'ER_PRS_F' as source_table, 0 as file_number, 'ab' as sha256,"
        " 'ER_PRS_F.csv' as file_name, 'loaded' as fate,"
        " 3 as rows_read, 2 as rows_staged, 1 as rows_quarantined,"
        f" 0 as rows_withdrawn) to '{file}'"
    )


class InProcess(Suites):
    """The suites in the process of the test, where the network can be forbidden."""

    def __init__(self, workspace: Workspace, engine: EngineSettings, today: date) -> None:
        self.asked = (workspace, engine, today)

    def outcomes(self) -> pl.DataFrame:
        rows = [outcome.row() for outcome in validate_suites(*self.asked)]
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")

    def __exit__(self, *raised: object) -> None:
        return


def declared_kinds() -> set[str]:
    tables = {name: {f.name: f.type for f in t.fields} for name, t in cdm_tables().items()}
    suites = [
        *cdm_suites("cdm", tables, TODAY),
        *release_suites("cdm"),
        source_suite("lake", "x"),
        lake_suite("lake", "x"),
    ]
    return {e.kind for suite in suites for e in suite.expectations}


def test_suites_keep_within_the_limits_of_the_machine() -> None:
    register(EngineSettings(threads=1, memory_limit="500MB"))
    with create_engine(f"{URL}/:memory:").connect() as connection:
        limits = "select current_setting('threads'), current_setting('memory_limit')"
        assert connection.execute(text(limits)).fetchall() == [(1, "476.8 MiB")]


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Status, Status, Status]]:
    """(kind, status of the good one, of the bad one, of one that cannot run)."""
    workspace = Workspace(tmp_path_factory.mktemp("canary"))
    workspace.create()
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("create schema cdm")
        connection.execute(
            "create table cdm.canary as select * from (values"
            f" (1, 1, 'a', '{MARK}', date '2020-01-01', date '2020-02-01'),"
            " (2, 1, 'a', null, date '2020-01-01', date '2020-01-01'),"
            " (3, 2, 'a', 'x', date '2020-01-01', date '2020-03-01'))"
            " as t (id, twice, same, word, first, last)"
        )
    lake = workspace.build / "lake.duckdb"
    duckdb.connect(str(lake)).close()
    expectations = []
    for kind, (good, bad) in CANARIES.items():
        broken = {
            name: "absent" if name.startswith("column") and isinstance(value, str) else value
            for name, value in good.items()
        }
        if kind == "UnexpectedRowsExpectation":
            broken = {"unexpected_rows_query": "select absent from {batch}"}
        expectations += [Expectation(kind, arguments) for arguments in (good, bad, broken)]
    suite = Suite("cdm", "cdm", "canary", tuple(expectations))
    outcomes = run_suites([suite], workspace, lake, EngineSettings())
    docs = workspace.quality / "data_docs"
    assert {path.name for path in docs.iterdir()} == {"index.html", "cdm.canary.html"}
    assert not (workspace.build / "gx").exists()
    stored = "".join(path.read_text("utf-8") for path in docs.iterdir())
    assert not re.search(r"(src|href)=.https?:|<script|<link", stored), "it asks a host"
    page = (docs / "cdm.canary.html").read_text("utf-8")
    assert page.count("text-success") >= len(CANARIES)
    assert page.count("text-danger") >= len(CANARIES)
    index = (docs / "index.html").read_text("utf-8")
    shown = [int(n) for n in re.findall(r'<td class="n">(\d+)</td>', index)]
    statuses = [outcome.status for outcome in outcomes]
    assert shown == [statuses.count(one) for one in (Status.PASS, Status.FAIL, Status.ERROR)]
    assert 'class="bad"><a href="cdm.canary.html">' in index
    assert MARK not in stored, "no value may be written"
    assert str(workspace.root) not in stored, "no path of the machine may be written"
    return [
        (kind, *(outcome.status for outcome in outcomes[3 * i : 3 * i + 3]))  # type: ignore[misc]
        for i, kind in enumerate(CANARIES)
    ]


def test_every_declared_kind_has_its_canary() -> None:
    assert declared_kinds() <= set(CANARIES)


def test_what_holds_passes_and_what_does_not_fails(
    canary: list[tuple[str, Status, Status, Status]],
) -> None:
    assert [row[:3] for row in canary] == [(kind, Status.PASS, Status.FAIL) for kind in CANARIES]


def test_what_cannot_run_is_an_error(canary: list[tuple[str, Status, Status, Status]]) -> None:
    broken = {kind: status for kind, _, _, status in canary}
    for kind in (
        "ExpectColumnValuesToNotBeNull",
        "ExpectColumnValuesToBeUnique",
        "ExpectColumnValuesToBeBetween",
        "UnexpectedRowsExpectation",
        "ExpectColumnPairValuesAToBeGreaterThanB",
    ):
        assert broken[kind] is Status.ERROR, kind


def test_a_good_candidate_holds_in_all_layers_without_network(
    spoiled: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("data_quality.validation.Suites", InProcess)
    workspace = spoiled()
    write_manifest(workspace)
    verdict = validate(workspace, Settings(), progress=Silent())
    assert verdict.accepted, verdict.reasons
    table = pl.read_parquet(verdict.files["suites"])
    assert set(table["layer"]) == {"source", "lake", "cdm", "release"}
    assert set(table["status"]) == {"pass"}


def test_a_failure_that_the_checks_missed_is_a_reason(spoiled: Spoil) -> None:
    workspace = spoiled()
    write_lake(workspace, "mco/t_mcoaab", "select 1 as ETA_NUM")
    write_manifest(workspace)
    verdict = validate(workspace, Settings(), progress=Silent())
    assert not verdict.accepted
    assert any("lake.tables" in r and "n_missing_columns" in r for r in verdict.reasons)


def test_a_failed_check_gives_one_reason_only(spoiled: Spoil) -> None:
    workspace = spoiled("update cdm.drug_exposure set person_id = null where drug_exposure_id = 35")
    verdict = validate(workspace, Settings(), progress=Silent())
    assert not (workspace.build / "lake_views.duckdb").exists(), "views must not outlive the run"
    assert len(verdict.reasons) == 1
    assert "field_isrequired_drug_exposure_person_id" in verdict.reasons[0]


def test_suites_that_stop_refuse(spoiled: Spoil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    verdict = validate(spoiled(), Settings(), progress=Silent())
    assert verdict.reasons == ("the declared suites could not run (exit code 1)",)
    assert not (spoiled().quality / "suites.parquet").exists()


def test_great_expectations_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, data_quality; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_dialect_gives_what_was_asked_after_the_connection_is_closed(tmp_path: Path) -> None:
    import sqlalchemy as sa

    register(EngineSettings())
    engine = sa.create_engine(f"{URL}/{tmp_path / 'x.duckdb'}")
    with engine.connect() as connection:
        result = connection.execute(sa.text("select 1 union all select 2 order by 1"))
    assert [tuple(row) for row in result.fetchall()] == [(1,), (2,)]
    with engine.connect() as connection:
        result = connection.execute(sa.text("select * from range(3) as t(i) order by i"))
        assert result.fetchone() == (0,)
        assert result.fetchmany(5) == [(1,), (2,)]
        assert result.fetchone() is None
