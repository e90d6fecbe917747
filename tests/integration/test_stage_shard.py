"""Shards in processes of their own give the lake of one process; a lost one is read again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from etl.delivery.inventory import take
from etl.errors import SndsOmopError
from etl.loaders import Delivery, stage
from etl.loaders.shards import Shard
from etl.loaders.stage_shard import stage_shard
from etl.settings import Settings
from etl.synthetic import generate
from etl.workspace import Workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic delivery with lines for the quarantine, a double and a refused file."""
    folder = tmp_path_factory.mktemp("delivery")
    generate(folder, persons=40, seed=3, years=range(2018, 2021))
    claims = min(folder.glob("ER_PRS_F_*.csv"))
    with claims.open("a", encoding="utf-8") as handle:
        handle.write("too;short\n" * 3)
    shutil.copyfile(claims, folder / f"{claims.stem}_part2.csv")
    (folder / "T_MCO19D.csv").write_text("A;B\n1;2\n")
    return folder


@pytest.fixture(scope="module")
def staged(
    delivery: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, dict[str, str]]:
    """The lake of one process, and what became of each file by its name."""
    workspace = Workspace(tmp_path_factory.mktemp("whole") / "w")
    with workspace.locked():
        report = stage(delivery, workspace, Settings())
    return workspace, {file.name: str(file.status) for file in report.files}


@pytest.fixture(scope="module")
def whole(staged: tuple[Workspace, dict[str, str]]) -> Workspace:
    return staged[0]


def files(workspace: Workspace) -> dict[str, str]:
    """Every file of lake and quarantine, by the hash of its bytes."""
    return {
        path.relative_to(workspace.root).as_posix(): sha256(path.read_bytes()).hexdigest()
        for folder in (workspace.lake, workspace.quarantine)
        for path in sorted(folder.rglob("*.parquet"))
    }


def manifest(workspace: Workspace) -> dict[str, Any]:
    return Delivery.load(workspace.manifest).model_dump()


def command(workspace: Workspace, delivery: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "etl", "--workspace", str(workspace.root), "--json", "stage",
         "--input", str(delivery), *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def answer(process: subprocess.Popen[str], code: int) -> dict[str, Any]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    found: dict[str, Any] = json.loads(out)["stage"]
    return found


def test_two_processes_at_once_give_the_lake_of_one(
    delivery: Path, staged: tuple[Workspace, dict[str, str]], tmp_path: Path
) -> None:
    whole, statuses = staged
    workspace = Workspace(tmp_path / "w")
    running = [command(workspace, delivery, "--shard", f"{index}/2") for index in (1, 2)]
    shares = [answer(one, code) for one, code in zip(running, _codes(delivery), strict=True)]
    names = [{file["name"] for file in share["files"]} for share in shares]
    assert not names[0] & names[1]
    assert not workspace.manifest.exists() and not list(workspace.lake.rglob("f0*"))
    together = answer(command(workspace, delivery), 4)
    assert {file["name"]: file["status"] for file in together["files"]} == statuses
    assert together["from_shards"] == sum(status == "staged" for status in statuses.values())
    assert together["unfinished"] == []
    assert files(workspace) == files(whole)
    assert any(name.startswith("quarantine/") for name in files(workspace))
    assert manifest(workspace) == manifest(whole)
    assert not workspace.shards.exists()
    # nothing of it is read again
    again = stage(delivery, workspace, Settings())
    assert again.of("staged") == []


def _codes(delivery: Path) -> list[int]:
    """Exit codes of the two shards: 4 of the one that has the file without known columns."""
    loaded = take(delivery, Settings().input).of("loaded")
    shares = [Shard(index, 2).share(loaded) for index in (1, 2)]
    return [4 if any(e.name == "T_MCO19D.csv" for e in share) else 0 for share in shares]


def test_a_lost_shard_is_read_where_they_are_put_together(
    delivery: Path, whole: Workspace, tmp_path: Path
) -> None:
    workspace = Workspace(tmp_path / "w")
    with Shard(1, 3).workspace(workspace).locked():
        stage_shard(delivery, workspace, Settings(), Shard(1, 3))
    stopped = Shard(2, 3)
    with stopped.workspace(workspace).locked():
        stage_shard(delivery, workspace, Settings(), stopped)
        stopped.begin(workspace)  # a kill after its last file, before it ended
    with workspace.locked():
        report = stage(delivery, workspace, Settings())
    assert report.unfinished == ("2/3", "3/3")
    assert 0 < report.from_shards < len(report.of("staged"))
    assert files(workspace) == files(whole) and manifest(workspace) == manifest(whole)


def test_a_file_that_changed_after_its_shard_is_read_again(delivery: Path, tmp_path: Path) -> None:
    copied, workspace = tmp_path / "delivery", Workspace(tmp_path / "w")
    shutil.copytree(delivery, copied)
    with Shard(1, 1).workspace(workspace).locked():
        stage_shard(copied, workspace, Settings(), Shard(1, 1))
    changed = copied / "IR_BEN_R.csv"
    lines = changed.read_text("utf-8").splitlines(keepends=True)
    changed.write_text("".join(lines[:-1]), "utf-8")
    with workspace.locked():
        report = stage(copied, workspace, Settings())
    assert len(report.of("staged")) == report.from_shards + 1
    rows = {file.name: file.rows_staged for file in report.files}
    assert rows["IR_BEN_R.csv"] == len(lines) - 2


def test_shards_are_put_together_when_none_of_them_runs(delivery: Path, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    with (
        Shard(1, 2).workspace(workspace).locked(),
        workspace.locked(),
        pytest.raises(SndsOmopError, match=r"SO-111.*1-of-2"),
    ):
        stage(delivery, workspace, Settings())
    assert not workspace.manifest.exists()


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/", "a/b", "1/2/3", "-1/2", "1/0"])
def test_a_shard_is_one_of_several(text: str) -> None:
    with pytest.raises(SndsOmopError, match="SO-100"):
        Shard.parse(text)


def test_every_file_is_in_one_share_and_shares_are_even(delivery: Path) -> None:
    loaded = take(delivery, Settings().input).of("loaded")
    shares = [Shard(index, 3).share(loaded) for index in (1, 2, 3)]
    assert sorted(e.name for share in shares for e in share) == sorted(e.name for e in loaded)
    sizes = [sum(entry.size for entry in share) for share in shares]
    assert max(sizes) - min(sizes) <= max(entry.size for entry in loaded)
