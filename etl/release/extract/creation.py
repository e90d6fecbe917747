"""A part of a release for the holder of a permit: written whole or not at all, and signed."""

# ruff: noqa: S608 - SQL is made of names of the specification.

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from etl.contracts.cdm import CdmTable, cdm_tables
from etl.errors import SndsOmopError
from etl.faults import as_error
from etl.loaders.withdrawn import read_withdrawn
from etl.progress import Progress, Silent
from etl.release import audit_log
from etl.release.candidate import Judge
from etl.release.content import TableContent, columns_by_table, hash_schema
from etl.release.creation import OUTPUT_PARTS
from etl.release.draft import SCHEMAS, STORAGE_VERSION, create_statement
from etl.release.extract.columns import (
    event_table,
    granted_columns,
    is_granted,
    leads_to,
    value,
    within,
)
from etl.release.extract.numbers import (
    number_persons,
    number_rows,
    numbers_of,
    write_map,
)
from etl.release.extract.permit import Permit
from etl.release.extract.persons import Chosen, choose
from etl.release.extract.register import (
    Extract,
    map_folder,
    read_extracts,
    sweep_maps,
    write_extracts,
)
from etl.release.files import files_below, make_durable, record_file
from etl.release.manifest import (
    Manifest,
    PermitRecord,
    now,
    table_records,
    write_manifest,
)
from etl.release.results import compute
from etl.release.signature import sign, signing_key, trusted_key, write_public_key
from etl.release.store import Release
from etl.release.switching import require_accepted, require_whole
from etl.release.tables import DATABASE_FILE
from etl.settings import Settings
from etl.sql_text import literal
from etl.workspace import Workspace

