"""The build on Spark: what it needs, where it writes, and how its tables become the candidate.

dbt runs in this process and Spark in a Java process of its own, on 127.0.0.1. Tables are Parquet
below ``build/spark/warehouse``. The registry of persons stays the one of DuckDB: Spark gets a copy
of it and gives back the persons that are new, so that no engine changes a person's number.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from etl.clauses import Clause
from etl.contracts.cdm import CdmTable, cdm_tables
from etl.errors import SndsOmopError
from etl.settings import EngineSettings
from etl.transform.registry import create_registry
from etl.workspace import Workspace

TARGET = "spark"
VIEWS = (
    *("build", "--target", "duckdb", "--select"),
    *("config.materialized:view", "config.materialized:view_in_place"),
    *("--exclude", "test_type:unit", "test_type:data"),
)
"""What DuckDB adds to the tables of Spark, for those who read the lake through the candidate."""
JAVA = 17
_PACKAGES = {"pyspark": "pyspark", "dbt.adapters.spark": "dbt-spark"}
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


def folder(workspace: Workspace) -> Path:
    """Everything that Spark writes; its tables are in ``warehouse/<schema>.db/<table>``."""
    return workspace.build / "spark"


def environment(workspace: Workspace, engine: EngineSettings) -> dict[str, str]:
    """What the output `spark` of ``profiles.yml`` reads, and Spark itself."""
    amount, unit = engine.memory_limit[:-2], engine.memory_limit[-2].lower()
    return {
        "SNDS_OMOP_SPARK": str(folder(workspace)),
        "SNDS_OMOP_SPARK_MEMORY": f"{amount}{unit}",
        "SNDS_OMOP_SPARK_PARTITIONS": os.environ.get(
            "SNDS_OMOP_SPARK_PARTITIONS", str(engine.threads)
        ),
        "SPARK_LOCAL_IP": "127.0.0.1",
        # the user's own folder wins: it may hold a spark-defaults.conf
        "SPARK_CONF_DIR": os.environ.get("SPARK_CONF_DIR", str(folder(workspace) / "conf")),
    }


def require(select: Sequence[str] = ()) -> None:
    """Check first that nothing is missing.

    Raises:
        SndsOmopError: SO-110 without the extra `spark`, SO-119 without Java 17 or later, SO-121
            when only some models are asked for.
    """
    if select:
        raise SndsOmopError(
            "SO-121",
            "--select goes with the target duckdb only",
            "--select ne va qu'avec la cible duckdb",
        )
    missing = [package for module, package in _PACKAGES.items() if not _is_installed(module)]
    if missing:
        raise SndsOmopError(
            "SO-110",
            f"{' and '.join(missing)}, of the extra `spark`",
            f"{' et '.join(missing)}, du complément `spark`",
        )
    version = java_version()
    if version is None or version < JAVA:
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


def prepare(workspace: Workspace) -> None:
    """Begin from nothing, but for the persons that are known."""
    place = folder(workspace)
    shutil.rmtree(place, ignore_errors=True)
    for part in ("conf", "registry", "warehouse"):
        (place / part).mkdir(parents=True)
    log = workspace.build / "logs" / "spark.log"
    (place / "conf" / "log4j2.properties").write_text(_LOGGING.format(log=log), encoding="utf-8")
    with duckdb.connect(str(workspace.registry)) as registry:
        create_registry(registry)
        known = _text(place / "registry" / "known.parquet")
        registry.execute(f"copy person_registry to {known} (format parquet)")


def stop() -> None:
    """End the session: nothing of Spark outlives the build."""
    if "pyspark" in sys.modules:
        from pyspark import SparkContext

        # the session was made by dbt, in a thread of its own
        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()


def gather(workspace: Workspace, engine: EngineSettings, nodes: Iterable[Any]) -> None:
    """Make the tables of the candidate out of Spark's; register the persons it has numbered.

    Args:
        nodes: dbt's nodes, seeds and models. What DuckDB makes a view of is left to DuckDB.

    A CDM table gets the types of its contract, and refuses a NULL where it must not have one.
    """
    tables = cdm_tables()
    limits = engine.duckdb(workspace.build / "temp")
    with duckdb.connect(str(workspace.candidate), config=limits) as candidate:
        for node in nodes:
            # exposures are nodes too
            if node.resource_type not in ("model", "seed"):
                continue
            if node.config.materialized not in ("table", "seed"):
                continue
            name = f"{node.schema}.{node.alias}"
            rows = f"from {_parquet(folder(workspace) / 'warehouse', node)}"
            candidate.execute(f"create schema if not exists {node.schema}")
            if node.schema != "cdm":
                candidate.execute(f"create table {name} as {rows}")
            elif tables[node.alias].group != "vocabulary":
                candidate.execute(_declaration(tables[node.alias]))
                candidate.execute(f"insert into {name} by name {rows}")
    with duckdb.connect(str(workspace.registry)) as registry:
        numbered = f"read_parquet({_text(folder(workspace) / 'registry' / '*.parquet')})"
        registry.execute(
            "insert into person_registry select person_key, person_id, build, former_id "  # noqa: S608
            f"from {numbered} where (person_key, coalesce(build, 0)) not in "
            "(select (person_key, coalesce(build, 0)) from person_registry)"
        )


def _parquet(warehouse: Path, node: Any) -> str:
    return f"read_parquet({_text(warehouse / f'{node.schema}.db' / node.alias / '*.parquet')})"


def _declaration(table: CdmTable) -> str:
    columns = ", ".join(
        f"{field.quoted} {field.type}{' not null' if field.required else ''}"
        for field in table.fields
    )
    return f"create table cdm.{table.name} ({columns})"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
