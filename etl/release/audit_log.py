"""Who did what to which release: one JSON line each, each holding the hash of the line before.

A line changed or taken out breaks the chain after it. Lines cut off at the end are noticed too,
because each manifest keeps the head of the chain at the time of its release.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl.clauses import Clause
from etl.workspace import Workspace

FILE = "audit-log.jsonl"
GENESIS = "0" * 64


def audit_log(workspace: Workspace) -> Path:
    return workspace.state / FILE


def append(workspace: Workspace, command: str, *, release: str = "", rows_out: int = 0) -> str:
    """Add one entry, durably; return its hash.

    Args:
        command: what was done, without a value or a secret: ``publish postgres``.
        release: the release concerned.
        rows_out: rows that left the workspace.
    """
    path = audit_log(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        handle.seek(0)
        kept = handle.read()
        # A line without its end was being written when the machine stopped: it was never said.
        whole = kept[: kept.rfind(b"\n") + 1]
        handle.truncate(len(whole))
        lines = whole.splitlines()
        previous = json.loads(lines[-1])["sha256"] if lines else GENESIS
        entry = {
            "number": len(lines) + 1,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": getpass.getuser(),
            "command": command,
            "release": release,
            "rows_out": rows_out,
            "previous": previous,
        }
        entry["sha256"] = _digest(entry)
        handle.write((json.dumps(entry, ensure_ascii=False) + "\n").encode())
        handle.flush()
        os.fsync(handle.fileno())
    path.chmod(0o600)
    return str(entry["sha256"])


def head(workspace: Workspace) -> str:
    """Hash of the last entry; zeros for an empty log."""
    path = audit_log(workspace)
    lines = path.read_bytes().splitlines() if path.is_file() else []
    return str(json.loads(lines[-1])["sha256"]) if lines else GENESIS


def check(workspace: Workspace, heads: list[str]) -> list[Clause]:
    """Faults of the log, in words; empty when the chain holds and contains every head.

    Args:
        heads: heads kept in the manifests of the releases on the shelf.
    """
    path = audit_log(workspace)
    lines = path.read_bytes().splitlines() if path.is_file() else []
    known = {GENESIS}
    previous = GENESIS
    for number, line in enumerate(lines, start=1):
        try:
            entry: dict[str, Any] = json.loads(line)
            digest = entry.pop("sha256")
        except (ValueError, KeyError, AttributeError):
            return [
                Clause(
                    f"line {number} is not an entry",
                    f"la ligne {number} n'est pas une entrée",
                )
            ]
        if (entry.get("number"), entry.get("previous")) != (number, previous):
            return [
                Clause(
                    f"line {number} does not follow the line before it",
                    f"la ligne {number} ne suit pas la précédente",
                )
            ]
        if digest != _digest(entry):
            return [Clause(f"line {number} was changed", f"la ligne {number} a été modifiée")]
        known.add(digest)
        previous = digest
    missing = [digest for digest in heads if digest not in known]
    if not missing:
        return []
    return [
        Clause(
            f"{len(missing)} releases remember entries that are gone",
            f"{len(missing)} version(s) gardent trace d'entrées disparues",
        )
    ]


def _digest(entry: dict[str, Any]) -> str:
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
