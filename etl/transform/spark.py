"""The build on Spark: what it needs, where it writes, and how its tables become the candidate.

dbt runs in this process. Spark runs in a Java process on this machine, at 127.0.0.1, or on a
cluster (:mod:`etl.transform.cluster`). Tables are Parquet below ``build/spark/warehouse``, or below
the folder of ``engine.spark_root``. The registry of persons stays the one of DuckDB: Spark gets a
copy of it and gives back the persons that are new: an engine changes no person's number.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from etl.clauses import Clause
from etl.connections import LOCAL
from etl.contracts.cdm import cdm_tables
from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.faults import as_error
from etl.settings import EngineSettings
from etl.sql_text import literal
from etl.transform import cluster
from etl.transform.registry import create_registry
from etl.transform.resume import Node
from etl.transform.spark_tables import show
from etl.workspace import Workspace

TARGET = "spark"
VIEWS = (
    *("build", "--target", "duckdb", "--select"),
    *("config.materialized:view", "config.materialized:view_in_place"),
    *("--exclude", "test_type:unit", "test_type:data"),
)
"""What DuckDB adds to the tables of Spark, for those who read the lake through the candidate."""
JAVA = 17
_MARK = ".snds-omop"
_PARTS = ("conf", "probe", "registry", "warehouse")
_PACKAGES = {"pyspark": "pyspark", "dbt.adapters.spark": "dbt-spark"}
_CLIENT = {"grpc": "grpcio", "grpc_status": "grpcio-status", "zstandard": "zstandard"}
SCHEMAS = ("staging", "intermediate", "cdm", "audit", "registry")
_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {log}
appender.file.append = false
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{HH:mm:ss}} %p %c{{1}}: %m%n
"""


def folder(workspace: Workspace, engine: EngineSettings) -> Path:
    """Everything that Spark writes; its tables are in ``warehouse/<schema>.db/<table>``."""
    return engine.spark_root or workspace.build / "spark"


def remove(workspace: Workspace, engine: EngineSettings) -> None:
    """Remove what builds on Spark wrote, in the workspace and in the shared folder."""
    shutil.rmtree(workspace.build / "spark", ignore_errors=True)
    place = folder(workspace, engine)
    if (place / _MARK).is_file():
        for part in _PARTS:
            shutil.rmtree(place / part, ignore_errors=True)


def dbt_target(engine: EngineSettings) -> str:
    """The output of ``profiles.yml`` that these settings choose."""
    return TARGET if engine.spark == LOCAL else cluster.TARGET


def environment(workspace: Workspace, engine: EngineSettings) -> dict[str, str]:
    """What the outputs of ``profiles.yml`` read, and Spark itself."""
    place = folder(workspace, engine)
    if engine.spark != LOCAL:
        return {"SNDS_OMOP_SPARK": str(place), "SNDS_OMOP_SPARK_REMOTE": engine.spark}
    amount, unit = engine.memory_limit[:-2], engine.memory_limit[-2].lower()
    partitions = engine.spark_conf.get("spark.sql.shuffle.partitions", str(engine.threads))
    conf = [word for pair in engine.spark_conf.items() for word in ("--conf", "=".join(pair))]
    submit = os.environ.get("PYSPARK_SUBMIT_ARGS", "pyspark-shell")
    return {
        "SNDS_OMOP_SPARK": str(place),
        "SNDS_OMOP_SPARK_REMOTE": "",
        "SNDS_OMOP_SPARK_MEMORY": f"{amount}{unit}",
        "SNDS_OMOP_SPARK_PARTITIONS": os.environ.get("SNDS_OMOP_SPARK_PARTITIONS", partitions),
        "SPARK_LOCAL_IP": "127.0.0.1",
        # the user's own folder wins: it may hold a spark-defaults.conf
        "SPARK_CONF_DIR": os.environ.get("SPARK_CONF_DIR", str(place / "conf")),
        **({"PYSPARK_SUBMIT_ARGS": f"{shlex.join(conf)} {submit}"} if conf else {}),
    }


