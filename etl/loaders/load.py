"""One file into the lake: read, cast, sort out the rows without key or date, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

import numpy as np
import polars as pl

from etl.clauses import Clause, joined, numbered
from etl.contracts.models import Contract
from etl.contracts.registry import contracts, fingerprint
from etl.delivery.inventory import Entry
from etl.errors import SndsOmopError
from etl.ids import row_id_at, whole_blocks
from etl.loaders.again import Positions
from etl.loaders.batch import Batch, Reader
from etl.loaders.blocks import BLOCK_SIZE
from etl.loaders.casts import Caster
from etl.loaders.conventions import Conventions, RereadError
from etl.loaders.csv_file import CsvFile, NotUtf8Error
from etl.loaders.lake import Incoming, lake_schema
from etl.loaders.lines import Rejected
from etl.loaders.manifest import StagedFile
from etl.loaders.parquet_file import ParquetFile
from etl.loaders.sas_file import ROWS_PER_BATCH, SasFile
from etl.loaders.unread import advice
from etl.settings import InputSettings
from etl.workspace import Workspace

# Raised when the loader reads the same bytes differently: every file is then staged again.
LOADER_VERSION = 9


Found = TypeVar("Found")

# The file as it is, then under its own evidence; shifted times may show once more.
_READINGS = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes that tests make small."""

    block_size: int = BLOCK_SIZE
    sas_rows: int = ROWS_PER_BATCH


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from, as recorded in the manifest."""

    root: str
    name: str
    contract: Contract
    year: int | None
    modified: int  # nanoseconds since 1970
    month: str | None = None
    part: str = ""
    form: str = ""


class RoomExceededError(Exception):
    """A changed file has more lines than it had, and other files follow."""


class Numbering:
    """Hands out the row ids of one file, whose lines follow one another from a position on."""

    def __init__(self, contract: Contract, number: int, position: int, room: int | None) -> None:
        """``room``: positions that the file may use; None when nothing follows."""
        self.number = number
        self.position = position
        self._room = room
        self._base = row_id_at(contract.number, position)
        self._contract = contract
        self._last = 0

    @property
    def room(self) -> int:
        """Positions of the file, whole blocks."""
        return self._room or whole_blocks(self._last + 1)

    def row_ids(self, lines: Positions) -> Positions:
        """Row ids of physical lines.

        Raises:
            RoomExceededError: see there.
            SndsOmopError: SO-208 beyond the lines that a table can hold.
        """
        self.reserve(int(lines.max()) if len(lines) else 0)
        return lines + self._base

    def reserve(self, line: int) -> None:
        """Make sure that the file may have a line of this number.

        Raises:
            RoomExceededError, SndsOmopError: as :meth:`row_ids`.
        """
        self._last = max(self._last, line)
        if self._room is not None and self._last >= self._room:
            raise RoomExceededError
        row_id_at(self._contract.number, self.position + whole_blocks(self._last + 1) - 1)


def contract_mark(contract: Contract) -> str:
    """Identifies the contract and the loader under which a file was staged."""
    declared = [
        (column.name, column.not_read, column.aliases)
        for column, known in zip(contract.columns, contracts()[contract.table].columns, strict=True)
        if column != known
    ]
    mark = f"{fingerprint(contract.table)}-{LOADER_VERSION}"
    return f"{mark}-{sha256(repr(declared).encode()).hexdigest()[:8]}" if declared else mark


def settings_mark(settings: InputSettings) -> str:
    """Identifies what the configuration forced when a file was staged."""
    return (
        f"separator={settings.separator or ''} encoding={settings.encoding or ''} "
        f"timezone={settings.timezone}"
    )


def load_file(
    entry: Entry,
    workspace: Workspace,
    settings: InputSettings,
    numbering: Callable[[], Numbering],
    limits: Limits,
    advance: Callable[[int], None],
) -> tuple[StagedFile, Incoming]:
    """Read a whole file; its rows wait in the returned :class:`Incoming`.

    Raises:
        SndsOmopError: the file is refused (SO-201 to SO-217); nothing of it is kept.
    """
    contract = entry.contract
    if contract is None:
        raise AssertionError("an entry to load has a contract")
    return decided(
        lambda conventions: _load(
            entry, contract, workspace, settings, numbering, limits, advance, conventions
        )
    )


def decided(read: Callable[[Conventions], Found]) -> Found:
    """Read once; again when the end of the rows showed how their beginning is to be read.

    Args:
        read: reads all rows under the conventions given, from the start.

    Raises:
        SndsOmopError: SO-216, a column contradicts itself.
    """
    conventions = Conventions()
    for _ in range(_READINGS):
        try:
            return read(conventions)
        except RereadError as shown:
            conventions = shown.conventions
    raise AssertionError("what a whole file showed is not shown a third time")


def _load(
    entry: Entry,
    contract: Contract,
    workspace: Workspace,
    settings: InputSettings,
    numbering: Callable[[], Numbering],
    limits: Limits,
    advance: Callable[[int], None],
    conventions: Conventions,
) -> tuple[StagedFile, Incoming]:
    origin = Origin(
        root=str(entry.root),
        name=entry.name,
        contract=contract,
        year=entry.year,
        modified=entry.source.modified,
        month=entry.month,
        part=entry.part,
        form=entry.form or "",
    )
    for encoding in (settings.encoding, "cp1252"):
        try:
            reader = reader_of(entry, contract, settings, encoding, advance, limits)
            return load_rows(origin, reader, workspace, settings, numbering(), conventions)
        except NotUtf8Error:
            continue
    raise AssertionError("a forced encoding never raises NotUtf8Error")


def reader_of(
    entry: Entry,
    contract: Contract,
    settings: InputSettings,
    encoding: str | None,
    advance: Callable[[int], None],
    limits: Limits | None = None,
) -> Reader:
    """The reader of a file's form; ``encoding`` is that of a text."""
    limits = limits or Limits()
    if entry.form == "parquet":
        return ParquetFile(
            entry.path, contract, entry.year, advance, entry.constants, zone=settings.timezone
        )
    if entry.form == "sas":
        return SasFile(
            entry.path, contract, entry.year, settings, advance, rows_per_batch=limits.sas_rows
        )
    return CsvFile(
        entry.source,
        contract,
        entry.year,
        settings,
        encoding=encoding,
        gzipped=entry.form == "gzip",
        constants=entry.constants,
        advance=advance,
        block_size=limits.block_size,
    )


