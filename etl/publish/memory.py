"""Everything shared before by this workspace: no two packs may be subtracted from each other.

Kept in ``state/`` (restricted), for it holds exact numbers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.publish.cells import Cell, Key
from etl.publish.protection import round_up, rounding_base
from etl.release.files import flush_folder
from etl.state_file import read_table
from etl.workspace import Workspace

FILE = "shared-cells.parquet"
FORMER_FILE = "shared-counts.parquet"
"""Written by versions that compared values: persons are not in it."""
EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A cell as a pack showed or hid it for the first time."""

    release: str
    value: int
    persons: int | None
    shown: int | None
    """None when it was hidden."""
    derived: tuple[str, ...] = ()

    def is_near(self, cell: Cell, minimum: int) -> bool:
        """Whether fewer persons than the minimum, or a small shown number, make the difference."""
        fresh = round_up(cell.value, rounding_base(minimum))
        if self.shown is not None and 0 < abs(fresh - self.shown) < minimum:
            return True
        if self.persons is None or cell.persons is None:
            return abs(cell.value - self.value) < minimum
        return abs(cell.persons - self.persons) < minimum


Memory = Mapping[tuple[str, Key], tuple[Remembered, ...]]
"""Family and key → entries, the oldest first."""


def former(memory: Memory, family: str, key: Key, cell: Cell, minimum: int) -> Remembered | None:
    """The latest entry that a cell differs from by fewer persons than the minimum, if any.

    What that entry showed is shown again, and what it hid stays hidden: neither its difference
    from the cell nor the side of a limit on which the cell now lies becomes known.
    """
    entries = memory.get((family, key), ())
    return next((one for one in reversed(entries) if one.is_near(cell, minimum)), None)


def read_memory(workspace: Workspace) -> Memory:
    """What was shared before; empty at the first time."""
    found: dict[tuple[str, Key], list[Remembered]] = {}
    earlier = workspace.state / FORMER_FILE
    if earlier.is_file():
        for family, key, exact, shown in read_table(earlier).iter_rows():
            entry = Remembered(EARLIER, exact, None, shown)
            found.setdefault((family, tuple(json.loads(key))), []).append(entry)
    path = workspace.state / FILE
    if path.is_file():
        for family, key, release, value, persons, shown, derived in read_table(path).iter_rows():
            entry = Remembered(release, value, persons, shown, tuple(json.loads(derived)))
            found.setdefault((family, tuple(json.loads(key))), []).append(entry)
    return {name: tuple(entries) for name, entries in found.items()}


def write_memory(workspace: Workspace, memory: Memory) -> None:
    """Replace the file in one step, on disk before this returns."""
    rows = [
        (family, json.dumps(key), one.release, one.value, one.persons, one.shown,
         json.dumps(one.derived))
        for (family, key), entries in memory.items()
        for one in entries
        if one.release != EARLIER
    ]  # fmt: skip
    schema = {
        "family": pl.String,
        "key": pl.String,
        "release": pl.String,
        "value": pl.Int64,
        "persons": pl.Int64,
        "shown": pl.Int64,
        "derived": pl.String,
    }
    path = workspace.state / FILE
    draft = path.with_suffix(".draft")
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(draft)
    with draft.open("rb") as handle:
        os.fsync(handle.fileno())
    Path(draft).replace(path)
    flush_folder(path.parent)
