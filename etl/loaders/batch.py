"""What every reader returns, whatever the format of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from etl.loaders.again import Positions
from etl.loaders.header import Layout
from etl.loaders.lines import Rejected
from etl.loaders.manifest import LineCounts


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file, in file order."""

    rows: pl.DataFrame  # contract columns that the file has, text or already of their type
    lines: Positions  # physical line of each row (Parquet: row number from 1)
    raw: Callable[[int], str]  # text of the n-th row, for quarantine only
    trimmed: bool = False  # no field begins or ends with a blank
    plain: bool = False  # no quote or apostrophe stands in it
    rejected: list[Rejected] = field(default_factory=list)


class Reader(Protocol):
    """A delivery file found readable; ``sha256`` and ``size`` hold once it is exhausted."""

    layout: Layout
    separator: str
    encoding: str

    def batches(self) -> Iterator[Batch]: ...

    @property
    def lines(self) -> LineCounts: ...

    @property
    def sha256(self) -> str: ...

    @property
    def size(self) -> int: ...
