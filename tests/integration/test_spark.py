"""The demo built by DuckDB and by Spark from the same lake: the same tables, by hash of content."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from etl.errors import SndsOmopError
from etl.settings import EngineSettings
from etl.transform import spark
from tests.spark_candidates import contents, lake_for_both, run, vocabulary_of_spark

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
    conf = root / "conf"
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text(SMALL, encoding="utf-8")
    one, other = lake_for_both(root, PERSONS, seed=7)
    run("--workspace", one, "build")
    small = {"SPARK_CONF_DIR": str(conf), "SNDS_OMOP_SPARK_PARTITIONS": "1"}
    run("--workspace", other, "build", "--target", "spark", **small)
    return one, other


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
    one, other = candidates
    vocabulary = vocabulary_of_spark(one, other / "build" / "spark" / "warehouse")
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
