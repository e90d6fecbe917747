"""What must hold before a candidate may become a release."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import SndsOmopError
from etl.faults import as_error
from etl.state_file import read_record
from etl.transform import spark_tables
from etl.vocabulary.snapshot import require_bound_snapshot
from etl.workspace import Workspace

Judge = Callable[[Path, Path], Mapping[str, Any]]
"""Checks a database and writes what it found into a folder; a verdict with ``accepted``."""

VERDICT_FILE = "verdict.json"


def fingerprint(candidate: Path) -> dict[str, str]:
    """The content of a candidate: a verdict on another build, or on an altered one, is void.

    Read whole, at about 1 GB a second: size and time could be set back after a change. Tables of
    Spark are files next to it.

    Raises:
        SndsOmopError: SO-106 when Spark's tables are no longer there.
    """
    with candidate.open("rb") as handle:
        found = {"sha256": hashlib.file_digest(handle, "sha256").hexdigest()}
    try:
        tables = spark_tables.digest(candidate)
    except FileNotFoundError as error:
        raise SndsOmopError(
            "SO-106",
            "the tables that Spark built are no longer there",
            "les tables que Spark a construites ne sont plus là",
            where=str(candidate),
        ) from error
    except OSError as error:
        raise as_error(error) or error from error
    return found | ({"tables": tables} if tables else {})


def read_verdict(workspace: Workspace) -> dict[str, Any]:
    """What the last validation wrote.

    Raises:
        SndsOmopError: SO-113 when it is damaged.
    """
    path = workspace.quality / VERDICT_FILE
    try:
        return read_record(path)
    except SndsOmopError as error:
        raise SndsOmopError(
            "SO-113", "its verdict is damaged", "son avis est abîmé", where=str(path)
        ) from error


def require_verdict(workspace: Workspace) -> dict[str, Any]:
    """The gate's verdict on this very candidate.

    Raises:
        SndsOmopError: SO-106 without a candidate, SO-113 without a fresh verdict,
            SO-122 when its vocabulary was changed, SO-301 when the gate refused.
    """
    if not workspace.candidate.is_file():
        raise SndsOmopError("SO-106", "there is nothing to release", "il n'y a rien à publier")
    require_bound_snapshot(workspace)
    path = workspace.quality / VERDICT_FILE
    if not path.is_file():
        raise SndsOmopError("SO-113", "no verdict of the gate", "le contrôle n'a rendu aucun avis")
    verdict = read_verdict(workspace)
    if verdict.get("candidate") != fingerprint(workspace.candidate):
        raise SndsOmopError(
            "SO-113", "the verdict is of another build", "l'avis porte sur une autre construction"
        )
    if verdict.get("accepted") is not True:
        # a verdict of an earlier version gives its reasons in English only
        translated = verdict.get("reasons_by_language", {})
        english = "; ".join(verdict.get("reasons", []))
        french = " ; ".join(translated.get("fr", [])) or english
        raise SndsOmopError(
            "SO-301", english or "no reason given", french or "aucune raison n'est donnée"
        )
    return verdict


def require_balance(candidate: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Refuse a ledger that does not balance, whatever the verdict of the gate (SO-302)."""
    try:
        unbalanced = candidate.execute(
            f"select source_table, source_year, residual from {catalog}.audit.balance "  # noqa: S608
            "where residual is distinct from 0 order by all"
        ).fetchall()
    except duckdb.CatalogException as error:
        raise SndsOmopError(
            "SO-302",
            "the candidate has no ledger (audit.balance)",
            "la version candidate n'a pas de grand livre (audit.balance)",
        ) from error
    if unbalanced:
        faults = ", ".join(f"{table} {year}: {residual}" for table, year, residual in unbalanced)
        raise SndsOmopError("SO-302", f"residual rows: {faults}", f"lignes restantes : {faults}")
