"""Files of a run: each block writes its parts, the run joins them in the order of blocks.

CSV is written as project deliveries are: ``;``, DD/MM/YYYY, ``.`` as decimal mark, no quotes,
empty for null. Column names are those of the contract in the year of the file.
"""

from __future__ import annotations

import gzip
import io
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from etl.contracts.models import Column, Contract
from etl.contracts.registry import contracts
from etl.synthetic.options import FileFormat

_CHUNK = 1 << 20
#: Sorts before the numbers of blocks.
_HEADER = "-header"


def delivered_name(column: Column, year: int | None) -> str | None:
    """Name of a column in the year of the file; None when it did not exist.

    Aliases without a year are those of project extractions, which the generator does not write.
    """
    if year is None:
        return column.name
    for alias in column.aliases:
        if (alias.since or alias.until) and alias.holds(year):
            return alias.name
    if (column.since or 0) <= year <= (column.until or 9999):
        return column.name
    return None


def existed(table: str, year: int) -> bool:
    """A table is as old as the columns of its key."""
    contract = contracts()[table]
    return all(delivered_name(contract.column(name), year) for name in contract.key)


def file_stem(contract: Contract, year: int | None) -> str:
    """``ER_PRS_F_2019``, ``T_MCO19B``, ``IR_BEN_R``."""
    if contract.is_yearly:
        return contract.table.replace("aa", f"{(year or 0) % 100:02d}", 1)
    return contract.table if year is None else f"{contract.table}_{year}"


def _shaped(contract: Contract, year: int | None, frame: pl.DataFrame) -> pl.DataFrame:
    """All columns of the year under their delivered names, in the order of the contract.

    What the generator does not know is empty, as most columns of a delivery are.
    """
    known = {column.name for column in contract.columns}
    unknown = set(frame.columns) - known
    if unknown:
        raise ValueError(f"{contract.table}: not in the contract: {sorted(unknown)}")
    columns = []
    for column in contract.columns:
        name = delivered_name(column, year)
        if name is None:
            continue
        present = column.name in frame.columns
        value = pl.col(column.name) if present else pl.lit(None, column.polars_type)
        if present and column.style == "ddmmyyyy":
            value = value.dt.strftime("%d%m%Y")
        columns.append(value.alias(name))
    return frame.select(columns)


@dataclass
class Tables:
    """Frames of one block, by table and year."""

    frames: dict[tuple[str, int | None], list[pl.DataFrame]] = field(default_factory=dict)

    def add(self, table: str, year: int | None, frame: pl.DataFrame) -> None:
        """Rows for a file; nothing happens with no row, nor before the table was there."""
        if frame.height and (year is None or existed(table, year)):
            self.frames.setdefault((table, year), []).append(frame)

    def deliver(self, tables: Iterable[str], years: Iterable[int]) -> None:
        """Annual files that a data holder delivers whether they have rows or not."""
        for year in years:
            for table in tables:
                if existed(table, year):
                    key = contracts()[table].column(contracts()[table].key[0])
                    empty = pl.DataFrame(schema={key.name: key.polars_type})
                    self.frames.setdefault((table, year), [empty])

    def write(self, folder: Path, block: int, file_format: FileFormat) -> dict[str, int]:
        """One part per file; returns rows by file stem."""
        rows: dict[str, int] = {}
        for (table, year), frames in self.frames.items():
            contract = contracts()[table]
            stem = file_stem(contract, year)
            frame = _shaped(contract, year, pl.concat(frames))
            rows[stem] = frame.height
            write_part(frame, folder, stem, block, file_format)
        return rows


def write_part(
    frame: pl.DataFrame, folder: Path, stem: str, block: int, file_format: FileFormat
) -> None:
    """One block's rows of one file: CSV (its header is a file of its own), gzip, or Parquet."""
    part = folder / stem / f"{block:06d}"
    part.parent.mkdir(parents=True, exist_ok=True)
    if file_format == "parquet":
        frame.write_parquet(part, compression="zstd", statistics=False)
        return
    write_csv(frame.clear(), part.with_name(_HEADER))
    if file_format == "csv":
        write_csv(frame, part, header=False)
        return
    rows = io.BytesIO()
    write_csv(frame, rows, header=False)
    # Compressed here, where blocks run side by side; a gzip file may have many members.
    part.write_bytes(_member(rows.getvalue()))


def _member(content: bytes) -> bytes:
    """No name and no time in the header: the same bytes every time."""
    return gzip.compress(content, compresslevel=5, mtime=0)


def write_csv(frame: pl.DataFrame, file: Path | io.BytesIO, *, header: bool = True) -> None:
    """The delivery's way of writing CSV."""
    frame.write_csv(
        file,
        include_header=header,
        separator=";",
        date_format="%d/%m/%Y",
        float_precision=2,
        null_value="",
        quote_style="never",
    )


def join_parts(parts: Iterable[Path], target: Path, file_format: FileFormat) -> Path:
    """One file from its parts: the header once, then every block in order; parts are removed.

    Args:
        target: without suffix; the file's is that of its format.
    """
    ordered = sorted(parts)
    file = target.with_name(f"{target.name}.{file_format}")
    if file_format == "parquet":
        # A column that is empty in one block may have another type there.
        parts_of_file = [pl.scan_parquet(part, glob=False) for part in ordered]
        pl.concat(parts_of_file, how="vertical_relaxed").sink_parquet(
            file, compression="zstd", maintain_order=True
        )
    else:
        with file.open("wb") as joined:
            for part in ordered:
                if part.name == _HEADER:
                    head = part.read_bytes()
                    joined.write(_member(head) if file_format == "csv.gz" else head)
                    continue
                with part.open("rb") as source:
                    shutil.copyfileobj(source, joined, _CHUNK)
    for part in ordered:
        part.unlink()
    return file
