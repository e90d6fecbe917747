"""A kept release made again without excluded persons; the old content is destroyed.

Rows of the persons leave ``cdm``, ``results`` is computed again, and the new manifest states which
release it replaces. ``audit`` keeps the counts of the build of then: they name no person. The
checks run again, without those that read the lake, which is no longer there; a release that the
gate would refuse has a verdict that does not accept it, and nothing is published from it.
"""

# ruff: noqa: S608 - SQL is made of names of the specification.

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from etl.contracts.cdm import cdm_tables
from etl.loaders.withdrawn import read_withdrawn
from etl.release import audit_log
from etl.release.achilles.timings import TIMINGS_FILE, write_timings
from etl.release.candidate import Judge
from etl.release.content import columns_by_table
from etl.release.description import release_id
from etl.release.draft import CATALOG, Draft
from etl.release.files import remove_tree
from etl.release.manifest import MANIFEST_FILE, now, table_records
from etl.release.results import compute
from etl.release.shelf import shelve
from etl.release.signature import SIGNATURE_FILE
from etl.release.store import LEFTOVERS, Release, current_name, releases, sweep
from etl.release.switching import switch
from etl.release.tables import PARTS
from etl.settings import Settings
from etl.workspace import Workspace

BUILDING = f"withdrawal{LEFTOVERS[0]}"


@dataclass(frozen=True, slots=True)
class Remade:
    """A release that was replaced, the one that replaces it, and how many persons left."""

    old: str
    new: str
    persons: int
    refused: bool = False
    """Whether the gate would refuse it without these persons."""


def remake(
    workspace: Workspace, settings: Settings, numbers: Sequence[int], judge: Judge | None = None
) -> tuple[Remade, ...]:
    """Make every kept release again that holds one of the persons.

    Args:
        numbers: person_id of the persons who leave.
        judge: checks what was made; without one the former verdict stays.
    """
    if not workspace.releases.is_dir():
        return ()
    sweep(workspace)
    done = []
    for release in releases(workspace):
        persons = _held(release, numbers)
        if persons:
            done.append(_replace(workspace, settings, release, numbers, persons, judge))
    return tuple(done)


def _held(release: Release, numbers: Sequence[int]) -> int:
    with release.connect() as connection:
        found = connection.execute(
            "select count(*) from cdm.person where list_contains(?, person_id)", [list(numbers)]
        ).fetchone()
    return int(found[0]) if found else 0


def _replace(
    workspace: Workspace,
    settings: Settings,
    release: Release,
    numbers: Sequence[int],
    persons: int,
    judge: Judge | None,
) -> Remade:
    building = workspace.releases / BUILDING
    shutil.copytree(
        release.path,
        building,
        ignore=lambda folder, _: (
            {*PARTS, MANIFEST_FILE, SIGNATURE_FILE} if Path(folder) == release.path else set()
        ),
    )
    for path in [building, *building.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    draft = Draft(building, release.manifest.tables_format)
    limits = settings.engine.duckdb(building / "spill")
    _write(release, draft, numbers, limits)
    verdict = release.manifest.verdict
    if judge is not None:
        verdict = json.loads(json.dumps(dict(judge(draft.file, building / "quality")), default=str))
    tables = draft.seal(limits)
    shutil.rmtree(building / "spill", ignore_errors=True)
    manifest = release.manifest.model_copy(
        update={
            "release_id": release_id(release.manifest.identity, tables),
            "created_at": now(),
            "audit_head": audit_log.head(workspace),
            "replaces": release.id,
            "verdict": verdict,
            "excluded": len(read_withdrawn(workspace).persons),
            "withdrawn": release.manifest.withdrawn + persons,
            "tables": table_records(tables),
            "files": draft.records(tables),
        }
    )
    made = shelve(workspace, building, manifest)
    if not made.is_new:
        remove_tree(building)
    if current_name(workspace) == release.id:
        switch(workspace, made)
    remove_tree(release.path)
    return Remade(release.id, made.id, persons, made.manifest.is_refused)


def _write(release: Release, draft: Draft, numbers: Sequence[int], limits: dict[str, Any]) -> None:
    """The tables without the persons, in the format that they had."""
    with duckdb.connect(":memory:", config=limits) as connection:
        release.attach(connection, "old")
        connection.execute(
            "create temp table leaving as select unnest(?::bigint[]) as id", [list(numbers)]
        )
        _gather_rows(connection)
        draft.begin(connection)
        for name, table in cdm_tables().items():
            names = {field.name for field in table.fields}
            rows = f"from old.cdm.{name} as own where {_stays(name, names)}"
            draft.put_cdm(connection, table, rows)
        for name, found in columns_by_table(connection, "old", "audit").items():
            names = {column.strip('"') for column, _ in found}
            rows = f'from old.audit."{name}" as own where {_stays(name, names)}'
            draft.put(connection, "audit", name, rows)
        timings = compute(connection, CATALOG)
    (draft.folder / TIMINGS_FILE).unlink(missing_ok=True)
    write_timings(draft.folder / TIMINGS_FILE, timings)


def _gather_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Ids of the rows of the persons: costs and facts name them without naming a person."""
    connection.execute("create temp table row_left as select id from leaving")
    for name, table in cdm_tables().items():
        names = {field.name for field in table.fields}
        if {"person_id", f"{name}_id"} <= names and name != "person":
            connection.execute(
                f"insert into row_left select {name}_id from old.cdm.{name} "
                "where person_id in (select id from leaving)"
            )


_BY_ROW = {
    "cost": ("cost_event_id",),
    "fact_relationship": ("fact_id_1", "fact_id_2"),
    "episode_event": ("episode_id", "event_id"),
    "note_nlp": ("note_id",),
    "cohort": ("subject_id",),
}


def _stays(table: str, names: set[str]) -> str:
    """SQL of the rows of a table that remain."""
    conditions = [
        f"own.{name} is null or own.{name} not in (select id from leaving)"
        for name in ("person_id", "old_person_id", "new_person_id")
        if name in names
    ]
    conditions += [
        f"own.{name} is null or own.{name} not in (select id from row_left)"
        for name in _BY_ROW.get(table, ())
        if name in names
    ]
    return " and ".join(f"({one})" for one in conditions) or "true"
