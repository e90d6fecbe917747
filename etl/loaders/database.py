"""SNDS tables of a PostgreSQL or Oracle database, read as text in a stable order.

Dates never leave the server as dates: it writes them itself (``to_char``), so no client can shift
them by a day, and its session is in the zone of `input.timezone` before the first query. A time
without zone comes with its time, and is judged over its column as in a file. What comes is text, as
from a CSV file, and goes the same way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from etl.clauses import same
from etl.contracts.models import Contract
from etl.errors import SndsOmopError
from etl.loaders.batch import Batch
from etl.loaders.copy_stream import Fetched, copied
from etl.loaders.dates import PARIS
from etl.loaders.header import Layout, read_layout
from etl.loaders.manifest import LineCounts
from etl.server_answers import why_not

FLUX = "FLX_DIS_DTD"
_ROWS_PER_BATCH = 50_000
_DIGITS = 64
_NO_CODE = "no code"
# Driver of each kind of database, its module and the extra that installs it.
_DRIVERS = {
    "postgresql": ("postgresql+psycopg", "psycopg", "postgres"),
    "oracle": ("oracle+oracledb", "oracledb", "oracle"),
}
SESSION = {
    "postgresql": (
        "set time zone '{zone}'",
        "set default_transaction_read_only = on",
    ),
    "oracle": (
        "alter session set time_zone = '{zone}'",
        "alter session set nls_numeric_characters = '.,'",
        "alter session set nls_sort = binary",
    ),
}


@dataclass(frozen=True, slots=True)
class DatabaseTable:
    """A table or view that bears the name of an SNDS table."""

    name: str
    schema: str | None
    contract: Contract
    year: int | None
    columns: tuple[tuple[str, types.TypeEngine[Any]], ...]

    @property
    def by_month(self) -> bool:
        """True when the table can be read one flux month at a time."""
        kinds = {name.upper(): kind for name, kind in self.columns}
        wanted = any(column.name == FLUX for column in self.contract.columns)
        return wanted and isinstance(kinds.get(FLUX), types.Date | types.DateTime)

    @property
    def relation(self) -> sa.TableClause:
        return sa.table(
            self.name, *(sa.column(*known) for known in self.columns), schema=self.schema
        )

    def layout(self) -> Layout:
        """Raises: SndsOmopError SO-203, SO-204 when the columns are not those of the table."""
        return read_layout([name.upper() for name, _ in self.columns], self.contract, self.year)


@dataclass(frozen=True, slots=True)
class Part:
    """What is read at once: a flux month of a table, or the whole table."""

    table: DatabaseTable
    rows: int
    month: str | None = None  # YYYY-MM; empty for lines without any flux date

    @property
    def name(self) -> str:
        """Name in the manifest: ``db:ER_PRS_F/2019-03``, ``db:IR_BEN_R``."""
        suffix = "" if self.month is None else f"/{self.month or 'undated'}"
        return f"db:{self.table.name.upper()}{suffix}"

    @property
    def is_sealed(self) -> bool:
        """True when the SNDS never rewrites it: a flux month, or a yearly file of hospitals."""
        return bool(self.month) or self.table.contract.is_yearly


class Database:
    """A database that can be reached; holds no connection open between queries."""

    def __init__(self, url: str, schema: str | None, zone: str = PARIS) -> None:
        """
        Args:
            zone: time zone in which an instant has its day.

        Raises:
            SndsOmopError: SO-118 the URL is none of ours, SO-110 its driver is not installed.
        """
        address = _address(url)
        self.kind = address.get_backend_name()
        self.schema = schema
        self._zone = zone
        self.root = _root(address, schema)
        self._engine = sa.create_engine(address, poolclass=NullPool, hide_parameters=True)
        sa.event.listen(self._engine, "connect", self._prepare)

    def _prepare(self, connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            for statement in SESSION[self.kind]:
                cursor.execute(statement.format(zone=self._zone))
        connection.commit()

    def names(self) -> list[str]:
        """Tables and views of the schema."""
        with driver_errors(self.root):
            inspector = sa.inspect(self._engine)
            views = inspector.get_view_names(self.schema)
            return sorted({*inspector.get_table_names(self.schema), *views})

    def columns(self, name: str) -> tuple[tuple[str, types.TypeEngine[Any]], ...]:
        with driver_errors(name):
            found = sa.inspect(self._engine).get_columns(name, self.schema)
        return tuple((column["name"], column["type"]) for column in found)

    def parts(self, table: DatabaseTable) -> list[Part]:
        """The parts of a table with their numbers of rows, months in order."""
        with driver_errors(table.name), self._engine.connect() as connection:
            if not table.by_month:
                return [Part(table, connection.execute(count_statement(table)).scalar_one())]
            found = connection.execute(months_statement(table)).all()
        return [Part(table, rows, month or "") for month, rows in found]

    def stream(self, part: Part) -> Iterator[Fetched]:
        """All rows of a part, a batch at a time, in a stable order."""
        names = list(part.table.layout().positions)
        with driver_errors(part.name), self._engine.connect() as connection:
            statement = rows_statement(part, self.kind)
            if self.kind == "postgresql":
                yield from copied(connection, statement, names)
                return
            streaming = connection.execution_options(yield_per=_ROWS_PER_BATCH)
            for fetched in streaming.execute(statement).partitions():
                columns = zip(names, zip(*fetched, strict=True), strict=True)
                rows = pl.DataFrame({n: pl.Series(n, v, dtype=pl.String) for n, v in columns})
                yield Fetched(rows, rows.write_csv(include_header=False).encode())


class PartReader:
    """A part as the loader reads it; rows are numbered from 1 in the order of the query."""

    separator = ""
    encoding = ""

    def __init__(
        self, database: Database, part: Part, advance: Callable[[int], None] = lambda _: None
    ) -> None:
        self.layout = part.table.layout()
        self._database = database
        self._part = part
        self._advance = advance
        self._sha = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Hash of the rows as text, in order: equal rows give equal hashes."""
        return self._sha.hexdigest()

    @property
    def lines(self) -> LineCounts:
        """Rows as the database counted them before they were read."""
        return LineCounts(physical=self._part.rows)

    def batches(self) -> Iterator[Batch]:
        names = list(self.layout.positions)
        self._sha.update(",".join(names).encode())
        done = 0
        for fetched in self._database.stream(self._part):
            rows = fetched.rows
            self._sha.update(fetched.text)
            self.size += len(fetched.text)
            lines = np.arange(done + 1, done + 1 + rows.height)
            done += rows.height
            self._advance(rows.height)
            yield Batch(rows=rows, lines=lines, raw=_as_json(rows), trimmed=fetched.trimmed)