def load_rows(
    origin: Origin,
    reader: Reader,
    workspace: Workspace,
    settings: InputSettings,
    numbering: Numbering,
    conventions: Conventions | None = None,
) -> tuple[StagedFile, Incoming]:
    """Read all rows of a reader; they wait in the returned :class:`Incoming`.

    Raises:
        RereadError: its end showed how its beginning is to be read.
        SndsOmopError: SO-217, no row can be used.
    """
    contract = origin.contract
    columns = [contract.column(name) for name in reader.layout.positions]
    caster = Caster(columns, conventions, settings.timezone)
    incoming = Incoming(workspace, contract, numbering.number)
    rejected: Counter[str] = Counter()
    staged = 0
    try:
        for batch in reader.batches():
            typed = gathered(
                caster.cast(batch.rows, trimmed=batch.trimmed, plain=batch.plain), contract
            )
            kept, refused = sort_out(typed, batch, contract)
            every = [*batch.rejected, *refused]
            incoming.add(_lake_rows(kept, numbering, contract, origin.year))
            lines = np.array([item.line for item in every], np.int64)
            incoming.reject(every, numbering.row_ids(lines).tolist())
            rejected.update(item.reason for item in every)
            staged += kept.height
        caster.finish()
        if not staged:
            refuse_unusable(rejected, caster.forms)
        incoming.finish()
    except BaseException:
        incoming.discard()
        raise
    file = StagedFile(
        root=origin.root,
        name=origin.name,
        table=contract.table,
        year=origin.year,
        size=reader.size,
        modified=origin.modified,
        sha256=reader.sha256,
        contract=contract_mark(contract),
        forced=settings_mark(settings),
        separator=reader.separator,
        encoding=reader.encoding,
        number=numbering.number,
        position=numbering.position,
        room=numbering.room,
        parts=incoming.parts,
        rows_read=staged + rejected.total(),
        rows_staged=staged,
        rejected=dict(sorted(rejected.items())),
        unparsed=dict(sorted(caster.unparsed.items())),
        forms={name: form for name, form in sorted(caster.forms.items()) if form},
        orders=caster.orders,
        missing=dict(sorted(caster.missing.items())),
        rounded=dict(sorted(caster.rounded.items())),
        absent=reader.layout.absent,
        extra=reader.layout.extra,
        month=origin.month,
        part=origin.part,
        form=origin.form,
        lines=reader.lines,
    )
    return file, incoming


