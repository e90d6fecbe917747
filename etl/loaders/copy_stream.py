"""A PostgreSQL query as blocks of CSV, which the server writes by ``copy … to stdout``.

The rows never become objects of Python: what the server writes is parsed as a file is. Memory is
one block, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.loaders.csv_file import has_blanks
from etl.loaders.encodings import decodes, to_utf8

#: Bytes parsed at once; a block ends with the row that reaches them.
BLOCK_SIZE = 8 << 20
_SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Fetched:
    """Rows of a query, in its order."""

    rows: pl.DataFrame  # text
    text: bytes  # the same rows, for their hash
    trimmed: bool = False  # no field begins or ends with a blank


def copied(
    connection: sa.Connection,
    statement: sa.Select[Any],
    names: Sequence[str],
) -> Iterator[Fetched]:
    """Rows of a statement that selects text only.

    Args:
        names: of its columns, in order.

    Raises:
        psycopg.Error: the server refused; its message may hold a value.
    """
    query = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    command = f"copy ({query}) to stdout (format csv, delimiter '{_SEPARATOR}')"
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(command) as stream:
        waiting: list[bytes] = []
        length = 0
        for row in stream:
            waiting.append(row)
            length += len(row)
            if length >= BLOCK_SIZE:
                yield _parsed(b"".join(waiting), names, len(waiting))
                waiting, length = [], 0
        if waiting:
            yield _parsed(b"".join(waiting), names, len(waiting))


def _parsed(text: bytes, names: Sequence[str], n_rows: int) -> Fetched:
    # a database without encoding (SQL_ASCII) gives the bytes that it was given
    data = to_utf8(text, "utf-8" if decodes(text, "utf-8") else "latin-1")
    schema = dict.fromkeys(names, pl.String)
    quoted = '"' if b'"' in data else None
    rows = pl.read_csv(
        data, has_header=False, schema=schema, separator=_SEPARATOR, quote_char=quoted
    )
    if rows.height != n_rows:
        raise RuntimeError("the parser and the server disagree on the number of rows")
    blanks = quoted is not None or has_blanks(data, _SEPARATOR)
    return Fetched(rows, text, trimmed=not blanks)
