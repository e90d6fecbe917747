"""Cohorts of a study in the memory of a connection, with the persons left after each step."""

# ruff: noqa: S608 - SQL is made of names of this module; ids are whole numbers.

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import duckdb

from etl.errors import SndsOmopError
from etl.progress import Progress, Silent
from etl.publish.source import CATALOG
from etl.study import circe, sql_cohorts
from etl.study.definitions import Definition, concepts_of

SCHEMA = "memory.study"
COHORT = f"{SCHEMA}.cohort"
_STEP = f"{SCHEMA}.step"
_COLUMNS = (
    "cohort_definition_id bigint, subject_id bigint, cohort_start_date date, cohort_end_date date"
)
SQL_STEP = "All entries"

Maker = Callable[[Definition, int, str], None]
"""Fills a table of the memory with a cohort, of its first inclusion rules only."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort that was made: its number in :data:`COHORT`, and its attrition."""

    number: int
    definition: Definition
    steps: tuple[tuple[str, int], ...]
    """Name and distinct persons left of each step; the last one is the cohort."""

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def persons(self) -> int:
        return self.steps[-1][1]


def absent_concepts(
    connection: duckdb.DuckDBPyConnection, definitions: Iterable[Definition]
) -> dict[str, tuple[int, ...]]:
    """Concepts that definitions name and the vocabulary of the release lacks, by cohort."""
    absent: dict[str, tuple[int, ...]] = {}
    for definition in definitions:
        named = sorted(concepts_of(definition))
        rows = connection.execute(
            f"select id from (select unnest($1::bigint[]) as id) "
            f"where id not in (select concept_id from {CATALOG}.cdm.concept) order by id",
            [named],
        ).fetchall()
        if rows:
            absent[definition.name] = tuple(int(row[0]) for row in rows)
    return absent


def make_cohorts(
    connection: duckdb.DuckDBPyConnection,
    definitions: Collection[Definition],
    progress: Progress | None = None,
    make: Maker | None = None,
) -> list[Cohort]:
    """Fill :data:`COHORT` with every cohort; the release is only read.

    Args:
        make: what makes a cohort; DuckDB on the release that is attached, if it is not given.

    Raises:
        SndsOmopError: what :mod:`etl.study.circe` and :mod:`etl.study.sql_cohorts` refuse.
    """
    connection.execute(f"create schema if not exists {SCHEMA}")
    connection.execute(f"create or replace table {COHORT} ({_COLUMNS})")
    for definition in definitions:  # all are looked at before the first one runs
        if definition.kind == "sql":
            sql_cohorts.require_harmless(definition)
        else:
            circe.statements(definition, len(circe.steps_of(definition)), "cdm", "a.b")
    progress = progress or Silent()
    progress.total(len(definitions))
    made = []
    for number, definition in enumerate(definitions, start=1):
        names = [SQL_STEP] if definition.kind == "sql" else circe.steps_of(definition)
        persons = []
        for rules in range(len(names)):
            connection.execute(f"create or replace table {_STEP} ({_COLUMNS})")
            if make is not None:
                make(definition, rules, _STEP)
            elif definition.kind == "sql":
                sql_cohorts.generate(connection, definition, _STEP, CATALOG)
            else:
                circe.generate(connection, definition, rules, f"{CATALOG}.cdm", _STEP)
            row = connection.execute(f"select count(distinct subject_id) from {_STEP}").fetchone()
            persons.append(int(row[0]) if row else 0)
        connection.execute(
            f"insert into {COHORT} select {number}, subject_id, cohort_start_date, "
            f"cohort_end_date from {_STEP}"
        )
        connection.execute(f"drop table {_STEP}")
        made.append(Cohort(number, definition, tuple(zip(names, persons, strict=True))))
        progress.advance(1, definition.name)
    return made


def require_persons(cohorts: Iterable[Cohort]) -> None:
    """Refuse cohorts without a person.

    Raises:
        SndsOmopError: SO-164 naming them.
    """
    empty = ", ".join(cohort.name for cohort in cohorts if not cohort.persons)
    if empty:
        raise SndsOmopError("SO-164", empty, empty)
