"""A build on a real cluster of Spark: the tables of DuckDB, a release, a lost executor.

Master, two workers with an executor each and the server are processes of their own. It takes
long on two cores, so it runs by `make cluster` only; `make test` skips it, visibly.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.errors import SndsOmopError
from etl.settings import EngineSettings
from etl.transform import spark
from tests.spark_candidates import contents, copy_lake, lake_for_both, run, vocabulary_of_spark
from tests.spark_cluster import spark_cluster

PERSONS = int(os.environ.get("SNDS_TEST_CLUSTER_PERSONS", "100"))
# Small tables: compiling and planning a query costs more than running it.
SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}
pytestmark = [pytest.mark.slow, pytest.mark.spark]


@pytest.fixture(scope="module", autouse=True)
def _a_cluster_is_asked_for() -> None:
    if not os.environ.get("SNDS_TEST_CLUSTER"):
        pytest.skip("a cluster of Spark is started by `make cluster` only")
    try:
        spark.require(EngineSettings())
    except SndsOmopError as error:
        pytest.skip(error.line())


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[str]:
    with spark_cluster(root / "parts", SMALL) as address:
        yield address


def settings(root: Path, server: str) -> dict[str, str]:
    """What the engineer of the platform sets: the server, and a folder that all parts see."""
    return {
        "SNDS_OMOP_ENGINE__SPARK": server,
        "SNDS_OMOP_ENGINE__SPARK_ROOT": str(root / "shared"),
    }


@pytest.fixture(scope="module")
def candidates(root: Path, server: str) -> tuple[Path, Path]:
    """Two workspaces with one lake, the first built by DuckDB and the second by the cluster."""
    one, other = lake_for_both(root, PERSONS, seed=7)
    copy_lake(one, root / "lost")
    run("--workspace", one, "build")
    run("--workspace", other, "build", "--target", "spark", **settings(root, server))
    return one, other


def test_cluster_gives_the_tables_of_duckdb(candidates: tuple[Path, Path], root: Path) -> None:
    one, other = candidates
    by_duckdb, by_cluster = contents(one), contents(other)
    assert by_cluster["cdm.cdm_source"] == by_duckdb["cdm.cdm_source"]
    assert by_cluster == by_duckdb
    assert len([name for name in by_cluster if name.startswith("cdm.")]) == 39
    assert by_cluster["cdm.person"].rows > PERSONS / 2
    vocabulary = vocabulary_of_spark(one, root / "shared" / "warehouse")
    assert vocabulary == {name: by_duckdb[name] for name in vocabulary}


def test_selection_replaces_its_tables_only(
    candidates: tuple[Path, Path], root: Path, server: str
) -> None:
    one, other = candidates
    place = root / "shared" / "warehouse" / "cdm.db"
    before = {name: (place / name).stat().st_mtime_ns for name in ("person", "death")}
    selection = ("--json", "build", "--target", "spark", "--select", "death")
    printed = run("--workspace", other, *selection, **settings(root, server))
    assert '"models": ["death"]' in printed
    after = {name: (place / name).stat().st_mtime_ns for name in before}
    assert after["person"] == before["person"] and after["death"] > before["death"]
    assert contents(other) == contents(one)


def test_candidate_of_the_cluster_becomes_a_release(candidates: tuple[Path, Path]) -> None:
    _, other = candidates
    run("--workspace", other, "validate")
    run("--workspace", other, "release", "create")
    run("--workspace", other, "release", "verify")


def test_lost_executor_changes_no_table(
    candidates: tuple[Path, Path], root: Path, server: str
) -> None:
    """One executor is killed in the middle of a build: its worker starts another."""
    one, _ = candidates
    lost, tables = root / "lost", root / "shared" / "warehouse" / "intermediate.db"
    shutil.rmtree(tables)  # those of the build before
    build = subprocess.Popen(
        [sys.executable, "-m", "etl", "--workspace", str(lost), "build", "--target", "spark"],
        env=os.environ | settings(root, server),
    )
    try:
        until = time.monotonic() + 3600
        while len(list(tables.glob("*"))) < 20:
            assert build.poll() is None, "the build ended before an executor was killed"
            assert time.monotonic() < until
            time.sleep(0.5)
        os.kill(executors()[0], signal.SIGKILL)
        assert build.wait(timeout=5400) == 0
    finally:
        build.kill()
    assert contents(lost) == contents(one)


def test_killed_build_goes_on_where_it_was(
    candidates: tuple[Path, Path], root: Path, server: str
) -> None:
    one, _ = candidates
    lost, noted = root / "lost", root / "lost" / "build" / "finished-spark.jsonl"
    command = [sys.executable, "-m", "etl", "--workspace", str(lost), "build", "--full-refresh"]
    build = subprocess.Popen(
        [*command, "--target", "spark"],
        env=os.environ | settings(root, server),
        start_new_session=True,
    )
    until = time.monotonic() + 3600
    while not noted.is_file() or noted.read_bytes().count(b"\n") < 220:
        assert build.poll() is None, "the build ended before it was killed"
        assert time.monotonic() < until
        time.sleep(0.5)
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()
    finished = {
        json.loads(line).rpartition(".")[2]
        for line in noted.read_text().splitlines()[1:]
        if line.endswith('"')
    }
    kept = {
        path: path.stat().st_mtime_ns
        for path in (root / "shared" / "warehouse").glob("*.db/*")
        if path.name in finished
    }
    assert len(kept) > 20
    run("--workspace", lost, "build", "--target", "spark", **settings(root, server))
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert contents(lost) == contents(one)


def executors() -> list[int]:
    """Processes of executors on this machine."""
    found = subprocess.run(
        ["pgrep", "-f", "CoarseGrainedExecutorBackend"], capture_output=True, text=True, check=True
    )
    return [int(line) for line in found.stdout.split()]
