"""Whose rows an extract holds: the person_id of the parent, in a temporary table ``chosen``."""

# ruff: noqa: S608 - SQL is made of names of the specification and of whole numbers.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.clauses import Clause
from etl.delivery.declaration import recorded
from etl.errors import SndsOmopError
from etl.loaders.persons_list import Listed, read_persons_list
from etl.release.extract.permit import Permit
from etl.sql_text import literal
from etl.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Chosen:
    """How many persons, and rows of a list that name none of the release, or several persons."""

    persons: int
    listed: int = 0
    unknown: int = 0


def choose(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    permit: Permit,
    cohorts: Mapping[str, str],
) -> Chosen:
    """Fill ``chosen`` with the persons that a permit grants.

    Args:
        connection: with the release attached as ``old``.
        cohorts: SQL of the entries of the known cohorts, by name; reads ``cdm``.

    Raises:
        SndsOmopError: SO-260 no such cohort; SO-250, SO-251 the list cannot be read; SO-261 no
            person is left.
    """
    select = permit.persons.select
    listed = unknown = 0
    connection.execute("create temp table chosen (person_id bigint)")
    if select == "all":
        connection.execute("insert into chosen select person_id from old.cdm.person")
    elif select == "cohort":
        connection.execute(f"insert into chosen {_cohort(connection, permit, cohorts)}")
    elif permit.persons.list is not None:
        rows = _listed(workspace, permit.persons.list)
        listed = len(rows)
        unknown = _insert_listed(connection, workspace, rows)
    first, last = permit.day_range
    days = [f"observation_period_end_date >= date '{first.isoformat()}'"] if first else []
    days += [f"observation_period_start_date <= date '{last.isoformat()}'"] if last else []
    observed = (
        "and person_id in (select person_id from old.cdm.observation_period "
        f"where {' and '.join(days)})"
        if days
        else ""
    )
    connection.execute(
        "create or replace temp table chosen as select distinct person_id from chosen "
        f"where person_id in (select person_id from old.cdm.person) {observed}"
    )
    found = connection.execute("select count(*) from chosen").fetchone()
    persons = int(found[0]) if found else 0
    if not persons:
        raise SndsOmopError(
            "SO-261",
            "no person of the release is granted",
            "aucune personne de la version n'est accordée",
            where=permit.permit.number,
        )
    return Chosen(persons, listed, unknown)


def _cohort(
    connection: duckdb.DuckDBPyConnection, permit: Permit, cohorts: Mapping[str, str]
) -> str:
    wanted = permit.persons.cohort
    if isinstance(wanted, int):
        is_there = connection.execute(
            "select 1 from old.cdm.cohort where cohort_definition_id = ? limit 1", [wanted]
        ).fetchone()
        if is_there:
            return f"select subject_id from old.cdm.cohort where cohort_definition_id = {wanted}"
    elif wanted is not None and wanted in cohorts:
        return f"select person_id from ({cohorts[wanted]})"
    known = ", ".join(sorted(cohorts))
    fault = Clause(
        f"persons.cohort: the release has no cohort {wanted}; known by name: {known}",
        f"persons.cohort : la version n'a pas de cohorte {wanted} ; connues par leur nom : {known}",
    )
    raise SndsOmopError("SO-260", *fault, where=permit.permit.number)


def _listed(workspace: Workspace, path: Path) -> tuple[Listed, ...]:
    declared = recorded(workspace).by_root.values()
    names = {name: column for one in declared for name, column in one.columns.items()}
    return read_persons_list(path, names).rows


def _insert_listed(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, rows: tuple[Listed, ...]
) -> int:
    """Insert the persons whom rows name; how many rows name none, or several."""
    connection.execute("create temp table key_of_person (key varchar, person_id bigint)")
    if workspace.registry.is_file():
        connection.execute(f"attach {literal(workspace.registry)} as registry (read_only)")
        connection.execute(
            "insert into key_of_person select person_key, "
            "arg_max(person_id, coalesce(build, 0)) from registry.person_registry "
            "where person_key <> '' group by person_key"
        )
        connection.execute("detach registry")
    wanted = [
        (number, key, is_prefix, row.person_id)
        for number, row in enumerate(rows)
        for key, is_prefix in (*_keys(row), (None, False))
        if key is not None or row.person_id is not None
    ]
    connection.execute(
        "create temp table wanted (n bigint, key varchar, is_prefix boolean, person_id bigint)"
    )
    connection.executemany("insert into wanted values (?, ?, ?, ?)", wanted)
    connection.execute(
        """
        create temp table named as
        with found as (
            select wanted.n, known.person_id
            from wanted inner join key_of_person as known on wanted.key = known.key
            where not wanted.is_prefix
            union
            select wanted.n, known.person_id
            from wanted
            inner join key_of_person as known
                -- a PSA without its rank, which follows it as one or two digits
                on known.key[1:length(wanted.key)] = wanted.key
                and length(known.key) - length(wanted.key) between 1 and 2
            where wanted.is_prefix
            union
            select wanted.n, person.person_id
            from wanted inner join old.cdm.person using (person_id)
        )
        select n, any_value(person_id) as person_id
        from found
        where person_id in (select person_id from old.cdm.person)
        group by n
        having count(distinct person_id) = 1
        """
    )
    connection.execute("insert into chosen select person_id from named")
    found = connection.execute("select count(*) from named").fetchone()
    return len(rows) - (int(found[0]) if found else 0)


def _keys(row: Listed) -> list[tuple[str, bool]]:
    """Keys of the registry that a row gives; whether only their beginning is known."""
    if row.numbers:
        return [(number, False) for number in row.numbers]
    if row.psa and row.rank is not None:
        return [(row.psa + row.rank, False)]
    return [(row.psa, True)] if row.psa else []
