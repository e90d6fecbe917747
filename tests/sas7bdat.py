"""Writes small uncompressed SAS7BDAT files, for tests only: no free library writes them.

The layout follows the public description of the format by M. Shotwell (sas7bdat, vignette): a
header, one page of metadata (subheaders at its end, pointers to them at its start), data pages.
32-bit, little endian, as Windows SAS wrote them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MAGIC = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_PAGE = 65_536
_HEADER = 1024
_PAGE_HEADER = 24
_POINTER = 12
ENCODINGS = {"utf-8": 20, "latin-1": 29}

Value = str | float | None


@dataclass(frozen=True)
class SasColumn:
    """A column; ``width`` is that of its text, 0 for a number."""

    name: str
    width: int = 0
    format: str = ""


def write_sas7bdat(
    path: Path,
    columns: Sequence[SasColumn],
    rows: Sequence[Sequence[Value]],
    *,
    encoding: str = "utf-8",
) -> None:
    """Write rows; a number that is None is a SAS missing value, a text that is None is blank."""
    widths = [column.width or 8 for column in columns]
    # numbers come first in a row, so that they stand on multiples of eight
    order = sorted(range(len(columns)), key=lambda index: bool(columns[index].width))
    offsets = dict.fromkeys(order, 0)
    length = 0
    for index in order:
        offsets[index] = length
        length += widths[index]
    length += -length % 8
    per_page = (_PAGE - _PAGE_HEADER) // length
    encoded = []
    for row in rows:
        record = bytearray(length)
        for index, (column, value) in enumerate(zip(columns, row, strict=True)):
            place = offsets[index]
            record[place : place + widths[index]] = _field(column, value, encoding)
        encoded.append(bytes(record))
    pages = [_metadata(columns, widths, offsets, length, len(rows), per_page)]
    for first in range(0, len(encoded), per_page):
        part = encoded[first : first + per_page]
        pages.append(_page(0x0100, len(part), 0) + b"".join(part))
    content = _header(len(pages), ENCODINGS[encoding])
    path.write_bytes(content + b"".join(page.ljust(_PAGE, b"\0") for page in pages))


def _field(column: SasColumn, value: Value, encoding: str) -> bytes:
    if column.width:
        text = str(value or "").encode(encoding)
        assert len(text) <= column.width
        return text.ljust(column.width)
    if value is None:
        return struct.pack("<Q", 0xFFFFFE00_00000000)
    assert isinstance(value, int | float)
    assert math.isfinite(value)
    return struct.pack("<d", value)


def _header(pages: int, encoding: int) -> bytes:
    start = bytearray(164)
    start[0:32] = _MAGIC
    start[32] = start[35] = 0x22  # 32 bits, aligned on 4
    start[37] = 1  # little endian
    start[39] = ord("2")
    start[70] = encoding
    start[84:92] = b"SAS FILE"
    start[92:124] = b"TEST".ljust(32)
    start[156:164] = b"DATA    "
    times = struct.pack("<4d", 0, 0, 0, 0)
    sizes = struct.pack("<III", _HEADER, _PAGE, pages) + bytes(8)
    release = b"9.0401M6" + b"X64_10PRO".ljust(16, b"\0")
    return (bytes(start) + times + sizes + release).ljust(_HEADER, b"\0")


def _page(kind: int, blocks: int, subheaders: int) -> bytes:
    return bytes(16) + struct.pack("<HHHH", kind, blocks, subheaders, 0)


def _metadata(
    columns: Sequence[SasColumn],
    widths: Sequence[int],
    offsets: dict[int, int],
    length: int,
    n_rows: int,
    per_page: int,
) -> bytes:
    blob = bytearray(16)  # begins with its own size
    names, formats = [], []
    for column in columns:
        names.append(_keep(blob, column.name))
        formats.append(_keep(blob, column.format))
    text = bytes(blob)
    row_size = bytearray(480)
    struct.pack_into("<I", row_size, 0, 0xF7F7F7F7)
    struct.pack_into("<II", row_size, 20, length, n_rows)
    struct.pack_into("<I", row_size, 60, per_page)
    attributes = b"".join(
        struct.pack("<IIHBB", offsets[index], widths[index], 0, 2 if column.width else 1, 0)
        for index, column in enumerate(columns)
    )
    subheaders = [
        bytes(row_size),
        struct.pack("<III", 0xF6F6F6F6, len(columns), 0),
        struct.pack("<IH", 0xFFFFFFFD, len(text)) + text[2:] + bytes(8),
        _sized(0xFFFFFFFF, b"".join(struct.pack("<HHHH", *name, 0) for name in names)),
        _sized(0xFFFFFFFC, attributes),
    ]
    for form in formats:
        block = bytearray(52)
        struct.pack_into("<I", block, 0, 0xFFFFFBFE)
        struct.pack_into("<HHH", block, 34, *form)
        subheaders.append(bytes(block))
    page = bytearray(_PAGE)
    page[:_PAGE_HEADER] = _page(0x0000, len(subheaders), len(subheaders))
    end = _PAGE
    for index, subheader in enumerate(subheaders):
        end -= len(subheader) + len(subheader) % 4
        page[end : end + len(subheader)] = subheader
        place = _PAGE_HEADER + index * _POINTER
        struct.pack_into("<IIBBH", page, place, end, len(subheader), 0, 0, 0)
    assert _PAGE_HEADER + len(subheaders) * _POINTER < end
    return bytes(page)


def _keep(blob: bytearray, text: str) -> tuple[int, int, int]:
    """Add a text to the blob; its block, place and length."""
    place = len(blob)
    blob += text.encode("ascii")
    blob += bytes(-len(blob) % 4)
    return 0, place, len(text)


def _sized(signature: int, content: bytes) -> bytes:
    """A subheader that holds its own size: signature, size, padding, content, padding."""
    size = 12 + len(content) + 8
    return struct.pack("<IH", signature, size - 12) + bytes(6) + content + bytes(8)
