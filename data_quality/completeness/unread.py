"""Values that could not be read: how many of those that a column has."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from data_quality.completeness.model import Shortfall, Thresholds
from etl.contracts.registry import contracts

Ask = Callable[[str], list[tuple[Any, ...]]]
Unread = dict[tuple[str, int | None, str], int]


def unread_values(ask: Ask, relations: Mapping[str, str]) -> Unread:
    """Values that could not be read, by table, year and column."""
    if "audit.unparsed" not in relations:
        return {}
    found = ask(
        "select source_table, source_year, column_name, sum(n_unparsed) from audit.unparsed"
        " group by source_table, source_year, column_name"
    )
    return {(table, year, column): int(n) for table, year, column, n in found}


def unread_columns(
    ask: Ask,
    relations: Mapping[str, str],
    rows: Mapping[str, Mapping[int | None, int]],
    unread: Unread,
    limits: Thresholds,
) -> Iterator[Shortfall]:
    """Columns of which too many values could not be read.

    Of a column that the contract needs, they are compared with the rows of the table and year; of
    any other, with the values that it has: days of death stand in few rows, and are lost when none
    of them can be read.

    Args:
        ask: answers a query on the candidate; one is asked of a table of the lake.
        relations: what a query may read, as ``lake.ER_PRS_F``.
        rows: rows in the lake by table and year.
        unread: what :func:`unread_values` found.
    """
    judged = {
        (table, year, column): n
        for (table, year, column), n in unread.items()
        if rows.get(table, {}).get(year, 0) and n >= limits.rows_from
    }
    others = defaultdict[str, set[str]](set)
    for table, _, column in judged:
        if column not in _needed(table):
            others[table].add(column)
    read: Unread = {}
    for table, columns in others.items():
        read |= _read(ask, relations.get(f"lake.{table}"), table, sorted(columns))
    for (table, year, column), n in judged.items():
        total = rows[table][year]
        needed = column in _needed(table)
        if not needed:
            total = read.get((table, year, column), max(total - n, 0)) + n
        share = 100 * n / total
        if share > (limits.unparsed_percent if needed else limits.unparsed_other_percent):
            yield Shortfall("unparsed", table, year, column, percent=min(round(share, 1), 100.0))


def columns_of(ask: Ask, relation: str) -> set[str]:
    """Names of the columns of a relation."""
    return {
        str(row[0]) for row in ask(f"select column_name from (describe select * from {relation})")
    }


def _read(ask: Ask, relation: str | None, table: str, columns: list[str]) -> Unread:
    """Values that were read, by table, year and column; none of a column that the lake lacks."""
    there = columns_of(ask, relation) if relation else set()
    columns = [column for column in columns if column in there]
    if not columns or "_source_year" not in there:
        return {}
    counts = ", ".join(f"count({column})" for column in columns)
    return {
        (table, year, column): int(n)
        for year, *found in ask(
            f"select _source_year, {counts} from {relation} group by _source_year"
        )
        for column, n in zip(columns, found, strict=True)
    }


@cache
def _needed(table: str) -> frozenset[str]:
    """Columns without which a row of a table gives nothing."""
    contract = contracts().get(table)
    if contract is None:
        return frozenset()
    return frozenset(
        (
            *contract.key,
            *contract.required,
            *contract.required_any,
            *contract.date,
            *contract.slots,
        )
    )
