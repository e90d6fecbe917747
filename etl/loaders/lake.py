"""The lake and the quarantine on disk: folders, parts, empty tables, leftovers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.faults import RESOURCES, as_error
from etl.loaders.lines import Rejected
from etl.loaders.manifest import Delivery, StagedFile, folder_name
from etl.workspace import Workspace

INCOMING = ".incoming"
# The name sorts after those of the files' folders (f00001): DuckDB guesses the size of a table from
# the first file it reads, and plans joins the wrong way round for a table it believes empty.
NO_ROWS = "none.parquet"
# On coded claims, level 1 is as small as level 3 and takes less time.
COMPRESSION_LEVEL = 1
QUARANTINE_SCHEMA = pl.Schema(
    {
        "_row_id": pl.Int64(),
        "line": pl.Int64(),
        "reason": pl.String(),
        "column_name": pl.String(),
        "raw": pl.String(),
    }
)
# A part holds about one row group of DuckDB.
_ROWS_PER_PART = 120_000
_FOLDER = re.compile(r"^f\d{5,}$")


def table_dir(workspace: Workspace, contract: Contract) -> Path:
    return workspace.lake / contract.product / contract.model_name


def quarantine_file(workspace: Workspace, contract: Contract, number: int) -> Path:
    folder = workspace.quarantine / contract.product / contract.model_name
    return folder / f"{folder_name(number)}.parquet"


def lake_schema(contract: Contract) -> pl.Schema:
    """Columns of a table of the lake, in order."""
    own = {"_row_id": pl.Int64(), "_source_year": pl.Int32()}
    return pl.Schema(own | {column.name: column.polars_type for column in contract.kept})


class Incoming:
    """Where the rows of one file wait until all of them are there.

    It is outside the folders of tables, so that nothing half written is ever read as a table.
    """

    def __init__(self, workspace: Workspace, contract: Contract, number: int) -> None:
        self._workspace = workspace
        self._contract = contract
        self._number = number
        self._root = workspace.lake / INCOMING
        self._rows = self._root / folder_name(number)
        self._rejects = self._root / "quarantine"
        self.parts = 0
        self._reject_parts = 0
        self._waiting: list[pl.DataFrame] = []
        self.discard()
        self._rows.mkdir(parents=True)
        self._rejects.mkdir()

    def add(self, rows: pl.DataFrame) -> None:
        """Rows of the lake, in file order; written when there are enough for a part."""
        if rows.is_empty():
            return
        self._waiting.append(rows)
        if sum(frame.height for frame in self._waiting) >= _ROWS_PER_PART:
            self._write_part()

    def finish(self) -> None:
        """Write what is left. A file without rows gives one part without rows."""
        if not self.parts and not self._waiting:
            self._waiting.append(pl.DataFrame(schema=lake_schema(self._contract)))
        if self._waiting:
            self._write_part()

    def _write_part(self) -> None:
        rows = pl.concat(self._waiting, rechunk=False)
        self._waiting.clear()
        self.add_part(rows)

    def add_part(self, rows: pl.DataFrame) -> None:
        """Write a part as it is."""
        _write(rows, self._rows / f"part-{self.parts:05d}.parquet")
        self.parts += 1

    def reject(self, rejected: Sequence[Rejected], row_ids: Sequence[int]) -> None:
        """Put rows in quarantine."""
        if not rejected:
            return
        rows = [
            (row_id, item.line, item.reason, item.column, item.raw)
            for row_id, item in zip(row_ids, rejected, strict=True)
        ]
        self.reject_rows(pl.DataFrame(rows, schema=QUARANTINE_SCHEMA, orient="row"))

    def reject_rows(self, frame: pl.DataFrame) -> None:
        """Put rows of :data:`QUARANTINE_SCHEMA` in quarantine."""
        _write(frame, self._rejects / f"part-{self._reject_parts:05d}.parquet")
        self._reject_parts += 1

    def settle(self) -> None:
        """Move everything to its place, over what the same file gave before."""
        place = table_dir(self._workspace, self._contract) / folder_name(self._number)
        refuge = quarantine_file(self._workspace, self._contract, self._number)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        refuge.unlink(missing_ok=True)
        if self._reject_parts:
            refuge.parent.mkdir(parents=True, exist_ok=True)
            draft = self._root / "quarantine.parquet"
            pl.scan_parquet(sorted(self._rejects.glob("*.parquet")), glob=False).sink_parquet(
                draft, compression="zstd"
            )
            draft.replace(refuge)
        self._rows.replace(place)
        self.discard()

    def discard(self) -> None:
        """Forget what was written."""
        shutil.rmtree(self._root, ignore_errors=True)


def write_empty_tables(workspace: Workspace) -> None:
    """Give every contract table an empty file with its schema, so that it can always be read."""
    for contract in contracts().values():
        path = table_dir(workspace, contract) / NO_ROWS
        schema = lake_schema(contract)
        if path.is_file() and pl.scan_parquet(path, glob=False).collect_schema() == schema:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        _write(pl.DataFrame(schema=schema), draft)
        draft.replace(path)


def is_whole(workspace: Workspace, file: StagedFile) -> bool:
    """True when the lake holds every part of a file."""
    folder = table_dir(workspace, contracts()[file.table]) / file.folder
    return folder.is_dir() and len(list(folder.glob("part-*.parquet"))) == file.parts


def has_schema(workspace: Workspace, file: StagedFile) -> bool:
    """True when the rows of a file still have the columns of their contract."""
    contract = contracts()[file.table]
    folder = table_dir(workspace, contract) / file.folder
    return all(
        pl.scan_parquet(part, glob=False).collect_schema() == lake_schema(contract)
        for part in folder.glob("*.parquet")
    )


def remove_rows(workspace: Workspace, file: StagedFile) -> None:
    """Take the rows of a file out of the lake and of the quarantine."""
    contract = contracts()[file.table]
    shutil.rmtree(table_dir(workspace, contract) / file.folder, ignore_errors=True)
    quarantine_file(workspace, contract, file.number).unlink(missing_ok=True)


def clean_leftovers(workspace: Workspace, delivery: Delivery) -> None:
    """Remove what an interrupted run left: rows that no staged file accounts for."""
    shutil.rmtree(workspace.lake / INCOMING, ignore_errors=True)
    for contract in contracts().values():
        known = {file.folder for file in delivery.of_table(contract.table)}
        for folder in table_dir(workspace, contract).glob("f*"):
            if _FOLDER.match(folder.name) and folder.name not in known:
                shutil.rmtree(folder)
        quarantine = workspace.quarantine / contract.product / contract.model_name
        for file in quarantine.glob("f*.parquet"):
            if file.stem not in known:
                file.unlink()


def _write(rows: pl.DataFrame, path: Path) -> None:
    rows.write_parquet(path, compression="zstd", compression_level=COMPRESSION_LEVEL)


@contextmanager
def resources_reported(workspace: Workspace) -> Iterator[None]:
    """Turn every way to report that disk or memory do not suffice into one error with a code."""
    try:
        yield
    except BaseException as error:
        lacking = as_error(error)
        if lacking is None or lacking.code not in RESOURCES:
            raise
        shutil.rmtree(workspace.lake / INCOMING, ignore_errors=True)
        if lacking is error:
            raise
        raise SndsOmopError(
            lacking.code, "staging stopped", "le chargement s'est arrêté", where=str(workspace.root)
        ) from error