def rows_statement(part: Part, kind: str = "") -> sa.Select[Any]:
    """Contract columns as text, ordered by the key of the contract, then by all other columns.

    Rows that are alike in all of them are one row given twice: their order cannot be seen. Text is
    compared by its bytes: the order does not depend on the language of the server.

    Args:
        kind: ``postgresql`` or ``oracle``, whose session compares bytes already.

    Raises:
        SndsOmopError: SO-207 a column holds neither text, number nor date.
    """
    table, relation = part.table, part.table.relation
    positions = table.layout().positions
    real = {name: relation.c[table.columns[rank][0]] for name, rank in positions.items()}
    ranked = [*(real[name] for name in table.contract.key), *real.values()]
    bytewise = kind == "postgresql"
    order = [
        sa.collate(column, "C") if bytewise and isinstance(column.type, types.String) else column
        for column in dict.fromkeys(ranked)
    ]
    select = sa.select(*(_as_text(real[name], table.contract, name, kind) for name in real))
    if part.month is not None:
        select = select.where(_within(real[FLUX], part.month))
    return select.order_by(*order)


def months_statement(table: DatabaseTable) -> sa.Select[Any]:
    """Flux months with their numbers of rows."""
    relation = table.relation
    flux = relation.c[table.columns[table.layout().positions[FLUX]][0]]
    # Written in full: Oracle takes no label after GROUP BY, PostgreSQL no two parameters.
    month = sa.func.to_char(flux, sa.literal_column("'YYYY-MM'"))
    counted = sa.select(month.label("flux_month"), sa.func.count().label("n_rows"))
    return counted.select_from(relation).group_by(month).order_by(month)


def count_statement(table: DatabaseTable) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(table.relation)


