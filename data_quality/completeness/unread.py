"""Values that could not be read: how many of those that a column has."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

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
    limits: Thresholds,
) -> Iterator[Shortfall]:
    """Columns of which too many values could not be read.

    Of a column that the contract needs, they are compared with the rows of the table and year; of
    any other, with the values that it has: days of death stand in few rows, and are lost when none
    of them can be read.

    Args:
        ask: answers a query on the candidate.
        relations: what a query may read, as ``lake.ER_PRS_F`` and ``audit.unparsed``.
        rows: rows in the lake by table and year.
    """
    for (table, year, column), n in unread_values(ask, relations).items():
        total = rows.get(table, {}).get(year, 0)
        if not total or n < limits.rows_from:
            continue
        needed = column in _needed(table)
        if not needed:
            total = _read(ask, relations, table, year, column, total - n) + n
        share = 100 * n / total
        if share > (limits.unparsed_percent if needed else limits.unparsed_other_percent):
            yield Shortfall("unparsed", table, year, column, percent=min(round(share, 1), 100.0))


def _read(
    ask: Ask,
    relations: Mapping[str, str],
    table: str,
    year: int | None,
    column: str,
    without_lake: int,
) -> int:
    """Values of a column that were read."""
    relation = relations.get(f"lake.{table}")
    if relation is None:
        return max(without_lake, 0)
    names = {row[0] for row in ask(f"select column_name from (describe select * from {relation})")}
    if not {column, "_source_year"} <= names:
        return max(without_lake, 0)
    of_year = "null" if year is None else str(int(year))
    ((found,),) = ask(
        f"select count({column}) from {relation} where _source_year is not distinct from {of_year}"
    )
    return int(found)


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
