"""`dbt test` asks of the CDM that keys are keys and that references find their row."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from etl.errors import SndsOmopError
from etl.progress import Silent
from etl.resources import dbt_project_dir
from etl.settings import Settings
from etl.transform.invocation import run_dbt
from etl.workspace import Workspace

LAYERS = ("staging", "intermediate", "omop", "audit")


def failing(workspace: Workspace, *select: str) -> set[str]:
    """Data tests of dbt that do not pass."""
    try:
        results = run_dbt(workspace, Settings(), ["test", "--select", *select], progress=Silent())
    except SndsOmopError as error:
        return set(error.line("en").split("SO-901")[-1].replace(",", " ").split())
    assert len(results) > 1
    return set()


@pytest.fixture(scope="module")
def workspace(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the demo's candidate, which tests may damage."""
    copy = Workspace(tmp_path_factory.mktemp("data_tests") / "workspace")
    copy.create()
    shutil.copy(Workspace(demo_workspace).candidate, copy.candidate)
    return copy


@pytest.mark.slow
def test_the_demo_passes_then_a_damaged_copy_does_not(workspace: Workspace) -> None:
    assert failing(workspace, "test_type:data") == set()
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute(
            "delete from cdm.visit_occurrence where visit_occurrence_id in "
            "(select min(visit_occurrence_id) from cdm.condition_occurrence)"
        )
        candidate.execute("insert into cdm.person select * from cdm.person limit 1")
    found = failing(workspace, "condition_occurrence,test_type:data", "unique_person_person_id")
    assert any("relationships_condition_occurrence_visit" in name for name in found)
    assert "unique_person_person_id" in found


@pytest.mark.slow
def test_every_column_of_the_audit_is_described(demo_workspace: Path) -> None:
    path = dbt_project_dir() / "models" / "audit" / "_audit__models.yml"
    described = {
        (model["name"].removeprefix("aud_"), column["name"])
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
        for column in model["columns"]
    }
    with duckdb.connect(str(Workspace(demo_workspace).candidate), read_only=True) as candidate:
        columns = candidate.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'audit'"
            " and table_name <> 'quality_result'"  # of the quality run, no model
        ).fetchall()
    assert columns
    assert {*columns} - described == set()
    assert {pair for pair in described - {*columns} if pair[0] != "disposition"} == set()


def test_every_layer_has_tags_and_a_group() -> None:
    project = yaml.safe_load((dbt_project_dir() / "dbt_project.yml").read_text(encoding="utf-8"))
    groups = yaml.safe_load(
        (dbt_project_dir() / "models" / "_groups.yml").read_text(encoding="utf-8")
    )["groups"]
    owned = {group["name"] for group in groups if group["owner"]["name"]}
    layers = project["models"]["snds_omop"]
    for layer in LAYERS:
        assert layers[layer]["+tags"] == [layer]
        assert layers[layer]["+group"] in owned


def test_exposures_read_models_that_exist() -> None:
    models = {path.stem for path in (dbt_project_dir() / "models").rglob("*.sql")}
    text = (dbt_project_dir() / "models" / "_exposures.yml").read_text(encoding="utf-8")
    exposures = yaml.safe_load(text)["exposures"]
    assert {each["name"] for each in exposures} == {
        "steward_report", "dqd_export", "postgresql", "achilles",
    }  # fmt: skip
    read = {name.split("'")[1] for each in exposures for name in each["depends_on"]}
    assert read <= models
