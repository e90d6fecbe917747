"""Cohorts of SQL: one query that gives persons and days, and reads nothing else that is theirs."""

# ruff: noqa: S608 - the SQL was parsed and checked; names are of this module.

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import sqlglot
from sqlglot import exp

from etl.contracts.cdm import cdm_tables
from etl.errors import SndsOmopError
from etl.publish.guard import IDENTIFIER_COLUMN
from etl.study.definitions import Definition

COLUMNS = ("subject_id", "cohort_start_date", "cohort_end_date")
"""What the query must give; ``person_id`` is taken for ``subject_id``."""
SCHEMAS = ("", "cdm", "results")
# Links between rows, and the end of observation: a cohort cannot do without, none leaves.
_LINKS = frozenset(
    {"person_id", "subject_id", "visit_occurrence_id", "visit_detail_id", "death_date"}
)
# Free text, addresses and keys of the source, none of which defines a cohort.
_PERSONAL = frozenset(
    {
        *("person_source_value", "provider_source_value", "care_site_source_value", "npi", "dea"),
        *("provider_name", "care_site_name", "note_text", "note_title", "lexical_variant"),
        *("snippet", "address_1", "address_2", "city", "zip", "county", "location_source_value"),
        *("latitude", "longitude", "unique_device_id", "production_id", "birth_datetime"),
        *("day_of_birth", "family_source_value"),
    }
)

# Functions of PostgreSQL that read files, other databases or other tables, or change the server.
_OF_SERVER = ("pg_", "lo_", "dblink", "query_to_", "table_to_", "schema_to_", "database_to_",
              "cursor_to_", "set_config", "nextval", "setval")  # fmt: skip


def require_harmless(definition: Definition) -> None:
    """Refuse SQL that is no query of cohorts.

    Raises:
        SndsOmopError: SO-160 for what is no SQL; SO-162 for several statements, one that writes,
            a table outside the CDM or a function that reads files; SO-504 (exit 5) for columns
            that identify a person, and for all columns of a table with persons (``*``).
    """
    try:
        parsed = [one for one in sqlglot.parse(definition.text, read="duckdb") if one is not None]
    except sqlglot.errors.SqlglotError as error:
        raise SndsOmopError(
            "SO-160",
            "it is no SQL of DuckDB",
            "ce n'est pas du SQL de DuckDB",
            where=definition.file,
        ) from error
    if len(parsed) != 1:
        raise _refused(
            definition,
            f"it holds {len(parsed)} statements, one is expected",
            f"il contient {len(parsed)} instructions, une est attendue",
        )
    query = parsed[0]
    if not isinstance(query, exp.Query) or _writes(query):
        raise _refused(
            definition, "it is not a query: it writes", "ce n'est pas une requête : il écrit"
        )
    _require_tables(definition, query)
    _require_columns(definition, query)


def _writes(query: exp.Query) -> bool:
    kinds = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Into,
             exp.Command, exp.Copy, exp.Alter, exp.Set, exp.Attach, exp.Pragma)  # fmt: skip
    return query.find(*kinds) is not None


def _require_tables(definition: Definition, query: exp.Query) -> None:
    own = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)}
    known = {*cdm_tables(), "achilles_results", "concept_hierarchy"}
    for table in query.find_all(exp.Table):
        name, schema = table.name.lower(), table.db.lower()
        if not isinstance(table.this, exp.Identifier):
            # a function in the place of a table: range and unnest are harmless, readers are not
            raise _refused(
                definition,
                "it reads from a function, not from a table of the CDM",
                "il lit une fonction, et non une table du CDM",
            )
        if not schema and name in own:
            continue
        if schema not in SCHEMAS or table.catalog or name not in known:
            where = ".".join(part for part in (table.catalog, schema, name) if part)
            raise _refused(
                definition,
                f"it reads {where}, which is no table of the CDM",
                f"il lit {where}, qui n'est pas une table du CDM",
            )


def _require_columns(definition: Definition, query: exp.Query) -> None:
    named = {column.name.lower() for column in query.find_all(exp.Column)}
    personal = sorted(
        name
        for name in named
        if name in _PERSONAL or (IDENTIFIER_COLUMN.search(name) and name not in _LINKS)
    )
    if personal:
        listed = ", ".join(personal)
        raise SndsOmopError("SO-504", listed, listed, where=definition.file)
    for select in query.find_all(exp.Select):
        if isinstance(select.parent, exp.Exists):
            continue
        read = {table.name.lower() for table in _sources(select)}
        named = {table.alias_or_name.lower() for table in _sources(select)}
        if read.intersection(cdm_tables()) and any(
            _takes_all(one, named) for one in select.expressions
        ):
            raise SndsOmopError(
                "SO-504",
                "it asks for all columns of a table (*): name those that are needed",
                "il demande toutes les colonnes d'une table (*) : nommez celles qu'il faut",
                where=definition.file,
            )


