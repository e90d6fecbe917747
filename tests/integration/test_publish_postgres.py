"""Publication to a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl import release
from etl.contracts.cdm import cdm_tables
from etl.errors import SndsOmopError
from etl.publish import postgres
from etl.publish.postgres import LOADING, publish_postgres
from etl.publish.postgres_schema import Schemas
from etl.settings import EngineSettings, Settings
from etl.workspace import Workspace
from tests import postgres_server
from tests.small_candidate import accept, build_candidate, released

psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        postgres_server.binaries() is None,
        reason="PostgreSQL server not found: apt-get install postgresql",
    ),
]
ENGINE = EngineSettings(threads=2)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server.running() as url:
        yield url


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> str:
    """A fresh database for each test."""
    name = f"t{abs(hash(request.node.name))}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return server.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return released(tmp_path / "workspace")


@pytest.fixture
def made(workspace: Workspace) -> release.Release:
    return release.find(workspace, "current")


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return list(connection.execute(query).fetchall())


def test_everything_arrives(workspace: Workspace, made: release.Release, url: str) -> None:
    published = publish_postgres(workspace, made, url, ENGINE)
    assert published.rows == sum(
        t.rows for t in made.manifest.tables if t.schema_name in ("cdm", "results")
    )
    homes = dict(
        ask(url, "select tablename, schemaname from pg_tables where schemaname !~ '^(pg_|inf)'")
    )
    for name, table in cdm_tables().items():
        assert homes[name] == "cdm", table.name
    assert ask(url, "select count(*) from cdm.person") == [(120,)]
    assert ask(url, "select total_cost from cdm.cost order by cost_id limit 1")[0][0] == Decimal(
        "12.34"
    )
    assert ask(url, "select to_regnamespace('snds_omop_loading')") == [(None,)]


def test_keys_and_indexes_are_those_ohdsi_expects(
    workspace: Workspace, made: release.Release, url: str
) -> None:
    publish_postgres(workspace, made, url, ENGINE)
    counted = dict(
        ask(
            url,
            "select contype::text, count(*) from pg_constraint "
            "where connamespace = 'cdm'::regnamespace group by 1",
        )
    )
    fields = [field for table in cdm_tables().values() for field in table.fields]
    assert counted["p"] == sum(field.primary_key for field in fields)
    assert counted["f"] == sum(field.fk_table is not None for field in fields)
    indexes = {name for (name,) in ask(url, "select indexname from pg_indexes")}
    assert {"idx_condition_person_id_1", "idx_concept_code"} <= indexes
    analysed = ask(url, "select count(*) from pg_stats where schemaname = 'cdm'")
    assert analysed[0][0] > 0


def test_a_second_release_replaces_the_first_and_leaves_other_tables(
    workspace: Workspace, made: release.Release, url: str
) -> None:
    publish_postgres(workspace, made, url, ENGINE)
    with psycopg.connect(url) as connection:
        connection.execute("create table results.generation_info (id int)")
    build_candidate(workspace, persons=100)
    second = release.create(workspace, Settings())
    publish_postgres(workspace, second, url, ENGINE)
    assert ask(url, "select count(*) from cdm.person") == [(100,)]
    assert ask(url, "select distinct release_id from results.snds_omop_publication") == [
        (second.id,)
    ]
    assert ask(url, "select count(*) from results.generation_info") == [(0,)]


def test_a_cut_run_resumes_and_readers_keep_the_old_release(
    workspace: Workspace, made: release.Release, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_postgres(workspace, made, url, ENGINE)
    build_candidate(workspace, persons=100)
    second = release.create(workspace, Settings())

    class Cut(Exception):  # noqa: N818
        pass

    original = postgres._Publication._copy

    def copy_until(self: Any, table: Any) -> None:
        original(self, table)
        if table.name == "measurement":
            raise Cut

    monkeypatch.setattr(postgres._Publication, "_copy", copy_until)
    with pytest.raises(Cut):
        publish_postgres(workspace, second, url, ENGINE)
    assert ask(url, "select count(*) from cdm.person") == [(120,)]
    assert ask(url, f"select to_regclass('{LOADING}.measurement')") == [(None,)]
    monkeypatch.undo()
    published = publish_postgres(workspace, second, url, ENGINE)
    assert published.resumed > 10
    assert ask(url, "select count(*) from cdm.person") == [(100,)]


def test_a_cut_run_of_another_release_is_thrown_away(
    workspace: Workspace, made: release.Release, url: str
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(f"create schema {LOADING}")
        connection.execute(
            f"create table {LOADING}.progress as select 'person' as table_name, "
            "'20000101-0' as release_id, 1::bigint as n_rows, '' as content_hash"
        )
    published = publish_postgres(workspace, made, url, ENGINE)
    assert published.resumed == 0


def test_an_orphan_is_refused_by_name_without_its_value(workspace: Workspace, url: str) -> None:
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("update cdm.measurement set visit_occurrence_id = 987654321")
    accept(workspace)
    orphaned = release.create(workspace, Settings())
    with pytest.raises(SndsOmopError) as caught:
        publish_postgres(workspace, orphaned, url, ENGINE)
    assert caught.value.code == "SO-115"
    assert "fpk_measurement_visit_occurrence_id" in caught.value.line()
    assert "987654321" not in caught.value.line()
    assert ask(url, "select to_regclass('cdm.person')") == [(None,)]


def test_a_view_of_a_user_is_not_dropped(
    workspace: Workspace, made: release.Release, url: str
) -> None:
    publish_postgres(workspace, made, url, ENGINE)
    with psycopg.connect(url) as connection:
        connection.execute("create view cdm.mine as select person_id from cdm.person")
    build_candidate(workspace, persons=100)
    second = release.create(workspace, Settings())
    with pytest.raises(SndsOmopError) as caught:
        publish_postgres(workspace, second, url, ENGINE)
    assert "DependentObjectsStillExist" in caught.value.line()
    assert ask(url, "select count(*) from cdm.mine") == [(120,)]


def test_other_content_on_the_server_is_found(
    workspace: Workspace, made: release.Release, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = postgres._Publication._copy

    def spoil(self: Any, table: Any) -> None:
        original(self, table)
        if table.name == "drug_exposure":
            self.server.execute(
                f"update {LOADING}.drug_exposure set quantity = quantity + 1e-9 "
                "where drug_exposure_id = 34"
            )

    monkeypatch.setattr(postgres._Publication, "_copy", spoil)
    with pytest.raises(SndsOmopError) as caught:
        publish_postgres(workspace, made, url, ENGINE)
    assert caught.value.code == "SO-903"


def test_schemas_can_be_named(workspace: Workspace, made: release.Release, url: str) -> None:
    publish_postgres(workspace, made, url, ENGINE, schemas=Schemas("snds", "vocab", "out"))
    assert ask(url, "select count(*) from snds.person") == [(120,)]
    assert ask(url, "select count(*) > 0 from vocab.concept") == [(True,)]


def test_no_server(workspace: Workspace, made: release.Release) -> None:
    with pytest.raises(SndsOmopError) as caught:
        publish_postgres(workspace, made, "postgresql://me:secret@127.0.0.1:1/x", ENGINE)
    assert (caught.value.code, caught.value.exit_code) == ("SO-115", 2)
    assert "secret" not in caught.value.line()
