"""The slow and exact way through a file that quotes its fields.

A quoted field may hold separators and newlines, so records are not lines. The csv module decides
what a record is; physical lines are counted as they are handed to it.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from etl.loaders.lines import Rejected

# A record over more lines than this is a quote that was never closed.
LONGEST_RECORD = 200


@dataclass(frozen=True, slots=True)
class Record:
    """One record and the physical line it starts at."""

    line: int
    fields: list[str]
    raw: str


class Undecodable(str):
    """Stands for a line that is not in the file's encoding; its text is a lossy rendering."""


def opens_a_field(block: bytes, separator: bytes) -> bool:
    """True when a quote stands where a field begins. A quote elsewhere is an ordinary character."""
    at = block.find(b'"')
    if at < 0:
        return False
    return block.startswith(b'"') or any(mark + b'"' in block for mark in (separator, b"\n"))


def read_records(
    lines: Iterator[str], *, separator: str, n_fields: int, header: str, first_line: int
) -> Iterator[Record | Rejected]:
    """Records of ``n_fields`` fields, and the lines that are none.

    Args:
        lines: physical lines, each with its newline if it has one.
        first_line: physical number of the first of them.

    Yields:
        Rejected lines with the reasons of :func:`etl.loaders.lines.check_lines`. A quote that is
        never closed costs its own line only: reading starts again at the next one.
    """
    feed = _Feed(lines, first_line)
    while feed.more():
        line = feed.line
        try:
            fields = next(csv.reader(feed, delimiter=separator, strict=True))
        except (csv.Error, StopIteration):
            raw = feed.give_back()
            yield Rejected(line, _reason(raw, feed), _bare(raw))
            continue
        raw, broken = feed.take()
        bare = _bare(raw)
        if not fields:
            continue
        if broken:
            yield Rejected(line, "SO-227", bare)
        elif "\0" in raw:
            yield Rejected(line, "SO-224", bare)
        elif bare == header:
            yield Rejected(line, "SO-225", bare)
        elif len(fields) < n_fields:
            yield Rejected(line, _reason(raw, feed), bare)
        elif len(fields) > n_fields:
            yield Rejected(line, "SO-221", bare)
        else:
            yield Record(line, fields, bare)


def _reason(raw: str, feed: _Feed) -> str:
    """Why a record is too short: a last line without newline was cut."""
    return "SO-226" if not raw.endswith("\n") and not feed.more() else "SO-221"


def _bare(raw: str) -> str:
    return raw.rstrip("\r\n")


class _Feed(Iterator[str]):
    """Hands physical lines to the csv module, remembers those of one record, takes lines back."""

    def __init__(self, lines: Iterator[str], first_line: int) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._used: list[str] = []
        self.line = first_line

    def __next__(self) -> str:
        if len(self._used) >= LONGEST_RECORD:
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._lines)
        self._used.append(line)
        return line

    def more(self) -> bool:
        """True when a line is left."""
        if not self._again:
            following = next(self._lines, None)
            if following is None:
                return False
            self._again.append(following)
        return True

    def take(self) -> tuple[str, bool]:
        """Raw text of the record just read, and whether one of its lines could not be decoded."""
        raw = "".join(self._used)
        broken = any(isinstance(line, Undecodable) for line in self._used)
        self.line += len(self._used)
        self._used = []
        return raw, broken

    def give_back(self) -> str:
        """Keep the first line of what was read and put the others back."""
        first, *others = self._used
        self._again.extendleft(reversed(others))
        self._used = []
        self.line += 1
        return first
