"""Files come as blocks cut at newlines, whole and hashed."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import SndsOmopError
from etl.loaders import blocks


@given(st.lists(st.binary(max_size=40)), st.integers(1, 60))
def test_blocks_hold_every_byte_and_end_with_a_newline(pieces: list[bytes], size: int) -> None:
    cut = list(blocks.cut_blocks(iter(pieces), size))
    assert b"".join(cut) == b"".join(pieces)
    assert all(block.endswith(b"\n") for block in cut[:-1])


def test_a_line_longer_than_any_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LONGEST_LINE", 100)
    with pytest.raises(SndsOmopError, match="SO-206"):
        list(blocks.cut_blocks(iter([b"x" * 60] * 3), size=50))


@pytest.mark.parametrize("members", [1, 3])
def test_gzip_members_are_read_one_after_the_other(members: int) -> None:
    content = b"".join(gzip.compress(b"line\n" * 5) for _ in range(members)) + b"\0" * 7
    pieces = (content[at : at + 11] for at in range(0, len(content), 11))
    assert b"".join(blocks.decompressed(pieces)) == b"line\n" * 5 * members


def test_a_small_archive_of_much_text_comes_in_small_pieces() -> None:
    content = gzip.compress(b"0" * (8 * blocks.READ_SIZE))
    assert max(len(piece) for piece in blocks.decompressed(iter([content]))) <= blocks.READ_SIZE


@pytest.mark.parametrize("kept", [3, 20, -1])
def test_a_truncated_archive_is_refused(kept: int) -> None:
    content = gzip.compress(b"line\n" * 500)[:kept]
    with pytest.raises(SndsOmopError, match="SO-202"):
        list(blocks.decompressed(iter([content])))


def test_a_damaged_archive_is_refused() -> None:
    content = bytearray(gzip.compress(b"line\n" * 500))
    content[-6] ^= 0xFF
    with pytest.raises(SndsOmopError, match="SO-202"):
        list(blocks.decompressed(iter([bytes(content)])))
    with pytest.raises(SndsOmopError, match="SO-202"):
        list(blocks.decompressed(iter([b"not an archive"])))


def test_every_byte_is_hashed_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"ab" * 1_000_000)
    sizes: list[int] = []
    file = blocks.HashedFile(path, sizes.append)
    assert sum(len(piece) for piece in file) == file.size == sum(sizes) == 2_000_000
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert blocks.content_hash(path) == file.sha256


def test_a_file_that_cannot_be_opened_has_a_code(tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError, match="SO-211"):
        blocks.content_hash(tmp_path / "absent")


def test_prefetching_keeps_order_and_errors() -> None:
    assert list(blocks.prefetched(iter(range(5)))) == list(range(5))

    def failing() -> object:
        yield 1
        raise ValueError("later")

    items = blocks.prefetched(failing())  # type: ignore[arg-type]
    assert next(items) == 1
    with pytest.raises(ValueError, match="later"):
        next(items)
