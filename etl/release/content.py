"""A hash of what a table holds: the same for any row order, any DuckDB version, and PostgreSQL.

Each row is written as one text, each value in a form that every engine prints alike; MD5 gives
128 bits a row, whose two halves are summed as unsigned numbers. Sums do not depend on order and
count duplicates. SHA-256 over columns, types, count and sums is the table's content hash.
It shows that two tables are equal; forgery is what the files' SHA-256 and the signature are for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

Column = tuple[str, str]
"""Quoted name and lower-case type."""

DUCKDB_DOUBLE_BITS = "{value}::double::bit::varchar"


@dataclass(frozen=True, slots=True)
class TableContent:
    """One table of a release."""

    schema_name: str
    table: str
    rows: int
    content_hash: str


def row_text(columns: Iterable[Column], double_bits: str = DUCKDB_DOUBLE_BITS) -> str:
    """SQL for the text of one row; ``concat`` reads NULL as empty on DuckDB and PostgreSQL.

    Args:
        columns: in the order of the table.
        double_bits: how the engine writes the 64 bits of ``{value}``.
    """
    parts: list[str] = []
    for name, kind in columns:
        if kind.startswith("varchar"):
            # The length makes NULL differ from '', and 'a|b' from 'a' next to 'b'.
            parts += [f"length({name})", "':'", name]
        elif kind == "double":
            # The bits: engines print doubles differently. Adding zero makes -0.0 equal 0.0.
            parts.append(double_bits.format(value=f"({name} + 0.0)"))
        else:
            parts.append(name)
        parts.append("'|'")
    return f"concat({', '.join(parts)})"


def fold(table: str, columns: Sequence[Column], rows: int, high: int, low: int) -> str:
    """The content hash from the sums of the two halves of the rows' MD5."""
    head = ",".join(f"{name.strip(chr(34))}:{kind}" for name, kind in columns)
    return hashlib.sha256(f"{table}|{head}|{rows}|{high}|{low}".encode()).hexdigest()


def hash_relation(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    schema: str,
    table: str,
    columns: Sequence[Column],
) -> TableContent:
    """Hash what ``relation`` (SQL) yields, in one scan.

    About 2.5 million rows of 23 columns a second on 2 cores.
    """
    counted = connection.execute(
        f"""
        with digests as (
            select md5({row_text(columns)}) as digest
            from {relation}
        )
        select
            count(*),
            coalesce(sum(('0x' || left(digest, 16))::ubigint), 0),
            coalesce(sum(('0x' || right(digest, 16))::ubigint), 0)
        from digests
        """  # noqa: S608
    ).fetchone()
    rows, high, low = counted or (0, 0, 0)
    content_hash = fold(f"{schema}.{table}", columns, rows, int(high), int(low))
    return TableContent(schema, table, rows, content_hash)


def columns_by_table(
    connection: duckdb.DuckDBPyConnection, catalog: str, schema: str
) -> dict[str, list[Column]]:
    """Tables and views of a schema with quoted names and lower-case types of their columns."""
    found = connection.execute(
        "select table_name, column_name, lower(data_type) from duckdb_columns() "
        "where database_name = ? and schema_name = ? order by table_name, column_index",
        [catalog, schema],
    ).fetchall()
    columns: dict[str, list[Column]] = {}
    for table, name, kind in found:
        columns.setdefault(table, []).append((f'"{name}"', kind))
    return columns


def hash_schema(
    connection: duckdb.DuckDBPyConnection, catalog: str, schema: str
) -> Iterator[TableContent]:
    """Hash every table of a schema, by name."""
    for table, columns in columns_by_table(connection, catalog, schema).items():
        relation = f'"{catalog}"."{schema}"."{table}"'
        yield hash_relation(connection, relation, schema, table, columns)
