"""Looks at a delivery without loading it: one pass over every file, at the speed of reading it.

What is found are names, counts and months: never a value of a row. Files are read as `stage` reads
them, by the same readers and casts, but nothing is written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from etl.contracts.models import Contract
from etl.delivery.declaration import Declaration
from etl.delivery.inventory import Entry, take
from etl.errors import SndsOmopError
from etl.loaders.batch import Reader
from etl.loaders.casts import Caster
from etl.loaders.conventions import Conventions
from etl.loaders.csv_file import NotUtf8Error
from etl.loaders.load import decided, gathered, reader_of, refuse_unusable, sort_out
from etl.settings import InputSettings

FLUX = "FLX_DIS_DTD"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class ColumnProfile(_Model):
    """One column of a file."""

    name: str
    empty: int = Field(description="values that are missing, by whatever marker")
    words: int = Field(0, description="of which written as a word: NA, NULL, .")
    unparsed: int = Field(description="values that do not parse as the contract's type")


class FileProfile(_Model):
    """One file, or one member of an archive."""

    name: str
    fate: str
    code: str = ""
    message: str = ""
    message_fr: str = ""
    table: str | None = None
    year: int | None = None
    size: int = 0
    form: str = ""
    separator: str = ""
    encoding: str = ""
    rows: int = 0
    rejected: Mapping[str, int] = {}
    absent: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    columns: tuple[ColumnProfile, ...] = ()
    dates: str = Field("", description="column whose months are counted")
    months: Mapping[str, int] = Field({}, description="rows by YYYY-MM of that column")
    without_date: int = 0

    @property
    def quarantined(self) -> int:
        return sum(self.rejected.values())


class DeliveryProfile(_Model):
    """All files of a delivery, and what is missing between them."""

    name: str
    files: tuple[FileProfile, ...]

    def of(self, fate: str) -> list[FileProfile]:
        return [file for file in self.files if file.fate == fate]

    @property
    def years(self) -> dict[str, list[int | None]]:
        """Years by table of the files that can be loaded."""
        found: dict[str, set[int | None]] = defaultdict(set)
        for file in self.of("loaded"):
            found[file.table or ""].add(file.year)
        return {table: sorted(years, key=lambda y: y or 0) for table, years in found.items()}

    @property
    def months(self) -> dict[str, Counter[str]]:
        """Rows by table and month."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for file in self.of("loaded"):
            found[file.table or ""].update(file.months)
        return found

    @property
    def missing_months(self) -> dict[str, list[str]]:
        """Months without a row between the first and the last flux month of a table."""
        flux = {file.table for file in self.files if file.dates == FLUX}
        found = {}
        for table, counts in self.months.items():
            present = sorted(_number(month) for month in counts)
            if table in flux and present:
                gaps = sorted(set(range(present[0], present[-1])) - set(present))
                if gaps:
                    found[table] = [f"{n // 12}-{n % 12 + 1:02d}" for n in gaps]
        return found

    @property
    def missing_years(self) -> dict[str, list[int]]:
        """Years that other tables of the product have between the first and the last."""
        found = {}
        for table, years in self.years.items():
            known = [year for year in years if year is not None]
            gaps = sorted(set(range(min(known), max(known))) - set(known)) if known else []
            if gaps:
                found[table] = gaps
        return found


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def profile(
    folder: Path,
    settings: InputSettings,
    *,
    year: int | None = None,
    declaration: Declaration | None = None,
    advance: Callable[[int, str], None] = lambda _n, _label: None,
    total: Callable[[int], None] = lambda _n: None,
) -> DeliveryProfile:
    """Read every file of a delivery once.

    Args:
        year: year of the files whose name holds a literal ``aa``.
        advance: called with bytes read and the name of the file; ``total`` once, with all bytes.
    """
    taken = take(folder, settings, year=year, declaration=declaration)
    total(sum(entry.size for entry in taken.of("loaded")))
    files = tuple(_file(entry, settings, advance) for entry in taken.entries)
    return DeliveryProfile(name=folder.resolve().name, files=files)


