"""Tables whose rows are codes: how many of them have none."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from data_quality.completeness.model import Shortfall, Thresholds
from data_quality.completeness.unread import columns_of
from etl.contracts.registry import contracts

NO_CODE_BY_RIGHT = frozenset({"beneficiary", "reference", "cartography"})
"""Products whose rows may have none: a work accident in IR_IMB_R has no diagnosis."""
_CODE = ("code", "numeric_code")


def missing_codes(
    ask: Callable[[str], list[tuple[Any, ...]]],
    relations: Mapping[str, str],
    unread: Mapping[tuple[str, int | None, str], int],
    limits: Thresholds,
) -> Iterator[Shortfall]:
    """Tables and years where many rows have no code, however small the table.

    Args:
        ask: answers a query on the candidate.
        relations: what a query may read, as ``lake.ER_BIO_F``.
        unread: values that could not be read, by table, year and column: NULL too, and judged as
            such.
    """
    for table, groups in sorted(code_groups().items()):
        relation = relations.get(f"lake.{table}")
        if relation is None:
            continue
        there = columns_of(ask, relation)
        # a lake that lacks a column of its contract is a reason of its own
        groups = [one for one in groups if {"_source_year", *one} <= there]
        if not groups:
            continue
        empty = ", ".join(f"count(*) - count(coalesce({', '.join(one)}))" for one in groups)
        for year, rows, *counts in ask(
            f"select _source_year, count(*), {empty} from {relation} group by _source_year"
        ):
            for columns, found in zip(groups, counts, strict=True):
                n = int(found) - sum(unread.get((table, year, column), 0) for column in columns)
                if n >= limits.rows_from and n * 100 > rows * limits.codes_percent:
                    percent = round(100 * n / rows, 1)
                    yield Shortfall("codes_missing", table, year, columns[0], percent=percent)


@cache
def code_groups() -> dict[str, list[tuple[str, ...]]]:
    """Columns that give a row its code, by table: one of each group is enough."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for contract in contracts().values():
        if contract.product in NO_CODE_BY_RIGHT:
            continue
        codes = {one.name for one in contract.columns if one.type in _CODE and one.kept}
        # rows without a person have rules of their own
        persons = {*contract.of_persons("psa", "ano", "idt")}
        found: list[tuple[str, ...]] = [
            (name,) for name in contract.required if name in codes - persons
        ]
        either = contract.required_any
        of_events = {one.name for one in contract.columns if one.vocabularies}
        if of_events & set(either) and codes >= set(either):
            found.append(tuple(either))
        if found:
            groups[contract.table] = found
    return groups
