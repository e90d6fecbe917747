"""The delivery manifest: what is staged, from which bytes, under which numbers.

It lives in ``state/delivery.json`` and is rewritten, whole and atomically, after every file. It is
all that turns a row id back into a file and a line.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from etl.contracts.registry import contract_by_number, contracts
from etl.ids import MAX_CHUNK, decode_row_id, first_row_id

FIRST_NUMBER = 1


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Chunk(_Model):
    """Lines of a file that share a chunk number; ``line = first_line + line within the chunk``."""

    number: int
    first_line: int


class StagedFile(_Model):
    """One delivery file whose rows are in the lake."""

    root: str = Field(description="delivery directory")
    name: str = Field(description="path below the delivery directory, with slashes")
    table: str
    year: int | None
    size: int
    modified: int = Field(description="nanoseconds since 1970")
    sha256: str
    contract: str = Field(description="contract and loader it was read with")
    forced: str = Field(description="what the configuration forced: separator, encoding")
    separator: str = ""
    encoding: str = ""
    chunks: tuple[Chunk, ...] = Field(min_length=1)
    parts: int = Field(description="Parquet files in its folder of the lake")
    rows_read: int
    rows_staged: int
    rejected: dict[str, int] = Field(description="rows in quarantine, by reason")
    unparsed: dict[str, int] = Field(description="values that became NULL, by column")
    absent: tuple[str, ...] = Field((), description="contract columns the file lacks")
    extra: tuple[str, ...] = Field((), description="columns of the file the contract does not name")

    @property
    def number(self) -> int:
        """Number of the file: that of its first chunk. It names the folder in the lake."""
        return self.chunks[0].number

    @property
    def folder(self) -> str:
        return folder_name(self.number)

    @property
    def path(self) -> Path:
        return Path(self.root) / self.name

    def row_id(self, line: int) -> int:
        """Row id of a physical line of the file."""
        chunk = max(
            (chunk for chunk in self.chunks if chunk.first_line <= line),
            key=lambda chunk: chunk.first_line,
        )
        number = contracts()[self.table].number
        return first_row_id(number, chunk.number) + line - chunk.first_line


class Delivery(_Model):
    """Everything staged in a workspace."""

    version: Literal[1] = 1
    files: tuple[StagedFile, ...] = ()
    last_number: dict[str, int] = Field({}, description="highest chunk number handed out, by table")

    def of_table(self, table: str) -> list[StagedFile]:
        return [file for file in self.files if file.table == table]

    def at(self, root: str, name: str) -> StagedFile | None:
        return next((f for f in self.files if f.root == root and f.name == name), None)

    def with_file(self, file: StagedFile) -> Delivery:
        """The manifest with a file added, or replaced at its place; files stay in order."""
        others = [f for f in self.files if (f.table, f.number) != (file.table, file.number)]
        ordered = sorted([*others, file], key=lambda f: (contracts()[f.table].number, f.number))
        highest = max(chunk.number for chunk in file.chunks)
        last = {**self.last_number}
        last[file.table] = max(highest, last.get(file.table, 0))
        return Delivery(files=tuple(ordered), last_number=last)

    def without(self, file: StagedFile) -> Delivery:
        """The manifest without a file. Its numbers are never given to another one."""
        kept = tuple(f for f in self.files if (f.table, f.number) != (file.table, file.number))
        return Delivery(files=kept, last_number=self.last_number)

    def next_number(self, table: str) -> int:
        return self.last_number.get(table, FIRST_NUMBER - 1) + 1

    def locate(self, row_id: int) -> tuple[StagedFile, int] | None:
        """The file and physical line (Parquet: row from 1) of a row id; None when not staged."""
        address = decode_row_id(row_id)
        table = contract_by_number(address.table_number).table
        for file in self.of_table(table):
            for chunk in file.chunks:
                if chunk.number == address.chunk:
                    return file, chunk.first_line + address.line
        return None

    @classmethod
    def load(cls, path: Path) -> Delivery:
        """Read the manifest; an absent one is empty."""
        if not path.is_file():
            return cls()
        return cls.model_validate_json(path.read_bytes())

    def save(self, path: Path) -> None:
        """Replace the manifest on disk: readers see the old one or the new one, never half."""
        draft = path.with_suffix(".tmp")
        with draft.open("wb") as handle:
            handle.write(self.model_dump_json(indent=1).encode())
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)


def folder_name(number: int) -> str:
    """Folder of a file in the lake: ``f00001``."""
    return f"f{number:05d}"


def number_fits(number: int) -> bool:
    """False when a table has no chunk number left."""
    return number <= MAX_CHUNK
