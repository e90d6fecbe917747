"""Reads a SAS file (``.sas7bdat``) in chunks of rows, through pyreadstat.

SAS knows texts and numbers only: a day is a number of days since 1960 with a format of dates, a
code may be a number that lost its zeros. The contract decides what a column is; ``pad`` puts lost
zeros back in staging.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from etl.contracts.models import Column, Contract
from etl.errors import SndsOmopError
from etl.loaders.batch import Batch
from etl.loaders.blocks import content_hash
from etl.loaders.header import read_layout
from etl.loaders.manifest import LineCounts
from etl.loaders.typed import as_text
from etl.settings import InputSettings

# pyreadstat starts again at each chunk and runs over the rows before it: few and large ones.
ROWS_PER_BATCH = 250_000
_OLDEST = (1, 3, 7)  # an earlier pyreadstat reads the rows that SAS deleted
_SAS_EPOCH = -3653  # 1960-01-01 in days since 1970-01-01
_DATES = ("DATE", "DDMMYY", "MMDDYY", "YYMMDD", "YYMM", "MMYY", "MONYY", "WORDDAT", "WEEKDA",
          "JULIAN", "EURDFDD", "EURDFDE", "NLDATE", "E8601DA", "B8601DA", "FRADFDD",
          "FRADFDE")  # fmt: skip
_DATETIMES = ("DATETIME", "DTDATE", "DTMONYY", "NLDATM", "E8601DT", "B8601DT", "E8601DN",
              "B8601DN", "DATEAMPM", "FRADFDT", "EURDFDT")  # fmt: skip
_ENCODINGS = {"utf-8": "UTF-8", "latin-1": "ISO-8859-1", "cp1252": "WINDOWS-1252"}


class SasFile:
    """A SAS file whose columns fit its contract.

    Raises:
        SndsOmopError: SO-201 to SO-207, the file is refused.
    """

    separator = ""

    def __init__(
        self,
        path: Path,
        contract: Contract,
        year: int | None,
        settings: InputSettings,
        advance: Callable[[int], None] = lambda _: None,
        *,
        rows_per_batch: int = ROWS_PER_BATCH,
    ) -> None:
        try:
            import pyreadstat
        except ImportError as error:
            raise SndsOmopError(
                "SO-207",
                "SAS files are read by pyreadstat, of the extra `sas`",
                "les fichiers SAS sont lus par pyreadstat, du complément `sas`",
            ) from error
        if _numbers(pyreadstat.__version__) < _OLDEST:
            oldest = ".".join(map(str, _OLDEST))
            raise SndsOmopError(
                "SO-207",
                f"SAS files need pyreadstat {oldest} or later: an earlier one reads deleted rows",
                f"les fichiers SAS demandent pyreadstat {oldest} au moins : une version antérieure "
                "lit les lignes supprimées",
            )
        self._read = pyreadstat.read_sas7bdat
        self._path = path
        self._encoding = _ENCODINGS.get(settings.encoding or "")
        self._rows_per_batch = rows_per_batch
        self.sha256 = content_hash(path, advance)
        self.size = path.stat().st_size
        if not self.size:
            raise SndsOmopError("SO-201", "no byte to read", "il n'y a aucun octet à lire")
        _, about = self._part(metadataonly=True)
        names = list(about.column_names)
        self.encoding = str(about.file_encoding or "")
        self.layout = read_layout([name.strip().upper() for name in names], contract, year)
        self._rows = int(about.number_rows or 0)
        self._columns = {
            wanted: (names[rank], contract.column(wanted))
            for wanted, rank in self.layout.positions.items()
        }
        self._texts = {n for n, kind in about.readstat_variable_types.items() if kind == "string"}
        self._formats = {n: f or "" for n, f in about.original_variable_types.items()}

    @property
    def lines(self) -> LineCounts:
        """Rows as the file's own description states them."""
        return LineCounts(physical=self._rows)

    def batches(self) -> Iterator[Batch]:
        """All rows, in file order, numbered from 1."""
        wanted = [name for name, _ in self._columns.values()]
        for first in range(0, self._rows, self._rows_per_batch):
            values, _ = self._part(
                usecols=wanted,
                row_offset=first,
                row_limit=self._rows_per_batch,
                disable_datetime_conversion=True,
            )
            rows = pl.DataFrame(
                [self._series(wanted, values[name]) for wanted, (name, _) in self._columns.items()]
            )
            yield Batch(
                rows=rows,
                lines=np.arange(first + 1, first + 1 + rows.height),
                raw=_as_json(rows),
            )

    def _series(self, wanted: str, values: Any) -> pl.Series:
        name, column = self._columns[wanted]
        if name in self._texts:
            text = pl.Series(wanted, values, dtype=pl.String)
            return text.set(text == "", None)
        numbers = pl.Series(wanted, values, dtype=pl.Float64)
        return _typed(numbers, column, self._formats[name])

    def _part(self, **options: Any) -> tuple[dict[str, Any], Any]:
        """Rows as plain lists, or the description only."""
        if self._encoding:
            options["encoding"] = self._encoding
        try:
            found: tuple[dict[str, Any], Any] = self._read(
                str(self._path), output_format="dict", **options
            )
        except UnicodeDecodeError as error:
            raise SndsOmopError(
                "SO-205",
                "its text is not in the encoding that it declares",
                "son texte n'est pas dans l'encodage qu'il annonce",
            ) from error
        except Exception as error:
            # pyreadstat's own errors and those of its C library; a message may hold a path
            if isinstance(error, MemoryError):
                raise
            raise SndsOmopError(
                "SO-202",
                "its SAS data cannot be decoded",
                "ses données SAS ne peuvent être décodées",
            ) from error
        return found


def _numbers(version: str) -> tuple[int, ...]:
    """``1.3.7`` as numbers; a part that is no number ends them."""
    parts = itertools.takewhile(str.isdecimal, version.split("."))
    return tuple(int(part) for part in parts)


def _typed(numbers: pl.Series, column: Column, form: str) -> pl.Series:
    """A SAS number as the contract wants it: a day, a month, or the text of a number."""
    kind = form.upper().lstrip("$")
    days: pl.Expr | None = None
    if kind.startswith(_DATETIMES):
        days = pl.col(column.name) / 86_400
    elif kind.startswith(_DATES):
        days = pl.col(column.name)
    frame = numbers.to_frame()
    if days is not None:
        day = (days.floor() + _SAS_EPOCH).cast(pl.Int32, strict=False).cast(pl.Date)
        frame = frame.select(day.alias(column.name))
        if column.type == "date":
            return frame.to_series()
    text = as_text(column.name, frame.schema[column.name], column.type)
    if text is None:
        raise AssertionError("a float or a date always has a text")
    return frame.select(text.alias(column.name)).to_series()


def _as_json(rows: pl.DataFrame) -> Callable[[int], str]:
    return lambda index: json.dumps(rows.row(index, named=True), default=str, ensure_ascii=False)
