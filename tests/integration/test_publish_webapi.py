"""A release in PostgreSQL as R packages and WebAPI open it, with the reports that ATLAS draws."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from etl import release
from etl.errors import SndsOmopError
from etl.publish.postgres import database_of, publish_postgres
from etl.publish.postgres_schema import Schemas, require_wide_ids
from etl.publish.source import PUBLISHED_SCHEMAS
from etl.publish.webapi import Database, registration, source_key, write_registration
from etl.settings import EngineSettings, Settings
from etl.workspace import Workspace
from tests import postgres_server
from tests.conftest import REFERENCE
from tests.small_candidate import build_candidate, released

psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        postgres_server.binaries() is None,
        reason="PostgreSQL server not found: apt-get install postgresql",
    ),
]
ENGINE = EngineSettings(threads=2)
SPECIFICATION = REFERENCE.parent / "oracles/readers/specs/webapi_results_tables.csv"

# What the migrations of WebAPI 2.15 make of its own tables, in so far as sources need them.
OF_WEBAPI = """
    create schema webapi;
    create sequence webapi.source_sequence;
    create sequence webapi.source_daimon_sequence;
    create table webapi.source (
        source_id int primary key, source_name varchar(255) not null,
        source_key varchar(50) not null unique, source_connection varchar(8000) not null,
        source_dialect varchar(255) not null, username varchar(255), password varchar(255),
        krb_auth_method varchar(10) not null default 'PASSWORD', deleted_date timestamp,
        is_cache_enabled boolean not null default false,
        check_connection boolean not null default true
    );
    create table webapi.source_daimon (
        source_daimon_id int primary key, source_id int not null references webapi.source,
        daimon_type int not null, table_qualifier varchar(255) not null, priority int not null,
        unique (source_id, daimon_type)
    );
    create table webapi.achilles_cache (source_id int not null, cache_name text, cache text);
    create table webapi.cdm_cache (concept_id int, source_id int not null, record_count bigint);
"""
# Folder of WebAPI's reports -> analysis of persons by concept, for a concept that has records.
CONCEPTS = {"condition": 400, "conditionera": 1000, "drug": 700, "drugera": 900}
CONCEPTS |= {"measurement": 1800, "observation": 800, "procedure": 600, "visit": 200}
# Reports that the small release fills; the others only have to be accepted by the server.
FILLED = {
    *("person/population.sql", "person/gender.sql", "person/yearofbirth_data.sql"),
    *("observationperiod/observedbymonth.sql", "observationperiod/periodsperperson.sql"),
    *("datadensity/totalrecords.sql", "datadensity/recordsperperson.sql"),
    *("condition/treemap.sql", "drug/treemap.sql", "visit/treemap.sql"),
    "drug/drilldown/byType.sql",
    "visit/drilldown/ageAtFirstOccurrence.sql",
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server.running() as url:
        yield url


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return released(tmp_path_factory.mktemp("webapi") / "workspace")


@pytest.fixture(scope="module")
def published(server: str, workspace: Workspace) -> str:
    """A database to read: the release with WebAPI's tables, in the default layout."""
    url = database(server, "published")
    publish_postgres(workspace, release.find(workspace, "current"), url, ENGINE, webapi=True)
    return url


