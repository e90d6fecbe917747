"""Describes a release: identity, inputs, code, settings, tables, files."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from typing import Any

import duckdb

from etl import __version__
from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.loaders.withdrawn import read_withdrawn
from etl.release import audit_log
from etl.release.code import code_version
from etl.release.content import TableContent
from etl.release.draft import Draft
from etl.release.manifest import (
    Identity,
    IdLayout,
    InputRecord,
    Manifest,
    ReadingRecord,
    now,
    table_records,
    tool_versions,
)
from etl.release.signature import signing_key, write_public_key
from etl.release.store import current
from etl.settings import Settings
from etl.workspace import Workspace

# What was measured on the data depends on the day and on the releases before: it is carried
# along, but it does not make another release.
NOT_IDENTITY = {("audit", "quality_result")}


def describe(
    workspace: Workspace,
    settings: Settings,
    draft: Draft,
    contents: Sequence[TableContent],
    verdict: dict[str, Any],
) -> Manifest:
    """The manifest of what was drafted; adds the quality folder and the public key."""
    building = draft.folder
    with draft.opened() as connection:
        identity = _identity(connection)
        inputs = _inputs(connection)
        readings = _readings(connection)
    if workspace.quality.is_dir():
        shutil.copytree(workspace.quality, building / "quality")
    shutil.rmtree(building / "spill", ignore_errors=True)
    write_public_key(building, signing_key(workspace))
    present = current(workspace)
    return Manifest(
        release_id=release_id(identity, contents),
        created_at=now(),
        previous=present.id if present else None,
        identity=identity,
        verdict=verdict,
        excluded=len(read_withdrawn(workspace).persons),
        audit_head=audit_log.head(workspace),
        settings=settings.model_dump(mode="json"),
        rules_off=settings.rules.off,
        code=code_version(),
        tools=tool_versions(),
        inputs=inputs,
        ids=IdLayout(
            tables={
                name: contracts()[name].number
                for name in sorted({one.source_table or "" for one in inputs} & set(contracts()))
            }
        ),
        readings=readings,
        tables=table_records(contents),
        tables_format=draft.format,
        files=draft.records(contents),
    )


def release_id(identity: Identity, contents: Sequence[TableContent]) -> str:
    """Sorts by source date; the same content gives the same id."""
    lines = sorted(
        f"{content.schema_name}.{content.table}:{content.content_hash}"
        for content in contents
        if (content.schema_name, content.table) not in NOT_IDENTITY
    )
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return f"{identity.source_release_date.replace('-', '')}-{digest[:8]}"


def _identity(connection: duckdb.DuckDBPyConnection) -> Identity:
    found = connection.execute(
        "select cdm_source_name, cdm_source_abbreviation, cdm_holder, source_release_date, "
        "cdm_release_date, coalesce(cdm_version, 'v5.4'), vocabulary_version from cdm.cdm_source"
    ).fetchall()
    if len(found) != 1:
        raise SndsOmopError(
            "SO-301",
            f"cdm_source has {len(found)} rows, and needs exactly one",
            f"cdm_source a {len(found)} lignes, il en faut exactement une",
        )
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


def _readings(connection: duckdb.DuckDBPyConnection) -> tuple[ReadingRecord, ...]:
    """Columns of which reading changed values; none in a candidate of an earlier version."""
    names = list(ReadingRecord.model_fields)
    known = connection.execute(
        "select count(*) from information_schema.tables "
        "where table_schema = 'audit' and table_name = 'reading'"
    ).fetchone()
    if not known or not known[0]:
        return ()
    found = connection.execute(
        f"select {', '.join(names)} from audit.reading order by all"  # noqa: S608
    ).fetchall()
    return tuple(ReadingRecord(**dict(zip(names, row, strict=True))) for row in found)
