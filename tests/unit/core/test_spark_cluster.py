"""Settings, profile and errors of a cluster; the cluster itself is in tests/integration."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
import yaml

from etl.configuration import load_settings
from etl.connections import SPARK_OURS
from etl.errors import SndsOmopError
from etl.resources import dbt_project_dir
from etl.settings import EngineSettings
from etl.transform import cluster, spark
from etl.transform.invocation import run_dbt
from etl.workspace import Workspace

SERVER = "sc://127.0.0.1:15002"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "workspace")
    made.create()
    tables = made.lake / "manifest" / "tables.parquet"
    tables.parent.mkdir(parents=True)
    duckdb.sql(f"copy (select 1 as table_number) to '{tables}' (format parquet)")
    return made


@pytest.fixture
def plain_warnings() -> Iterator[None]:
    """What the session silences stays silenced for the program, not for other tests."""
    with warnings.catch_warnings():
        yield


def refusal(variables: Mapping[str, str]) -> SndsOmopError:
    with pytest.raises(SndsOmopError) as caught:
        load_settings(environment=variables)
    return caught.value


@pytest.mark.parametrize(
    "where",
    ["local", SERVER, "sc://spark.internal:443/;use_ssl=true;user_id=omop", "sc://h:1/"],
)
def test_spark_is_local_or_a_server(where: str) -> None:
    assert EngineSettings(spark=where).spark == where


@pytest.mark.parametrize(
    "where",
    [
        "",
        "thrift",
        "thrift://h:10000",
        "spark://h:7077",
        "sc://h",
        "sc://h:1;use_ssl=true",
        "local[2]",
    ],
)
def test_other_protocols_are_refused(where: str) -> None:
    error = refusal({"SNDS_OMOP_ENGINE__SPARK": where})
    assert error.code == "SO-101"
    assert error.where == "SNDS_OMOP_ENGINE__SPARK"
    assert "sc://" in error.line("fr")


@pytest.mark.parametrize("parameter", ["token", "x-api-token", "password", "x-secret"])
def test_a_secret_in_the_address_is_refused_and_not_repeated(parameter: str) -> None:
    address = f"sc://h:443/;use_ssl=true;{parameter}=s3cr3t"
    error = refusal({"SNDS_OMOP_ENGINE__SPARK": address})
    assert "SPARK_CONNECT_AUTHENTICATE_TOKEN" in error.line()
    assert "s3cr3t" not in error.line() + error.line("fr")


@pytest.mark.parametrize(
    "name",
    ["spark.hadoop.fs.s3a.secret.key", "fs.azure.account.key.x", "fs.s3a.access.key", "a.password"],
)
def test_a_secret_in_the_configuration_is_refused_and_not_repeated(name: str) -> None:
    error = refusal({"SNDS_OMOP_ENGINE__SPARK_CONF": f'{{"{name}": "s3cr3t"}}'})
    assert error.code == "SO-101"
    assert name in error.line()
    assert "s3cr3t" not in error.line() + error.line("fr")


@pytest.mark.parametrize("name", sorted(SPARK_OURS))
def test_what_changes_the_tables_cannot_be_configured(name: str) -> None:
    assert name in refusal({"SNDS_OMOP_ENGINE__SPARK_CONF": f'{{"{name}": "x"}}'}).line()


def test_a_name_of_the_configuration_is_one_word() -> None:
    for name in ("a b", "", "a=b"):
        assert refusal({"SNDS_OMOP_ENGINE__SPARK_CONF": f'{{"{name}": "x"}}'}).code == "SO-101"
    taken = EngineSettings(spark_conf={"spark.sql.defaultCatalog": "lake"})
    assert taken.spark_conf == {"spark.sql.defaultCatalog": "lake"}


def test_the_folder_of_the_tables_is_an_absolute_path() -> None:
    for root in ("s3a://bucket/omop", "omop", "hdfs://n/omop"):
        assert refusal({"SNDS_OMOP_ENGINE__SPARK_ROOT": root}).code == "SO-101"
    assert EngineSettings(spark_root="/mnt/omop").spark_root == Path("/mnt/omop")


def test_a_cluster_needs_no_java_here_but_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "java_version", lambda: None)
    monkeypatch.setattr(spark, "_is_installed", lambda _: True)
    spark.require(EngineSettings(spark=SERVER))
    monkeypatch.setattr(spark, "_is_installed", lambda module: module != "grpc")
    with pytest.raises(SndsOmopError) as caught:
        spark.require(EngineSettings(spark=SERVER))
    assert caught.value.code == "SO-110"
    assert "grpcio" in caught.value.line()


def test_the_profile_has_what_the_settings_choose(workspace: Workspace) -> None:
    profiles = yaml.safe_load((dbt_project_dir() / "profiles.yml").read_text(encoding="utf-8"))
    outputs = profiles["snds_omop"]["outputs"]
    assert spark.dbt_target(EngineSettings()) == "spark"
    engine = EngineSettings(spark=SERVER, spark_root="/mnt/omop")
    chosen = outputs[spark.dbt_target(engine)]
    assert chosen["method"] == "session"
    given = spark.environment(workspace, engine)
    assert given == {"SNDS_OMOP_SPARK": "/mnt/omop", "SNDS_OMOP_SPARK_REMOTE": SERVER}
    assert "SNDS_OMOP_SPARK_REMOTE" in chosen["server_side_parameters"]["spark.remote"]
    # they decide what is in the tables: the same on one machine and on many
    for name in ("spark.sql.session.timeZone", "spark.sql.timestampType"):
        both = {
            outputs[target]["server_side_parameters"][name] for target in ("spark", "spark_connect")
        }
        assert len(both) == 1


@pytest.mark.usefixtures("plain_warnings")
@pytest.mark.parametrize("listening", [False, True])
def test_no_answer_is_an_error_with_a_code(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, listening: bool
) -> None:
    """No server at the port, or one that does not speak gRPC: the registry is not copied."""
    pytest.importorskip("grpc")
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listening:
            server.listen()
        engine = EngineSettings(spark=f"sc://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(SndsOmopError) as caught:
            spark.prepare(workspace, engine)
    assert caught.value.code == "SO-151"
    assert caught.value.exit_code == 2
    assert not spark.folder(workspace, engine).exists()


class Catalogue:
    """What `show`, `describe` and `drop database` answer."""

    def __init__(self, **places: str) -> None:
        self.places = places
        self.tables: dict[str, list[str]] = {}
        self.views: dict[str, list[str]] = {}

    def sql(self, query: str) -> Any:
        verb, name = query.split()[0], [*query.split(), ""][2]
        rows: list[Any] = []
        if query == "show databases":
            rows = [(name,) for name in self.places]
        elif verb == "describe":
            rows = [("Namespace Name", name), ("Location", self.places[name]), ("Owner", "x")]
        elif query.startswith("show views"):
            rows = [{"viewName": view} for view in self.views[query.split()[-1]]]
        elif query.startswith("show tables"):
            rows = [{"tableName": table} for table in self.tables[query.split()[-1]]]
        elif query.startswith("drop table"):
            schema, _, table = query.split()[-1].partition(".")
            self.tables[schema].remove(table)
        elif verb == "drop":
            del self.places[name]
        return SimpleNamespace(collect=lambda: rows)


def test_schemas_of_this_folder_are_made_again_and_no_others() -> None:
    held = Catalogue(
        default="file:/x", cdm="file:/mnt/a%20b/warehouse/cdm.db", other="file:/mnt/a%20b/other"
    )
    cluster.clear(held, ["cdm", "audit"], Path("/mnt/a b"))
    assert set(held.places) == {"default", "other"}


def test_tables_that_are_kept_stay_declared(tmp_path: Path) -> None:
    place = f"file:{tmp_path}/warehouse"
    held = Catalogue(cdm=f"{place}/cdm.db", audit=f"{place}/audit.db")
    held.tables = {"cdm": ["person", "death", "seen"]}
    held.views = {"cdm": ["seen"]}
    cluster.clear(held, ["cdm", "audit"], tmp_path, {("cdm", "person"), ("other", "death")})
    assert set(held.places) == {"cdm"}
    assert held.tables == {"cdm": ["person", "seen"]}


def test_schemas_of_another_folder_are_refused_by_name() -> None:
    held = Catalogue(cdm="file:/mnt/mine/warehouse/cdm.db", audit="file:/mnt/other/audit.db")
    with pytest.raises(SndsOmopError) as caught:
        cluster.clear(held, ["cdm", "audit"], Path("/mnt/mine"))
    assert caught.value.code == "SO-154"
    assert "audit" in caught.value.line()
    assert set(held.places) == {"cdm", "audit"}


class Executors:
    """Reads and writes as executors do that see this machine's folders, or do not."""

    def __init__(self, *, reads: Path | None = None, writes: bool = True) -> None:
        self._reads, self._writes = reads, writes
        self.read = self

    def parquet(self, path: str) -> Any:
        from pyspark.errors import PySparkException

        if self._reads and Path(path).is_relative_to(self._reads):
            raise PySparkException("Path does not exist: SECRET")
        rows = duckdb.sql(f"from '{path}'").fetchall()

        def write(target: str) -> None:
            if self._writes:
                Path(target).mkdir()
                duckdb.sql(f"copy (from '{path}') to '{target}/part-0.parquet' (format parquet)")

        return SimpleNamespace(collect=lambda: rows, write=SimpleNamespace(parquet=write))


