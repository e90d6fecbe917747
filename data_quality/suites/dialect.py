"""A DuckDB dialect that Great Expectations can use.

Great Expectations closes its connection before it fetches; in duckdb-engine the cursor *is* the
connection, so the answer is lost and every metric fails. Here an answer is read whole as soon as
the question is asked. Answers are counts: they are small.
"""

from __future__ import annotations

from collections import deque
from typing import Any, ClassVar

from duckdb_engine import Dialect as DuckDialect
from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedPrimaryKeyConstraint
from sqlalchemy.types import NullType

from etl.settings import EngineSettings

NAME = "duckdb.buffered"
URL = "duckdb+buffered://"


class BufferedCursor:
    """A cursor that holds its answer, whatever becomes of the connection."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._rows: deque[Any] = deque()
        self.description: Any = None

    def execute(self, statement: str, parameters: Any = None, context: Any = None) -> None:
        self._inner.execute(statement, parameters, context)
        self.description = self._inner.description
        self._rows = deque(self._inner.fetchall() if self.description else ())

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size or 1, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class BufferedConnection:
    """A connection whose cursors hold their answers."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def cursor(self) -> BufferedCursor:
        return BufferedCursor(self._inner.cursor())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class BufferedDialect(DuckDialect):  # type: ignore[misc]
    """duckdb-engine's dialect with connections that hold their answers.

    A column has a name and no type: no expectation of ours asks for one.
    """

    supports_statement_cache = False
    # Not given with the data source: what a machine may spend is no part of a release's files.
    limits: ClassVar[dict[str, str]] = {}

    def connect(self, *arguments: Any, **options: Any) -> BufferedConnection:
        config = {**self.limits, **options.pop("config", {})}
        return BufferedConnection(super().connect(*arguments, config=config, **options))

    # duckdb-engine asks as one asks PostgreSQL, which takes a tenth of a whole validation.
    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **_: Any
    ) -> list[ReflectedColumn]:
        found = connection.exec_driver_sql(
            "select column_name, is_nullable from duckdb_columns() "
            "where schema_name = ? and table_name = ? order by column_index",
            (schema or "main", table_name),
        )
        return [
            {"name": name, "type": NullType(), "nullable": nullable, "default": None}
            for name, nullable in found
        ]

    def get_pk_constraint(self, *_: Any, **__: Any) -> ReflectedPrimaryKeyConstraint:
        return {"name": None, "constrained_columns": []}


def register(engine: EngineSettings) -> None:
    """Make ``duckdb+buffered://`` known to SQLAlchemy, within what the machine may spend."""
    BufferedDialect.limits = {
        "threads": str(engine.threads),
        "memory_limit": engine.memory_limit,
    }
    registry.register(NAME, __name__, "BufferedDialect")
