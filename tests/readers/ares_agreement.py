"""The tree that Ares reads: files, columns, keys and values."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from etl.publish.ares_tree.publication import write_tree
from tests.readers.case import Agreement, Case

# Files that the real tools left out, or that the case has elsewhere.
MORE = ("dq-result.json", "notes.json", "temporal-characterization.csv")
# The export looks for the kinds of devices in a column of another name.
EMPTY_BY_MISTAKE = "DEVICES_BY_TYPE"
# Ranks break ties by the order of rows; run times and days are not comparable.
NOT_COMPARED = (
    *("_NTILE", "elapsed_seconds", "TIMING", "dqd_execution_date"),
    EMPTY_BY_MISTAKE,
)
QUERY_INDEX = "export_query_index.json"
TOLERANCE = 0.011  # numbers have two to four decimals, each rounded by another engine


def compare(
    case: Case,
    connection: duckdb.DuckDBPyConnection,
    catalog: str,
    dqd: Mapping[str, Any],
    root: Path,
) -> list[Agreement]:
    """Write the tree, and compare it with the real one."""
    write_tree(connection, catalog, root, dqd, {})
    ours = {path.relative_to(root).as_posix(): path.read_bytes() for path in _files(root)}
    with tarfile.open(fileobj=io.BytesIO(case.read("ares.tar.gz"))) as archive:
        expected = {
            name.partition("/")[2]: archive.extractfile(name).read()  # type: ignore[union-attr]
            for name in archive.getnames()
            if archive.getmember(name).isfile()
        }
    missing = sorted(expected.keys() - ours.keys())
    more = sorted(n for n in ours.keys() - expected.keys() if Path(n).name not in MORE)
    shared = sorted((expected.keys() & ours.keys()) - {QUERY_INDEX})
    shape: list[str] = []
    content: list[str] = []
    for name in shared:
        read = _csv if name.endswith(".csv") else json.loads
        mine, theirs = read(ours[name]), read(expected[name])
        if structure(mine) != structure(theirs):
            shape.append(f"{name}: {_first(structure(mine), structure(theirs))}")
        elif not same(left := leaves(mine), right := leaves(theirs)):
            difference = _first(left, right)
            content.append(f"{name}: {difference}")
    return [
        Agreement("Ares: files", len(expected.keys() | ours.keys()), [*missing, *more]),
        Agreement("Ares: columns and keys", len(shared), shape),
        Agreement("Ares: values", len(shared), content),
    ]


def _files(root: Path) -> Iterable[Path]:
    return (path for path in root.rglob("*") if path.is_file())


def _csv(raw: bytes) -> list[dict[str, str]] | dict[str, str]:
    reader = csv.DictReader(io.StringIO(raw.decode()))
    rows = list(reader)
    return rows or dict.fromkeys(reader.fieldnames or (), "")


def structure(content: Any) -> Any:
    """Keys, in any order, and kinds of values; lists by what their elements have in common."""
    if isinstance(content, dict):
        return {
            key: structure(value)
            for key, value in sorted(content.items())
            if key != EMPTY_BY_MISTAKE
        }
    if isinstance(content, list):
        return [structure(content[0])] if content and isinstance(content[0], dict) else ["value"]
    return "value"


def leaves(content: Any) -> list[Any]:
    """All values, lists in the order of their content."""
    if isinstance(content, dict):
        return [
            [key, leaves(value)]
            for key, value in sorted(content.items())
            if not key.endswith(NOT_COMPARED)
        ]
    if isinstance(content, list):
        return sorted((leaves(value) for value in content), key=repr)
    return [_plain(content)]


def _plain(value: Any) -> Any:
    """Numbers as such, texts without the blanks that pad them."""
    try:
        return round(float(value), 2)
    except (TypeError, ValueError):
        return "" if value is None or value == "NA" else str(value).strip()


def same(ours: Any, theirs: Any) -> bool:
    """Equal, numbers to the tolerance."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= TOLERANCE
    return bool(ours == theirs)


def _first(ours: Any, theirs: Any) -> str:
    """Where two things begin to differ; empty when they do not."""
    if ours == theirs:
        return ""
    left, right = repr(ours), repr(theirs)
    place = next(
        (i for i, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]),
        min(len(left), len(right)),
    )
    start = max(0, place - 60)
    return f"ours …{left[start : place + 60]}, expected …{right[start : place + 60]}"
