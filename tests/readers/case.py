"""A CDM whose results by the real tools are known."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb


@dataclass(slots=True)
class Agreement:
    """How many things were compared, and those that differ."""

    subject: str
    compared: int
    different: list[str] = field(default_factory=list)
    remark: str = ""

    @property
    def equal(self) -> int:
        return self.compared - len(self.different)

    @property
    def whole(self) -> bool:
        return not self.different and self.compared > 0


@dataclass(frozen=True, slots=True)
class Case:
    """One folder: the CDM as Parquet files, and what was expected of it."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def has(self, name: str) -> bool:
        return any((self.folder / "expected" / n).is_file() for n in (name, f"{name}.gz"))

    def read(self, name: str) -> bytes:
        """The bytes of an expected file, unpacked; FileNotFoundError without it."""
        path = self.folder / "expected" / name
        raw = path.read_bytes() if path.is_file() else path.with_name(f"{name}.gz").read_bytes()
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" and name[-3:] != ".gz" else raw

    def tree(self, name: str) -> Any:
        return json.loads(self.read(name))

    def rows(self, name: str) -> list[list[str]]:
        """Rows of an expected CSV without its header."""
        return list(csv.reader(io.StringIO(self.read(name).decode())))[1:]

    @contextmanager
    def loaded(self, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """A database of its own with the tables as they lie, in schema ``cdm``."""
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema cdm")
            connection.execute("create schema results")
            for file in sorted((self.folder / "cdm").glob("*.parquet")):
                name = str(file).replace("'", "''")
                connection.execute(f"create table cdm.\"{file.stem}\" as from '{name}'")
            yield connection


def cases(folder: Path) -> list[Case]:
    return [
        Case(path)
        for path in sorted(folder.glob("*"))
        if (path / "cdm").is_dir() and (path / "expected").is_dir()
    ]