def refuse_unusable(rejected: Mapping[str, int], forms: Mapping[str, str]) -> None:
    """Refuse a file all of whose rows would go to quarantine.

    Args:
        rejected: rows by reason, none of them in the lake.
        forms: how the values that were not read look, by column.

    Raises:
        SndsOmopError: SO-217.
    """
    rows = {reason: n for reason, n in rejected.items() if reason != "SO-225"}
    if not rows:
        return
    reason = max(rows, key=lambda one: rows[one])
    counted = numbered(sum(rows.values()), ("row", "rows"), ("ligne", "lignes"))
    clauses = [Clause(f"{counted.english}, {reason}", f"{counted.french}, {reason}")]
    for column, form in sorted(forms.items()):
        if known := advice(form):
            english, french = f"{column}: {known.english}", f"{column} : {known.french}"
            clauses.append(Clause(english, french))
    raise SndsOmopError("SO-217", *joined(clauses))


def gathered(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Columns of 0 and 1 as one text: names of those that are 1; none in most tables."""
    if contract.flags is None:
        return rows
    names = sorted(name for name in rows.columns if contract.is_flag(name))
    words = [
        pl.when(pl.col(name) == "1")
        .then(pl.lit(name))
        .when(pl.col(name) != "0")
        .then(pl.lit(f"{name}=") + pl.col(name))
        for name in names
    ]
    text = pl.concat_str(words, separator=" ", ignore_nulls=True) if words else pl.lit("")
    return rows.with_columns(pl.when(text != "").then(text).alias(contract.flags.into)).drop(names)


_LINE = "_line"


def sort_out(
    rows: pl.DataFrame, batch: Batch, contract: Contract
) -> tuple[pl.DataFrame, list[Rejected]]:
    """Rows with their line, and those without key (SO-222) or without any date (SO-223)."""
    rows = rows.with_columns(pl.Series(_LINE, batch.lines))
    dates = [name for name in contract.date if name in rows.columns]
    no_key = [pl.col(name).is_null() for name in contract.key if rows[name].null_count()]
    no_date = [pl.all_horizontal(pl.col(name).is_null() for name in dates)] if dates else []
    if not no_key and not (dates and all(rows[name].null_count() for name in dates)):
        return rows, []
    bad = rows.select(pl.any_horizontal(*no_key, *no_date)).to_series()
    rejected = []
    for index in bad.arg_true().to_list():
        missing = [name for name in contract.key if rows[name][index] is None]
        reason, column = ("SO-222", missing[0]) if missing else ("SO-223", dates[0])
        rejected.append(Rejected(int(batch.lines[index]), reason, batch.raw(index), column))
    return rows.filter(~bad), rejected


def _lake_rows(
    rows: pl.DataFrame, numbering: Numbering, contract: Contract, year: int | None
) -> pl.DataFrame:
    """Rows with every column of the lake, in its order."""
    schema = lake_schema(contract)
    ids = pl.Series("_row_id", numbering.row_ids(rows[_LINE].to_numpy()), dtype=pl.Int64)
    absent = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
        if name not in rows.columns and name not in ("_row_id", "_source_year")
    ]
    return rows.with_columns(
        ids, pl.lit(year, dtype=pl.Int32).alias("_source_year"), *absent
    ).select(schema.names())