def test_shared_folders_pass_the_probe(workspace: Workspace, tmp_path: Path) -> None:
    cluster.probe(Executors(), workspace, tmp_path / "root")


@pytest.mark.parametrize("unseen", ["lake", "root", "written"])
def test_a_folder_that_is_not_shared_is_named(
    workspace: Workspace, tmp_path: Path, unseen: str
) -> None:
    places = {"lake": workspace.lake, "root": tmp_path / "root", "written": tmp_path / "root"}
    reads = None if unseen == "written" else places[unseen]
    executors = Executors(reads=reads, writes=unseen != "written")
    with pytest.raises(SndsOmopError) as caught:
        cluster.probe(executors, workspace, tmp_path / "root")
    assert caught.value.code == "SO-153"
    assert str(places[unseen]) in caught.value.line()
    assert "SECRET" not in caught.value.line()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("<_MultiThreadedRendezvous: status = StatusCode.UNAVAILABLE, details = 42", "SO-151"),
        ("[INVALID_HANDLE.SESSION_NOT_FOUND] The handle 42 is invalid", "SO-151"),
        ("Cannot call methods on a stopped SparkContext 42", "SO-151"),
        ("java.io.IOException: No space left on device 42", "SO-902"),
        ("[DIVIDE_BY_ZERO] 42", "SO-901"),
    ],
)
def test_a_job_that_fails_has_a_code_and_shows_no_value(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, words: str, code: str
) -> None:
    node = SimpleNamespace(name="person", resource_type="model")
    failed = SimpleNamespace(node=node, status="error", message=words, execution_time=1.0)
    outcome = SimpleNamespace(
        success=False, result=SimpleNamespace(results=[failed]), exception=None
    )
    module = import_module("etl.transform.invocation")
    runner = SimpleNamespace(invoke=lambda _: outcome)
    monkeypatch.setattr("dbt.cli.main.dbtRunner", lambda callbacks: runner)
    monkeypatch.setattr(module, "variables", lambda *_: {})
    monkeypatch.setattr(module, "loaded_concepts", lambda _: {})
    monkeypatch.setattr(module, "environment", lambda *_: {})
    with pytest.raises(SndsOmopError) as caught:
        run_dbt(workspace, load_settings(environment={}), ["build"], progress=SimpleNamespace())
    assert caught.value.code == code
    assert "42" not in caught.value.line() + caught.value.line("fr")
