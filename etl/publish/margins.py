"""The persons behind counts of records, and the records of the one or two who have most."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from etl.contracts.cdm import COST_TABLES, CdmTable, cdm_tables
from etl.publish.cells import Cell
from etl.release.achilles import KINDS, RECORDS, RECORDS_BY_MONTH, Domain
from etl.release.difference import event_date

Strata = tuple[str, ...]


def measured(records: str) -> str:
    """SQL of the four parts of a cell, over rows of one person each.

    Args:
        records: expression for the person's records.
    """
    return (
        f"coalesce(sum({records}), 0)::bigint, count(*) filter ({records} > 0), "
        f"coalesce(max({records}, 2)[1], 0)::bigint, coalesce(max({records}, 2)[2], 0)::bigint"
    )


def domain_margins(
    connection: duckdb.DuckDBPyConnection, cdm: str, domain: Domain
) -> Mapping[int, Mapping[Strata, Cell]]:
    """Cells of a domain's counts of records: analysis → strata → cell.

    Only events within an observation period count, once for each that holds them, as in Achilles.
    """
    kind = domain.type or "null"
    month = f"year({domain.start}) * 100 + month({domain.start})"
    sets: dict[int, Strata] = {
        domain.block + RECORDS: ("concept",),
        domain.block + RECORDS_BY_MONTH: ("month",),
    }
    if domain.type:
        sets[domain.block + KINDS] = ("concept", "kind")
    columns = ("concept", "kind", "month") if domain.type else ("concept", "month")
    listed = ", ".join(columns)
    grouping = ", ".join(f"(person_id, {', '.join(names)})" for names in sets.values())
    found = connection.execute(
        f"""
        with events as (
            select event.person_id, {domain.concept} as concept, {kind} as kind, {month} as month
            from {cdm}.{domain.table} as event
            inner join {cdm}.observation_period as period
                on
                    event.person_id = period.person_id
                    and event.{domain.start} >= period.observation_period_start_date
                    and event.{domain.start} <= period.observation_period_end_date
        ),
        people as (
            select
                grouping_id({listed}) as part, person_id, {listed}, count(*) as n
            from events
            group by grouping sets ({grouping})
        )
        select part, {listed}, {measured("n")}
        from people
        group by all
        """
    ).fetchall()
    parts = {
        sum(1 << place for place, name in enumerate(reversed(columns)) if name not in names): one
        for one, names in sets.items()
    }
    cells: dict[int, dict[Strata, Cell]] = {analysis: {} for analysis in sets}
    for part, *rest in found:
        analysis = parts[part]
        row = dict(zip(columns, rest, strict=False))
        strata = tuple("" if row[name] is None else str(row[name]) for name in sets[analysis])
        cells[analysis][strata] = Cell(*rest[len(columns) :])
    return cells


def table_cells(
    connection: duckdb.DuckDBPyConnection, cdm: str, rows: Mapping[str, int]
) -> dict[str, Cell]:
    """Rows of each CDM table, with the persons that they belong to."""
    cells: dict[str, Cell] = {}
    for name, table in cdm_tables().items():
        if name not in rows:
            continue
        if any(field.name == "person_id" for field in table.fields):
            people = f"select count(*) as n from {cdm}.{name} group by person_id"
        elif name == "cost":
            people = f"select count(*) as n from ({_cost_persons(cdm)}) group by person_id"
        else:
            cells[name] = Cell(rows[name], None)
            continue
        found = connection.execute(f"select {measured('n')} from ({people})").fetchone()
        assert found is not None  # noqa: S101 - an aggregate has one row
        total, *margin = found
        # Rows without a person cannot be attributed: the value is that of the manifest.
        cells[name] = Cell(max(total, rows[name]), *margin)
    return cells


def _cost_persons(cdm: str) -> str:
    return " union all ".join(
        f"select person_id from {cdm}.cost inner join {cdm}.{table} "
        f"on cost_event_id = {cdm_tables()[table].primary_key} where cost_domain_id = '{domain}'"
        for domain, table in COST_TABLES.items()
    )


def event_tables() -> list[CdmTable]:
    """Tables of dated records of persons."""
    return [table for table in cdm_tables().values() if event_date(table)]


@dataclass(frozen=True, slots=True)
class Most:
    """The most records that one person has."""

    by_table: Mapping[str, int]
    in_all: int
    """Over all tables of events together."""

    def at_least(self, records: int, table: str | None = None) -> int:
        """Fewest persons that so many records can belong to.

        Where only records are known (checks of quality, mapping), this bound stands for them.
        """
        most = self.in_all if table is None else self.by_table.get(table, 1)
        return -(-records // max(1, most))


def most_records(connection: duckdb.DuckDBPyConnection, cdm: str) -> Most:
    """Count them."""
    owned = [
        name
        for name, table in cdm_tables().items()
        if any(field.name == "person_id" for field in table.fields)
    ]
    by_table = {}
    for name in owned:
        row = connection.execute(
            f"select coalesce(max(n), 0) from "
            f"(select count(*) as n from {cdm}.{name} group by person_id)"
        ).fetchone()
        by_table[name] = int(row[0]) if row else 0
    events = " union all ".join(
        f"select person_id, count(*) as n from {cdm}.{table.name} group by person_id"
        for table in event_tables()
    )
    row = connection.execute(
        f"select coalesce(max(n), 0) from (select sum(n) as n from ({events}) group by person_id)"
    ).fetchone()
    row_cost = connection.execute(
        "select coalesce(max(n), 0) from (select count(*) as n from "
        f"({_cost_persons(cdm)}) group by person_id)"
    ).fetchone()
    by_table["cost"] = int(row_cost[0]) if row_cost else 0
    return Most(by_table, int(row[0]) if row else 0)
