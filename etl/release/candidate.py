"""What must hold before a candidate may become a release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import SndsOmopError
from etl.vocabulary.snapshot import require_bound_snapshot
from etl.workspace import Workspace

VERDICT_FILE = "verdict.json"


def fingerprint(candidate: Path) -> dict[str, int]:
    """Identity of a candidate file, so that a verdict on another build is not believed."""
    stat = candidate.stat()
    return {"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}


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
    verdict: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if verdict.get("candidate") != fingerprint(workspace.candidate):
        raise SndsOmopError(
            "SO-113", "the verdict is of another build", "l'avis porte sur une autre construction"
        )
    if verdict.get("accepted") is not True:
        # a verdict of an earlier version tells its reasons in English only
        told = verdict.get("reasons_by_language", {})
        english = "; ".join(verdict.get("reasons", []))
        french = " ; ".join(told.get("fr", [])) or english
        raise SndsOmopError(
            "SO-301", english or "no reason given", french or "aucune raison n'est donnée"
        )
    return verdict


def require_balance(candidate: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Refuse a ledger that does not balance, whatever the gate said (SO-302)."""
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
