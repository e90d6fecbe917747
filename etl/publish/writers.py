"""The only writers into a pack: no other module of this package opens a file for it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

_FORMULA = re.compile(r"[=@\t\r]|[+-](?!\d+([.,]\d+)?$)")


def neutral(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and len(cell) > 1 and _FORMULA.match(cell) else cell


def write_table(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV file in UTF-8. Returns the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(head)
        for row in rows:
            writer.writerow([neutral(cell) for cell in row])
            count += 1
    return count


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file in UTF-8."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_picture(path: Path, drawing: str) -> None:
    """Write an SVG file."""
    path.write_text(drawing, encoding="utf-8")


def write_page(path: Path, page: str) -> None:
    """Write an HTML page in UTF-8."""
    path.write_text(page, encoding="utf-8")
