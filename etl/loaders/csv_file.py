"""Reads a delimited text file, plain or gzipped, as batches of text rows with their lines."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl

from etl.contracts.models import Contract
from etl.delivery.count import LineCount
from etl.delivery.sources import Source
from etl.errors import SndsOmopError
from etl.loaders.again import is_header, names_of
from etl.loaders.batch import Batch
from etl.loaders.blocks import BLOCK_SIZE, HashedFile, cut_blocks, decompressed, prefetched
from etl.loaders.encodings import decodes, is_of_cp1252, to_utf8, without_utf16
from etl.loaders.header import (
    Layout,
    constant_columns,
    find_separator,
    read_layout,
    split_header,
)
from etl.loaders.lines import CheckedBlock, Rejected, check_lines
from etl.loaders.manifest import LineCounts
from etl.loaders.quoted import (
    Blank,
    LineFeed,
    Record,
    Shape,
    Turn,
    Undecodable,
    fits_lines,
    opens_a_field,
    read_records,
)
from etl.settings import InputSettings

_BOM = b"\xef\xbb\xbf"
_WIDE_BLANKS = (b"\xc2\xa0", b"\xe1\x9a\x80", b"\xe2\x80", b"\xe2\x81\x9f", b"\xe3\x80\x80", _BOM)
_RECORDS_PER_BATCH = 50_000
# Lines with a wrong number of fields are looked at for a joined header, not all of millions.
_LOOKED_AT = 1000


class NotUtf8Error(Exception):
    """The file is in a one-byte encoding: read it again as cp1252."""


class CsvFile:
    """A text file whose header fits its contract.

    Args:
        encoding: how to decode; ``None`` means UTF-8 until a line proves otherwise.

    Raises:
        SndsOmopError: SO-201 to SO-206, the file is refused.
        NotUtf8Error: while reading, only when ``encoding`` is None.
    """

    def __init__(
        self,
        source: Source,
        contract: Contract,
        year: int | None,
        settings: InputSettings,
        *,
        encoding: str | None,
        gzipped: bool = False,
        constants: Sequence[tuple[str, str | None]] = (),
        advance: Callable[[int], None] = lambda _: None,
        block_size: int = BLOCK_SIZE,
    ) -> None:
        self._file = HashedFile(source, advance)
        pieces = iter(self._file)
        if gzipped:
            pieces = decompressed(pieces)
        self._count = LineCount()
        self._blank = self._continuation = self._of_cp1252 = 0
        pieces = without_utf16(self._count.watch(pieces))
        self._blocks = prefetched(cut_blocks(pieces, block_size))
        self._certain = encoding is not None
        self._seen_utf8 = False
        self._good = self._wrong = 0
        self.encoding = encoding or "utf-8"

        first = next(self._blocks, b"")
        first = first.removeprefix(_BOM)
        if not first.strip():
            raise SndsOmopError("SO-201", "no byte to read", "il n'y a aucun octet à lire")
        self._header, _, self._first = first.partition(b"\n")
        self._header = self._header.rstrip(b"\r")
        header = self._header.decode(self.encoding, errors="replace")
        self.separator = settings.separator or find_separator(header, contract)
        names = split_header(header, self.separator)
        self._contract, self._year = contract, year
        self._constants = constant_columns(names, constants)
        self.layout = read_layout([*names, *self._constants], contract, year)
        self._shape = Shape(self.separator, tuple(names))
        self._set_shape(names)

    def _set_shape(self, names: Sequence[str]) -> None:
        self._shape.names = tuple(names)
        several = {*self._contract.multiline}
        self._shape.multiline = frozenset(
            rank for rank, name in enumerate(names) if name in several
        )

    @property
    def _n_fields(self) -> int:
        return self._shape.n_fields

    def _turn(self, names: tuple[str, ...]) -> None:
        """Go on under a header that has the same columns in another order.

        Raises:
            SndsOmopError: SO-215 its columns are others.
        """
        layout: Layout | None = None
        if len(names) == self._n_fields and len({*names}) == len(names):
            layout = read_layout([*names, *self._constants], self._contract, self._year)
        if layout is None or layout.positions.keys() != self.layout.positions.keys():
            raise SndsOmopError(
                "SO-215",
                "a header in the middle of it names other columns",
                "un en-tête au milieu nomme d'autres colonnes",
            )
        self.layout = layout
        self._set_shape(names)
        self._header = self.separator.join(names).encode()

    @property
    def lines(self) -> LineCounts:
        """Lines of the whole file, those that are no rows included."""
        return LineCounts(
            physical=self._count.lines,
            header=1,
            blank=self._blank,
            continuation=self._continuation,
            of_cp1252=self._of_cp1252,
        )

    @property
    def sha256(self) -> str:
        return self._file.sha256

    @property
    def size(self) -> int:
        return self._file.size

    def batches(self) -> Iterator[Batch]:
        """All rows and all rejected lines, in file order."""
        separator = self.separator.encode()
        self._line = 2
        pieces = itertools.chain([self._first] if self._first else [], self._blocks)
        blocks = map(self._in_one_encoding, map(_without_marks, pieces))
        for block in blocks:
            quoted = opens_a_field(block, separator)
            if quoted and not fits_lines(block, separator):
                feed = LineFeed(
                    self._text_lines(block), self._line, lambda: self._following(blocks)
                )
                yield from self._records(feed)
                self._line = feed.line
            else:
                yield from self._checked(block, quoted=quoted)

    def _checked(self, block: bytes, *, quoted: bool) -> Iterator[Batch]:
        """The fast way, for a block in which no quoted field goes over the end of its line."""
        while block:
            checked = self._check(block, self._line, quoted=quoted)
            self._line += checked.physical
            self._blank += checked.physical - len(checked.lines) - len(checked.rejected)
            self._refuse_if_all_wrong(len(checked.lines), checked.rejected)
            self._refuse_joined(checked.rejected)
            yield self._parse(checked, quoted=quoted)
            block = checked.rest
            if checked.turn:
                self._turn(checked.turn)

    def _refuse_joined(self, rejected: list[Rejected]) -> None:
        """A header that lost the line end before it still gives the order of the columns.

        Raises:
            SndsOmopError: SO-215 they stand in another one.
        """
        known = self._shape.names
        for item in rejected[:_LOOKED_AT]:
            if item.reason != "SO-221" or known[-1] not in item.raw.upper():
                continue
            names = names_of(item.raw, self.separator)
            tail = names[1 - len(known) :] if len(known) > 1 else ()
            if is_header(tail, known) and tail != known[1:]:
                raise SndsOmopError(
                    "SO-215",
                    "a header in the middle of it, joined to a line, has another order",
                    "un en-tête au milieu, collé à une ligne, a un autre ordre",
                )

    def _refuse_if_all_wrong(self, good: int, rejected: list[Rejected]) -> None:
        """Stop at once when the lines are not of the header's shape."""
        self._good += good
        self._wrong += sum(item.reason == "SO-221" for item in rejected)
        if self._wrong and not self._good:
            raise SndsOmopError(
                "SO-206",
                f"none of the first {self._wrong} lines fits the header",
                f"aucune des {self._wrong} premières lignes n'est conforme à l'en-tête",
            )

    def _check(self, block: bytes, line: int, *, quoted: bool) -> CheckedBlock:
        return check_lines(
            block,
            separator=self.separator.encode(),
            n_fields=self._n_fields,
            header=self._header,
            first_line=line,
            text=self._lossy,
            decodable=None if self._decodes(block) else self._decodes,
            quoted=quoted,
        )

    def _decodes(self, data: bytes) -> bool:
        """True when bytes are text in the file's encoding.

        Raises:
            NotUtf8Error: they are not UTF-8, and nothing showed before that the file is.
        """
        if decodes(data, self.encoding):
            self._seen_utf8 = self._seen_utf8 or not data.isascii()
            return True
        if not self._certain and not self._has_utf8(data):
            raise NotUtf8Error
        return False

    def _in_one_encoding(self, block: bytes) -> bytes:
        """Lines in cp1252 among those in UTF-8, of two exports in one file, in UTF-8 too."""
        if self._certain or self._decodes(block):
            return block
        lines = block.split(b"\n")
        for rank, line in enumerate(lines):
            if not decodes(line, self.encoding) and is_of_cp1252(line):
                lines[rank] = to_utf8(line, "cp1252")
                self._of_cp1252 += 1
        return b"\n".join(lines)

    def _has_utf8(self, data: bytes) -> bool:
        """True when some line holds accents in UTF-8: then the other lines are damaged ones."""
        if not self._seen_utf8:
            self._seen_utf8 = any(
                not line.isascii() and decodes(line, "utf-8") for line in data.split(b"\n")
            )
        return self._seen_utf8

    def _lossy(self, data: bytes) -> str:
        return data.decode(self.encoding, errors="replace")

    def _parse(self, checked: CheckedBlock, *, quoted: bool) -> Batch:
        data = to_utf8(checked.data, self.encoding)
        rows = self._columns(data, quoted=quoted)
        if rows.height != len(checked.lines):
            raise RuntimeError("the parser and the line check disagree on the number of rows")
        return Batch(
            rows=rows,
            lines=checked.lines,
            raw=lambda index: self._lossy(checked.raw(index)),
            trimmed=not quoted and not has_blanks(data, self.separator),
            plain=b'"' not in data and b"'" not in data,
            rejected=checked.rejected,
        )

    def _columns(self, data: bytes, *, quoted: bool) -> pl.DataFrame:
        schema = {str(rank): pl.String for rank in range(self._n_fields)}
        wanted = [
            self._constant(rank).alias(name)
            if rank >= self._n_fields
            else pl.col(str(rank)).alias(name)
            for name, rank in self.layout.positions.items()
        ]
        if not data:
            return pl.DataFrame(schema=schema).select(wanted)
        return (
            pl.scan_csv(
                data,
                has_header=False,
                schema=schema,
                separator=self.separator,
                quote_char='"' if quoted else None,
            )
            .select(wanted)
            .collect()
        )

    def _constant(self, rank: int) -> pl.Expr:
        """A column that a folder of the file names: one value for all rows."""
        return pl.lit(list(self._constants.values())[rank - self._n_fields], pl.String)

    def _records(self, feed: LineFeed) -> Iterator[Batch]:
        """The exact way, for a block in which quotes and lines do not go together."""
        records = read_records(feed, self._shape)
        kept: list[Record] = []
        rejected: list[Rejected] = []
        for item in records:
            match item:
                case Record():
                    kept.append(item)
                    self._continuation += item.lines - 1
                case Rejected():
                    rejected.append(item)
                case Blank():
                    self._blank += 1
                case Turn():
                    rejected.append(item.rejected)
            if isinstance(item, Turn) or len(kept) + len(rejected) >= _RECORDS_PER_BATCH:
                yield self._given(kept, rejected)
                kept, rejected = [], []
            if isinstance(item, Turn):
                self._turn(item.names)
        yield self._given(kept, rejected)

    def _given(self, kept: list[Record], rejected: list[Rejected]) -> Batch:
        self._refuse_if_all_wrong(len(kept), rejected)
        self._refuse_joined(rejected)
        return self._batch(kept, rejected)

    def _batch(self, kept: list[Record], rejected: list[Rejected]) -> Batch:
        fixed = list(self._constants.values())
        rows = pl.DataFrame(
            {
                name: [record.fields[rank] or None for record in kept]
                if rank < self._n_fields
                else [fixed[rank - self._n_fields]] * len(kept)
                for name, rank in self.layout.positions.items()
            },
            schema=dict.fromkeys(self.layout.positions, pl.String),
        )
        return Batch(
            rows=rows,
            lines=np.array([record.line for record in kept], np.int64),
            raw=lambda index: kept[index].raw,
            rejected=rejected,
        )

    def _following(self, blocks: Iterator[bytes]) -> Iterator[str] | None:
        """Lines of the next block, when a record goes on in it."""
        block = next(blocks, None)
        return None if block is None else self._text_lines(block)

    def _text_lines(self, block: bytes) -> Iterator[str]:
        sound = self._decodes(block)
        for line in _lines(block):
            if sound or self._decodes(line):
                yield line.decode(self.encoding)
            else:
                yield Undecodable(self._lossy(line))


def _without_marks(block: bytes) -> bytes:
    """Whole lines without a byte-order mark before one of them: a file was appended to another."""
    if _BOM not in block:
        return block
    bare = b"\n" + block
    while b"\n" + _BOM in bare:
        bare = bare.replace(b"\n" + _BOM, b"\n")
    # a mark alone at the end of the file is a line, though a blank one
    alone = bare.endswith(b"\n") and not block.endswith(b"\n")
    return bare[1:] + (b"\r" if alone else b"")


def _lines(block: bytes) -> Iterator[bytes]:
    """Physical lines with their newline; a lone carriage return ends none."""
    start = 0
    while start < len(block):
        end = block.find(b"\n", start) + 1 or len(block)
        yield block[start:end]
        start = end


def has_blanks(data: bytes, separator: str) -> bool:
    """Whether some field may begin or end with a blank of any width."""
    if b" " in data or (separator != "\t" and b"\t" in data):
        return True
    if b"\r" in data or data.endswith(b"\x1a\n"):  # CR CR LF; the end of a file of DOS
        return True
    # unbreakable and other wide blanks, the mark of UTF-8 in the middle of a file
    return not data.isascii() and any(mark in data for mark in _WIDE_BLANKS)
