"""`study run` on a real PostgreSQL server gives what it gives on DuckDB, or refuses."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from etl import release
from etl.errors import SndsOmopError
from etl.publish.postgres import publish_postgres
from etl.publish.postgres_schema import Schemas
from etl.settings import EngineSettings, Settings
from etl.study.run import run_study
from etl.workspace import Workspace
from tests import postgres_server
from tests.small_candidate import released_site
from tests.unit.study.test_study_definitions import expression

psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")
pytest.importorskip("circe", reason="needs ohdsi-circepy (extra `study`)")
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        postgres_server.binaries() is None,
        reason="PostgreSQL server not found: apt-get install postgresql",
    ),
]
SCHEMAS = Schemas("omop", "terms", "counted")
DIABETES, METFORMIN = 201826, 1503297
OBSERVED = "observation_period_start_date as cohort_start_date, observation_period_end_date"
QUERIES = {
    # 115 of 120 persons, names with and without a schema
    "nearly_all": f"select person_id, {OBSERVED} as cohort_end_date "
    "from cdm.observation_period where person_id > 5",
    # days added as DuckDB writes them, a table of the vocabulary, a repeated row
    "treated_90_days": "select d.person_id as subject_id, d.drug_exposure_start_date as "
    "cohort_start_date, (d.drug_exposure_start_date + interval 89 day)::date as cohort_end_date "
    "from drug_exposure d join cdm.concept c on c.concept_id = d.drug_concept_id "
    "where c.domain_id = 'Drug' union all select person_id, min(drug_exposure_start_date), "
    "max(drug_exposure_start_date) from cdm.drug_exposure group by person_id",
}
Urls = tuple[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return released_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def url(site: Path) -> Iterator[str]:
    """A server with the release, in schemas of other names than ours."""
    workspace = Workspace(site)
    with postgres_server.running() as found:
        engine = EngineSettings(threads=2)
        current = release.find(workspace, "current")
        publish_postgres(workspace, current, found, engine, schemas=SCHEMAS)
        yield found


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    folder = tmp_path / "definitions"
    folder.mkdir()
    for name, query in QUERIES.items():
        (folder / f"{name}.sql").write_text(query, encoding="utf-8")
    (folder / "diabetes.json").write_text(json.dumps(expression(DIABETES)), encoding="utf-8")
    treated = expression(DIABETES, rules=1)
    drug = {"concept": {"CONCEPT_ID": METFORMIN}, "includeDescendants": True}
    treated["ConceptSets"].append({"id": 1, "name": "m", "expression": {"items": [drug]}})
    (rule,) = treated["InclusionRules"]
    (criterion,) = rule["expression"]["CriteriaList"]
    criterion["Criteria"] = {"DrugExposure": {"CodesetId": 1}}
    criterion["StartWindow"] = {"Start": {"Coeff": -1}, "End": {"Coeff": 1}, "UseEventEnd": False}
    (folder / "treated.json").write_text(json.dumps(treated), encoding="utf-8")
    return folder


def study(root: Path, folder: Path, paths: Path, **options: Any) -> dict[str, bytes]:
    """Run in a copy of the workspace; the members of the archive by name."""
    shutil.copytree(root, folder / "workspace", symlinks=True)
    workspace = Workspace(folder / "workspace")
    current = release.find(workspace, "current")
    done = run_study(
        workspace, current, [paths], folder, Settings(), accept=["concepts"], **options
    )
    with zipfile.ZipFile(done.file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_server_gives_what_duckdb_gives(
    site: Path, url: str, definitions: Path, tmp_path: Path
) -> None:
    here = study(site, tmp_path / "duckdb", definitions)
    there = study(site, tmp_path / "server", definitions, url=url, schemas=SCHEMAS)
    assert there["results_SITE_A.csv"] == here["results_SITE_A.csv"]
    assert there["suppression_report.json"] == here["suppression_report.json"]
    assert len(here["results_SITE_A.csv"].splitlines()) > 100
    engines = [json.loads(one["MANIFEST.json"])["engine"] for one in (here, there)]
    assert engines == ["duckdb", "postgresql"]


def test_nothing_stays_on_the_server(
    site: Path, url: str, definitions: Path, tmp_path: Path
) -> None:
    asked = "select count(*) from pg_class"
    with psycopg.connect(url) as before:
        known = before.execute(asked).fetchone()
    study(site, tmp_path / "server", definitions, url=url, schemas=SCHEMAS)
    with psycopg.connect(url) as after:
        assert after.execute(asked).fetchone() == known
    assert list((tmp_path / "server" / "workspace" / "build" / "study").iterdir()) == []


REFUSED = {
    "files.sql": (QUERIES["nearly_all"] + " and pg_read_file('/etc/passwd') <> ''", "SO-162"),
    "no_person.sql": (QUERIES["nearly_all"].replace("person_id,", "-1 as person_id,"), "SO-162"),
    "other_columns.sql": (QUERIES["nearly_all"].replace("cohort_end_date", "last"), "SO-162"),
    "division.sql": (QUERIES["nearly_all"] + " and 1 / (person_id - 6) > 0", "SO-163"),
    "source_value.sql": (
        "select person_id, person_source_value as cohort_start_date, null as cohort_end_date "
        "from person",
        "SO-504",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_query_is_refused(site: Path, url: str, tmp_path: Path, name: str) -> None:
    query, code = REFUSED[name]
    file = tmp_path / name
    file.write_text(query, encoding="utf-8")
    with pytest.raises(SndsOmopError) as error:
        study(site, tmp_path / "server", file, url=url, schemas=SCHEMAS)
    assert error.value.code == code
    assert "passwd" not in str(error.value)


def test_a_server_without_the_release_is_refused(
    site: Path, url: str, definitions: Path, tmp_path: Path
) -> None:
    with pytest.raises(SndsOmopError, match="holds no release") as error:
        study(site, tmp_path / "server", definitions, url=url)
    assert error.value.code == "SO-115"


CHANGES = {
    "another release": "update counted.snds_omop_publication set release_id = '20200101-0'",
    "other rows": "delete from omop.measurement where measurement_id in "
    "(select min(measurement_id) from omop.measurement)",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_server_with_something_else_is_refused(
    site: Path, definitions: Path, tmp_path: Path, change: str
) -> None:
    workspace = Workspace(site)
    with postgres_server.running() as url:
        current = release.find(workspace, "current")
        publish_postgres(workspace, current, url, EngineSettings(threads=2), schemas=SCHEMAS)
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(CHANGES[change])
        with pytest.raises(SndsOmopError) as error:
            study(site, tmp_path / "server", definitions, url=url, schemas=SCHEMAS)
    assert error.value.code == "SO-115"
