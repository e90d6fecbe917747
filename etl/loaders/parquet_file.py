"""Reads a Parquet file as batches of rows; whatever its types, the contract decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from etl.contracts.models import Contract
from etl.errors import SndsOmopError
from etl.loaders.batch import Batch
from etl.loaders.blocks import content_hash
from etl.loaders.conventions import midnights_in_utc
from etl.loaders.dates import PARIS
from etl.loaders.header import constant_columns, read_layout
from etl.loaders.manifest import LineCounts
from etl.loaders.typed import as_text

_ROWS_PER_BATCH = 100_000


class ParquetFile:
    """A Parquet file whose columns fit its contract.

    Raises:
        SndsOmopError: SO-201 to SO-207, the file is refused.
    """

    separator = ""
    encoding = ""

    def __init__(
        self,
        path: Path,
        contract: Contract,
        year: int | None,
        advance: Callable[[int], None] = lambda _: None,
        constants: Sequence[tuple[str, str | None]] = (),
        *,
        zone: str = PARIS,
    ) -> None:
        self._path = path
        self._zone = zone
        self.sha256 = content_hash(path, advance)
        self.size = path.stat().st_size
        if not self.size:
            raise SndsOmopError("SO-201", "no byte to read", "il n'y a aucun octet à lire")
        try:
            schema = pl.scan_parquet(path, glob=False).collect_schema()
        except pl.exceptions.PolarsError as error:
            raise SndsOmopError(
                "SO-202", "it has no readable Parquet footer", "il n'a pas de pied Parquet lisible"
            ) from error
        names = list(schema)
        folders = constant_columns([name.strip().upper() for name in names], constants)
        self.layout = read_layout(
            [*(name.strip().upper() for name in names), *folders], contract, year
        )
        self._wanted = [
            self._column(names[rank], schema[names[rank]], contract, name)
            if rank < len(names)
            else pl.lit(list(folders.values())[rank - len(names)], pl.String).alias(name)
            for name, rank in self.layout.positions.items()
        ]

    def _column(self, name: str, dtype: pl.DataType, contract: Contract, wanted: str) -> pl.Expr:
        column = contract.column(wanted)
        if dtype == column.polars_type and dtype != pl.String:
            return pl.col(name).alias(wanted)
        utc = dtype == pl.Datetime and self._in_utc(name, dtype)
        text = as_text(name, dtype, column.type, self._zone, utc=utc)
        if text is None:
            raise SndsOmopError(
                "SO-207",
                f"column {wanted} holds neither text, number nor date",
                f"la colonne {wanted} ne contient ni texte, ni nombre, ni date",
            )
        return text.alias(wanted)

    def _in_utc(self, name: str, dtype: pl.DataType) -> bool:
        """Whether moments without zone are all midnights of the zone, written in UTC."""
        if getattr(dtype, "time_zone", None) is not None:
            return False
        moments = pl.scan_parquet(self._path, glob=False).select(pl.col(name).drop_nulls().unique())
        try:
            found = moments.collect().to_series()
        except pl.exceptions.PolarsError:
            return False  # reading its rows refuses the file
        return len(found) > 1 and midnights_in_utc(found, self._zone)

    @property
    def lines(self) -> LineCounts:
        """Rows as the file's footer states them."""
        rows = pl.scan_parquet(self._path, glob=False).select(pl.len()).collect().item()
        return LineCounts(physical=rows)

    def batches(self) -> Iterator[Batch]:
        """All rows, in file order, numbered from 1."""
        done = 0
        source = pl.scan_parquet(self._path, glob=False).select(self._wanted)
        try:
            for rows in source.collect_batches(chunk_size=_ROWS_PER_BATCH, maintain_order=True):
                lines = np.arange(done + 1, done + 1 + rows.height)
                done += rows.height
                yield Batch(rows=rows, lines=lines, raw=_as_json(rows))
        except pl.exceptions.PolarsError as error:
            raise SndsOmopError(
                "SO-202",
                "its Parquet data cannot be decoded",
                "ses données Parquet ne peuvent être décodées",
            ) from error


def _as_json(rows: pl.DataFrame) -> Callable[[int], str]:
    return lambda index: json.dumps(rows.row(index, named=True), default=str, ensure_ascii=False)
