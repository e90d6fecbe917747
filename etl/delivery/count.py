"""Physical lines counted from bytes, by no parser.

The count is the left side of the ledger: it must not believe the code that reads the data. It
shares the decompressed bytes with the reader and looks for line feeds in them, that is all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

_LINE_FEED = 10


class LineCount:
    """Counts the lines of a stream of bytes that passes through `watch`.

    A line is what a line feed ends, and what is left after the last one. In UTF-16 a line feed is
    a unit of two bytes.
    """

    def __init__(self) -> None:
        self._feeds = 0
        self._unit: np.dtype[Any] = np.dtype(np.uint8)
        self._pending = b""  # half a unit
        self._begun = False
        self._ended = True

    def watch(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces, counted on the way."""
        for piece in pieces:
            self.add(piece)
            yield piece

    def add(self, piece: bytes) -> None:
        if not piece:
            return
        if not self._begun:
            self._begun = True
            # a mark, or the zero of a letter's pair: no text of one byte a letter begins so
            if piece[:2] == b"\xff\xfe" or (piece[1:2] == b"\0" != piece[:1]):
                self._unit = np.dtype("<u2")
            elif piece[:2] == b"\xfe\xff" or (piece[:1] == b"\0" != piece[1:2]):
                self._unit = np.dtype(">u2")
        if self._unit.itemsize == 2:
            piece = self._pending + piece
            whole = len(piece) & ~1
            piece, self._pending = piece[:whole], piece[whole:]
            if not piece:
                return
        units = np.frombuffer(piece, self._unit)
        self._feeds += int(np.count_nonzero(units == _LINE_FEED))
        self._ended = bool(units[-1] == _LINE_FEED)

    @property
    def lines(self) -> int:
        """Lines so far; one that no line feed ends counts too."""
        return self._feeds + (not self._ended)
