"""What the Spark target asks for, and how persons keep their numbers. Spark itself is not run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from etl.contracts.cdm import cdm_tables
from etl.errors import SndsOmopError
from etl.release.candidate import fingerprint
from etl.settings import EngineSettings
from etl.transform import spark
from etl.transform.spark_tables import digest
from etl.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "workspace")
    made.create()
    return made


@pytest.mark.parametrize(
    ("installed", "version", "code"),
    [(False, 17, "SO-110"), (True, None, "SO-119"), (True, 11, "SO-119")],
)
def test_what_is_missing_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
    installed: bool,
    version: int | None,
    code: str,
) -> None:
    monkeypatch.setattr(spark, "_is_installed", lambda _: installed)
    monkeypatch.setattr(spark, "java_version", lambda: version)
    with pytest.raises(SndsOmopError) as caught:
        spark.require(EngineSettings())
    assert caught.value.code == code
    assert caught.value.exit_code == 2
    assert caught.value.line("fr") != caught.value.line("en")


@pytest.mark.parametrize(
    ("printed", "version"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_292"', 1), ("?", None)],
)
def test_the_java_of_java_home_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, version: int | None
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{printed}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert spark.java_version() == version


def test_without_java_there_is_no_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert spark.java_version() is None


def test_memory_is_that_of_the_settings(workspace: Workspace) -> None:
    variables = spark.environment(workspace, EngineSettings(memory_limit="900MB", threads=3))
    assert variables["SNDS_OMOP_SPARK_MEMORY"] == "900m"
    assert variables["SPARK_LOCAL_IP"] == "127.0.0.1"


def node(
    name: str, schema: str, materialized: str = "table", resource_type: str = "model"
) -> SimpleNamespace:
    config = SimpleNamespace(materialized=materialized)
    return SimpleNamespace(schema=schema, alias=name, config=config, resource_type=resource_type)


def written(workspace: Workspace, place: str, query: str, file: str = "part-0.parquet") -> Path:
    """What Spark would have written: the one file of a folder, under a name of its own."""
    path = spark.folder(workspace, EngineSettings()) / place
    path.mkdir(parents=True, exist_ok=True)
    for older in path.glob("part-*.parquet"):
        older.unlink()
    duckdb.sql(f"copy ({query}) to '{path / file}' (format parquet)")
    return path / file


_NUMBERED = (
    "select 'b' as person_key, 2::bigint as person_id, 1::bigint as build, "
    "null::bigint as former_id"
)


def test_a_person_keeps_the_number_that_duckdb_gave(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.registry)) as registry:
        registry.execute(
            "create table person_registry as select 'a' as person_key, 1::bigint as person_id"
        )
    spark.prepare(workspace, EngineSettings())
    known = spark.folder(workspace, EngineSettings()) / "registry" / "known.parquet"
    assert duckdb.sql(f"from '{known}'").fetchall() == [("a", 1, None, None)]
    written(workspace, "registry", _NUMBERED)
    for _ in range(2):  # a build that is done again registers no person twice
        workspace.candidate.unlink(missing_ok=True)
        spark.gather(
            workspace, EngineSettings(), [node("person_registry", "registry", "incremental")]
        )
    with duckdb.connect(str(workspace.registry)) as registry:
        assert registry.execute("from person_registry order by all").fetchall() == [
            ("a", 1, None, None),
            ("b", 2, 1, None),
        ]


def test_tables_become_the_candidate_and_views_are_left_to_duckdb(workspace: Workspace) -> None:
    spark.prepare(workspace, EngineSettings())
    written(workspace, "warehouse/intermediate.db/one", "select 1 as a")
    nodes = [
        node("stg", "staging", "view"),
        node("one", "intermediate"),
        node("concept", "cdm"),
        # an exposure has neither
        SimpleNamespace(resource_type="exposure"),
    ]
    spark.gather(workspace, EngineSettings(), nodes)
    with duckdb.connect(str(workspace.candidate), read_only=True) as candidate:
        assert candidate.execute("from intermediate.one").fetchall() == [(1,)]
        names = candidate.execute("select view_name from duckdb_views() where not internal")
        assert names.fetchall() == [("one",)]


KEPT = [{"schema": "intermediate", "alias": "one", "name": "one"}]


@pytest.mark.parametrize("resumes", [True, False])
def test_tables_that_are_kept_stay_and_others_go(workspace: Workspace, resumes: bool) -> None:
    """A build that goes on keeps the numbers of newcomers; a selection reads the registry."""
    spark.prepare(workspace, EngineSettings())
    written(workspace, "warehouse/intermediate.db/one", "select 1 as a")
    written(workspace, "warehouse/intermediate.db/half", "select 1 as a")
    written(workspace, "registry", _NUMBERED)
    spark.prepare(workspace, EngineSettings(), KEPT, resumes=resumes)
    place = spark.folder(workspace, EngineSettings())
    assert [path.name for path in (place / "warehouse").glob("*.db/*")] == ["one"]
    registry = {path.name for path in (place / "registry").iterdir()}
    assert registry == ({"known.parquet", "part-0.parquet"} if resumes else {"known.parquet"})
    spark.prepare(workspace, EngineSettings())
    assert not list((place / "warehouse").iterdir())


def test_what_a_stopped_build_had_made_is_in_the_candidate(workspace: Workspace) -> None:
    spark.prepare(workspace, EngineSettings())
    written(workspace, "warehouse/intermediate.db/one", "select 1 as a")
    written(workspace, "warehouse/intermediate.db/two", "select 2 as a")
    written(workspace, "registry", _NUMBERED)
    spark.gather(workspace, EngineSettings(), [node("two", "intermediate")], KEPT)
    # a selection replaces its tables, and no other
    written(workspace, "warehouse/intermediate.db/two", "select 3 as a", "part-1.parquet")
    spark.gather(workspace, EngineSettings(), [node("two", "intermediate")])
    with duckdb.connect(str(workspace.candidate), read_only=True) as candidate:
        assert candidate.execute("from intermediate.one").fetchall() == [(1,)]
        assert candidate.execute("from intermediate.two").fetchall() == [(3,)]


def test_a_verdict_holds_for_the_files_that_the_candidate_shows(workspace: Workspace) -> None:
    """Tables of Spark are not in the candidate's file: a change of theirs is another content."""
    spark.prepare(workspace, EngineSettings())
    file = written(workspace, "warehouse/intermediate.db/one", "select 1 as a")
    spark.gather(workspace, EngineSettings(), [node("one", "intermediate")])
    before = fingerprint(workspace.candidate)
    assert fingerprint(workspace.candidate) == before
    duckdb.sql(f"copy (select 2 as a) to '{file}' (format parquet)")
    after = fingerprint(workspace.candidate)
    assert (after["sha256"] == before["sha256"], after == before) == (True, False)
    file.unlink()
    with pytest.raises(SndsOmopError) as caught:
        fingerprint(workspace.candidate)
    assert caught.value.code == "SO-106"