def require(engine: EngineSettings) -> None:
    """Check first that nothing is missing.

    Raises:
        SndsOmopError: SO-110 without the extra `spark`, SO-119 without Java 17 or later (a cluster
            has its own).
    """
    on_cluster = engine.spark != LOCAL
    packages = _PACKAGES | (_CLIENT if on_cluster else {})
    missing = [package for module, package in packages.items() if not _is_installed(module)]
    if missing:
        raise SndsOmopError(
            "SO-110",
            f"{' and '.join(missing)} missing: pip install 'snds-omop[spark]'",
            f"absent : {' et '.join(missing)} ; pip install 'snds-omop[spark]'",
        )
    version = None if on_cluster else java_version()
    if not on_cluster and (version is None or version < JAVA):
        if version is None:
            found = Clause("no java was found", "aucun java n'a été trouvé")
        else:
            found = Clause(f"java {version} was found", f"java {version} a été trouvé")
        raise SndsOmopError("SO-119", *found, where=os.environ.get("JAVA_HOME", "PATH"))


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def java_version() -> int | None:
    """Major version of the Java that Spark would start; None without one."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603
            [java, "-version"], capture_output=True, text=True, timeout=60, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(\d+)', answer)
    return int(found.group(1)) if found else None


def prepare(
    workspace: Workspace,
    engine: EngineSettings,
    kept: Collection[Node] = (),
    *,
    resumes: bool = False,
) -> None:
    """Begin from nothing, but for what is kept; on a cluster, open the session.

    Args:
        kept: nodes whose tables stay. The persons that are known always do.
        resumes: numbers that a build gave before it was stopped stay too.

    Raises:
        SndsOmopError: see :mod:`etl.transform.cluster`; a code of :mod:`etl.faults` when the folder
            cannot be written.
    """
    place = folder(workspace, engine)
    tables = {(node["schema"], node["alias"]) for node in kept}
    _require_ours(workspace, place)
    try:
        session = None if engine.spark == LOCAL else cluster.connect(engine)
        _claim(place)
        if session is not None:
            # whatever may refuse comes first: the candidate shows the tables that are removed next
            cluster.probe(session, workspace, place)
            cluster.clear(session, [*SCHEMAS, *_products()], place, tables)
        _fill(workspace, place, tables, keeps_registry=resumes and bool(kept))
    except BaseException:
        stop()
        raise


def _require_ours(workspace: Workspace, place: Path) -> None:
    """Refuse a folder in which other work lies (SO-114): what is not ours is not removed."""
    is_ours = place == workspace.build / "spark" or (place / _MARK).is_file()
    taken = [part for part in _PARTS if (place / part).exists()]
    if taken and not is_ours:
        names = ", ".join(taken)
        raise SndsOmopError(
            "SO-114",
            f"{names}, which no build of Spark made",
            f"{names}, qu'aucune construction par Spark n'a fait",
            where=str(place),
        )


def _claim(place: Path) -> None:
    """Mark a folder as ours, before anything is written into it."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / _MARK).touch()
    except OSError as error:
        raise as_error(error) or error from error


def _fill(
    workspace: Workspace, place: Path, kept: set[tuple[str, str]], *, keeps_registry: bool
) -> None:
    """A folder without more than is kept, with the registry as it is known."""
    try:
        for table in (place / "warehouse").glob("*.db/*"):
            if (table.parent.stem, table.name) not in kept:
                shutil.rmtree(table)
        for part in _PARTS:
            if not ((part == "warehouse" and kept) or (part == "registry" and keeps_registry)):
                shutil.rmtree(place / part, ignore_errors=True)
            (place / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise as_error(error) or error from error
    log = workspace.build / "logs" / "spark.log"
    (place / "conf" / "log4j2.properties").write_text(_LOGGING.format(log=log), encoding="utf-8")
    if keeps_registry:
        return
    with duckdb.connect(str(workspace.registry)) as registry:
        create_registry(registry)
        known = literal(place / "registry" / "known.parquet")
        registry.execute(f"copy person_registry to {known} (format parquet)")


def _products() -> list[str]:
    """Schemas in which the tables of the lake are declared."""
    return sorted({contract.product for contract in contracts().values()})


def stop() -> None:
    """End the session: nothing of it outlives the build. The server of a cluster goes on."""
    cluster.disconnect()
    if "pyspark" in sys.modules:
        from pyspark import SparkContext

        # the session was made by dbt, in a thread of its own
        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()


def gather(
    workspace: Workspace, engine: EngineSettings, nodes: Iterable[Any], kept: Iterable[Node] = ()
) -> None:
    """Show the tables of Spark in the candidate; register the persons it has numbered.

    Args:
        nodes: dbt's nodes, seeds and models. What DuckDB makes a view of is left to DuckDB.
        kept: nodes that a build made before it was stopped.

    Raises:
        duckdb.Error: see :func:`etl.transform.spark_tables.show`.
    """
    vocabulary = {name for name, table in cdm_tables().items() if table.group == "vocabulary"}
    warehouse = folder(workspace, engine) / "warehouse"
    limits = engine.duckdb(workspace.build / "temp")
    with duckdb.connect(str(workspace.candidate), config=limits) as candidate:
        made = [
            (node.schema, node.alias)
            for node in nodes
            # exposures are nodes too
            if node.resource_type in ("model", "seed")
            and node.config.materialized in ("table", "seed")
        ]
        for schema, alias in [*((node["schema"], node["alias"]) for node in kept), *made]:
            if schema != "cdm" or alias not in vocabulary:
                show(candidate, warehouse, schema, alias)
    with duckdb.connect(str(workspace.registry)) as registry:
        files = folder(workspace, engine) / "registry" / "*.parquet"
        numbered = f"read_parquet({literal(files)})"
        registry.execute(
            "insert into person_registry select person_key, person_id, build, former_id "  # noqa: S608
            f"from {numbered} where (person_key, coalesce(build, 0)) not in "
            "(select (person_key, coalesce(build, 0)) from person_registry)"
        )
