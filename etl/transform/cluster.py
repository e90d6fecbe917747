"""The session of a Spark Connect server, and what is checked on it before a model runs.

Only this machine speaks to the server (gRPC, one port); its executors read the lake and write the
tables in folders that this machine sees under the same paths. Words of the server may quote a
value: they are searched, never shown.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import uuid
import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.settings import EngineSettings
from etl.sql_text import literal
from etl.workspace import Workspace

TARGET = "spark_connect"
VERSION = 4
PATIENCE = 20
"""Seconds that a server has to answer for the first time."""
LOST = re.compile(
    r"StatusCode\.UNAVAILABLE|failed to connect to all addresses|RETRIES_EXCEEDED"
    r"|SESSION_(?:NOT_FOUND|CLOSED|CHANGED)|SparkContext was shut ?down|stopped SparkContext",
    re.IGNORECASE,
)
# About two minutes of waiting, after which the server counts as lost: pyspark waits for ten.
_RETRIES = {"max_retries": 12, "max_backoff": 15_000}


def connect(engine: EngineSettings) -> Any:
    """Open the session that dbt will find, with the configuration of the settings.

    Raises:
        SndsOmopError: SO-151 without an answer, SO-152 from another version of Spark, SO-101 for
            a configuration that the server does not take from a session.
    """
    # dbt asks each session for Hive, which a server grants or not by its own configuration
    warnings.filterwarnings("ignore", module=r"pyspark\.")
    import grpc
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client import DefaultChannelBuilder
    from pyspark.sql.connect.client.retries import DefaultPolicy

    try:
        channel = DefaultChannelBuilder(engine.spark).toChannel()
        try:
            grpc.channel_ready_future(channel).result(timeout=PATIENCE)
        finally:
            channel.close()
    except grpc.FutureTimeoutError:
        raise _unreachable(
            engine, f"no answer within {PATIENCE} s", f"aucune réponse en {PATIENCE} s"
        ) from None
    try:
        session = SparkSession.builder.remote(engine.spark).getOrCreate()
        session.client.set_retry_policies([DefaultPolicy(**_RETRIES)])
        version = session.version
    except PySparkException:
        raise _unreachable(engine, "it opened no session", "il n'a pas ouvert de session") from None
    if version.partition(".")[0] != str(VERSION):
        number = re.sub(r"[^0-9.].*", "", version)
        raise SndsOmopError(
            "SO-152",
            f"the server runs Spark {number}",
            f"le serveur exécute Spark {number}",
            where=engine.spark,
        )
    for name, value in engine.spark_conf.items():
        try:
            session.conf.set(name, value)
        except PySparkException:
            raise SndsOmopError(
                "SO-101",
                f"a session cannot set {name}; it belongs in the configuration of the server",
                f"une session ne peut pas régler {name} ; sa place est la configuration du serveur",
                where="engine.spark_conf",
            ) from None
    return session


def disconnect() -> None:
    """Close the session, if there is one; the server goes on."""
    if "pyspark.sql.connect.session" in sys.modules:
        from pyspark.sql.connect.session import SparkSession

        session = SparkSession._get_default_session()
        if session is not None:
            session.stop()
        os.environ.pop("SPARK_CONNECT_MODE_ENABLED", None)


def _unreachable(engine: EngineSettings, english: str, french: str) -> SndsOmopError:
    return SndsOmopError("SO-151", english, french, where=engine.spark)


def clear(
    session: Any, schemas: list[str], root: Path, kept: Collection[tuple[str, str]] = ()
) -> None:
    """Remove from the catalogue what an earlier build of this workspace declared.

    Args:
        kept: schemas and names of tables that stay; views of their schemas do too.

    Raises:
        SndsOmopError: SO-154 when a schema of these names is kept elsewhere: it belongs to another
            workspace or to other work, and nothing is removed.
    """
    held = {row[0] for row in session.sql("show databases").collect()}
    ours = [name for name in schemas if name in held]
    warehouse = root / "warehouse"
    foreign = [name for name in ours if _location(session, name) != warehouse / f"{name}.db"]
    if foreign:
        names = ", ".join(foreign)
        raise SndsOmopError(
            "SO-154", f"it already holds {names}", f"il contient déjà {names}", where=str(root)
        )
    for name in ours:
        if name not in {schema for schema, _ in kept}:
            session.sql(f"drop database {name} cascade")
            continue
        views = {row["viewName"] for row in session.sql(f"show views in {name}").collect()}
        tables = {row["tableName"] for row in session.sql(f"show tables in {name}").collect()}
        for table in sorted(tables - views):
            if (name, table) not in kept:
                session.sql(f"drop table if exists {name}.{table}")


def _location(session: Any, schema: str) -> Path:
    described = session.sql(f"describe database {schema}").collect()
    places = (row[1] for row in described if row[0] == "Location")
    return Path(unquote(urlsplit(next(places, "")).path))


def probe(session: Any, workspace: Workspace, root: Path) -> None:
    """A file goes to the executors and comes back; the lake is seen as it is here.

    Raises:
        SndsOmopError: SO-153, SO-151 when the server is lost meanwhile.
    """
    from pyspark.errors import PySparkException

    here, back = root / "probe" / "sent.parquet", root / "probe" / "back"
    shutil.rmtree(here.parent, ignore_errors=True)
    here.parent.mkdir(parents=True)
    sent = uuid.uuid4().hex
    duckdb.execute(f"copy (select '{sent}' as sent) to {literal(here)} (format parquet)")
    tables = workspace.lake / "manifest" / "tables.parquet"
    for place, file in ((workspace.lake, tables), (root, here)):
        wanted = duckdb.execute(f"from {literal(file)}").fetchall()
        try:
            read = session.read.parquet(str(file)).collect()
        except PySparkException as error:
            raise _fault(error, place, Clause(*_NOT_READ)) from None
        if sorted(map(tuple, read)) != sorted(wanted):
            raise _unseen(place, Clause(*_NOT_READ))
    try:
        session.read.parquet(str(here)).write.parquet(str(back))
    except PySparkException as error:
        raise _fault(error, root, Clause(*_NOT_WRITTEN)) from None
    try:
        came = duckdb.execute(f"from {literal(back / '*.parquet')}").fetchall()
    except duckdb.Error:
        came = []
    if came != [(sent,)]:
        raise _unseen(root, Clause(*_NOT_SEEN))


_NOT_READ = (
    "the executors do not read what this machine wrote there",
    "les exécuteurs n'y lisent pas ce que cette machine a écrit",
)
_NOT_WRITTEN = ("the executors cannot write there", "les exécuteurs ne peuvent pas y écrire")
_NOT_SEEN = (
    "this machine does not read what the executors wrote there",
    "cette machine n'y lit pas ce que les exécuteurs ont écrit",
)


def _fault(error: BaseException, place: Path, clause: Clause) -> SndsOmopError:
    return lost(str(error), place) or _unseen(place, clause)


def _unseen(place: Path, clause: Clause) -> SndsOmopError:
    return SndsOmopError("SO-153", *clause, where=str(place))


def lost(words: str, where: Path) -> SndsOmopError | None:
    """The error of a server that went away during the work, by the words of its client."""
    if not LOST.search(words):
        return None
    return SndsOmopError(
        "SO-151",
        "the connection was lost during the build",
        "la connexion a été perdue pendant la construction",
        where=str(where),
    )