def _file(
    entry: Entry, settings: InputSettings, advance: Callable[[int, str], None]
) -> FileProfile:
    base = FileProfile(
        name=entry.name,
        fate=entry.fate,
        table=entry.table,
        year=entry.year,
        size=entry.size,
        form=entry.form or "",
    )
    if entry.fate != "loaded" or entry.contract is None:
        return base.model_copy(update=_reported(entry.error))
    contract = entry.contract
    for encoding in (settings.encoding, "cp1252"):
        try:
            return base.model_copy(
                update=_read(entry, contract, settings, encoding, lambda n: advance(n, entry.name))
            )
        except NotUtf8Error:
            continue
        except SndsOmopError as error:
            return base.model_copy(update={"fate": "refused", **_reported(error)})
    raise AssertionError("a forced encoding never raises NotUtf8Error")


def _read(
    entry: Entry,
    contract: Contract,
    settings: InputSettings,
    encoding: str | None,
    advance: Callable[[int], None],
) -> dict[str, Any]:
    """What a file holds, under the conventions that its end shows, as staging reads it."""

    def read(conventions: Conventions) -> dict[str, Any]:
        reader = reader_of(entry, contract, settings, encoding, advance)
        return _measured(reader, contract, conventions, settings.timezone)

    return decided(read)


def _reported(error: SndsOmopError | None) -> dict[str, str]:
    if error is None:
        return {}
    return {"code": error.code, "message": error.line(), "message_fr": error.line("fr")}


def _measured(
    reader: Reader, contract: Contract, conventions: Conventions, zone: str
) -> dict[str, Any]:
    """What one pass over a reader finds.

    Raises:
        RereadError: its end showed how its beginning is to be read.
        SndsOmopError: SO-216 or SO-217, staging would refuse the file.
    """
    positions = reader.layout.positions
    caster = Caster([contract.column(name) for name in positions], conventions, zone)
    day = next((name for name in (FLUX, *contract.date) if name in positions), "")
    rows, without_date = 0, 0
    rejected: Counter[str] = Counter()
    empty: Counter[str] = Counter()
    months: Counter[str] = Counter()
    for batch in reader.batches():
        typed = caster.cast(batch.rows, trimmed=batch.trimmed, plain=batch.plain)
        kept, refused = sort_out(gathered(typed, contract), batch, contract)
        rows += kept.height
        rejected.update(item.reason for item in (*batch.rejected, *refused))
        for name in typed.columns:
            empty[name] += typed[name].null_count()
        if day:
            without_date += typed[day].null_count()
            months.update(dict(_by_month(typed[day])))
    caster.finish()
    if not rows:
        refuse_unusable(rejected, caster.forms)
    unparsed = caster.unparsed
    return {
        "separator": reader.separator,
        "encoding": reader.encoding,
        "rows": rows,
        "rejected": dict(sorted(rejected.items())),
        "absent": reader.layout.absent,
        "extra": reader.layout.extra,
        "columns": tuple(
            ColumnProfile(
                name=name,
                empty=empty[name] - unparsed.get(name, 0),
                words=caster.missing.get(name, 0),
                unparsed=unparsed.get(name, 0),
            )
            for name in positions
        ),
        "dates": day,
        "months": dict(sorted(months.items())),
        "without_date": without_date,
    }


def _by_month(days: pl.Series) -> Iterator[tuple[str, int]]:
    """Rows by month; a month of six digits is one already."""
    known = days.drop_nulls()
    if known.dtype == pl.Date:
        for first, n in known.dt.truncate("1mo").value_counts().iter_rows():
            if isinstance(first, date):
                yield f"{first:%Y-%m}", n
    else:
        for text, n in known.cast(pl.String).value_counts().iter_rows():
            if len(text) == 6 and text.isdigit():
                yield f"{text[:4]}-{text[4:]}", n
