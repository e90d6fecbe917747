"""PostgreSQL: load apart, check, key, index, then switch all tables in one transaction.

Tables are filled in the schema ``snds_omop_loading``. A table is done when its rows and content
hash, computed by the server, equal the manifest's; a progress table remembers it, so that a cut
run goes on where it stopped. Readers see the old release until the switch, and the new one after.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification and of checked schema names.

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql

from etl.clauses import same
from etl.errors import SndsOmopError
from etl.progress import Progress, Silent
from etl.publish.postgres_schema import (
    Schemas,
    Step,
    create_table,
    key_steps,
    postgres_tables,
    wire_types,
)
from etl.publish.postgres_session import connected
from etl.publish.source import Source, SourceTable, opened
from etl.publish.webapi import Database
from etl.publish.webapi import statements as webapi_statements
from etl.release import audit_log
from etl.release.content import fold, row_text
from etl.release.store import Release
from etl.settings import EngineSettings
from etl.workspace import Workspace

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.schema import ExecutableDDLElement

LOADING = "snds_omop_loading"
PROGRESS = f"{LOADING}.progress"
PUBLICATION = "snds_omop_publication"
BATCH = 4_000
"""Rows fetched at a time: a thousand-fold less memory than the table, and no slower."""
_POSTGRES_DOUBLE_BITS = "('x' || encode(float8send({value}), 'hex'))::bit(64)::text"


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did."""

    rows: int
    tables: int
    resumed: int
    """Tables that an earlier, cut run had filled already."""


def publish_postgres(
    workspace: Workspace,
    release: Release,
    url: str,
    engine: EngineSettings,
    *,
    schemas: Schemas | None = None,
    progress: Progress | None = None,
    webapi: bool = False,
) -> Published:
    """Make a PostgreSQL database hold this release, whatever it held before.

    Args:
        url: ``postgresql://…`` as libpq reads it; PGPASSWORD and ~/.pgpass work.
        schemas: names of the schemas.
        webapi: also create the results tables that WebAPI fills.

    Raises:
        SndsOmopError: SO-110 without psycopg, SO-115 when the server cannot be reached or
            refuses, SO-903 when the server holds other content than that of the manifest.
    """
    homes = schemas or Schemas()
    with opened(workspace, release, engine) as source, connected(url) as server:
        published = _Publication(source, server, homes, progress or Silent(), webapi).run()
    audit_log.append(workspace, "publish postgres", release=release.id, rows_out=published.rows)
    return published


def database_of(url: str) -> Database:
    """Server and name of a database, without user and password."""
    from psycopg.conninfo import conninfo_to_dict

    known = conninfo_to_dict(url)
    host = str(known.get("host") or "localhost")
    return Database(
        "localhost" if host.startswith("/") else host,
        str(known.get("port") or 5432),
        str(known.get("dbname") or known.get("user") or "postgres"),
    )


