"""What goes out of a Parquet release equals what goes out of the DuckDB release."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import pytest

from data_quality.cohorts import cohort_entries
from data_quality.standalone import check_remade
from etl import release
from etl.publish.inside import publish_ares, publish_network
from etl.publish.metadata.publication import publish_metadata
from etl.publish.parquet import publish_parquet
from etl.publish.postgres import publish_postgres
from etl.publish.share import publish_share
from etl.release.extract import extract, read_permit
from etl.release.remade import remake
from etl.settings import EngineSettings, ReleaseSettings, Settings
from etl.study.run import run_study
from etl.workspace import Workspace
from tests import postgres_server
from tests.quality_candidate import good_candidate
from tests.small_candidate import accept, build_candidate, key_of

STEWARD = Path(__file__).parents[1] / "unit" / "publish" / "steward.toml"
WITHOUT_TIMES = ("achilles-performance.csv", "network-performance.csv")
COHORT = (
    "select person_id, observation_period_start_date as cohort_start_date, "
    "observation_period_end_date as cohort_end_date from cdm.observation_period "
    "where person_id > 5"
)


@pytest.fixture(scope="module", autouse=True)
def made_up() -> Iterator[None]:
    """The candidate is made up, though no delivery marks it: it needs no names of a site."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.publish.site.is_synthetic", lambda delivery: True)
        yield


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Workspace]:
    """One candidate and one key; released as DuckDB in one workspace, as Parquet in the other."""
    root = tmp_path_factory.mktemp("pair")
    first = Workspace(root / "duckdb")
    build_candidate(first)
    with duckdb.connect(str(first.candidate)) as candidate:
        candidate.execute("update cdm.cdm_source set cdm_source_abbreviation = 'SITE_A'")
    accept(first)
    release.signing_key(first)
    second = Workspace(root / "parquet")
    shutil.copytree(first.root, second.root, symlinks=True)
    release.create(first, Settings())
    release.create(second, Settings(release=ReleaseSettings(format="parquet")))
    return [first, second]


def current(workspace: Workspace) -> release.Release:
    return release.find(workspace, "current")


