"""Rows that name no person themselves: they leave with the line or stay that they belong to."""

# ruff: noqa: S608 - SQL is made of names of our own contracts.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter

import duckdb

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.loaders.bearers import key_columns, relation
from etl.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Dependence:
    """Rows of a table that belong to those of another one by pairs of columns."""

    table: Contract
    leader: Contract
    columns: tuple[tuple[str, str], ...]
    """Of the table and of its leader."""
    is_yearly: bool


def dependences() -> Iterator[Dependence]:
    """All of them; a leader comes before what follows it."""
    followed = {name: [link.to for link in one.links] for name, one in contracts().items()}
    for name in TopologicalSorter(followed).static_order():
        contract = contracts()[name]
        for link in contract.links:
            yield Dependence(contract, contracts()[link.to], link.pairs, contract.is_yearly)


def dependants(connection: duckdb.DuckDBPyConnection, lake: Workspace) -> None:
    """Add to ``gone`` the rows whose line or stay is gone, and that no remaining one shares."""
    for one in dependences():
        gone = f"(select _row_id from gone where source_table = '{one.leader.table}')"
        keys = ", ".join(column for _, column in one.columns)
        year = ", _source_year" if one.is_yearly else ""
        leader = relation(lake, one.leader)
        own = " and ".join(f"{sql} is null" for sql in key_columns(one.table).values())
        connection.execute(
            f"create or replace temp table led as select distinct {keys}{year} from {leader} "
            f"where _row_id in {gone} except select {keys}{year} from {leader} "
            f"where _row_id not in {gone}"
        )
        equal = " and ".join(f"own.{column} = led.{other}" for column, other in one.columns) + (
            " and own._source_year is not distinct from led._source_year" if year else ""
        )
        connection.execute(
            f"insert into gone select '{one.table.table}', _row_id "
            f"from {relation(lake, one.table)} as own "
            f"where {own} and exists (select 1 from led where {equal}) "
            f"and _row_id not in (select _row_id from gone "
            f"where source_table = '{one.table.table}')"
        )