@dataclass(frozen=True, slots=True)
class _Publication:
    source: Source
    server: psycopg.Connection[Any]
    schemas: Schemas
    progress: Progress
    webapi: bool = False

    def run(self) -> Published:
        tables = postgres_tables(self.source.tables, LOADING)
        steps = list(key_steps(tables))
        statements = {name: create_table(table) for name, table in tables.items()}
        rows = sum(table.rows for table in self.source.tables)
        self.progress.total(rows + len(steps))
        done = self._prepare()
        for table in self.source.tables:
            if table.name not in done:
                with _named(table.name):
                    self._load(table, statements[table.name])
            self.progress.advance(table.rows, table.name)
        made = self._made()
        for step in steps:
            if step.name not in made:
                with _named(f"{step.table}: {step.name}"):
                    self._execute(step)
            self.progress.advance(1, step.name)
        with _named("analyze"):
            for table in self.source.tables:
                self.server.execute(f'analyze {LOADING}."{table.name}"')
        with _named("switch"):
            self._switch()
        return Published(rows, len(self.source.tables), len(done))

    def _prepare(self) -> set[str]:
        """Make the loading schema, or find what a cut run of the same release left there."""
        with _named(LOADING):
            release = self.source.release.id
            if self._scalar("select to_regclass(%s) is not null", PROGRESS):
                other = self._scalar(
                    f"select count(*) from {PROGRESS} where release_id <> %s", release
                )
                if other:
                    self.server.execute(f"drop schema {LOADING} cascade")
            self.server.execute(f"create schema if not exists {LOADING}")
            self.server.execute(
                f"create table if not exists {PROGRESS} (table_name text primary key, "
                "release_id text not null, n_rows bigint not null, content_hash text not null, "
                "schema_name text)"
            )
            found = self.server.execute(f"select table_name from {PROGRESS}").fetchall()
        return {name for (name,) in found}

    def _load(self, table: SourceTable, statement: ExecutableDDLElement) -> None:
        """Create, fill and check one table, all in one transaction."""
        with self.server.transaction():
            self.server.execute(f'drop table if exists {LOADING}."{table.name}"')
            self.server.execute(_sql(statement))
            self._copy(table)
            rows, content_hash = self._content(table)
            if (rows, content_hash) != (table.rows, table.content_hash):
                raise SndsOmopError(
                    "SO-903",
                    f"{table.name} arrived with other content",
                    f"{table.name} est arrivée avec un autre contenu",
                )
            self.server.execute(
                f"insert into {PROGRESS} values (%s, %s, %s, %s)",
                [table.name, self.source.release.id, rows, content_hash],
            )

    def _copy(self, table: SourceTable) -> None:
        columns = ", ".join(name for name, _ in table.columns)
        # Neighbours on disk are rows of one person: what OHDSI's scripts get with CLUSTER.
        order = " order by person_id" if "person_id" in table.names else ""
        result = self.source.connection.execute(f"select * from {table.relation}{order}")
        statement = f'copy {LOADING}."{table.name}" ({columns}) from stdin (format binary)'
        with self.server.cursor().copy(statement) as copy:
            copy.set_types(wire_types(table))
            write: Callable[[Sequence[Any]], None] = copy.write_row
            while batch := result.fetchmany(BATCH):
                for row in batch:
                    write(row)

    def _content(self, table: SourceTable) -> tuple[int, str]:
        """Rows and content hash, as the server sees them."""
        text = row_text(table.columns, _POSTGRES_DOUBLE_BITS)
        high, low = (_unsigned(f"{side}(digest, 16)") for side in ("left", "right"))
        counted = self.server.execute(
            f"select count(*), coalesce(sum({high}), 0), coalesce(sum({low}), 0) "
            f'from (select md5({text}) as digest from {LOADING}."{table.name}") as digests'
        ).fetchone()
        rows, sum_high, sum_low = counted or (0, 0, 0)
        full_name = f"{table.schema}.{table.name}"
        return rows, fold(full_name, table.columns, rows, int(sum_high), int(sum_low))

    def _made(self) -> set[str]:
        """Keys and indexes that exist already."""
        found = self.server.execute(
            "select conname from pg_constraint where connamespace = %s::regnamespace "
            "union select indexname from pg_indexes where schemaname = %s",
            [LOADING, LOADING],
        ).fetchall()
        return {name for (name,) in found}

    def _execute(self, step: Step) -> None:
        self.server.execute(_sql(step.statement))

    def _switch(self) -> None:
        """Old tables out, new tables in: one transaction, our tables only."""
        with self.server.transaction():
            for schema in (self.schemas.cdm, self.schemas.of_vocabulary, self.schemas.results):
                self.server.execute(f'create schema if not exists "{schema}"')
            if old := self._replaced():
                # No CASCADE: a view that a user built on them must not be dropped silently.
                self.server.execute(f"drop table {', '.join(old)}")
            for table in self.source.tables:
                home = self.schemas.home(table)
                self.server.execute(f'alter table {LOADING}."{table.name}" set schema "{home}"')
                self.server.execute(
                    f"update {PROGRESS} set schema_name = %s where table_name = %s",
                    [home, table.name],
                )
            publication = f'"{self.schemas.results}".{PUBLICATION}'
            self.server.execute(f"drop table if exists {publication}")
            self.server.execute(
                f"create table {publication} as select *, now() as published_at from {PROGRESS}"
            )
            self.server.execute(f"drop schema {LOADING} cascade")
            if self.webapi:
                for statement in webapi_statements(self.schemas.results):
                    self.server.execute(statement)

    def _replaced(self) -> list[str]:
        """Tables that leave: those of our names, and those of the last publication elsewhere."""
        names = {self._home(table) for table in self.source.tables}
        publication = f'"{self.schemas.results}".{PUBLICATION}'
        known = self.server.execute(
            "select 1 from information_schema.columns where table_schema = %s "
            "and table_name = %s and column_name = 'schema_name'",
            [self.schemas.results, PUBLICATION],
        ).fetchone()
        if known:
            before = self.server.execute(f"select schema_name, table_name from {publication}")
            names |= {f'"{schema}"."{name}"' for schema, name in before.fetchall()}
        return sorted(
            name for name in names if self._scalar("select to_regclass(%s) is not null", name)
        )

    def _home(self, table: SourceTable) -> str:
        return f'"{self.schemas.home(table)}"."{table.name}"'

    def _scalar(self, query: str, *parameters: object) -> Any:
        row = self.server.execute(query, parameters).fetchone()
        return row[0] if row else None


def _sql(statement: ExecutableDDLElement) -> str:
    return str(statement.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


def _unsigned(hexadecimal: str) -> str:
    """SQL for 16 hexadecimal digits as an unsigned number; PostgreSQL's bigint is signed."""
    signed = f"('x' || {hexadecimal})::bit(64)::bigint::numeric"
    return f"({signed} + case when {signed} < 0 then 18446744073709551616 else 0 end)"


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Name what failed and why, without the server's message, which may quote a value."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise SndsOmopError(
            "SO-115", *same(f"{type(error).__name__} ({error.sqlstate})"), where=what
        ) from error