Cohorts = Callable[[duckdb.DuckDBPyConnection], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Made:
    """An extract, and what was left out of it."""

    extract: Extract
    chosen: Chosen
    withdrawn: int
    output: Path


def extract(
    workspace: Workspace,
    release: Release,
    permit: Permit,
    output: Path,
    settings: Settings,
    *,
    today: date,
    cohorts: Cohorts = lambda connection: {},
    judge: Judge | None = None,
    progress: Progress | None = None,
) -> Made:
    """Write the part of a release that a permit grants.

    Args:
        output: a new folder.
        cohorts: gives SQL of the cohorts that a permit may name.
        judge: checks the database before it leaves.

    Raises:
        SndsOmopError: SO-503 the permit is not in force; SO-114 the folder holds something;
            SO-260, SO-261 nothing can be granted as asked; SO-301 a check refuses; SO-903, SO-904
            the release is not what was signed.
    """
    permit.require_valid(today)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise SndsOmopError(
            "SO-114", "it would be overwritten", "elle serait écrasée", where=str(output)
        )
    require_accepted(release)
    require_whole(release, trusted_key(workspace, settings.release.key_fingerprint))
    sweep_maps(workspace)
    building = output.with_name(f"{output.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    extract_id = f"{release.id.split('-')[0]}-x{secrets.token_hex(4)}"
    try:
        building.mkdir(parents=True)
        return _write(
            _Task(workspace, release, permit, output, settings, building, extract_id),
            cohorts,
            judge,
            progress or Silent(),
        )
    except duckdb.Error as error:
        lacking = as_error(error)
        if lacking is None:
            kind = type(error).__name__
            raise SndsOmopError(
                "SO-901", f"the extract failed ({kind})", f"l'extrait a échoué ({kind})"
            ) from error
        raise SndsOmopError(
            lacking.code,
            "the extract could not be written",
            "l'extrait n'a pas pu être écrit",
            where=lacking.where,
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
        sweep_maps(workspace)


@dataclass(frozen=True, slots=True)
class _Task:
    workspace: Workspace
    release: Release
    permit: Permit
    output: Path
    settings: Settings
    building: Path
    id: str


def _write(task: _Task, cohorts: Cohorts, judge: Judge | None, progress: Progress) -> Made:
    known = read_extracts(task.workspace)
    folder = map_folder(task.workspace, task.id)
    folder.mkdir(parents=True)
    database = task.building / DATABASE_FILE
    spill = task.building / "spill"
    limits = {**task.settings.engine.duckdb(spill), "preserve_insertion_order": True}
    with duckdb.connect(":memory:", config=limits) as connection:
        task.release.attach(connection, "old")
        connection.execute("use old")
        chosen = choose(connection, task.workspace, task.permit, cohorts(connection))
        connection.execute("use memory")
        persons = number_persons(connection, known.blocks)
        numbers = number_rows(connection, task.permit, known.blocks)
        connection.execute(
            f"attach {literal(database)} as release (storage_version '{STORAGE_VERSION}')"
        )
        rows = _copy(connection, task.permit, progress)
        compute(connection, "release")
        connection.execute("checkpoint release")
        write_map(connection, task.permit, folder)
    verdict = _judged(judge, database, task.building)
    with duckdb.connect(":memory:", config=limits) as connection:
        connection.execute(f"attach {literal(database)} as release (read_only)")
        contents = [one for schema in SCHEMAS for one in hash_schema(connection, "release", schema)]
    shutil.rmtree(spill, ignore_errors=True)
    withdrawn = len(read_withdrawn(task.workspace).persons)
    record = Extract(
        id=task.id,
        permit=task.permit.permit.number,
        holder=task.permit.permit.holder,
        purpose=task.permit.permit.purpose,
        expires=task.permit.permit.expires,
        release=task.release.id,
        made_at=now(),
        persons=persons,
        rows=rows,
    )
    write_public_key(task.building, signing_key(task.workspace))
    manifest = _manifest(task, record, contents, verdict, withdrawn)
    write_manifest(task.building, manifest)
    sign(task.building, signing_key(task.workspace))
    make_durable(task.building)
    # numbers are used up before the extract can be seen: a kill never gives them a second time
    used = known.model_copy(
        update={
            "next_person": known.next_person + persons,
            "next_row": known.next_row + numbers,
            "made": (*known.made, record),
        }
    )
    write_extracts(task.workspace, used)
    audit_log.append(
        task.workspace, f"release extract {task.id}", release=task.release.id, rows_out=rows
    )
    task.building.replace(task.output)
    return Made(record, chosen, withdrawn, task.output)


def _copy(connection: duckdb.DuckDBPyConnection, permit: Permit, progress: Progress) -> int:
    """Fill ``release``; how many rows of persons and their places it holds."""
    for schema in SCHEMAS:
        connection.execute(f"create schema release.{schema}")
    rows = 0
    tables = cdm_tables()
    progress.total(len(tables))
    for name, table in tables.items():
        connection.execute(create_statement(table))
        if is_granted(permit, name):
            connection.execute(f"insert into release.cdm.{name} {_select(permit, table)}")
            if table.group != "vocabulary":
                counted = connection.execute(f"select count(*) from release.cdm.{name}").fetchone()
                rows += int(counted[0]) if counted else 0
        progress.advance(1, name)
    if permit.precision.audit:
        _copy_audit(connection)
    about = permit.permit
    connection.execute(
        "update release.cdm.cdm_source set source_description = concat_ws(' ', "
        "source_description, $1)",
        [f"Extract for permit {about.number}, valid until {about.expires.isoformat()}."],
    )
    return rows


def _copy_audit(connection: duckdb.DuckDBPyConnection) -> None:
    """Tables of counts; those that name a person, a row or a file stay."""
    ids = {"person_id", "old_person_id", "new_person_id", "_row_id", "first_row_id"}
    for name, columns in columns_by_table(connection, "old", "audit").items():
        if not ids & {column.strip('"') for column, _ in columns}:
            connection.execute(
                f'create table release.audit."{name}" as select * from old.audit."{name}"'
            )


def _select(permit: Permit, table: CdmTable) -> str:
    """SQL of the rows of a table, in an order that shows nothing of the parent's."""
    if table.group == "vocabulary":
        columns = ", ".join(field.quoted for field in table.fields)
        return f"select {columns} from old.cdm.{table.name}"
    granted = granted_columns(permit, table)
    filled: list[str] = []
    joins: list[str] = []
    keys: list[str] = []
    for number, field in enumerate(table.fields):
        target, alias = leads_to(field), f"m{number}"
        if target is None:
            filled.append(f"{value(permit, table, field, granted)} as {field.quoted}")
            continue
        if field.name not in granted or (target != "event" and not is_granted(permit, target)):
            filled.append(f"null as {field.quoted}")
            continue
        if target == "event":
            on = event_table(table.name).replace("event.", f"{alias}.")
            numbers = "numbered_event"
        else:
            on, numbers = f"own.{field.quoted} = {alias}.old", numbers_of(target)
        joins.append(f"{'inner' if field.required else 'left'} join {numbers} as {alias} on {on}")
        filled.append(f"{alias}.new as {field.quoted}")
        if field.required:
            keys.append(field.quoted)
    distinct = "distinct " if table.name == "location" else ""
    order = f"order by {', '.join(keys)}" if keys else ""
    return (
        f"select {distinct}{', '.join(filled)} from old.cdm.{table.name} as own "
        f"{' '.join(joins)} where {within(permit, table)} {order}"
    )


def _judged(judge: Judge | None, database: Path, building: Path) -> Mapping[str, Any]:
    if judge is None:
        return {}
    quality = building / "quality"
    quality.mkdir()
    verdict = judge(database, quality)
    if verdict.get("accepted") is not True:
        reasons = verdict.get("reasons_by_language", {})
        english, french = ("; ".join(reasons.get(lang, ())) for lang in ("en", "fr"))
        raise SndsOmopError("SO-301", english or "no reason given", french or "sans motif")
    return verdict


def _manifest(
    task: _Task,
    record: Extract,
    contents: list[TableContent],
    verdict: Mapping[str, Any],
    withdrawn: int,
) -> Manifest:
    """What the holder reads: the permit and what it grants; no file of the delivery."""
    parent = task.release.manifest
    permit = task.permit
    files = files_below(task.building)
    total = sum(one.rows for one in contents)
    return Manifest(
        release_id=record.id,
        created_at=record.made_at,
        previous=None,
        identity=parent.identity,
        verdict=json.loads(json.dumps(dict(verdict), default=str)),
        withdrawn=withdrawn,
        excluded=withdrawn,
        permit=PermitRecord(
            number=record.permit,
            holder=record.holder,
            purpose=record.purpose,
            expires=record.expires,
            parent=task.release.id,
            persons=record.persons,
            grants=permit.model_dump(mode="json", include={"period", "tables", "precision"})
            | {"persons": permit.persons.select},
        ),
        audit_head=audit_log.head(task.workspace),
        settings={part: parent.settings[part] for part in OUTPUT_PARTS if part in parent.settings},
        rules_off=parent.rules_off,
        code=parent.code,
        tools=parent.tools,
        inputs=(),
        readings=(),
        tables=table_records(contents),
        files=tuple(
            record_file(task.building, path, rows=total if path.name == DATABASE_FILE else None)
            for path in files
        ),
    )
