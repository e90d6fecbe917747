"""Rows that name no person themselves: they leave with the line or stay that they belong to."""

# ruff: noqa: S608 - SQL is made of names of our own contracts.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.loaders.bearers import key_columns, relation
from etl.workspace import Workspace

_MAIN = {"dcir": "ER_PRS_F", "dcirs": "NS_PRS_F", "cepidc": "KI_CCI_R"}
_PMSI = ("mco", "ssr", "had", "rip")


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
    every = contracts().values()
    for product, name in _MAIN.items():
        leader = contracts()[name]
        for contract in every:
            if contract.product != product or contract is leader:
                continue
            names = _kept(contract)
            shared = tuple((one, one) for one in leader.key if one in names)
            if shared:
                yield Dependence(contract, leader, shared, False)
    for product in _PMSI:
        yield from _of_stays([one for one in every if one.product == product])


def _of_stays(every: list[Contract]) -> Iterator[Dependence]:
    leaders = [
        one for one in every if "NIR_ANO_17" in _kept(one) and len(one.key) == 2 and not one.stay
    ]
    # T_RIPaaC follows T_RIPaaCSTC by the patient, and others follow it: it comes before them
    names = {one.table for one in leaders}
    for contract in sorted(every, key=lambda one: one.table not in names):
        for leader in leaders:
            pair = _pair(contract, leader.key[1])
            if contract is not leader and pair:
                columns = ((pair[0], leader.key[0]), (pair[1], leader.key[1]))
                yield Dependence(contract, leader, columns, True)
    # parts that name a patient, and their diagnoses that name the part alone (T_RIPaaR3A)
    for contract in every:
        if contract.part and contract.stay and contract.stay != contract.part.of:
            own, patient = contract.stay, contract.part.of
            for leader in every:
                if {"NIR_ANO_17", *patient} <= _kept(leader) and leader.key != patient:
                    both = tuple(zip(patient, patient, strict=True))
                    yield Dependence(contract, leader, both, True)
            for other in every:
                if other is not contract and other.stay == own and not other.part:
                    yield Dependence(other, contract, tuple(zip(own, own, strict=True)), True)


def _pair(contract: Contract, number: str) -> tuple[str, str] | None:
    """Establishment and number of the stay in a table, if it has the number."""
    for given in (contract.stay, contract.part.of if contract.part else None):
        if given and given[1] == number:
            return given
    if contract.stay or number not in _kept(contract) or contract.key[0] == number:
        return None
    return contract.key[0], number


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


def _kept(contract: Contract) -> frozenset[str]:
    return frozenset(column.name for column in contract.kept)
