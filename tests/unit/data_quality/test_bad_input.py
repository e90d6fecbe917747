"""Whatever is given: a clear answer, never a crash, never a silent pass."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from data_quality import Verdict, validate
from data_quality.checks import templates
from etl.cli import execute
from etl.contracts.cdm import cdm_tables
from etl.errors import EXIT_GATE, EXIT_USAGE, SndsOmopError
from etl.progress import Silent
from etl.settings import Settings
from etl.workspace import Workspace

Spoil = Callable[..., Workspace]
pytestmark = pytest.mark.usefixtures("without_report")


def gate(workspace: Workspace) -> Verdict:
    return validate(workspace, Settings(), progress=Silent(), suites=False)


def statuses(workspace: Workspace) -> dict[str, str]:
    table = pl.read_parquet(workspace.quality / "results.parquet")
    return dict(zip(table["check_id"], table["status"], strict=True))


def empty_cdm(path: Path, schema: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema if not exists {schema}")
        for name, table in cdm_tables().items():
            columns = ", ".join(f"{field.quoted} {field.type}" for field in table.fields)
            connection.execute(f"create table {schema}.{name} ({columns})")


def test_no_candidate(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create()
    with pytest.raises(SndsOmopError, match="SO-106"):
        gate(workspace)
    assert execute(["--workspace", str(tmp_path), "validate"]) == EXIT_USAGE


def test_a_candidate_that_is_no_database(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create()
    workspace.candidate.write_text("not a database")
    with pytest.raises(SndsOmopError, match="SO-106"):
        gate(workspace)


def test_a_missing_table_refuses_and_its_other_checks_do_not_apply(spoiled: Spoil) -> None:
    workspace = spoiled("drop table cdm.death")
    verdict = gate(workspace)
    assert any("table_cdmtable_death" in reason for reason in verdict.reasons)
    found = statuses(workspace)
    assert found["table_cdmtable_death"] == "fail"
    assert found["field_cdmfield_death_death_date"] == "not applicable"
    assert found["field_isrequired_death_person_id"] == "not applicable"


def test_a_missing_person_table(spoiled: Spoil) -> None:
    verdict = gate(spoiled("drop table cdm.person"))
    assert verdict.exit_code == EXIT_GATE
    assert any("no person" in reason for reason in verdict.reasons)


def test_an_empty_cdm_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create()
    empty_cdm(workspace.candidate, "cdm")
    verdict = gate(workspace)
    assert verdict.exit_code == EXIT_GATE
    assert any("no person" in reason for reason in verdict.reasons)
    assert any("no ledger" in reason for reason in verdict.reasons)
    assert statuses(workspace)["table_onerow_cdm_source"] == "fail"


@pytest.mark.parametrize("schema", ["main", "omop54"])
def test_a_cdm_made_by_somebody_else(pristine: Path, tmp_path: Path, schema: str) -> None:
    workspace = Workspace(tmp_path)
    workspace.create()
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute(f"attach '{pristine}' as ours (read_only)")
        connection.execute(f"create schema if not exists {schema}")
        for name in cdm_tables():
            connection.execute(f"create table {schema}.{name} as select * from ours.cdm.{name}")
    verdict = gate(workspace)
    assert len(verdict.reasons) == 1, "nothing else is wrong with it"
    assert "no ledger" in verdict.reasons[0]
    found = statuses(workspace)
    assert found["field_isprimarykey_person_person_id"] == "pass"
    assert found["release_ledgerresidual"] == "not applicable"
    (workspace.root / "policy.yml").write_text("require_ledger: false\n")
    assert gate(workspace).accepted, "a policy may do without a ledger"


def test_a_check_with_broken_sql_is_an_error_and_refuses(
    spoiled: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates.template.cache_clear()
    original = templates.template.__wrapped__

    def broken(name: str) -> str | None:
        return "select nonsense from ${cdm.cost}" if name == "costNotNegative" else original(name)

    for module in ("templates", "measures"):
        monkeypatch.setattr(f"data_quality.checks.{module}.template", broken)
    workspace = spoiled()
    verdict = gate(workspace)
    assert statuses(workspace)["release_costnotnegative_cost"] == "error"
    assert verdict.counts["error"] == 1
    assert len(verdict.reasons) == 1
    assert "could not be checked" in verdict.reasons[0]


def test_an_audit_of_another_shape(spoiled: Spoil) -> None:
    verdict = gate(spoiled("drop table audit.balance", "create table audit.balance (x integer)"))
    assert verdict.exit_code == EXIT_GATE
    assert any("release_ledgerresidual" in reason for reason in verdict.reasons)


def test_a_ledger_without_rows(spoiled: Spoil) -> None:
    verdict = gate(spoiled("delete from audit.balance"))
    assert any("no ledger" in reason for reason in verdict.reasons)


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.EROFS, "SO-103"), (errno.EACCES, "SO-103"), (errno.ENOSPC, "SO-902")],
)
def test_a_disk_that_cannot_be_written(
    spoiled: Spoil, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    workspace = spoiled()
    gate(workspace)

    def refuse(*arguments: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr("data_quality.validation.dqd.write", refuse)
    with pytest.raises(SndsOmopError, match=code):
        gate(workspace)
    assert not (workspace.quality / "verdict.json").exists(), "no verdict outlives its results"


def test_results_that_cannot_be_put_into_the_candidate(
    spoiled: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise duckdb.IOException("read-only file system")

    monkeypatch.setattr("data_quality.validation.results.write_audit", refuse)
    with pytest.raises(SndsOmopError, match="SO-103"):
        gate(spoiled())


def test_a_candidate_that_somebody_writes(spoiled: Spoil) -> None:
    workspace = spoiled()
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True);"
        " sys.stdin.read()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(workspace.candidate)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout
        assert writer.stdout.readline() == "open\n"
        with pytest.raises(SndsOmopError, match="SO-111"):
            gate(workspace)
    finally:
        writer.communicate("")


def test_results_of_an_earlier_release_that_cannot_be_read(spoiled: Spoil) -> None:
    workspace = spoiled()
    quality = workspace.releases / "old" / "quality"
    quality.mkdir(parents=True)
    (quality / "results.parquet").write_text("not parquet")
    (quality / "figures.parquet").write_text("not parquet")
    workspace.current.symlink_to("old")
    verdict = gate(workspace)
    assert not verdict.accepted
    assert any("earlier release" in reason for reason in verdict.reasons)


def test_dates_that_are_text(spoiled: Spoil) -> None:
    workspace = spoiled(
        "alter table cdm.visit_occurrence alter visit_start_date type varchar",
        "update cdm.visit_occurrence set visit_start_date = 'soon' where person_id = 5",
    )
    verdict = gate(workspace)
    found = statuses(workspace)
    assert found["field_columntype_visit_occurrence_visit_start_date"] == "fail"
    assert found["field_plausiblevaluelow_visit_occurrence_visit_start_date"] == "error"
    assert found["field_isrequired_visit_occurrence_visit_start_date"] == "pass"
    assert "soon" not in str(verdict.reasons)
