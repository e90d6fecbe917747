"""Which rows of the lake a delivery may change: the new ones, and all that links tie to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.ids import CHUNK_BITS, LINE_BITS, MAX_LINE, first_row_id
from etl.loaders.manifest import StagedFile
from etl.transform.links import Link, links

TOUCHED = "increment.touched"


@dataclass(frozen=True, slots=True)
class LinkedTable:
    """A staging model and the links of its rows."""

    view: str
    links: tuple[Link, ...]

    def search(self, kinds: set[int], also: str) -> str:
        """SQL for the links of the rows that share one with the frontier, or fulfil ``also``."""
        known = [link for link in self.links if link.kind in kinds]
        names = [f"link_{place}" for place in range(len(self.links))]
        keyed = "".join(
            f", {link.sql} as {name}" for name, link in zip(names, self.links, strict=True)
        )
        followed = "in (select link from frontier)"
        shared = [f"link_{self.links.index(link)} {followed}" for link in known]
        told = (
            f"unnest([{', '.join(str(link.kind) for link in self.links)}]) as kind, "
            f"unnest([{', '.join(names)}]) as link"
            if names
            else "null::integer as kind, null::ubigint as link"
        )
        return (
            f"insert into found select _row_id, {told} from (select _row_id{keyed} "  # noqa: S608
            f"from {self.view}) where {' or '.join([*shared, also] if also else shared)}"
        )


def find_touched(
    connection: duckdb.DuckDBPyConnection,
    new_files: Sequence[StagedFile],
    seeds: Iterable[str],
    rules_off: Sequence[str] = (),
) -> int:
    """Fill ``increment.touched`` with the ids of all rows to build again; return how many.

    Args:
        connection: on the candidate, whose staging views read the whole lake.
        new_files: files that the candidate does not know.
        seeds: SQL of row ids that are touched though no link says so.
        rules_off: rules that are switched off.
    """
    connection.execute(f"create table {TOUCHED} (_row_id bigint)")
    connection.execute("create temp table seeds (_row_id bigint)")
    for query in seeds:
        connection.execute(f"insert into seeds {query}")
    connection.execute("create temp table found (_row_id bigint, kind integer, link ubigint)")
    connection.execute("create temp table seen (kind integer, link ubigint)")
    connection.execute("create temp table frontier (kind integer, link ubigint)")
    tables = linked_tables(connection, rules_off)
    for contract, table in tables:
        connection.execute(table.search(set(), _is_new(connection, contract, new_files)))
    while kinds := _advance(connection):
        for _, table in tables:
            if kinds.intersection(link.kind for link in table.links):
                connection.execute(table.search(kinds, ""))
    counted = connection.execute(f"select count(*) from {TOUCHED}").fetchone()  # noqa: S608
    for name in ("seeds", "found", "seen", "frontier"):
        connection.execute(f"drop table {name}")
    return int(counted[0]) if counted else 0


def linked_tables(
    connection: duckdb.DuckDBPyConnection, rules_off: Sequence[str] = ()
) -> list[tuple[Contract, LinkedTable]]:
    """Every SNDS table with its staging model, which cleans keys before anything joins them."""
    found = connection.execute(
        "select table_name, list(column_name) from duckdb_columns() "
        "where schema_name = 'staging' group by table_name"
    ).fetchall()
    columns: dict[str, list[str]] = dict(found)
    return [
        (contract, LinkedTable(f"staging.{view}", tuple(links(contract.table, names, rules_off))))
        for contract in contracts().values()
        if (names := columns.get(view := f"stg_{contract.product}__{contract.model_name}"))
    ]


def _is_new(
    connection: duckdb.DuckDBPyConnection, contract: Contract, new_files: Sequence[StagedFile]
) -> str:
    starts = [
        first_row_id(contract.number, chunk.number)
        for file in new_files
        if file.table == contract.table
        for chunk in file.chunks
    ]
    spans = [f"_row_id between {start} and {start + MAX_LINE}" for start in starts]
    seeded = connection.execute(
        "select count(*) from seeds where _row_id >> ? = ?",
        [CHUNK_BITS + LINE_BITS, contract.number],
    ).fetchone()
    if seeded and seeded[0]:
        spans.append("_row_id in (select _row_id from seeds)")
    return " or ".join(spans) or "false"


def _advance(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """Keep what was found; links not followed yet are the next frontier: their kinds."""
    connection.execute(
        f"insert into {TOUCHED} select distinct _row_id from found "  # noqa: S608
        f"anti join {TOUCHED} using (_row_id)"
    )
    connection.execute(
        "create or replace temp table frontier as select distinct kind, link from found "
        "anti join seen using (kind, link) where link is not null"
    )
    connection.execute("insert into seen from frontier")
    connection.execute("delete from found")
    kinds = connection.execute("select distinct kind from frontier").fetchall()
    return {int(kind) for (kind,) in kinds}
