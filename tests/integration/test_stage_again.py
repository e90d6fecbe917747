"""Staging a second time: what changed, left, moved or came twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from staging import HEADER, ROWS, Site, lines, statuses

from etl.errors import SndsOmopError
from etl.loaders.report import elsewhere


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    yield Site(tmp_path)


def test_staging_twice_is_a_no_op(site: Site) -> None:
    site.diagnoses()
    site.diagnoses("T_MCO20D.csv", "010000123;0000000009;J45")
    site.diagnoses("T_MCO18D.csv", ROWS[0], "bad line")
    site.stage()
    before = site.content()
    report = site.stage()
    assert report.counts == {"unchanged": 2, "refused": 1}
    assert not report.changed
    assert site.content() == before


def test_a_touched_file_with_the_same_bytes_is_unchanged(site: Site) -> None:
    path = site.diagnoses()
    site.stage()
    path.touch()
    assert site.stage().counts == {"unchanged": 1}


def test_a_changed_file_of_the_same_size_and_time_is_seen(site: Site) -> None:
    import os

    path = site.diagnoses()
    site.stage()
    before = path.stat()
    path.write_text(path.read_text().replace("I10", "I11"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert site.stage().counts == {"staged": 1}
    assert site.rows()["ASS_DGN"].to_list() == ["I11", "E119", "C509"]


def test_a_changed_file_replaces_its_rows_and_keeps_its_number(site: Site) -> None:
    site.diagnoses("T_MCO18D.csv", ROWS[2])
    site.diagnoses()
    site.stage()
    site.diagnoses("T_MCO18D.csv", "010000123;0000000007;J45;1", "bad")
    site.stage()
    assert site.folders() == ["f00001", "f00002"]
    assert site.rows()["ASS_DGN"].to_list() == ["J45", "I10", "E119", "C509"]
    assert site.quarantine().height == 1
    site.diagnoses("T_MCO18D.csv", "010000123;0000000007;J45;1")
    site.stage()
    assert site.quarantine().is_empty()


def test_a_changed_file_that_is_refused_keeps_its_former_rows(site: Site) -> None:
    path = site.diagnoses()
    site.stage()
    path.write_text("")
    report = site.stage()
    assert report.refused[0].code == "SO-201"
    assert "rows staged before are kept" in report.refused[0].message
    assert site.rows().height == 3


def test_a_file_that_left_takes_its_rows_away_and_its_number_is_not_reused(site: Site) -> None:
    path = site.diagnoses("T_MCO18D.csv", ROWS[0], "bad line;x")
    site.diagnoses()
    site.stage()
    path.unlink()
    report = site.stage()
    assert statuses(report) == {"T_MCO18D.csv": "removed", "T_MCO19D.csv": "unchanged"}
    assert site.folders() == ["f00002"]
    assert site.quarantine().is_empty()
    site.diagnoses("T_MCO20D.csv", "010000123;0000000009;J45;1")
    site.stage()
    assert site.folders() == ["f00002", "f00003"]


def test_an_empty_directory_removes_nothing(site: Site) -> None:
    path = site.diagnoses()
    site.stage()
    path.unlink()
    with pytest.raises(SndsOmopError, match="SO-109"):
        site.stage()
    assert site.rows().height == 3


def test_another_directory_adds_to_the_lake(site: Site, tmp_path: Path) -> None:
    site.diagnoses()
    site.stage()
    other = tmp_path / "second"
    site.put("T_MCO19D.csv", lines(HEADER, "010000123;0000000009;J45;1"), folder=other)
    site.put("delivery.toml", 'kind = "increment"\n', folder=other)
    site.stage(other)
    assert site.rows().height == 4
    assert site.stage().counts == {"unchanged": 1}
    assert site.rows().height == 4


def test_a_moved_directory_keeps_its_rows(site: Site, tmp_path: Path) -> None:
    site.diagnoses("2019/T_MCO19D.csv")
    site.stage()
    before = site.rows()
    moved = tmp_path / "moved"
    shutil.move(site.delivery, moved)
    report = site.stage(moved)
    assert report.counts == {"moved": 1}
    assert site.rows().equals(before)
    assert site.manifest().files[0].root == str(moved)
    assert site.stage(moved).counts == {"unchanged": 1}


def test_the_same_content_is_not_loaded_twice(site: Site, tmp_path: Path) -> None:
    site.diagnoses()
    site.diagnoses("copy/T_MCO19D.csv")
    report = site.stage()
    assert statuses(report) == {"T_MCO19D.csv": "staged", "copy/T_MCO19D.csv": "duplicate"}
    assert report.of("duplicate")[0].code == "SO-209"
    assert site.rows().height == 3
    assert elsewhere(report.files) == {}
    copied = tmp_path / "again"
    shutil.copytree(site.delivery, copied)
    again = site.stage(copied)
    assert again.counts == {"duplicate": 2}
    assert again.refused == []
    assert {name: len(files) for name, files in elsewhere(again.files).items()} == {
        str(site.delivery): 2
    }


def test_a_file_overwritten_with_another_ones_content_loses_its_rows(site: Site) -> None:
    site.diagnoses()
    path = site.diagnoses("part2/T_MCO19D.csv", "010000123;0000000009;J45;1")
    site.stage()
    path.write_text(lines(HEADER, *ROWS))
    assert site.stage().counts == {"unchanged": 1, "duplicate": 1}
    assert site.rows().height == 3


def test_numbers_follow_names_whatever_the_order_of_the_directory(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    walk = os.walk
    monkeypatch.setattr(os, "walk", lambda *a, **k: ((x, y, z[::-1]) for x, y, z in walk(*a, **k)))
    for year in (20, 18, 19):
        site.diagnoses(f"T_MCO{year}D.csv", f"010000123;00000000{year};I10;1")
    site.stage()
    assert [(f.name, f.number) for f in site.manifest().files] == [
        ("T_MCO18D.csv", 1),
        ("T_MCO19D.csv", 2),
        ("T_MCO20D.csv", 3),
    ]


def test_a_changed_file_that_grew_beyond_its_room_moves(site: Site) -> None:
    """Its number stays, its rows get new ids, and the other file keeps its own."""
    site.diagnoses("T_MCO18D.csv", "010000123;0000000001;I10;1")
    site.diagnoses()
    site.stage()
    other = site.manifest().files[1]
    site.diagnoses("T_MCO18D.csv", *(f"010000123;{n:010d};I10;{n}" for n in range(10_000)))
    site.stage()
    grown, kept = site.manifest().files
    assert kept == other
    assert (grown.number, grown.position) == (1, other.position + other.room)
    assert site.rows()["_row_id"].n_unique() == 10_003
    assert site.folders() == ["f00001", "f00002"]


def test_a_changed_contract_stages_its_files_again(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "second"
    site.put("T_MCO18D.csv", lines(HEADER, ROWS[0]), folder=other)
    site.stage(other)
    site.diagnoses()
    site.stage()
    monkeypatch.setattr("etl.loaders.load.LOADER_VERSION", 99)
    report = site.stage()
    assert statuses(report) == {"T_MCO19D.csv": "staged", "T_MCO18D.csv": "staged"}
    assert site.folders() == ["f00001", "f00002"]
    assert site.stage().counts == {"unchanged": 1}


def test_a_missing_part_is_staged_again(site: Site) -> None:
    site.diagnoses()
    site.stage()
    next(site.workspace.lake.rglob("part-*.parquet")).unlink()
    assert site.stage().counts == {"staged": 1}
    assert site.rows().height == 3
