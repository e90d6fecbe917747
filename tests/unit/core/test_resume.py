"""A whole build that was stopped keeps what it had finished, and nothing half made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.errors import SndsOmopError
from etl.transform.fingerprint import Inputs
from etl.transform.resume import Journal, SparkJournal
from etl.workspace import Workspace

BUILT_FROM = Inputs(rules="rules", files={"ER_PRS_F/1": "0"})


def node(name: str, materialized: str, *read: str) -> dict[str, Any]:
    # a seed has no list of what it reads
    depends_on = {"nodes": [*read]} if materialized != "seed" else {"macros": []}
    config = {"materialized": materialized}
    return {
        "name": name, "schema": "work", "alias": name, "config": config, "depends_on": depends_on
    }  # fmt: skip


NODES = {
    "seed.codes": node("codes", "seed"),
    "model.lines": node("lines", "incremental", "seed.codes"),
    "model.acts": node("acts", "table", "model.lines"),
    "model.details": node("details", "incremental", "model.acts"),
    "model.visits": node("visits", "view", "model.details"),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """All is there, as if the last of it had just been begun."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    (workspace.build / "target").mkdir()
    manifest = workspace.build / "target" / "manifest.json"
    manifest.write_text(json.dumps({"nodes": NODES}), encoding="utf-8")
    assert Journal(workspace).begin(BUILT_FROM) == []
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("create schema work")
        for each in NODES.values():
            kind = "view" if each["config"]["materialized"] == "view" else "table"
            candidate.execute(f"create {kind} work.{each['name']} as select 1 as value")
    return workspace


def left(workspace: Workspace) -> set[str]:
    with duckdb.connect(str(workspace.candidate), read_only=True) as candidate:
        found = candidate.execute("select table_name from information_schema.tables").fetchall()
    return {name for (name,) in found}


def test_what_is_whole_is_kept(workspace: Workspace) -> None:
    """Made in batches, `details` may lack some: it is noted, but nothing was made from it yet."""
    journal = Journal(workspace)
    for noted in ("seed.codes", "model.lines", "model.lines", "model.acts", "model.details"):
        journal.note(noted)
    with (workspace.build / "finished.jsonl").open("a", encoding="utf-8") as file:
        file.write('"model.vis')
    assert Journal(workspace).begin(BUILT_FROM) == ["codes", "lines", "acts"]
    assert left(workspace) == {"codes", "lines", "acts"}
    # stopped again, after more was made
    journal.note("model.visits")
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("create table work.details as select 1 as value")
        candidate.execute("create view work.visits as select 1 as value")
    assert Journal(workspace).begin(BUILT_FROM) == ["codes", "lines", "acts", "details", "visits"]


def test_other_inputs_start_from_the_beginning(workspace: Workspace) -> None:
    Journal(workspace).note("model.acts")
    assert Journal(workspace).begin(Inputs("other rules", BUILT_FROM.files)) == []
    assert not workspace.candidate.exists()
    assert Journal(workspace).begin(BUILT_FROM) == []


def test_nothing_is_kept_once_it_has_ended(workspace: Workspace) -> None:
    journal = Journal(workspace)
    journal.note("model.acts")
    journal.end()
    assert journal.begin(BUILT_FROM) == []
    assert not workspace.candidate.exists()


@pytest.fixture
def by_spark(workspace: Workspace) -> SparkJournal:
    """The folders of `codes`, `acts` and one that was being written are there."""
    warehouse = workspace.build / "spark" / "warehouse"
    for name in ("codes", "acts", "visits"):
        (warehouse / "work.db" / name).mkdir(parents=True)
    journal = SparkJournal(workspace, warehouse)
    assert journal.begin(BUILT_FROM) == []
    for noted in ("seed.codes", "model.lines", "model.acts", "model.visits"):
        journal.note(noted)
    return journal


def test_spark_keeps_tables_that_were_noted_and_are_there(by_spark: SparkJournal) -> None:
    """Views are made again, and so is what is filled line by line."""
    assert [found["name"] for found in by_spark.finished(BUILT_FROM).nodes] == ["codes", "acts"]
    found = by_spark.finished(BUILT_FROM)
    assert by_spark.begin(BUILT_FROM, found) == ["codes", "acts"]
    assert by_spark.begin(BUILT_FROM) == ["codes", "acts"]
    assert by_spark.finished(Inputs("other rules", BUILT_FROM.files)).nodes == []


def test_a_build_of_one_engine_is_not_continued_by_the_other(
    workspace: Workspace, by_spark: SparkJournal
) -> None:
    assert Journal(workspace).finished(BUILT_FROM).nodes == []
    by_spark.replaced()
    assert by_spark.finished(BUILT_FROM).nodes == []


def test_a_selection_needs_a_candidate_that_spark_filled(by_spark: SparkJournal) -> None:
    with pytest.raises(SndsOmopError, match="SO-121"):
        by_spark.standing(without=[])
    by_spark.complete()
    assert [found["name"] for found in by_spark.standing(without=["acts"])] == ["codes"]
    # a complete build is not one to go on with
    assert by_spark.finished(BUILT_FROM).nodes == []
    by_spark.replaced()
    with pytest.raises(SndsOmopError, match="SO-121"):
        by_spark.standing(without=[])