def files(folder: Path) -> dict[str, bytes]:
    """Content by name; seconds that an analysis took (analyses from 2000000) are left out."""
    seconds = re.compile(rb"^200\d{4},.*\n", re.MULTILINE)
    return {
        path.relative_to(folder).as_posix(): seconds.sub(b"", path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in WITHOUT_TIMES
    }


def require_equal(folders: list[Path], least: int) -> None:
    one, other = (files(folder) for folder in folders)
    assert set(one) == set(other)
    assert [name for name in one if one[name] != other[name]] == []
    assert len(one) >= least


def test_the_share_pack_is_the_same(pair: list[Workspace], tmp_path: Path) -> None:
    folders = [tmp_path / workspace.root.name for workspace in pair]
    for workspace, folder in zip(pair, folders, strict=True):
        publish_share(
            workspace, current(workspace), folder, Settings(), cohort_entries=cohort_entries
        )
    require_equal(folders, 10)


def test_ares_and_the_portals_files_are_the_same(pair: list[Workspace], tmp_path: Path) -> None:
    folders = [tmp_path / workspace.root.name for workspace in pair]
    for workspace, folder in zip(pair, folders, strict=True):
        publish_ares(workspace, current(workspace), folder / "ares", Settings())
        publish_network(workspace, current(workspace), folder / "network", Settings())
    require_equal(folders, 20)


def test_the_record_of_metadata_is_the_same(pair: list[Workspace], tmp_path: Path) -> None:
    pytest.importorskip("pyshacl", reason="needs pyshacl (extra `dev`)")
    folders = [tmp_path / workspace.root.name for workspace in pair]
    for workspace, folder in zip(pair, folders, strict=True):
        publish_metadata(workspace, current(workspace), folder, Settings(), answers=STEWARD)
    made = [current(workspace).manifest.created_at.isoformat().encode() for workspace in pair]
    one, other = (files(folder) for folder in folders)
    assert set(one) == set(other)
    for name in one:
        # a graph is written in no order of its own, and states when the release was made
        texts = [one[name].replace(made[0], b""), other[name].replace(made[1], b"")]
        assert sorted(texts[0].splitlines()) == sorted(texts[1].splitlines()), name


def test_published_parquet_holds_the_same_rows(pair: list[Workspace], tmp_path: Path) -> None:
    folders = [tmp_path / workspace.root.name for workspace in pair]
    for workspace, folder in zip(pair, folders, strict=True):
        publish_parquet(workspace, current(workspace), folder, EngineSettings())
    tables = sorted(path.parent.name for path in folders[0].glob("*/part-00000.parquet"))
    assert len(tables) > 40
    with duckdb.connect() as connection:
        for table in tables:
            one, other = (f"read_parquet('{f / table / 'part-00000.parquet'}')" for f in folders)
            for left, right in ((one, other), (other, one)):
                query = f"from {left} except all from {right} limit 1"
                assert connection.execute(query).fetchall() == [], table


@pytest.mark.postgres
@pytest.mark.skipif(
    postgres_server.binaries() is None,
    reason="PostgreSQL server not found: apt-get install postgresql",
)
def test_postgresql_holds_the_same_rows(pair: list[Workspace]) -> None:
    psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")
    counts = []
    with postgres_server.running() as url:
        for workspace in pair:
            name = workspace.root.name
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(f"create database {name}")
            target = url.rpartition("/")[0] + f"/{name}"
            # every table is compared with its content hash, on the server
            publish_postgres(workspace, current(workspace), target, EngineSettings(), webapi=True)
            with psycopg.connect(target) as server:
                found = server.execute(
                    "select table_schema, table_name, (xpath('/row/n/text()', query_to_xml(format("
                    "'select count(*) as n from %I.%I', table_schema, table_name), false, true, "
                    "'')))[1]::text from information_schema.tables where table_type = 'BASE TABLE' "
                    "and table_schema in ('cdm', 'results') order by 1, 2"
                ).fetchall()
            counts.append(found)
    assert counts[0] == counts[1]
    assert len(counts[0]) > 40


def test_a_study_gives_the_same_results(pair: list[Workspace], tmp_path: Path) -> None:
    (tmp_path / "nearly_all.sql").write_text(COHORT, encoding="utf-8")
    results = []
    for workspace in pair:
        output = tmp_path / workspace.root.name
        study = run_study(
            workspace, current(workspace), [tmp_path / "nearly_all.sql"], output, Settings()
        )
        with zipfile.ZipFile(study.file) as archive:
            results.append(
                {name: archive.read(name) for name in archive.namelist() if name.endswith(".csv")}
            )
    assert results[0] == results[1]
    assert any(content.count(b"\n") > 20 for content in results[0].values())


def test_an_extract_is_one_duckdb_file_of_the_same_rows(
    pair: list[Workspace], tmp_path: Path
) -> None:
    """Ids differ, as they do in any two extracts."""
    permit = tmp_path / "permit.toml"
    permit.write_text(
        '[permit]\nnumber = "EX-1"\nholder = "A laboratory"\npurpose = "A study"\n'
        'expires = 2027-12-31\n[persons]\nselect = "all"\n[tables]\ncondition_occurrence = "all"\n',
        encoding="utf-8",
    )
    query = (
        "select condition_concept_id, condition_start_date, count(*) "
        "from cdm.condition_occurrence group by all order by all"
    )
    found = []
    for workspace in pair:
        made = extract(
            workspace,
            current(workspace),
            read_permit(permit),
            tmp_path / workspace.root.name,
            Settings(),
            today=date(2026, 12, 1),
        )
        manifest = release.read_manifest(made.output)
        assert manifest.tables_format == "duckdb"
        assert (
            release.verify(release.Release(made.output, manifest), key_of(current(workspace))) == []
        )
        with duckdb.connect(str(made.output / "omop.duckdb"), read_only=True) as connection:
            found.append(connection.execute(query).fetchall())
    assert found[0] == found[1]
    assert len(found[0]) > 100


def test_the_checks_of_a_release_made_again_reach_its_files(tmp_path: Path) -> None:
    """The judge writes its results into the draft; they are in the Parquet files in the end."""
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    good_candidate(workspace)
    accept(workspace)
    release.create(workspace, Settings(release=ReleaseSettings(format="parquet")))
    (done,) = remake(workspace, Settings(), [50], partial(check_remade, workspace, Settings()))
    made = release.find(workspace, done.new)
    assert not done.refused and made.manifest.verdict["counts"]["pass"] > 1000
    assert release.verify(made, key_of(made)) == []
    written = pl.read_parquet(made.path / "tables/audit/quality_result/part-00000.parquet")
    assert written.height > 1000
    assert {path.name for path in made.path.iterdir()} >= {"open.sql", "tables", "quality"}
    assert not [path for path in made.path.rglob("*") if path.suffix == ".duckdb"]


def test_next_candidate_is_compared_with_a_parquet_release(pair: list[Workspace]) -> None:
    """The checks that read the release in use see the same persons in either format."""
    from data_quality.engine.candidate import opened
    from data_quality.engine.relations import relations
    from data_quality.words import DUCKDB

    found = []
    for workspace in pair:
        with opened(workspace.candidate, EngineSettings(), workspace.build / "tmp") as candidate:
            names = relations(candidate, workspace, DUCKDB, date(2026, 12, 1))
            query = f"select count(*), max(person_id) from {names['previous.person']}"
            found.append((candidate.rows(query), sorted(names)))
    assert found[0] == found[1]


def test_manifests_differ_in_the_format_and_the_files_only(pair: list[Workspace]) -> None:
    one, other = (
        json.loads((current(workspace).path / "MANIFEST.json").read_text(encoding="utf-8"))
        for workspace in pair
    )
    differing = {name for name in one if one[name] != other[name]}
    assert differing <= {"created_at", "tables_format", "files", "settings"}
