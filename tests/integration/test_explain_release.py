"""A row of a release is explained by what its manifest records, whatever was staged since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.audit.explain import Tracer
from etl.cli import execute
from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.loaders.manifest import Delivery
from etl.release import Release, find
from etl.release.explanation import ReleaseTracer
from etl.workspace import Workspace

TABLES = ("drug_exposure", "visit_occurrence", "condition_occurrence", "person", "cost", "death")


@pytest.fixture(scope="module")
def workspace(demo_workspace: Path) -> Workspace:
    return Workspace(demo_workspace)


@pytest.fixture(scope="module")
def release(workspace: Workspace) -> Release:
    return find(workspace, "current")


def some_id(release: Release, table: str) -> int:
    key = "person_id" if table == "death" else f"{table}_id"
    with duckdb.connect(str(release.database), read_only=True) as connection:
        return int(connection.execute(f"select min({key}) from cdm.{table}").fetchall()[0][0])


def later(workspace: Workspace, folder: Path, change: Any) -> Workspace:
    """The workspace as it is after other deliveries: another ``state/delivery.json``."""
    other = Workspace(folder)
    other.state.mkdir(parents=True)
    for name in ("lake", "quarantine", "releases"):
        (folder / name).symlink_to(workspace.root / name)
    delivery = Delivery.load(workspace.manifest)
    delivery.model_copy(update={"files": change(delivery.files)}).save(other.manifest)
    return other


def test_the_manifest_records_files_and_the_layout_of_ids(release: Release) -> None:
    layout = release.manifest.ids
    assert layout is not None and layout.variants == 32
    assert layout.tables["ER_PRS_F"] == contracts()["ER_PRS_F"].number
    loaded = [one for one in release.manifest.inputs if one.fate == "loaded"]
    assert loaded and all(one.first_row_id and one.last_row_id for one in loaded)


@pytest.mark.parametrize("table", TABLES)
def test_a_release_and_its_candidate_lead_to_one_line(
    workspace: Workspace, release: Release, table: str
) -> None:
    cdm_id = some_id(release, table)
    with Tracer(workspace) as tracer, ReleaseTracer(workspace, release) as other:
        expected, found = tracer.cdm_row(table, cdm_id), other.cdm_row(table, cdm_id)
    assert expected.source is not None and found.source is not None
    assert (found.source.file, found.source.line) == (expected.source.file, expected.source.line)
    assert found.source.values == expected.source.values
    assert found.cdm_rows == expected.cdm_rows


def test_a_line_of_a_release_leads_to_its_rows(workspace: Workspace, release: Release) -> None:
    with ReleaseTracer(workspace, release) as tracer:
        there = tracer.cdm_row("drug_exposure", some_id(release, "drug_exposure"))
        assert there.source is not None
        source = there.source
        back = tracer.source_row(source.source_table, source.file, source.line)
        with pytest.raises(SndsOmopError, match="SO-108"):
            tracer.source_row(source.source_table, source.file, 0)
        with pytest.raises(SndsOmopError, match="SO-108"):
            tracer.source_row(source.source_table, "another.csv", 1)
    assert back.cdm_rows == there.cdm_rows


def test_a_file_that_is_gone_is_refused_by_its_name(
    workspace: Workspace, release: Release, tmp_path: Path
) -> None:
    cdm_id = some_id(release, "drug_exposure")
    with ReleaseTracer(workspace, release) as tracer:
        source = tracer.cdm_row("drug_exposure", cdm_id).source
    assert source is not None
    other = later(
        workspace,
        tmp_path / "later",
        lambda files: tuple(one for one in files if one.name != source.file),
    )
    with (
        ReleaseTracer(other, release) as tracer,
        pytest.raises(SndsOmopError, match="SO-139") as refused,
    ):
        tracer.cdm_row("drug_exposure", cdm_id)
    assert source.file in refused.value.line() and f"line {source.line} " in refused.value.line()
    # another file of the same table and name does not stand in for it
    changed = later(
        workspace,
        tmp_path / "changed",
        lambda files: tuple(
            one.model_copy(update={"sha256": "0" * 64}) if one.name == source.file else one
            for one in files
        ),
    )
    with ReleaseTracer(changed, release) as tracer, pytest.raises(SndsOmopError, match="SO-139"):
        tracer.cdm_row("drug_exposure", cdm_id)


def test_a_release_without_numbers_in_its_manifest_uses_its_audit(
    workspace: Workspace, release: Release
) -> None:
    inputs = tuple(
        one.model_copy(update={"first_row_id": None, "last_row_id": None})
        for one in release.manifest.inputs
    )
    manifest = release.manifest.model_copy(update={"ids": None, "inputs": inputs})
    cdm_id = some_id(release, "drug_exposure")
    with (
        ReleaseTracer(workspace, release) as tracer,
        ReleaseTracer(workspace, Release(release.path, manifest)) as other,
    ):
        assert other.cdm_row("drug_exposure", cdm_id) == tracer.cdm_row("drug_exposure", cdm_id)


def test_the_command_names_the_release(
    workspace: Workspace, release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    cdm_id = str(some_id(release, "person"))
    command = ["--workspace", str(workspace.root), "--json", "explain", "--release"]
    assert execute([*command, release.id, "person", cdm_id]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["source"]["source_table"] == "IR_BEN_R" and "page" not in answer
    assert execute([*command, "20000101-00000000", "person", cdm_id]) == 2
    assert "SO-107" in capsys.readouterr().err
