"""What the settings accept of a connection to a cluster: an address, a folder, a configuration.

Settings are written into the manifest of a release: no secret is accepted among them.
"""

from __future__ import annotations

import re
from pathlib import Path

from etl.clauses import RefusedValueError

LOCAL = "local"
SPARK_OURS = frozenset(
    {
        "spark.remote",
        "spark.master",
        "spark.sql.session.timeZone",
        "spark.sql.timestampType",
        "spark.sql.ansi.enabled",
        "spark.sql.warehouse.dir",
    }
)
"""Configuration that the program sets itself: it decides what is in the tables, and where."""

# A server with a port; parameters of the connection may follow, each behind a semicolon.
_SPARK_CONNECT = re.compile(r"sc://[\w.-]+:\d{1,5}(/(;[\w-]+=[^;\s]+)*)?")
_NAME = re.compile(r"[\w.-]+")
_SECRET = re.compile(r"password|secret|token|credential|(access|account|private)[._-]?key", re.I)


def local_or_server(where: str) -> str:
    """`local`, or the address of a Spark Connect server without a secret.

    Raises:
        RefusedValueError: for anything else; the address is not repeated.
    """
    if where == LOCAL:
        return where
    if not _SPARK_CONNECT.fullmatch(where):
        raise RefusedValueError(
            "is neither local nor sc://host:port of a Spark Connect server",
            "n'est ni local ni sc://machine:port d'un serveur Spark Connect",
        )
    if _SECRET.search(where.partition(";")[2]):
        raise RefusedValueError(
            "holds a secret; give it by SPARK_CONNECT_AUTHENTICATE_TOKEN",
            "contient un secret ; donnez-le par SPARK_CONNECT_AUTHENTICATE_TOKEN",
        )
    return where


def shared_folder(root: Path | None) -> Path | None:
    """A folder that two machines may see under one path.

    Raises:
        RefusedValueError: for an address, or a path that is not absolute.
    """
    if root is not None and not root.is_absolute():
        raise RefusedValueError(
            "is no absolute path of a folder; an object store is mounted first",
            "n'est pas le chemin absolu d'un dossier ; un stockage objet se monte d'abord",
        )
    return root


def configuration(conf: dict[str, str]) -> dict[str, str]:
    """Names and values that a session of Spark may be given.

    Raises:
        RefusedValueError: for what is no name, looks like a secret or belongs to the program.
    """
    for name, value in conf.items():
        if not _NAME.fullmatch(name) or "\n" in value:
            raise RefusedValueError(
                "holds what is no name or value of a configuration",
                "contient ce qui n'est ni un nom ni une valeur de configuration",
            )
        if _SECRET.search(name):
            raise RefusedValueError(
                f"{name} looks like a secret; it belongs in the configuration of the server",
                f"{name} ressemble à un secret ; sa place est la configuration du serveur",
            )
        if name in SPARK_OURS:
            raise RefusedValueError(
                f"{name} changes the tables and cannot be set",
                f"{name} change les tables et ne peut pas être réglé",
            )
    return conf
