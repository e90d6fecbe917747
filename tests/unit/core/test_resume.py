"""A whole build that was stopped keeps what it had finished, and nothing half made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.transform.fingerprint import Inputs
from etl.transform.resume import Journal
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
