"""What is taken for synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import SndsOmopError
from etl.loaders.blocks import content_hash
from etl.loaders.manifest import Delivery, StagedFile
from etl.synthetic.mark import clear_made, is_synthetic, refuse_real, write_mark


def staged(path: Path) -> StagedFile:
    return StagedFile(
        root=str(path.parent), name=path.name, table="IR_BEN_R", year=None, size=1, modified=0,
        sha256=content_hash(path), contract="", forced="", number=1,
        position=0, room=8192, parts=1, rows_read=1, rows_staged=1, rejected={}, unparsed={},
    )  # fmt: skip


def test_only_listed_bytes_are_synthetic(tmp_path: Path) -> None:
    made = tmp_path / "IR_BEN_R.csv"
    made.write_text("made up")
    delivery = Delivery(files=(staged(made),))
    assert not is_synthetic(delivery)
    write_mark(tmp_path, [made])
    assert is_synthetic(delivery)
    made.write_text("replaced by real data")
    assert not is_synthetic(Delivery(files=(staged(made),)))


def test_one_other_file_makes_it_real(tmp_path: Path) -> None:
    made, other = tmp_path / "A.csv", tmp_path / "B.csv"
    made.write_text("made up")
    other.write_text("real")
    write_mark(tmp_path, [made])
    assert not is_synthetic(Delivery(files=(staged(made), staged(other))))


def test_nothing_staged_is_not_synthetic() -> None:
    assert not is_synthetic(Delivery())


def test_what_an_earlier_run_made_is_replaced(tmp_path: Path) -> None:
    made, hidden = tmp_path / "ER_PRS_F_2018.csv", tmp_path / ".DS_Store"
    made.write_text("made up")
    hidden.write_text("")
    (tmp_path / "answers").mkdir()
    write_mark(tmp_path, [made])
    clear_made(tmp_path)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [".DS_Store", "answers"]
    clear_made(tmp_path / "absent")


@pytest.mark.parametrize("foreign", ["notes.txt", "IR_BEN_R.csv", "answers/mine.csv", "a/b.csv"])
def test_a_folder_with_files_of_others_is_refused_and_left_alone(
    tmp_path: Path, foreign: str
) -> None:
    path = tmp_path / foreign
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(SndsOmopError, match="SO-137") as refused:
        clear_made(tmp_path)
    assert refused.value.exit_code == 2
    assert path.read_text() == "mine"


def test_a_made_file_that_was_replaced_by_a_real_one_is_left_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "A.csv", tmp_path / "B.csv"
    first.write_text("made up")
    second.write_text("made up too")
    write_mark(tmp_path, [first, second])
    second.write_text("real")
    with pytest.raises(SndsOmopError, match="SO-137"):
        clear_made(tmp_path)
    assert (first.read_text(), second.read_text()) == ("made up", "real")


def test_demo_leaves_a_real_delivery_alone(tmp_path: Path) -> None:
    real, own = tmp_path / "real" / "A.csv", tmp_path / "own" / "A.csv"
    for path in (real, own):
        path.parent.mkdir()
        path.write_text("rows")
    refuse_real(Delivery(), own.parent)
    # of an earlier run of demo, whose mark another run has replaced since
    refuse_real(Delivery(files=(staged(own),)), own.parent)
    with pytest.raises(SndsOmopError, match="SO-138") as refused:
        refuse_real(Delivery(files=(staged(own), staged(real))), own.parent)
    assert refused.value.exit_code == 2
    write_mark(real.parent, [real])
    refuse_real(Delivery(files=(staged(own), staged(real))), own.parent)
