"""A kept release is made again without excluded persons, and the old content is destroyed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import pytest

from data_quality.standalone import check_remade
from etl import release
from etl.cli import execute
from etl.contracts.cdm import cdm_tables
from etl.release import audit_log
from etl.release.remade import remake
from etl.settings import Settings
from etl.workspace import Workspace
from tests.quality_candidate import good_candidate
from tests.small_candidate import PERSONS, accept, build_candidate, key_of


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    return workspace


def rows_of(path: Path, person_id: int) -> int:
    """Rows of a database that name a person in a column of persons."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return sum(
            connection.execute(
                f"select count(*) from cdm.{name} where person_id = {person_id}"
            ).fetchall()[0][0]
            for name, table in cdm_tables().items()
            if any(field.name == "person_id" for field in table.fields)
        )


def number_of(made: release.Release, query: str) -> int:
    with duckdb.connect(str(made.database), read_only=True) as connection:
        return int(connection.execute(query).fetchall()[0][0])


def test_every_kept_release_that_holds_the_person_is_made_again(workspace: Workspace) -> None:
    first = release.create(workspace, Settings())
    build_candidate(workspace, salt=1)
    second = release.create(workspace, Settings())
    someone = 50  # the second release differs from the first in others
    assert rows_of(second.database, someone) > 0
    done = remake(workspace, Settings(), [someone])
    assert [(one.old, one.persons) for one in done] == [(first.id, 1), (second.id, 1)]
    assert not first.path.exists() and not second.path.exists()
    every = {one.id: one for one in release.releases(workspace)}
    assert set(every) == {one.new for one in done}
    for one in done:
        made = every[one.new]
        assert rows_of(made.database, someone) == 0
        assert made.manifest.rows("person") == PERSONS - 1
        assert (made.manifest.replaces, made.manifest.withdrawn) == (one.old, 1)
        assert (
            number_of(
                made,
                "select count_value from results.achilles_results where analysis_id = 1",
            )
            == PERSONS - 1
        )
        assert release.verify(made, key_of(made)) == []
    assert release.current_name(workspace) == done[1].new
    heads = [one.manifest.audit_head for one in every.values()]
    assert audit_log.check(workspace, heads, list(every)) == []


def test_a_release_without_the_person_stays_as_it_is(workspace: Workspace) -> None:
    made = release.create(workspace, Settings())
    assert remake(workspace, Settings(), [10**9]) == ()
    assert release.verify(made, key_of(made)) == []


def test_a_second_withdrawal_counts_on(workspace: Workspace) -> None:
    made = release.create(workspace, Settings())
    one = number_of(made, "select min(person_id) from cdm.person")
    other = number_of(made, "select max(person_id) from cdm.person")
    (first,) = remake(workspace, Settings(), [one])
    (second,) = remake(workspace, Settings(), [one, other])
    assert second.old == first.new
    assert release.find(workspace, second.new).manifest.withdrawn == 2
    assert len(release.releases(workspace)) == 1


def test_the_checks_run_again_and_the_verdict_is_that_of_what_was_made(
    workspace: Workspace,
) -> None:
    good_candidate(workspace)
    accept(workspace)
    release.create(workspace, Settings())
    judge = partial(check_remade, workspace, Settings())
    (done,) = remake(workspace, Settings(), [50], judge)
    made = release.find(workspace, done.new)
    assert not done.refused and made.manifest.verdict["accepted"] is True
    # of the checks of the catalogue, not the file that stood there
    assert made.manifest.verdict["counts"]["pass"] > 1000
    results = pl.read_parquet(made.path / "quality" / "results.parquet")
    assert results.filter(pl.col("check_id") == "release_ledgerresidual")["status"][0] == "pass"
    assert number_of(made, "select count(*) from audit.quality_result") > 1000
    for language in ("fr", "en"):
        assert "50" in (made.path / "quality" / f"report_{language}.html").read_text("utf-8")
    assert release.verify(made, key_of(made)) == []
    assert list(made.path.glob(".check-*")) == []


def test_a_release_that_no_longer_passes_is_marked_and_lets_nothing_out(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """The person leaves all the same; a row without its person makes a fatal check fail."""
    good_candidate(workspace)
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute(
            "update cdm.condition_occurrence set person_id = 999 where condition_occurrence_id = 34"
        )
    accept(workspace)
    release.create(workspace, Settings())
    judge = partial(check_remade, workspace, Settings())
    (done,) = remake(workspace, Settings(), [50], judge)
    made = release.find(workspace, done.new)
    assert done.refused and made.manifest.is_refused
    assert rows_of(made.database, 50) == 0
    assert release.current_name(workspace) == done.new
    command = ["--workspace", str(workspace.root)]
    assert execute([*command, "release", "list"]) == 0
    assert "REFUSED" in capsys.readouterr().out
    output = str(workspace.root.parent / "out")
    assert execute([*command, "publish", "parquet", "--output", output]) == 3
    assert "SO-301" in capsys.readouterr().err
    assert not Path(output).exists()
