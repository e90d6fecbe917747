"""Who did what to which release: one JSON line each, each holding the hash of the line before.

A line changed or taken out breaks the chain after it. Lines cut off at the end, or written again,
are noticed too: ``audit-head.json`` counts the entries under the signature of the workspace, each
manifest keeps the head of the chain at the time of its release, and each release has its entry.
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

from cryptography.exceptions import InvalidSignature

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.release.signature import signing_key, trusted_key
from etl.state_file import read_record, write_whole
from etl.workspace import Workspace

FILE = "audit-log.jsonl"
HEAD_FILE = "audit-head.json"
GENESIS = "0" * 64


def audit_log(workspace: Workspace) -> Path:
    return workspace.state / FILE


def append(workspace: Workspace, command: str, *, release: str = "", rows_out: int = 0) -> str:
    """Add one entry, durably; return its hash.

    The entry continues the head that ``audit-head.json`` keeps. When lines were cut off or written
    again meanwhile, the chain shows the break for ever: an entry never hides what happened before.

    Args:
        command: what was done, without a value or a secret: ``publish postgres``.
        release: the release concerned.
        rows_out: rows that left the workspace.
    """
    path = audit_log(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as handle:
        path.chmod(0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        handle.seek(0)
        kept = handle.read()
        # A line without its end was being written when the machine stopped: it was never reported.
        whole = kept[: kept.rfind(b"\n") + 1]
        handle.truncate(len(whole))
        number, previous = _to_continue(workspace, whole.splitlines())
        entry = {
            "number": number + 1,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": _user(),
            "command": command,
            "release": release,
            "rows_out": rows_out,
            "previous": previous,
            "anchored": True,
        }
        entry["sha256"] = _digest(entry)
        handle.write((json.dumps(entry, ensure_ascii=False) + "\n").encode())
        handle.flush()
        os.fsync(handle.fileno())
        _write_head(workspace, number + 1, str(entry["sha256"]))
    return str(entry["sha256"])


def _to_continue(workspace: Workspace, lines: list[bytes]) -> tuple[int, str]:
    """Number and hash that the next entry follows: those of the kept head.

    The log is one entry ahead of it when a command was killed between the two writes.
    """
    last = _entry(lines[-1]) if lines else None
    known = _read_head(workspace)
    if known is None:
        if last is not None:
            return int(last["number"]), str(last["sha256"])
        return len(lines), hashlib.sha256(lines[-1]).hexdigest() if lines else GENESIS
    if last is not None and (last["number"], last["previous"]) == (known[0] + 1, known[1]):
        return int(last["number"]), str(last["sha256"])
    return known[0], known[1]


def head(workspace: Workspace) -> str:
    """Hash that the next entry will follow; zeros for an empty log."""
    path = audit_log(workspace)
    lines = path.read_bytes().splitlines() if path.is_file() else []
    return _to_continue(workspace, lines)[1]


def check(workspace: Workspace, heads: list[str], created: list[str] | None = None) -> list[Clause]:
    """Faults of the log, in words; empty when the chain holds and contains every head.

    Args:
        heads: heads kept in the manifests of the releases on the shelf.
        created: ids of those releases: the log holds the creation of each.
    """
    path = audit_log(workspace)
    lines = path.read_bytes().splitlines() if path.is_file() else []
    known = {GENESIS}
    previous = GENESIS
    made: set[str] = set()
    entries: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        entry = _entry(line)
        if entry is None:
            return [
                Clause(f"line {number} is not an entry", f"la ligne {number} n'est pas une entrée")
            ]
        if (entry["number"], entry["previous"]) != (number, previous):
            return [
                Clause(
                    f"line {number} does not follow the line before it",
                    f"la ligne {number} ne suit pas la précédente",
                )
            ]
        digest = str(entry["sha256"])
        if digest != _digest({key: entry[key] for key in entry if key != "sha256"}):
            return [Clause(f"line {number} was changed", f"la ligne {number} a été modifiée")]
        known.add(digest)
        previous = digest
        entries.append(entry)
        if entry.get("command") == "release create":
            made.add(str(entry.get("release")))
    faults = _head_faults(workspace, entries)
    missing = sum(digest not in known for digest in heads)
    if missing:
        faults.append(
            Clause(
                f"{missing} releases remember entries that are gone",
                f"{missing} version(s) gardent trace d'entrées disparues",
            )
        )
    if unmade := sorted(set(created or ()) - made):
        faults.append(
            Clause(
                f"it does not contain the creation of {', '.join(unmade)}",
                f"il ne contient pas la création de {', '.join(unmade)}",
            )
        )
    return faults


def _head_faults(workspace: Workspace, entries: list[dict[str, Any]]) -> list[Clause]:
    """Whether the log ends where its counter does, and the counter is signed by our key."""
    known = _read_head(workspace)
    if known is None:
        if not any(entry.get("anchored") for entry in entries):
            return []  # of an earlier version, or empty
        return [Clause("its counter is missing or damaged", "son compteur manque ou est abîmé")]
    number, digest, signature = known
    last = entries[-1] if entries else {"number": 0, "sha256": GENESIS, "previous": ""}
    ends = [(last["number"], last["sha256"])]
    if last["number"] == number + 1:  # killed between the two writes
        ends.append((number, last["previous"]))
    if (number, digest) not in ends:
        return [
            Clause(
                f"it has {last['number']} entries, its counter {number}: its end was cut off or "
                "written again",
                f"il a {last['number']} entrées, son compteur {number} : sa fin a été coupée ou "
                "réécrite",
            )
        ]
    try:
        trusted_key(workspace).verify(bytes.fromhex(signature), _signed(number, digest))
    except (InvalidSignature, ValueError, SndsOmopError):
        return [Clause("our key did not sign its counter", "notre clé n'a pas signé son compteur")]
    return []


def _head_file(workspace: Workspace) -> Path:
    return workspace.state / HEAD_FILE


def _read_head(workspace: Workspace) -> tuple[int, str, str] | None:
    """Number, hash and signature of the last entry; None without a counter that can be read."""
    path = _head_file(workspace)
    if not path.is_file():
        return None
    try:
        kept = read_record(path)
        return int(kept["number"]), str(kept["sha256"]), str(kept["signature"])
    except (SndsOmopError, KeyError, TypeError, ValueError):
        return None


def _write_head(workspace: Workspace, number: int, digest: str) -> None:
    try:
        signature = signing_key(workspace).sign(_signed(number, digest)).hex()
    except SndsOmopError:  # a lost key stops no command that does not sign; `check` reports it
        signature = ""
    kept = {"number": number, "sha256": digest, "signature": signature}
    write_whole(_head_file(workspace), json.dumps(kept) + "\n")


def _signed(number: int, digest: str) -> bytes:
    return f"snds-omop audit log {number} {digest}".encode()


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or not {"number", "previous", "sha256"} <= entry.keys():
        return None
    return entry if isinstance(entry["number"], int) else None


def _user() -> str:
    """Who runs the command; a container may have a number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _digest(entry: dict[str, Any]) -> str:
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
