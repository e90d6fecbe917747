"""The slow and exact way through a file that quotes its fields.

A quoted field may hold separators and newlines, so records are not lines. The csv module decides
what a record is; physical lines are counted as they are handed to it.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from etl.loaders.again import header_again, is_rule
from etl.loaders.lines import NEWLINE, QUOTE, Rejected, with_plain_ends

# A record over more lines than this is a quote that was never closed.
LONGEST_RECORD = 200
# The csv module stops at 128 KiB a field; the fast way has no such limit.
csv.field_size_limit(256 << 20)
# The csv module takes any carriage return for a line's end: others are escaped on their way to it.
_ESCAPE = "\ufdd0"
_ESCAPED, _RETURN = _ESCAPE + "0", _ESCAPE + "1"


@dataclass(frozen=True, slots=True)
class Record:
    """One record and the physical line it starts at."""

    line: int
    fields: list[str]
    raw: str
    lines: int = 1  # physical lines of it


@dataclass(slots=True)
class Shape:
    """What the records of a file look like; it changes when a header of another order is met."""

    separator: str
    names: tuple[str, ...]  # of the header, as :func:`etl.loaders.again.names_of` gives them
    multiline: frozenset[int] = frozenset()  # ranks of the fields that may hold line ends

    @property
    def n_fields(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class Blank:
    """A line without any value."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A header of another order: the records that follow have its columns."""

    rejected: Rejected
    names: tuple[str, ...]


class Undecodable(str):
    """Stands for a line that is not in the file's encoding; its text is a lossy rendering."""


def opens_a_field(block: bytes, separator: bytes) -> bool:
    """True when a quote stands where a field begins. A quote elsewhere is an ordinary character."""
    at = block.find(b'"')
    if at < 0:
        return False
    return block.startswith(b'"') or any(mark + b'"' in block for mark in (separator, b"\n"))


def fits_lines(block: bytes, separator: bytes) -> bool:
    """True when quotes stand only around whole fields and no quoted field goes over a line's end.

    Then counting quotes from the start of a line finds what is inside them, exactly as the csv
    module would, and a block can be read as fast as an unquoted one.
    """
    array = np.frombuffer(b"\n" + with_plain_ends(block)[0], np.uint8)
    quotes = np.flatnonzero(array == QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    ends = np.flatnonzero(array == NEWLINE)
    if (np.searchsorted(ends, opening) != np.searchsorted(ends, closing)).any():
        return False
    edges = np.frombuffer(separator + b'\n"', np.uint8)  # a quote next to a quote is a doubled one
    return bool(
        np.isin(array[opening - 1], edges).all() and np.isin(array[closing + 1], edges).all()
    )


class LineFeed(Iterator[str]):
    """Hands physical lines to the csv module, remembers those of one record, takes lines back.

    Args:
        lines: physical lines, each with its newline if it has one.
        first_line: physical number of the first of them.
        further: more lines, asked for only in the middle of a record; None at the end of the file.
    """

    def __init__(
        self,
        lines: Iterator[str],
        first_line: int,
        further: Callable[[], Iterator[str] | None] = lambda: None,
    ) -> None:
        self._lines = lines
        self._further = further
        self._again: deque[str] = deque()
        self._used: list[str] = []
        self.line = first_line  # physical number of the next record

    def __next__(self) -> str:
        if len(self._used) >= LONGEST_RECORD:
            raise StopIteration
        if not self.more():
            following = self._further()
            if following is None:
                raise StopIteration
            self._lines = following
            return next(self)
        line = self._again.popleft()
        self._used.append(line)
        return _readable(line)

    def more(self) -> bool:
        """True when a line is left, those that only ``further`` would give not counted."""
        if not self._again:
            following = next(self._lines, None)
            if following is None:
                return False
            self._again.append(following)
        return True

    @property
    def used(self) -> list[str]:
        """Physical lines of the record just read."""
        return self._used

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


def read_records(feed: LineFeed, shape: Shape) -> Iterator[Record | Rejected | Blank | Turn]:
    """Records of the shape, and the lines that are none, until the feed has no more.

    Yields:
        Rejected lines with the reasons of :func:`etl.loaders.lines.check_lines`, and SO-228: a
        quote that would swallow line ends. It costs its own line only: reading starts again at
        the next.
    """
    while feed.more():
        line = feed.line
        fields = _next_fields(feed, shape)
        n_lines = len(feed.used)
        if fields and n_lines > 1 and not _may_go_on(fields, feed.used, shape):
            yield Rejected(line, "SO-228", _bare(feed.give_back()))
            continue
        if fields is None:
            n_lines, raw = 1, feed.give_back()
            broken = isinstance(raw, Undecodable)
        else:
            raw, broken = feed.take()
        bare = _bare(raw)
        again = header_again(bare, shape.names, shape.separator) if n_lines == 1 else None
        if fields is not None and not any(fields):
            yield Blank()
        elif again is not None:
            header = Rejected(line, "SO-225", bare)
            yield header if again == shape.names else Turn(header, again)
        elif "\0" in raw:
            yield Rejected(line, "SO-226" if raw.endswith("\0") else "SO-224", bare)
        elif broken:
            yield Rejected(line, "SO-227", bare)
        elif is_rule(bare, shape.separator):
            yield Rejected(line, "SO-225", bare)
        elif fields is None or len(fields) < shape.n_fields:
            yield Rejected(line, _reason(raw), bare)
        elif len(fields) > shape.n_fields:
            yield Rejected(line, "SO-221", bare)
        else:
            yield Record(line, fields, bare, n_lines)


def _next_fields(feed: LineFeed, shape: Shape) -> list[str] | None:
    """Fields of the next record; None when its quotes make no sense, or never end."""
    try:
        fields = next(csv.reader(feed, delimiter=shape.separator, strict=True))
    except (csv.Error, StopIteration):
        return None
    if any(_ESCAPE in field for field in fields):
        return [f.replace(_RETURN, "\r").replace(_ESCAPED, _ESCAPE) for f in fields]
    return fields


def _readable(line: str) -> str:
    """A line as the csv module may have it: carriage returns that end no line are data."""
    body = line.rstrip("\r\n")
    if "\r" not in body and _ESCAPE not in body:
        return line
    return body.replace(_ESCAPE, _ESCAPED).replace("\r", _RETURN) + line[len(body) :]


def _may_go_on(fields: list[str], lines: list[str], shape: Shape) -> bool:
    """True when line ends stand only in fields that may hold them, and no line is a row in itself.

    Two stray quotes, lines apart, make one field of all that is between them: those lines have
    the separators of rows, or the second quote stands where a field begins.
    """
    broken = [rank for rank, field in enumerate(fields) if "\n" in field]
    if len(fields) != shape.n_fields or not {*broken} <= shape.multiline:
        return False
    full = shape.n_fields - 1
    if any(line.count(shape.separator) == full for line in lines[1:-1]):
        return False
    tail = fields[broken[-1]].rpartition("\n")[2] if broken else ""
    return not (tail.endswith(shape.separator) and lines[-1].count(shape.separator) >= full)


def _reason(raw: str) -> str:
    """Why a record is too short: only the last line of a file has no newline, and it was cut."""
    return "SO-221" if raw.endswith("\n") else "SO-226"


def _bare(raw: str) -> str:
    return raw.rstrip("\r\n")
