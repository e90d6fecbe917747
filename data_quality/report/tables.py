"""Tables of the report and the CSV behind each."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is shown; its CSV holds the very same cells."""

    name: str
    """File name of the CSV, without extension."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    """Columns set to the right."""

    @property
    def csv(self) -> str:
        """The table as a data URI: no request, no file but the report."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(self.head)
        writer.writerows([_inert(cell) for cell in row] for row in self.rows)
        # Spreadsheets recognise UTF-8 by this mark.
        content = base64.b64encode(("\ufeff" + buffer.getvalue()).encode("utf-8")).decode("ascii")
        return f"data:text/csv;charset=utf-8;base64,{content}"


def _inert(cell: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "@")) else cell


def table(
    name: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Sequence[int] = (),
) -> Table:
    return Table(name, tuple(head), tuple(tuple(row) for row in rows), frozenset(numeric))
