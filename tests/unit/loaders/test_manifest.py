"""Numbers are handed out once; a row id finds its file and line again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.ids import BLOCK, FIRST_POSITION, MAX_POSITION, decode_row_id, first_row_id
from etl.loaders.lake import Incoming
from etl.loaders.load import Numbering, RoomExceededError
from etl.loaders.manifest import Delivery, StagedFile
from etl.loaders.staging_manifest import StagingManifest
from etl.loaders.summary import write_summary
from etl.workspace import Workspace

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
        "number": number,
        "position": FIRST_POSITION + (number - 1) * BLOCK,
        "room": BLOCK,
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
    for one in (delivery, delivery.without(staged(2))):
        assert one.next_number("T_MCOaaD") == 3
        assert one.following("T_MCOaaD") == FIRST_POSITION + 2 * BLOCK
    assert delivery.next_number("T_MCOaaA") == 1
    assert delivery.following("T_MCOaaA") == FIRST_POSITION


def test_a_row_id_finds_its_file_and_line() -> None:
    first, second = staged(1), staged(2, room=3 * BLOCK)
    delivery = Delivery().with_file(first).with_file(second)
    for file, line in ((first, 0), (first, BLOCK - 1), (second, 0), (second, 3 * BLOCK - 1)):
        assert delivery.locate(file.row_id(line)) == (file, line)
    assert first.row_id(5) == first_row_id(MCO_D.number, 1) + 5
    assert second.row_id(0) == first.row_id(BLOCK - 1) + 1
    assert delivery.locate(second.row_id(3 * BLOCK - 1) + 1) is None


def test_a_long_file_goes_on_in_the_next_chunk() -> None:
    numbering = Numbering(MCO_D, 1, 2 * FIRST_POSITION - BLOCK, None)
    ids = numbering.row_ids(np.array([2, BLOCK - 1, BLOCK]))
    assert ids.tolist() == [
        first_row_id(MCO_D.number, 2) - BLOCK + 2,
        first_row_id(MCO_D.number, 2) - 1,
        first_row_id(MCO_D.number, 2),
    ]
    assert numbering.room == 2 * BLOCK


@pytest.fixture
def staging(tmp_path: Path) -> StagingManifest:
    """Two files of one block each."""
    workspace = Workspace(tmp_path)
    workspace.create()
    Delivery().with_file(staged(1)).with_file(staged(2)).save(workspace.manifest)
    return StagingManifest(workspace)


def test_small_files_share_a_chunk(staging: StagingManifest) -> None:
    numbering = staging.numbering("T_MCOaaD", None)
    assert (numbering.number, numbering.position) == (3, FIRST_POSITION + 2 * BLOCK)


def test_a_changed_file_keeps_its_numbers_while_it_fits(staging: StagingManifest) -> None:
    first = staging.at("/delivery", "T_MCO11D.csv")
    numbering = staging.numbering("T_MCOaaD", first)
    assert (numbering.number, numbering.position) == (1, FIRST_POSITION)
    numbering.row_ids(np.array([BLOCK - 1]))
    assert numbering.room == BLOCK
    with pytest.raises(RoomExceededError):
        numbering.row_ids(np.array([BLOCK]))
    moved = staging.numbering("T_MCOaaD", first, moves=True)
    assert (moved.number, moved.position) == (1, FIRST_POSITION + 2 * BLOCK)


def test_the_last_file_may_grow_where_it_is(staging: StagingManifest) -> None:
    numbering = staging.numbering("T_MCOaaD", staging.at("/delivery", "T_MCO12D.csv"))
    numbering.row_ids(np.array([BLOCK]))
    assert (numbering.position, numbering.room) == (FIRST_POSITION + BLOCK, 2 * BLOCK)


def test_files_alike_are_found_by_year_and_size(staging: StagingManifest) -> None:
    assert [f.number for f in staging.alike("T_MCOaaD", 2011, 10)] == [1]
    assert staging.alike("T_MCOaaD", 2011, 11) == []
    assert staging.alike("T_MCOaaD", 2010, 10) == []


@pytest.mark.parametrize(("blocks", "fits"), [(1, True), (2, False)])
def test_lines_beyond_a_table_are_refused(blocks: int, fits: bool) -> None:
    numbering = Numbering(MCO_D, 1, MAX_POSITION + 1 - BLOCK, None)
    if fits:
        numbering.row_ids(np.array([blocks * BLOCK - 1]))
        return
    with pytest.raises(SndsOmopError, match=r"SO-208.*1099511627776"):
        numbering.row_ids(np.array([blocks * BLOCK - 1]))


def test_a_workspace_of_the_earlier_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "delivery.json"
    path.write_text('{"version": 1, "files": [], "last_number": {}}', encoding="utf-8")
    with pytest.raises(SndsOmopError, match="SO-131") as raised:
        Delivery.load(path)
    assert "state/delivery.json" in str(raised.value)


def test_twenty_thousand_small_files_fit(tmp_path: Path) -> None:
    """They share chunks: 16,384 blocks of 8,192 lines in each."""
    workspace = Workspace(tmp_path)
    workspace.create()
    staging = StagingManifest(workspace)
    incoming = SettledIncoming()
    for rank in range(20_000):
        numbering = staging.numbering("T_MCOaaD", None)
        numbering.row_ids(np.array([2, 50]))
        file = staged(
            numbering.number, name=f"{rank}/T_MCO19D.csv",
            position=numbering.position, room=numbering.room,
        )  # fmt: skip
        staging.replace(None, file, incoming)
    staging.flush()
    files = Delivery.load(workspace.manifest).files
    assert len({file.row_id(2) for file in files}) == len(files) == 20_000
    assert {decode_row_id(file.row_id(2)).chunk for file in files} == {1, 2}
    assert Delivery.load(workspace.manifest).locate(files[-1].row_id(50)) == (files[-1], 50)


class SettledIncoming(Incoming):
    """Rows of no content."""

    def __init__(self) -> None:
        pass

    def settle(self) -> None:
        pass


def test_what_reading_changed_is_counted_by_column(tmp_path: Path) -> None:
    """Files of one table and year add up; a column that one count knows has the others at 0."""
    delivery = Delivery()
    for file in (
        staged(1, unparsed={"ASS_DGN": 2}, missing={"ETA_NUM": 3}),
        staged(2, year=2011, missing={"ETA_NUM": 4, "ASS_DGN": 1}, rounded={"RSA_NUM": 5}),
        staged(3),
    ):
        delivery = delivery.with_file(file)
    workspace = Workspace(tmp_path)
    workspace.create()
    write_summary(workspace, delivery)
    found = pl.read_parquet(workspace.lake / "manifest" / "values.parquet")
    assert sorted(found.rows()) == [
        ("T_MCOaaD", 2011, "ASS_DGN", 2, 1, 0),
        ("T_MCOaaD", 2011, "ETA_NUM", 0, 7, 0),
        ("T_MCOaaD", 2011, "RSA_NUM", 0, 0, 5),
    ]
