"""What makes a command believe that nothing changed, and every single thing that must not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from etl import unchanged
from etl.configuration import load_settings
from etl.settings import Settings
from etl.unchanged import Record, build_digest, delivery_digest, recall, remember, run_digest
from etl.workspace import Workspace


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    folder = tmp_path / "delivery"
    (folder / "2019").mkdir(parents=True)
    (folder / "2019" / "ER_PRS_F_2019.csv").write_text("a;b\n1;2\n")
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "w")
    made.create()
    (made.lake / "dcir" / "er_prs_f").mkdir(parents=True)
    for path in (
        made.lake / "dcir" / "er_prs_f" / "part-0.parquet",
        made.vocabulary / "code_map.parquet",
        made.candidate,
        made.registry,
        made.quality / "verdict.json",
        made.root / "waivers.yml",
        made.root / "policy.yml",
        made.releases / "1" / "MANIFEST.json",
        made.releases / "2" / "MANIFEST.json",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    made.current.symlink_to("1")
    return made


def _digest(workspace: Workspace, delivery: Path, settings: Settings | None = None) -> str:
    return run_digest(workspace, settings or Settings(), delivery_digest(delivery, year=None))


def _append(path: Path) -> None:
    with path.open("a") as handle:
        handle.write("y")


def _later(path: Path) -> None:
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 1))


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("x")
    other.replace(path)


def _relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("2")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (_append, "../delivery/2019/ER_PRS_F_2019.csv"),
        (_later, "../delivery/2019/ER_PRS_F_2019.csv"),
        (Path.unlink, "../delivery/2019/ER_PRS_F_2019.csv"),
        (Path.touch, "../delivery/2019/ER_PRS_F_2020.csv"),
        (Path.touch, "../delivery/delivery.toml"),
        (Path.unlink, "lake/dcir/er_prs_f/part-0.parquet"),
        (_later, "lake/dcir/er_prs_f/part-0.parquet"),
        (_append, "lake/vocabulary/code_map.parquet"),
        (Path.unlink, "build/candidate.duckdb"),
        (_replace, "build/candidate.duckdb"),
        (_append, "build/candidate.duckdb"),
        (Path.unlink, "state/registry.duckdb"),
        (Path.unlink, "quality/verdict.json"),
        (_append, "waivers.yml"),
        (Path.unlink, "policy.yml"),
        (_relink, "releases/current"),
        (Path.unlink, "releases/1/MANIFEST.json"),
    ],
)
def test_one_change_is_seen(
    workspace: Workspace, delivery: Path, change: Callable[[Path], None], where: str
) -> None:
    before = _digest(workspace, delivery)
    assert _digest(workspace, delivery) == before
    change(workspace.root / where)
    assert _digest(workspace, delivery) != before


def test_a_setting_is_a_change(workspace: Workspace, delivery: Path) -> None:
    other = load_settings(environment={"SNDS_OMOP_DRUGS__DAYS": "31"})
    assert _digest(workspace, delivery, other) != _digest(workspace, delivery)


def test_the_code_is_a_change(
    workspace: Workspace, delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _digest(workspace, delivery)
    monkeypatch.setattr(unchanged, "code_digest", lambda: "other code")
    assert _digest(workspace, delivery) != before


def test_code_counts_by_content_not_by_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "target").mkdir()
    model = tmp_path / "models" / "person.sql"
    model.write_text("select 1")
    monkeypatch.setattr(unchanged, "dbt_project_dir", lambda: tmp_path)
    digest = unchanged.code_digest.__wrapped__
    before = digest()
    _later(model)
    (tmp_path / "target" / "manifest.json").write_text("{}")
    assert digest() == before
    model.write_text("select 2")
    assert digest() != before


def test_the_year_and_the_place_of_a_delivery_are_part_of_it(
    delivery: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    before, by_year = delivery_digest(delivery, year=None), delivery_digest(delivery, year=2019)
    delivery.rename(moved)
    assert len({before, by_year, delivery_digest(moved, year=None)}) == 3


def test_the_declaration_of_a_delivery_is_part_of_it(delivery: Path, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "delivery.toml"
    file.parent.mkdir()
    before = {delivery_digest(delivery), delivery_digest(delivery, file)}
    file.write_text("name = 'a'")
    before.add(delivery_digest(delivery, file))
    (file.parent / "pseudonyms.csv").write_text("old,new")
    assert delivery_digest(delivery, file) not in before
    assert len(before) == 3


def test_checks_that_write_into_the_candidate_do_not_ask_for_a_build(workspace: Workspace) -> None:
    before = build_digest(workspace, Settings())
    _append(workspace.candidate)
    assert build_digest(workspace, Settings()) == before
    _replace(workspace.candidate)
    assert build_digest(workspace, Settings()) != before


def test_waivers_make_the_day_part_of_the_verdict(
    workspace: Workspace, delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A waiver ends on a day: the same files on the next day are checked again."""

    class Tomorrow(unchanged.date):
        @classmethod
        def today(cls) -> Tomorrow:
            return cls(2199, 1, 1)

    before = _digest(workspace, delivery)
    monkeypatch.setattr(unchanged, "date", Tomorrow)
    assert _digest(workspace, delivery) != before
    (workspace.root / "waivers.yml").unlink()
    without = _digest(workspace, delivery)
    monkeypatch.undo()
    assert _digest(workspace, delivery) == without


def test_a_record_is_recalled_and_forgotten(workspace: Workspace) -> None:
    assert recall(workspace, "run") is None
    record = Record("abc", {"release": {"id": "1"}})
    remember(workspace, "run", record)
    assert recall(workspace, "run") == record
    assert recall(workspace, "build") is None
    unchanged.forget(workspace)
    assert recall(workspace, "run") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"digest": "abc"}', "null"])
def test_a_damaged_record_is_no_record(workspace: Workspace, text: str) -> None:
    remember(workspace, "run", Record("abc", {}))
    (workspace.state / "unchanged" / "run.json").write_text(text)
    assert recall(workspace, "run") is None
