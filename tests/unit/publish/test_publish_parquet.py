"""Parquet publication: complete, equal to the release, and never half done."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pytest

from etl import release
from etl.contracts.cdm import cdm_tables
from etl.errors import SndsOmopError
from etl.publish import parquet
from etl.publish.parquet import publish_parquet
from etl.release import audit_log
from etl.settings import EngineSettings
from etl.workspace import Workspace
from tests.small_candidate import released

ENGINE = EngineSettings(threads=1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return released(tmp_path / "workspace")


def test_one_folder_per_table_even_an_empty_one(workspace: Workspace, tmp_path: Path) -> None:
    output = tmp_path / "parquet"
    made = release.find(workspace, "current")
    rows = publish_parquet(workspace, made, output, ENGINE)
    folders = {path.name for path in output.iterdir() if path.is_dir()}
    assert folders >= set(cdm_tables())
    publication = json.loads((output / "publication.json").read_text())
    assert publication["release"] == made.id
    for file in publication["files"]:
        content = (output / file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    with duckdb.connect() as connection:
        total = 0
        for name, table in cdm_tables().items():
            relation = connection.read_parquet(str(output / name / "*.parquet"))
            assert relation.columns == [field.name for field in table.fields]
            total += len(relation.fetchall())
    assert total <= rows
    entry = json.loads(audit_log.audit_log(workspace).read_text().splitlines()[-1])
    assert (entry["command"], entry["rows_out"]) == ("publish parquet", rows)


def test_a_folder_with_something_in_it_is_left_alone(workspace: Workspace, tmp_path: Path) -> None:
    output = tmp_path / "parquet"
    output.mkdir()
    (output / "mine.txt").write_text("mine")
    with pytest.raises(SndsOmopError) as caught:
        publish_parquet(workspace, release.find(workspace, "current"), output, ENGINE)
    assert caught.value.code == "SO-114"
    assert [path.name for path in output.iterdir()] == ["mine.txt"]


def test_a_cut_run_leaves_no_output_and_the_next_one_finishes(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "parquet"
    made = release.find(workspace, "current")

    def cut(root: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(parquet, "make_durable", cut)
    with pytest.raises(KeyboardInterrupt):
        publish_parquet(workspace, made, output, ENGINE)
    assert not output.exists()
    monkeypatch.undo()
    publish_parquet(workspace, made, output, ENGINE)
    assert (output / "publication.json").is_file()


def test_a_changed_release_is_not_published(workspace: Workspace, tmp_path: Path) -> None:
    made = release.find(workspace, "current")
    made.path.chmod(0o700)
    made.database.chmod(0o700)
    with made.database.open("r+b") as handle:
        handle.seek(100_000)
        byte = handle.read(1)
        handle.seek(100_000)
        handle.write(bytes([byte[0] ^ 1]))
    with pytest.raises(SndsOmopError) as caught:
        publish_parquet(workspace, made, tmp_path / "parquet", ENGINE)
    assert caught.value.code == "SO-903"
    assert "bytes 0 to" in caught.value.line()
