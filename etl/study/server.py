"""Cohorts made by a PostgreSQL server that ``publish postgres`` filled.

The server makes the cohorts; what figures need (persons, observation, cohorts) is copied into the
memory of DuckDB, so that one code computes them. Everything on the server is rolled back.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification and of checked schema names.

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from etl.errors import SndsOmopError
from etl.publish.postgres import PUBLICATION
from etl.publish.postgres_schema import Schemas
from etl.publish.postgres_session import connected
from etl.publish.source import CATALOG, Source
from etl.sql_text import literal
from etl.study import circe, sql_cohorts
from etl.study.definitions import Definition, concepts_of

if TYPE_CHECKING:
    import psycopg

_TARGET = "pg_temp.study_step"
_COHORT = (
    ("cohort_definition_id", "bigint"),
    ("subject_id", "bigint"),
    ("cohort_start_date", "date"),
    ("cohort_end_date", "date"),
)
_COPIED: dict[str, tuple[tuple[str, str], ...]] = {
    "person": (
        ("person_id", "bigint"),
        ("gender_concept_id", "bigint"),
        ("year_of_birth", "integer"),
        ("month_of_birth", "integer"),
        ("day_of_birth", "integer"),
    ),
    "observation_period": (
        ("person_id", "bigint"),
        ("observation_period_start_date", "date"),
        ("observation_period_end_date", "date"),
    ),
    "concept": (
        ("concept_id", "bigint"),
        ("concept_code", "varchar"),
        ("vocabulary_id", "varchar"),
    ),
}


@dataclass(frozen=True, slots=True)
class Server:
    """An open server with the release, and the memory that its answers are copied into."""

    session: psycopg.Connection[Any]
    schemas: Schemas
    connection: duckdb.DuckDBPyConnection
    folder: Path

    def generate(self, definition: Definition, rules: int, target: str) -> None:
        """Fill ``target``, a table of the memory, with a cohort of the server.

        Raises:
            SndsOmopError: SO-160, SO-162, SO-163 and SO-504, as on DuckDB.
        """
        import psycopg

        columns = ", ".join(f"{name} {kind}" for name, kind in _COHORT)
        try:
            with self.session.transaction(force_rollback=True):
                homes = (self.schemas.cdm, self.schemas.of_vocabulary, self.schemas.results)
                names = ", ".join(f'"{home}"' for home in homes)
                self.session.execute(f"set local search_path to {names}, pg_temp")
                self.session.execute(f"create temp table study_step ({columns})")
                for statement in self._statements(definition, rules):
                    self.session.execute(statement.encode())
                if definition.kind == "sql":
                    self._require_rows(definition)
                self._copy(f"select * from {_TARGET}", _COHORT, target)
        except psycopg.Error as error:
            kind = f"{type(error).__name__} {error.sqlstate}"
            raise SndsOmopError(
                "SO-163",
                f"the SQL does not run on PostgreSQL ({kind})",
                f"le SQL ne s'exécute pas sur PostgreSQL ({kind})",
                where=definition.file,
            ) from None  # the server's words may quote a value

    def _statements(self, definition: Definition, rules: int) -> Sequence[str]:
        if definition.kind == "circe":
            return circe.statements(
                definition,
                rules,
                f'"{self.schemas.cdm}"',
                _TARGET,
                dialect="postgresql",
                vocabulary=f'"{self.schemas.of_vocabulary}"',
            )
        query = sql_cohorts.for_postgres(definition)
        described = self.session.execute(f"select * from ({query}) as given limit 0".encode())
        names = [column.name for column in described.description or ()]
        sql_cohorts.require_columns(definition, names)
        return [
            f"insert into {_TARGET} select distinct 1, given_subject, cohort_start_date::date, "
            f"cohort_end_date::date from (select {_subject(names)}::bigint as given_subject, * "
            f"from ({query}) as given) as typed"
        ]

    def _require_rows(self, definition: Definition) -> None:
        faults = self.session.execute(sql_cohorts.faults(_TARGET, "person").encode()).fetchone()
        sql_cohorts.require_rows(definition, faults)

    def copy_release(self, concepts: Collection[int]) -> None:
        """Copy persons, observation, and of the vocabulary the sexes and the named concepts."""
        self.connection.execute(f"create schema {CATALOG}.cdm")
        for table, columns in _COPIED.items():
            is_concept = table == "concept"
            home = self.schemas.of_vocabulary if is_concept else self.schemas.cdm
            names = ", ".join(name for name, _ in columns)
            query = f'select {names} from "{home}".{table}'
            if is_concept:
                listed = ", ".join(str(int(one)) for one in sorted(concepts)) or "-1"
                query += f" where vocabulary_id = 'Gender' or concept_id in ({listed})"
            made = ", ".join(f"{name} {kind}" for name, kind in columns)
            self.connection.execute(f"create table {CATALOG}.cdm.{table} ({made})")
            self._copy(query, columns, f"{CATALOG}.cdm.{table}")

    def _copy(self, query: str, columns: Sequence[tuple[str, str]], target: str) -> None:
        """Rows of a query on the server into a table of the memory, over a file of our own."""
        file = self.folder / "rows.csv"
        statement = f"copy ({query}) to stdout (format csv, force_quote *)"
        with file.open("wb") as handle, self.session.cursor().copy(statement.encode()) as copy:
            for block in copy:
                handle.write(block)
        kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in columns)
        self.connection.execute(
            f"insert into {target} select * from read_csv({literal(file)}, header = false, "
            f"auto_detect = false, delim = ',', quote = '\"', columns = {{{kinds}}})"
        )
        file.unlink()


def _subject(names: Collection[str]) -> str:
    return "subject_id" if "subject_id" in names else "person_id"


@contextmanager
def on_server(
    source: Source, url: str, schemas: Schemas, folder: Path, definitions: Collection[Definition]
) -> Iterator[Server]:
    """Open a server that holds the release, alone while it is used, with its persons copied.

    Args:
        folder: where answers pass through files of their own, removed at the end.

    Raises:
        SndsOmopError: SO-110 and SO-115 as ``publish postgres``; SO-115 too when the server holds
            no release, another one, or other rows than those that were published.
    """
    import psycopg

    concepts = {one for definition in definitions for one in concepts_of(definition)}
    folder.mkdir(parents=True, exist_ok=True)
    with (
        connected(url) as session,
        tempfile.TemporaryDirectory(dir=folder) as place,
        duckdb.connect(":memory:") as connection,
    ):
        connection.execute(f"attach ':memory:' as {CATALOG}")
        server = Server(session, schemas, connection, Path(place))
        try:
            _require_release(session, schemas, source)
            server.copy_release(concepts)
        except psycopg.Error as error:
            kind = f"{type(error).__name__} ({error.sqlstate})"
            raise SndsOmopError(
                "SO-115",
                f"the release cannot be read from the server: {kind}",
                f"la version ne peut être lue sur le serveur : {kind}",
            ) from None
        yield server


def _require_release(session: psycopg.Connection[Any], schemas: Schemas, source: Source) -> None:
    """Refuse a server that holds something else than what was published of this release."""
    publication = f'"{schemas.results}".{PUBLICATION}'
    known = session.execute("select to_regclass(%s) is not null", [publication]).fetchone()
    if not known or not known[0]:
        raise SndsOmopError(
            "SO-115",
            "the database holds no release: run `snds-omop publish postgres` with the same schemas",
            "la base ne contient aucune version : exécutez `snds-omop publish postgres` avec les"
            " mêmes schémas",
        )
    found = session.execute(f"select table_name, release_id from {publication}".encode()).fetchall()
    others = {release_id for _, release_id in found} - {source.release.id}
    if others or not found:
        raise SndsOmopError(
            "SO-115",
            f"the database holds release {', '.join(sorted(others))}, not {source.release.id}",
            f"la base contient la version {', '.join(sorted(others))}, et non {source.release.id}",
        )
    for table in source.tables:
        if table.schema != "cdm" or schemas.home(table) != schemas.cdm:
            continue
        row = session.execute(
            f'select count(*) from "{schemas.cdm}"."{table.name}"'.encode()
        ).fetchone()
        if row is None or row[0] != table.rows:
            raise SndsOmopError(
                "SO-115",
                f"{table.name} has other rows than the release: publish it again",
                f"{table.name} a d'autres lignes que la version : publiez-la encore une fois",
            )
