"""Readiness for network studies: each thing that a client needs is missed when it is taken away.

What the clients need is read from their own code, as ``docs/en/how-to/publish.md`` names them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from etl import release
from etl.publish.network import readiness, requirements
from tests.small_candidate import released

CDM_SOURCE = {"Ares", "CatalogueExport", "Strategus"}
CONNECTOR = {"CDMConnector"}
DASHBOARD = {"DashboardExport"}
WEBAPI = {"WebAPI"}

TAKEN_AWAY = {
    "holder": ("update cdm.cdm_source set cdm_holder = ' '", CDM_SOURCE),
    "short name": ("update cdm.cdm_source set cdm_source_abbreviation = ''", CDM_SOURCE),
    "second source": ("insert into cdm.cdm_source from cdm.cdm_source", CDM_SOURCE),
    "no source": ("delete from cdm.cdm_source", CDM_SOURCE | CONNECTOR | {"CatalogueExport"}),
    "version of the CDM": ("update cdm.cdm_source set cdm_version = '5.3'", CONNECTOR),
    "version of the vocabulary in cdm_source": (
        "update cdm.cdm_source set vocabulary_version = ''",
        {"CatalogueExport"},
    ),
    "version of the vocabulary": (
        "delete from cdm.vocabulary where vocabulary_id = 'None'",
        {"Strategus"},
    ),
    "ancestors": ("delete from cdm.concept_ancestor", DASHBOARD),
    "concept 0": ("delete from cdm.concept where concept_id = 0", WEBAPI),
    "periods": ("delete from cdm.observation_period", {"Strategus"}),
    "end before start": (
        "update cdm.observation_period set observation_period_end_date = date '1900-01-01' "
        "where person_id = 1",
        CONNECTOR,
    ),
    "a table": ("drop table cdm.note_nlp", CONNECTOR),
    "a column": ("alter table cdm.person drop column ethnicity_source_value", CONNECTOR),
    "an expected analysis": (
        "delete from results.achilles_results where analysis_id = 113",
        DASHBOARD,
    ),
    "distributions": ("delete from results.achilles_results_dist", CONNECTOR | DASHBOARD),
    "titles": ("delete from results.achilles_analysis", CONNECTOR | WEBAPI),
    "record counts": ("delete from results.achilles_result_concept_count", WEBAPI),
    "hierarchy": ("delete from results.concept_hierarchy", WEBAPI),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = released(tmp_path_factory.mktemp("readiness") / "workspace")
    return release.find(workspace, "current").database


@pytest.fixture
def opened(database: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    shutil.copyfile(database, tmp_path / "changed.duckdb")
    with duckdb.connect(str(tmp_path / "changed.duckdb")) as connection:
        yield connection


def unready(opened: duckdb.DuckDBPyConnection) -> set[str]:
    found = readiness(requirements(opened, "changed"))
    assert found["ready"] is all(found["clients"].values())
    return {client for client, ready in found["clients"].items() if not ready}


def test_a_whole_release_is_ready(opened: duckdb.DuckDBPyConnection) -> None:
    assert unready(opened) == set()


@pytest.mark.parametrize("what", TAKEN_AWAY)
def test_a_release_without_it_is_not_ready(opened: duckdb.DuckDBPyConnection, what: str) -> None:
    statement, clients = TAKEN_AWAY[what]
    opened.execute(statement)
    assert unready(opened) == clients
