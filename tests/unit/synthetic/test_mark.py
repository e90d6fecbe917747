"""What is taken for synthetic."""

from __future__ import annotations

from pathlib import Path

from etl.loaders.blocks import content_hash
from etl.loaders.manifest import Delivery, StagedFile
from etl.synthetic.mark import is_synthetic, write_mark


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
