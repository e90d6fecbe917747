"""Numbers are handed out once; a row id finds its file and line again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.ids import MAX_CHUNK, first_row_id
from etl.loaders.load import Numbering
from etl.loaders.manifest import Chunk, Delivery, StagedFile

MCO_D = contracts()["T_MCOaaD"]


def staged(number: int = 1, **changes: Any) -> StagedFile:
    fields: dict[str, Any] = {
        "root": "/delivery",
        "name": f"T_MCO{10 + number}D.csv",
        "table": "T_MCOaaD",
        "year": 2010 + number,
        "size": 10,
        "modified": 0,
        "sha256": "0" * 64,
        "contract": "x-1",
        "forced": "",
        "chunks": (Chunk(number=number, first_line=0),),
        "parts": 1,
        "rows_read": 3,
        "rows_staged": 2,
        "rejected": {"SO-221": 1},
        "unparsed": {},
    }
    return StagedFile(**(fields | changes))


def test_the_manifest_survives_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "delivery.json"
    assert Delivery.load(path) == Delivery()
    delivery = Delivery().with_file(staged(2)).with_file(staged(1))
    delivery.save(path)
    assert Delivery.load(path) == delivery
    assert [file.number for file in delivery.files] == [1, 2]
    assert list(tmp_path.iterdir()) == [path]


def test_numbers_are_never_given_twice() -> None:
    delivery = Delivery().with_file(staged(1)).with_file(staged(2))
    assert delivery.next_number("T_MCOaaD") == 3
    assert delivery.without(staged(2)).next_number("T_MCOaaD") == 3
    assert delivery.next_number("T_MCOaaA") == 1


def test_a_row_id_finds_its_file_and_line() -> None:
    chunks = (Chunk(number=1, first_line=0), Chunk(number=7, first_line=100))
    file = staged(1, chunks=chunks)
    delivery = Delivery().with_file(file)
    for line in (2, 99, 100, 150):
        assert delivery.locate(file.row_id(line)) == (file, line)
    assert file.row_id(150) == first_row_id(MCO_D.number, 7) + 50
    assert delivery.locate(first_row_id(MCO_D.number, 3)) is None


def test_a_full_chunk_takes_the_next_free_number() -> None:
    numbering = Numbering(MCO_D, [4], following=9, lines_per_chunk=10)
    ids = numbering.row_ids(np.array([2, 9, 10, 25]))
    assert [chunk.number for chunk in numbering.chunks] == [4, 9, 10]
    assert [chunk.first_line for chunk in numbering.chunks] == [0, 10, 20]
    file = staged(4, chunks=tuple(numbering.chunks))
    assert ids.tolist() == [file.row_id(line) for line in (2, 9, 10, 25)]


def test_a_changed_file_keeps_its_numbers() -> None:
    numbering = Numbering(MCO_D, [4, 6], following=9, lines_per_chunk=10)
    numbering.row_ids(np.array([25]))
    assert [chunk.number for chunk in numbering.chunks] == [4, 6, 9]


def test_too_many_chunks_are_refused() -> None:
    with pytest.raises(SndsOmopError, match="SO-208"):
        Numbering(MCO_D, [], following=MAX_CHUNK + 1, lines_per_chunk=10)
