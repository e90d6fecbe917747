"""The demo built by DuckDB and by Spark from the same lake: the same tables, by hash of content."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from etl.contracts.cdm import cdm_tables
from etl.errors import SndsOmopError
from etl.release.content import TableContent, columns_by_table, hash_relation, hash_schema
from etl.settings import EngineSettings
from etl.transform import spark

PERSONS = 1000
# Tables of a thousand persons: compiling and optimising a query costs more than running it.
SMALL = """\
spark.driver.extraJavaOptions -XX:+UseSerialGC -XX:TieredStopAtLevel=1
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.adaptive.enabled false
spark.sql.autoBroadcastJoinThreshold 100m
spark.sql.files.openCostInBytes 134217728
spark.default.parallelism 1
"""


@pytest.fixture(scope="module", autouse=True)
def _spark_is_here() -> None:
    try:
        spark.require(EngineSettings())
    except SndsOmopError as error:
        pytest.skip(error.line())


@pytest.fixture(scope="module")
def candidates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two workspaces with one lake, the first built by DuckDB and the second by Spark."""
    root = tmp_path_factory.mktemp("spark")
    delivery, one, other = root / "delivery", root / "duckdb", root / "spark"
    conf = root / "conf"
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text(SMALL, encoding="utf-8")
    run("synth", "--output", delivery, "--persons", PERSONS, "--seed", 7)
    run("--workspace", one, "stage", "--input", delivery)
    run("--workspace", one, "vocab", "load")
    for part in ("lake", "state"):
        shutil.copytree(one / part, other / part)
    run("--workspace", one, "build")
    small = {"SPARK_CONF_DIR": str(conf), "SNDS_OMOP_SPARK_PARTITIONS": "1"}
    run("--workspace", other, "build", "--target", "spark", **small)
    return one, other


def run(*arguments: object, **environment: str) -> None:
    """A command in a process of its own, so that Java ends with it."""
    done = subprocess.run(
        [sys.executable, "-m", "etl", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=1800,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr[-4000:]


def contents(workspace: Path) -> dict[str, TableContent]:
    with duckdb.connect(str(workspace / "build" / "candidate.duckdb"), read_only=True) as opened:
        return {
            f"{content.schema_name}.{content.table}": content
            for schema in ("cdm", "audit")
            for content in hash_schema(opened, "candidate", schema)
        }


def vocabulary_of_spark(workspace: Path, other: Path) -> dict[str, TableContent]:
    """Vocabulary tables as Spark wrote them: in the candidate they are views over the lake."""
    names = [name for name, table in cdm_tables().items() if table.group == "vocabulary"]
    warehouse = other / "build" / "spark" / "warehouse" / "cdm.db"
    with duckdb.connect(str(workspace / "build" / "candidate.duckdb"), read_only=True) as opened:
        columns = columns_by_table(opened, "candidate", "cdm")
        relations = {name: f"read_parquet('{warehouse / name / '*.parquet'}')" for name in names}
        return {
            f"cdm.{name}": hash_relation(opened, relation, "cdm", name, columns[name])
            for name, relation in relations.items()
        }


def persons(workspace: Path) -> list[tuple[str, int]]:
    with duckdb.connect(str(workspace / "state" / "registry.duckdb"), read_only=True) as opened:
        return opened.execute(
            "select person_key, person_id from person_registry order by all"
        ).fetchall()


@pytest.mark.slow
@pytest.mark.spark
def test_both_engines_give_the_same_tables(candidates: tuple[Path, Path]) -> None:
    by_duckdb, by_spark = map(contents, candidates)
    assert by_spark == by_duckdb
    vocabulary = vocabulary_of_spark(*candidates)
    assert vocabulary == {name: by_duckdb[name] for name in vocabulary}
    assert len([name for name in by_spark if name.startswith("cdm.")]) == 39
    assert by_spark["cdm.person"].rows > PERSONS / 2
    assert by_spark["audit.balance"].rows > 0


@pytest.mark.slow
@pytest.mark.spark
def test_both_engines_number_persons_alike(candidates: tuple[Path, Path]) -> None:
    by_duckdb, by_spark = map(persons, candidates)
    assert by_spark == by_duckdb
    assert len(by_spark) > PERSONS / 2


@pytest.mark.slow
@pytest.mark.spark
def test_nothing_of_spark_is_written_out_of_the_workspace(candidates: tuple[Path, Path]) -> None:
    _, other = candidates
    warehouse = other / "build" / "spark" / "warehouse"
    assert list((warehouse / "cdm.db" / "person").glob("*.parquet"))
    assert {path.stat().st_mode & 0o077 for path in warehouse.rglob("*")} == {0}
    here = {path.name for path in Path.cwd().iterdir()}
    assert not here & {"spark-warehouse", "metastore_db", "derby.log"}