def database(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return server.rsplit("/", 1)[0] + f"/{name}"


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return list(connection.execute(query).fetchall())


def test_the_vocabulary_is_with_the_cdm(published: str) -> None:
    # What CDMConnector and DashboardExport look for in the schema of the CDM.
    asked = "('person', 'cdm_source', 'vocabulary', 'concept', 'concept_ancestor')"
    found = ask(
        published,
        "select table_name from information_schema.tables "
        f"where table_schema = 'cdm' and table_name in {asked}",
    )
    assert len(found) == 5
    assert ask(published, "select count(*) from pg_tables where schemaname = 'vocabulary'") == [
        (0,)
    ]


def test_columns_are_those_of_webapi(published: str) -> None:
    if not SPECIFICATION.is_file():
        pytest.skip("the list of WebAPI's tables is not next to this checkout")
    with SPECIFICATION.open(encoding="utf-8", newline="") as handle:
        listed = [row for row in csv.DictReader(handle) if not row["table"].startswith("achilles")]
    kinds = {"varchar": "character varying", "timestamp": "timestamp without time zone"}
    expected = {
        (r["table"], r["column"]): (
            int(r["position"]),
            kinds.get(kind := r["type_postgresql"].split("(")[0], kind),
        )
        for r in listed
    }
    found = {
        (table, column): (position, kind)
        for table, column, position, kind in ask(
            published,
            "select table_name, column_name, ordinal_position, data_type "
            "from information_schema.columns where table_schema = 'results'",
        )
    }
    filled_by_us = {"concept_hierarchy"}
    assert len({table for table, _ in expected} - filled_by_us) == 31
    for key, (position, kind) in expected.items():
        assert found[key][0] == position, key
        if key[0] not in filled_by_us:
            assert found[key][1] == kind, key


def test_what_webapi_wrote_stays_when_another_release_comes(
    server: str, workspace: Workspace
) -> None:
    url = database(server, "kept")
    first = release.find(workspace, "current")
    publish_postgres(workspace, first, url, ENGINE, webapi=True)
    with psycopg.connect(url) as connection:
        connection.execute("insert into results.cohort values (1, 2, '2020-01-01', '2020-01-02')")
    publish_postgres(workspace, first, url, ENGINE, webapi=True)
    assert ask(url, "select count(*) from results.cohort") == [(1,)]
    lengths = dict(
        ask(
            url,
            "select analysis_id, count(*) from results.achilles_results_dist "
            "where analysis_id in (211, 213) group by 1",
        )
    )
    assert lengths[211] == lengths[213] > 0


def test_tables_of_the_last_publication_leave_their_former_schema(
    server: str, tmp_path: Path
) -> None:
    workspace = released(tmp_path / "workspace")
    url = database(server, "moved")
    apart = Schemas(vocabulary="vocabulary")
    publish_postgres(workspace, release.find(workspace, "current"), url, ENGINE, schemas=apart)
    assert ask(url, "select count(*) > 0 from vocabulary.concept") == [(True,)]
    build_candidate(workspace, persons=100)
    publish_postgres(workspace, release.create(workspace, Settings()), url, ENGINE)
    assert ask(url, "select to_regclass('vocabulary.concept')") == [(None,)]
    assert ask(url, "select count(*) > 0 from cdm.concept") == [(True,)]
    homes = ask(url, "select distinct schema_name from results.snds_omop_publication order by 1")
    assert homes == [(name,) for name in PUBLISHED_SCHEMAS]


def test_names_of_indexes_are_official(published: str) -> None:
    names = {name for (name,) in ask(published, "select indexname from pg_indexes")}
    assert {
        *("idx_gender", "idx_observation_period_id_1", "idx_visit_det_occ_id", "idx_cost_event_id"),
        *("idx_concept_vocabluary_id", "idx_source_to_concept_map_c", "idx_ee_field_concept_id_1"),
        *("hrd_idx_cohort_def_id", "idx_pathway_events_combo_id"),
    } <= names


def test_a_source_is_registered_once(server: str, workspace: Workspace, tmp_path: Path) -> None:
    url = database(server, "of_webapi")
    identity = release.find(workspace, "current").manifest.identity
    named = identity.model_copy(update={"source_name": "L'entrepôt", "source_abbreviation": "A b"})
    host = Database("10.0.0.1", "5433", "snds")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(OF_WEBAPI)
        for schemas in (Schemas(), Schemas("omop", "vocab", "out")):
            file = write_registration(tmp_path / "new" / "source.sql", named, host, schemas)
            connection.execute(file.read_text(encoding="utf-8"))
            connection.execute("insert into webapi.achilles_cache values (1, 'x', 'y')")
        connection.execute(registration(named, host, Schemas("omop", "vocab", "out")))
    assert source_key(named) == "A_b"
    assert ask(
        url, "select source_name, source_key, source_connection, source_dialect from webapi.source"
    ) == [("L'entrepôt", "A_b", "jdbc:postgresql://10.0.0.1:5433/snds", "postgresql")]
    assert ask(url, "select daimon_type, table_qualifier from webapi.source_daimon order by 1") == [
        (0, "omop"),
        (1, "vocab"),
        (2, "out"),
        (5, "out"),
    ]
    assert ask(url, "select count(*) from webapi.achilles_cache") == [(0,)]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:secret@db.example:5433/snds", ("db.example", "5433", "snds")),
        ("postgresql://me@db.example", ("db.example", "5432", "me")),
        ("postgresql:///snds?host=/var/run", ("localhost", "5432", "snds")),
    ],
)
def test_an_address_without_user_and_password(url: str, expected: tuple[str, str, str]) -> None:
    found = database_of(url)
    assert (found.host, found.port, found.name) == expected
    assert "secret" not in found.address


def test_integer_ids_are_refused_with_the_reason() -> None:
    require_wide_ids("bigint")
    with pytest.raises(SndsOmopError) as caught:
        require_wide_ids("official")
    assert caught.value.code == "SO-101"
    assert "2,147,483,647" in caught.value.line()


def test_reports_of_atlas_are_drawn(published: str) -> None:
    """WebAPI's own queries of its reports, each on this database."""
    webapi = pytest.importorskip("duckcdm.webapi", reason="needs duckcdm (extra `dev`)")
    sqlrender = pytest.importorskip("duckcdm.sqlrender")
    folder = Path(webapi.__file__).parent / "sql" / "cdmresults"
    files = sorted(folder.rglob("*.sql"))
    assert len(files) > 60
    filled = set()
    with psycopg.connect(published, autocommit=True) as connection:
        for file in files:
            report = file.relative_to(folder).as_posix()
            persons = CONCEPTS.get(report.split("/")[0], 400)
            concept = connection.execute(
                "select stratum_1 from results.achilles_results where analysis_id = %s "
                "and stratum_1 <> '0' order by count_value desc limit 1",
                [persons],
            ).fetchone()
            sql = sqlrender.render(
                file.read_text(encoding="utf-8"),
                results_database_schema="results",
                vocab_database_schema="cdm",
                conceptId=concept[0] if concept else "0",
            )
            translated = sqlrender.translate(sql, "postgresql")
            cursor = connection.execute(translated.strip().rstrip(";"))
            if cursor.fetchall():
                filled.add(report)
    assert filled >= FILLED