def test_files_are_compared_table_by_table(workspace: Workspace) -> None:
    """The same two files, each shown as the other table."""
    found = []
    for one, two in ((1, 2), (2, 1)):
        spark.prepare(workspace, EngineSettings())
        workspace.candidate.unlink(missing_ok=True)
        written(workspace, "warehouse/intermediate.db/one", f"select {one} as a")
        written(workspace, "warehouse/intermediate.db/two", f"select {two} as a")
        spark.gather(
            workspace, EngineSettings(), [node("one", "intermediate"), node("two", "intermediate")]
        )
        found.append(digest(workspace.candidate))
    assert found[0] is not None and found[0] != found[1]


def test_a_candidate_of_duckdb_shows_no_file(workspace: Workspace) -> None:
    duckdb.connect(str(workspace.candidate)).close()
    assert digest(workspace.candidate) is None
    assert [*fingerprint(workspace.candidate)] == ["sha256"]


def test_a_cdm_column_that_must_be_filled_is(workspace: Workspace) -> None:
    spark.prepare(workspace, EngineSettings())
    written(
        workspace,
        "warehouse/cdm.db/death",
        "select null::bigint as person_id, date '2020-01-01' as death_date",
    )
    with pytest.raises(duckdb.ConstraintException):
        spark.gather(workspace, EngineSettings(), [node("death", "cdm")])


def test_a_cdm_table_gets_the_types_and_columns_of_its_contract(workspace: Workspace) -> None:
    spark.prepare(workspace, EngineSettings())
    written(
        workspace,
        "warehouse/cdm.db/death",
        "select 1::smallint as person_id, timestamp '2020-01-01' as death_date, "
        "32815 as death_type_concept_id",
    )
    spark.gather(workspace, EngineSettings(), [node("death", "cdm")])
    with duckdb.connect(str(workspace.candidate), read_only=True) as candidate:
        described = candidate.execute("describe cdm.death").fetchall()
    contract = cdm_tables()["death"]
    assert [row[0] for row in described] == [field.name for field in contract.fields]
    kinds = {row[0]: row[1] for row in described}
    assert (kinds["person_id"], kinds["death_date"]) == ("BIGINT", "DATE")


def test_a_folder_of_other_work_is_not_emptied(workspace: Workspace, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    (shared / "conf").mkdir(parents=True)
    engine = EngineSettings(spark_root=shared)
    with pytest.raises(SndsOmopError) as caught:
        spark.prepare(workspace, engine)
    assert caught.value.code == "SO-114"
    (shared / "conf").rmdir()
    for _ in range(2):  # what a build has made, the next one replaces
        spark.prepare(workspace, engine)
        assert (shared / "registry" / "known.parquet").is_file()
    (shared / "mine").touch()
    spark.remove(workspace, engine)
    assert not (shared / "registry").exists()
    assert (shared / "mine").is_file()


def test_a_folder_that_cannot_be_made_has_a_code(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SndsOmopError) as caught:
        spark.prepare(workspace, EngineSettings(spark_root=tmp_path / "file" / "below"))
    assert caught.value.code == "SO-136"


def test_further_configuration_reaches_a_local_session(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYSPARK_SUBMIT_ARGS", "SNDS_OMOP_SPARK_PARTITIONS"):
        monkeypatch.delenv(name, raising=False)
    assert "PYSPARK_SUBMIT_ARGS" not in spark.environment(workspace, EngineSettings())
    conf = {"spark.sql.shuffle.partitions": "7", "spark.jars": "/a b.jar"}
    given = spark.environment(workspace, EngineSettings(spark_conf=conf))
    assert given["SNDS_OMOP_SPARK_PARTITIONS"] == "7"
    assert given["PYSPARK_SUBMIT_ARGS"].endswith("--conf 'spark.jars=/a b.jar' pyspark-shell")
