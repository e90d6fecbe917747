"""What was shared last time: two shared releases must not be subtracted from each other.

Kept in ``state/`` (restricted), for it holds exact counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.publish.families import Key
from etl.workspace import Workspace

FILE = "shared-counts.parquet"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A count at the last share: its exact value when last published anew, and what was shown."""

    exact: int
    shown: int | None
    """None when it was hidden."""


Memory = Mapping[tuple[str, Key], Remembered]


def read_memory(workspace: Workspace) -> Memory:
    path = workspace.state / FILE
    if not path.is_file():
        return {}
    frame = pl.read_parquet(path)
    return {
        (family, tuple(json.loads(key))): Remembered(exact, shown)
        for family, key, exact, shown in frame.iter_rows()
    }


def write_memory(workspace: Workspace, memory: Memory) -> None:
    rows = [
        (family, json.dumps(key), known.exact, known.shown)
        for (family, key), known in memory.items()
    ]
    schema = {"family": pl.String, "key": pl.String, "exact": pl.Int64, "shown": pl.Int64}
    path = workspace.state / FILE
    draft = path.with_suffix(".draft")
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(draft)
    Path(draft).replace(path)


def must_stay_hidden(
    family: str, counts: Mapping[Key, int], memory: Memory, minimum: int
) -> Iterable[Key]:
    """Counts hidden last time that moved too little: showing them would tell what they were."""
    for key, count in counts.items():
        known = memory.get((family, key))
        if known is not None and known.shown is None and 0 < abs(count - known.exact) < minimum:
            yield key


def held(count: int, shown: int, known: Remembered | None, minimum: int) -> bool:
    """Whether to show last time's value again, because the difference would be a small count."""
    if known is None or known.shown is None or shown == known.shown:
        return False
    return abs(count - known.exact) < minimum or abs(shown - known.shown) < minimum
