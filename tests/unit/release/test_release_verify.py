"""A changed byte is found and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl import release
from etl.release.files import CHUNK_BYTES
from tests.small_candidate import key_of, released


@pytest.fixture
def made(tmp_path: Path) -> release.Release:
    made = release.find(released(tmp_path / "workspace"), "current")
    for path in made.path.rglob("*"):
        path.chmod(0o700)
    made.path.chmod(0o700)
    return made


def flip(path: Path, position: int) -> None:
    with path.open("r+b") as handle:
        handle.seek(position)
        byte = handle.read(1)
        handle.seek(position)
        handle.write(bytes([byte[0] ^ 1]))


@pytest.mark.parametrize("position", [0, 5_000, CHUNK_BYTES, CHUNK_BYTES + 17])
def test_one_flipped_byte_of_the_database(made: release.Release, position: int) -> None:
    flip(made.database, position)
    (damage,) = release.verify(made, key_of(made))
    assert damage.path == "omop.duckdb"
    assert damage.kind == "changed"
    assert damage.first_byte is not None and damage.last_byte is not None
    assert damage.first_byte <= position <= damage.last_byte


def test_one_flipped_byte_in_any_file(made: release.Release) -> None:
    for record in made.manifest.files:
        flip(made.path / record.path, record.bytes - 1)
        assert [damage.path for damage in release.verify(made, key_of(made))] == [record.path]
        flip(made.path / record.path, record.bytes - 1)
    assert release.verify(made, key_of(made)) == []


def test_missing_unexpected_and_longer(made: release.Release) -> None:
    (made.path / "quality" / "dq-result.json").unlink()
    (made.path / "note.txt").touch()
    with made.database.open("ab") as handle:
        handle.write(b"more")
    kinds = {damage.path: damage.kind for damage in release.verify(made, key_of(made))}
    assert kinds == {
        "quality/dq-result.json": "missing",
        "note.txt": "unexpected",
        "omop.duckdb": "longer",
    }
