"""What goes out is what was signed: a release is verified before anything is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from etl.release import trusted_key
from etl.release.content import Column, columns_by_table
from etl.release.store import Release
from etl.release.switching import require_accepted, require_whole
from etl.settings import EngineSettings
from etl.workspace import Workspace

CATALOG = "release"
PUBLISHED_SCHEMAS = ("cdm", "results")
"""``audit`` stays: it speaks of the delivery, not of the data model."""


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of a release, with its entry of the manifest."""

    schema: str
    name: str
    columns: Sequence[Column]
    rows: int
    content_hash: str

    @property
    def relation(self) -> str:
        return f'{CATALOG}.{self.schema}."{self.name}"'

    @property
    def names(self) -> list[str]:
        return [name.strip('"') for name, _ in self.columns]


@dataclass(frozen=True, slots=True)
class Source:
    """An open, verified release."""

    release: Release
    connection: duckdb.DuckDBPyConnection
    tables: tuple[SourceTable, ...]


@contextmanager
def opened(workspace: Workspace, release: Release, engine: EngineSettings) -> Iterator[Source]:
    """Verify a release, then open its tables read-only.

    Raises:
        SndsOmopError: SO-301 for a release that the gate refuses since persons left it, SO-903 for
            a changed file, SO-904 for a manifest that is not ours.
    """
    require_accepted(release)
    require_whole(release, trusted_key(workspace))
    limits = {**engine.duckdb(workspace.build / "spill"), "preserve_insertion_order": True}
    with duckdb.connect(":memory:", config=limits) as connection:
        release.attach(connection, CATALOG)
        connection.execute(f"use {CATALOG}")
        known = {(t.schema_name, t.table): t for t in release.manifest.tables}
        tables = [
            SourceTable(
                schema, name, columns, known[schema, name].rows, known[schema, name].content_hash
            )
            for schema in PUBLISHED_SCHEMAS
            for name, columns in columns_by_table(connection, CATALOG, schema).items()
        ]
        yield Source(release, connection, tuple(tables))
