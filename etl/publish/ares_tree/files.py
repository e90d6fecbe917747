"""How the readers want CSV and JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from etl.publish.ares_tree.source import Rows


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Comma, UTF-8 without mark; NULL is empty."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_rows(path: Path, header: Sequence[str], rows: Rows) -> None:
    """Rows by the names of their columns."""
    write_csv(path, header, ([row[name] for name in header] for row in rows))


def write_json(path: Path, content: Any) -> None:
    """Compact JSON."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
    path.write_text(text + "\n", encoding="utf-8")


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file; none when it is absent."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def read_json(path: Path) -> Any:
    """Content of a JSON file; None when it is absent."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