def _sources(select: exp.Select) -> list[exp.Table]:
    """Tables that a query reads by itself, not those of its subqueries."""
    joined = [join.this for join in select.args.get("joins") or []]
    first = select.args.get("from_")
    listed = [*([first.this] if first is not None else []), *joined]
    return [one for one in listed if isinstance(one, exp.Table)]


def _takes_all(column: exp.Expr, tables: set[str]) -> bool:
    """``*``, ``p.*``, ``columns(...)``, and DuckDB's row as one value: the name of its table."""
    for one in column.find_all(exp.Star, exp.Columns, exp.Column):
        if isinstance(one, exp.Column):
            if one.name == "*" or (not one.table and one.name.lower() in tables):
                return True
        elif not isinstance(one.parent, exp.Count):
            return True
    return False


def generate(
    connection: duckdb.DuckDBPyConnection, definition: Definition, target: str, catalog: str
) -> None:
    """Run the query and keep persons and days, of the persons of the CDM only.

    Args:
        target: a table of ``cohort_definition_id`` and :data:`COLUMNS`.
        catalog: of the release; names without a schema are looked up in its ``cdm``.

    Raises:
        SndsOmopError: as :func:`require_harmless`; SO-162 for other columns, days that end before
            they begin and rows without a day or a person of the CDM; SO-163 when it does not run.
    """
    require_harmless(definition)
    query = sqlglot.transpile(definition.text, read="duckdb", write="duckdb", comments=False)[0]
    with connection.cursor() as session:
        session.execute(f"use {catalog}.cdm")
        try:
            described = session.execute(f"describe {query}").fetchall()
            names = [str(row[0]).lower().replace("person_id", "subject_id") for row in described]
            require_columns(definition, names)
            session.execute(f"create or replace temp table given ({', '.join(names)}) as {query}")
            session.execute(
                f"insert into {target} select distinct 1, subject_id::bigint, "
                f"cohort_start_date::date, cohort_end_date::date from given"
            )
        except duckdb.Error as error:
            kind = type(error).__name__
            raise SndsOmopError(
                "SO-163", f"the SQL does not run ({kind})", f"le SQL ne s'exécute pas ({kind})",
                where=definition.file,
            ) from error  # fmt: skip
        found = session.execute(faults(target, f"{catalog}.cdm.person")).fetchone()
    require_rows(definition, found)


def for_postgres(definition: Definition) -> str:
    """The query in the dialect of PostgreSQL, its tables without a schema.

    Raises:
        SndsOmopError: as :func:`require_harmless`; SO-162 for a function of the server itself.
    """
    require_harmless(definition)
    query = sqlglot.parse_one(definition.text, read="duckdb")
    for table in query.find_all(exp.Table):
        table.set("db", None)
    for function in query.find_all(exp.Anonymous):
        if function.name.lower().startswith(_OF_SERVER):
            raise _refused(
                definition,
                "it calls a function of the server",
                "il appelle une fonction du serveur",
            )
    return query.sql(dialect="postgres", comments=False)


def require_columns(definition: Definition, names: Iterable[str]) -> None:
    """Refuse other columns than those of a cohort.

    Raises:
        SndsOmopError: SO-162.
    """
    given = [name.lower().replace("person_id", "subject_id") for name in names]
    if sorted(given) != sorted(COLUMNS):
        raise _refused(
            definition,
            f"it must give {', '.join(COLUMNS)}, and nothing else",
            f"il doit donner {', '.join(COLUMNS)}, et rien d'autre",
        )


def faults(target: str, person: str) -> str:
    """SQL that counts rows that end before they begin, and those without a day or a person."""
    return f"""
        select
            count(*) filter (where cohort_end_date < cohort_start_date),
            count(*) filter (where subject_id is null or cohort_start_date is null
                or cohort_end_date is null or not exists (
                    select 1 from {person} where person_id = subject_id))
        from {target}
    """


def require_rows(definition: Definition, found: Sequence[int] | None) -> None:
    """Refuse a cohort with rows that :func:`faults` counts.

    Raises:
        SndsOmopError: SO-162.
    """
    if found is not None and any(found):
        raise _refused(
            definition,
            "rows end before they begin, or have no day, or no person of the CDM",
            "des lignes finissent avant de commencer, ou n'ont ni jour ni personne du CDM",
        )


def _refused(definition: Definition, english: str, french: str) -> SndsOmopError:
    return SndsOmopError("SO-162", english, french, where=definition.file)
