"""A file as a stream of byte blocks, each cut at a newline, hashed on the way.

Memory is a few blocks, whatever the file's size, and the line a block starts at is always known.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from etl.clauses import of_system
from etl.delivery.sources import Source, damaged
from etl.errors import SndsOmopError

READ_SIZE = 1 << 20
# Measured: larger blocks cost page faults and memory, smaller ones cost calls (docs/adr/0003).
BLOCK_SIZE = 16 << 20
LONGEST_LINE = 256 << 20

T = TypeVar("T")


class HashedFile:
    """Reads a file from start to end and hashes every byte that it hands out.

    Raises:
        SndsOmopError: while reading: SO-211 the file cannot be read, SO-202 its archive is damaged.
    """

    def __init__(
        self, source: Source | Path, advance: Callable[[int], None] = lambda _: None
    ) -> None:
        self._source = source if isinstance(source, Source) else Source(source)
        self._advance = advance
        self._sha = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        try:
            with self._source.open() as handle:
                while data := handle.read(READ_SIZE):
                    self._sha.update(data)
                    self.size += len(data)
                    self._advance(len(data))
                    yield data
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise damaged() from error
        except OSError as error:
            raise SndsOmopError("SO-211", *of_system(error)) from error

    @property
    def sha256(self) -> str:
        return self._sha.hexdigest()


def content_hash(source: Source | Path, advance: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 of a whole file, or of a whole member of an archive."""
    file = HashedFile(source, advance)
    for _ in file:
        pass
    return file.sha256


def decompressed(raw: Iterator[bytes]) -> Iterator[bytes]:
    """The content of a gzip stream, members one after the other.

    Raises:
        SndsOmopError: SO-202 when the stream is damaged or stops early.
    """
    member = zlib.decompressobj(wbits=31)
    begun = False
    try:
        for data in raw:
            while data:
                if member.eof:
                    data = data.lstrip(b"\0")  # padding is allowed between members
                    if not data:
                        break
                    member = zlib.decompressobj(wbits=31)
                begun = True
                yield member.decompress(data, READ_SIZE)
                data = member.unconsumed_tail or member.unused_data
        yield member.flush()
    except zlib.error as error:
        raise SndsOmopError(
            "SO-202", "its gzip data is damaged", "ses données gzip sont endommagées"
        ) from error
    if begun and not member.eof:
        raise SndsOmopError(
            "SO-202",
            "its gzip data stops before its end",
            "ses données gzip s'arrêtent avant leur fin",
        )


def cut_blocks(pieces: Iterator[bytes], size: int = BLOCK_SIZE) -> Iterator[bytes]:
    """Regroup bytes into blocks of about ``size`` that end with a newline (but for the last one).

    Raises:
        SndsOmopError: SO-206 when a line is longer than any line can be.
    """
    waiting: list[bytes] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length < size:
            continue
        cut = piece.rfind(b"\n") + 1
        if cut:
            waiting[-1] = piece[:cut]
            yield b"".join(waiting)
            waiting = [piece[cut:]]
            length = len(piece) - cut
        elif length > LONGEST_LINE:
            raise SndsOmopError(
                "SO-206",
                f"a line is longer than {LONGEST_LINE >> 20} MiB",
                f"une ligne dépasse {LONGEST_LINE >> 20} Mio",
            )
    rest = b"".join(waiting)
    if rest:
        yield rest


def prefetched(items: Iterator[T]) -> Iterator[T]:
    """The same items, the next one being made in another thread while one is used.

    Reading, hashing, unzipping and NumPy release the interpreter lock, so this halves the wait.
    """
    end = object()
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, items, end)
            yield item  # type: ignore[misc]
