"""Bytes to UTF-8, and lines counted in them: every first byte, half unit and end."""

from __future__ import annotations

import pytest

from etl.delivery.count import LineCount
from etl.delivery.utf16 import utf16_of
from etl.errors import SndsOmopError
from etl.loaders.encodings import decodes, is_of_cp1252, to_utf8, without_utf16


@pytest.mark.parametrize(
    ("data", "encoding", "is_possible"),
    [
        (b"abc", "utf-8", True), (b"\xe9", "utf-8", False), (b"\xc3\xa9", "utf-8", True),
        (b"\xe9", "cp1252", True), (b"\x81", "cp1252", False), (b"\x9d", "cp1252", False),
        (b"a\x8d", "cp1252", False), (b"\x8f", "cp1252", False), (b"\x90", "cp1252", False),
        (b"\x80\x9f", "cp1252", True), (b"\x81", "latin-1", True), (b"\xe9", "ascii", False),
    ],
)  # fmt: skip
def test_bytes_that_have_a_meaning(data: bytes, encoding: str, *, is_possible: bool) -> None:
    """The five bytes that cp1252 leaves without meaning; Latin-1 leaves none."""
    assert decodes(data, encoding) is is_possible


@pytest.mark.parametrize("byte", range(256))
def test_every_byte_of_cp1252_is_what_the_standard_library_makes_of_it(byte: int) -> None:
    data = b"x" + bytes([byte])
    if decodes(data, "cp1252"):
        assert to_utf8(data, "cp1252") == data.decode("cp1252").encode()
    else:
        with pytest.raises(UnicodeDecodeError):
            data.decode("cp1252")
    assert to_utf8(data, "latin-1") == data.decode("latin-1").encode()
    assert to_utf8(data, "utf-8") == data


@pytest.mark.parametrize(
    ("line", "is_other"),
    [
        (b"caf\xe9", True), ("café".encode(), False), (b"\xc3", False), (b"a\xc2b", False),
        (b"\x81\xe9", False), (b"\xe9\x80", True), ("€".encode(), False), (b"\xf0\x90\xe9", False),
        ("\U0001f600".encode(), False),
    ],
)  # fmt: skip
def test_a_line_of_another_export(line: bytes, *, is_other: bool) -> None:
    """A letter of UTF-8, whole or cut, shows that the line is damaged instead."""
    assert is_of_cp1252(line) is is_other


TEXT = "NUM;é\nA;1\n"


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("size", [2, 3, 7, 1000])
def test_utf16_in_pieces_of_any_size(name: str, *, mark: bool, size: int) -> None:
    text = TEXT.replace("é", "E") * 9 if not mark else TEXT
    start = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[name] if mark else b""
    data = start + text.encode(name)
    first = max(size, 64) if not mark else max(size, 2)
    pieces = [data[:first], *(data[i : i + size] for i in range(first, len(data), size))]
    assert b"".join(without_utf16(iter(pieces))).decode() == text
    counted = LineCount()
    assert list(counted.watch(iter(pieces))) == pieces
    assert counted.lines == text.count("\n")


def test_other_bytes_pass_as_they_come() -> None:
    pieces = [b"ab", b"", b"c\xe9"]
    assert list(without_utf16(iter(pieces))) == pieces
    assert list(without_utf16(iter([]))) == [b""]


@pytest.mark.parametrize("rest", [b"a", b"\x00\xd8"])
def test_what_begins_as_utf16_and_does_not_go_on(rest: bytes) -> None:
    with pytest.raises(SndsOmopError, match="SO-205"):
        list(without_utf16(iter([b"\xff\xfea\0", rest])))


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"a\0b\0c\0d\0", "utf-16-le"),
        (b"\0a\0b\0c\0d", "utf-16-be"), (b"a\0b\0c\0", None), (b"\0a\0b\0c", None),
        (b"a\0b\0c\0d\0e", "utf-16-le"), (b"abcdefgh", None), (b"", None), (b"a\0b\0c\0dd", None),
        (b"\0" * 8, None), (b"a\0" * 32 + b"xx", "utf-16-le"), (b"a\0" * 31 + b"xx", None),
        (b"\0a" * 32 + b"xx", "utf-16-be"), (b"\0a\0b\0\0\0d", None), (b"a\0\0\0b\0c\0", None),
    ],
)  # fmt: skip
def test_utf16_by_its_mark_or_its_zeros(first: bytes, kind: str | None) -> None:
    """Of 64 bytes, and of as few as eight: a zero in each pair, always on the same side."""
    assert utf16_of(first) == kind


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([], 0), ([b""], 0), ([b"a"], 1), ([b"a\n"], 1), ([b"a\n", b"b"], 2), ([b"\n\n"], 2),
        ([b"a", b"\n"], 1), ([b"a\n", b""], 1), ([b"a\r\nb\r\n"], 2), ([b"\n"], 1),
        ([b"\xff\xfea\0\n\0"], 1), ([b"\xff\xfe", b"\n", b"\0"], 1), ([b"a\0\n\0b\0"], 2),
        # a unit of two bytes that holds a line feed is another letter
        ([b"\xff\xfe\x0a\x01\n\0"], 1), ([b"\xfe\xff\0a\x0a\x01\0\n"], 1), ([b"\0a\0\n\0b"], 2),
        ([b"\0\0\n"], 1),
    ],
)  # fmt: skip
def test_lines_that_pass(pieces: list[bytes], lines: int) -> None:
    counted = LineCount()
    for piece in pieces:
        counted.add(piece)
    assert counted.lines == lines