def _within(flux: sa.ColumnElement[Any], month: str) -> sa.ColumnElement[bool]:
    """Bounds on the date itself, so that partitions and indexes serve."""
    if not month:
        return flux.is_(None)
    year, number = (int(piece) for piece in month.split("-"))
    first = sa.literal(date(year, number, 1), types.Date)
    if (year, number) == (9999, 12):
        return flux >= first
    after = date(year + number // 12, number % 12 + 1, 1)
    return sa.and_(flux >= first, flux < sa.literal(after, types.Date))


def _as_text(
    column: sa.ColumnElement[Any], contract: Contract, name: str, database: str
) -> sa.Label[Any]:
    kind = column.type
    if isinstance(kind, types.String):
        return column.label(name)
    if isinstance(kind, types.Date | types.DateTime):
        zoned = bool(getattr(kind, "timezone", False))
        if zoned and database == "oracle":  # it would write the instant in the zone it came with
            column = column.op("at time zone")(sa.literal_column("sessiontimezone"))
        if contract.column(name).type == "month":
            return sa.func.to_char(column, "YYYYMM").label(name)
        day = sa.func.to_char(column, "YYYY-MM-DD")
        if zoned or not isinstance(kind, types.TIMESTAMP) or database != "postgresql":
            return day.label(name)
        time = sa.func.to_char(column, "YYYY-MM-DD HH24:MI:SS")
        midnight = column == sa.func.date_trunc("day", column)
        # a time of day is evidence (midnights in UTC); a day without one costs nothing to read
        return sa.case((midnight, day), else_=time).label(name)
    if isinstance(kind, types.Boolean):
        return sa.case((column, "1"), (sa.not_(column), "0")).label(name)
    if isinstance(kind, types.Integer | types.Numeric):
        return sa.cast(column, types.String(_DIGITS)).label(name)
    raise SndsOmopError(
        "SO-207",
        f"column {name} holds neither text, number nor date",
        f"la colonne {name} ne contient ni texte, ni nombre, ni date",
    )


def _address(url: str) -> URL:
    try:
        address = make_url(url)
        driver, module, extra = _DRIVERS[address.get_backend_name()]
    except (sa.exc.ArgumentError, ValueError, KeyError):
        # The URL may hold a password: it is not repeated.
        raise SndsOmopError(
            "SO-118",
            "the URL is neither of PostgreSQL nor of Oracle",
            "l'URL n'est ni de PostgreSQL ni d'Oracle",
        ) from None
    if find_spec(module) is None:
        raise SndsOmopError(
            "SO-110",
            f"{module} is absent: pip install 'snds-omop[{extra}]'",
            f"{module} est absent : pip install 'snds-omop[{extra}]'",
        )
    return address.set(drivername=driver)


def _root(address: URL, schema: str | None) -> str:
    """Server, database and schema: never a name of user nor a password."""
    port = f":{address.port}" if address.port else ""
    base = address.database or address.query.get("service_name", "")
    within = f"#{schema}" if schema else ""
    return f"{address.get_backend_name()}://{address.host or ''}{port}/{base}{within}"


@contextmanager
def driver_errors(where: str) -> Iterator[None]:
    """Name what failed; a server's message may quote a value, so only its code is repeated."""
    try:
        yield
    except sa.exc.NoSuchTableError:
        raise SndsOmopError(
            "SO-118", "no such table or view", "aucune table ni vue de ce nom", where=where
        ) from None
    except Exception as error:
        # of SQLAlchemy, or of the driver itself
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if cause is error and not type(error).__module__.startswith("psycopg"):
            raise
        why = why_not(str(cause)) if _code(cause) == _NO_CODE else None
        detail = why or same(f"{type(cause).__name__} ({_code(cause)})")
        raise SndsOmopError("SO-115", *detail, where=where) from None


def _code(error: BaseException | None) -> str:
    """SQLSTATE of PostgreSQL, ORA-nnnnn of Oracle."""
    state = getattr(error, "sqlstate", None)
    arguments = getattr(error, "args", ())
    return state or getattr(arguments[0] if arguments else None, "full_code", None) or _NO_CODE


def _as_json(rows: pl.DataFrame) -> Callable[[int], str]:
    return lambda index: json.dumps(rows.row(index, named=True), ensure_ascii=False)
