"""Write, audit, publish: a candidate becomes a release, wholly or not at all.

Order: refuse → build aside in ``next.building`` → hash → flush → read-only → rename → switch.
A kill at any moment leaves the old release or the new one; what is left is swept next time.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from etl import __version__
from etl.cli.console import Progress, Silent
from etl.errors import SndsOmopError
from etl.release.candidate import fingerprint, require_verdict
from etl.release.code import code_version
from etl.release.content import TableContent
from etl.release.database import write_database
from etl.release.files import (
    files_below,
    flush_folder,
    make_durable,
    make_read_only,
    record_file,
)
from etl.release.manifest import (
    DATABASE_FILE,
    Identity,
    InputRecord,
    Manifest,
    TableRecord,
    now,
    tool_versions,
    write_manifest,
)
from etl.release.store import Release, current, promote, prune, releases, sweep
from etl.settings import Settings
from etl.workspace import Workspace

BUILDING = "next.building"


def create(
    workspace: Workspace, settings: Settings, *, progress: Progress | None = None
) -> Release:
    """Make the candidate the current release.

    The id is ``<source date>-<first 8 digits of a hash of every table's content hash>``: the
    same content is the same release, and then nothing is written (``is_new`` is false).

    Raises:
        SndsOmopError: SO-106 and SO-113 without candidate or fresh verdict, SO-301 and SO-302
            when the gate or the ledger refuses, SO-901 and SO-902 when writing fails.
    """
    verdict = require_verdict(workspace)
    workspace.releases.mkdir(parents=True, exist_ok=True)
    sweep(workspace)
    for release in releases(workspace):
        if release.manifest.verdict.get("candidate") == fingerprint(workspace.candidate):
            return _switch(workspace, release, settings)
    building = workspace.releases / BUILDING
    building.mkdir()
    try:
        contents = write_database(
            workspace.candidate, building / DATABASE_FILE, settings.engine, progress or Silent()
        )
        manifest = _describe(workspace, settings, building, contents, verdict)
        target = workspace.releases / manifest.release_id
        if target.exists():
            known = next(r for r in releases(workspace) if r.id == manifest.release_id)
            return _switch(workspace, known, settings)
        write_manifest(building, manifest)
        make_durable(building)
        make_read_only(building)
        building.rename(target)
        flush_folder(workspace.releases)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise SndsOmopError("SO-902", "the release could not be written") from error
        raise
    finally:
        sweep(workspace)
    return replace(_switch(workspace, Release(target, manifest), settings), is_new=True)


def _switch(workspace: Workspace, release: Release, settings: Settings) -> Release:
    promote(workspace, release.id)
    prune(workspace, settings.release.keep)
    return release


def _describe(
    workspace: Workspace,
    settings: Settings,
    building: Path,
    contents: Sequence[TableContent],
    verdict: dict[str, Any],
) -> Manifest:
    database = building / DATABASE_FILE
    with duckdb.connect(str(database), read_only=True) as connection:
        identity = _identity(connection)
        inputs = _inputs(connection)
    if workspace.quality.is_dir():
        shutil.copytree(workspace.quality, building / "quality")
    shutil.rmtree(building / "spill", ignore_errors=True)
    rows = sum(content.rows for content in contents)
    present = current(workspace)
    return Manifest(
        release_id=release_id(identity, contents),
        created_at=now(),
        previous=present.id if present else None,
        identity=identity,
        verdict=verdict,
        settings=settings.model_dump(mode="json"),
        rules_off=settings.rules.off,
        code=code_version(),
        tools=tool_versions(),
        inputs=inputs,
        tables=tuple(
            TableRecord(
                schema_name=content.schema_name,
                table=content.table,
                rows=content.rows,
                content_hash=content.content_hash,
            )
            for content in contents
        ),
        files=tuple(
            record_file(building, path, rows=rows if path == database else _parquet_rows(path))
            for path in files_below(building)
        ),
    )


def _parquet_rows(path: Path) -> int | None:
    if path.suffix != ".parquet":
        return None
    query = "select sum(num_rows) from parquet_file_metadata(?)"
    with duckdb.connect(":memory:") as connection:
        counted = connection.execute(query, [str(path)]).fetchone()
    return int(counted[0]) if counted else None


def release_id(identity: Identity, contents: Sequence[TableContent]) -> str:
    """Sorts by source date; the same content gives the same id."""
    lines = sorted(f"{c.schema_name}.{c.table}:{c.content_hash}" for c in contents)
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return f"{identity.source_release_date.replace('-', '')}-{digest[:8]}"


def _identity(connection: duckdb.DuckDBPyConnection) -> Identity:
    found = connection.execute(
        "select cdm_source_name, cdm_source_abbreviation, cdm_holder, source_release_date, "
        "cdm_release_date, coalesce(cdm_version, 'v5.4'), vocabulary_version from cdm.cdm_source"
    ).fetchall()
    if len(found) != 1:
        raise SndsOmopError("SO-301", f"cdm_source has {len(found)} rows, and needs exactly one")
    name, abbreviation, holder, source_date, cdm_date, cdm_version, vocabulary = found[0]
    return Identity(
        source_name=name,
        source_abbreviation=abbreviation,
        holder=holder,
        source_release_date=source_date.isoformat(),
        cdm_release_date=cdm_date.isoformat(),
        cdm_version=cdm_version,
        vocabulary_version=vocabulary,
        etl_version=__version__,
    )


def _inputs(connection: duckdb.DuckDBPyConnection) -> tuple[InputRecord, ...]:
    """The delivered files, as the candidate's own audit knows them."""
    names = list(InputRecord.model_fields)
    found = connection.execute(
        f"select {', '.join(names)} from audit.files order by all"  # noqa: S608
    ).fetchall()
    return tuple(InputRecord(**dict(zip(names, row, strict=True))) for row in found)
