"""Forgeries by a person who may write the workspace and has not the private key are found."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from etl import release
from etl.cli import execute
from etl.errors import SndsOmopError
from etl.release import audit_log
from etl.release.manifest import MANIFEST_FILE
from etl.release.signature import (
    PRIVATE_KEY_FILE,
    PUBLIC_KEY_FILE,
    SIGNATURE_FILE,
    fingerprint_of,
    sign,
    signing_key,
    trusted_key,
    write_public_key,
)
from etl.workspace import Workspace


def run(workspace: Workspace, *arguments: str) -> int:
    return execute(["--workspace", str(workspace.root), *arguments])


def current(workspace: Workspace) -> Path:
    return workspace.current.resolve()


def _with_own_key(workspace: Workspace, folder: Path) -> None:
    forger = Workspace(workspace.root.with_name("forger"))
    forger.create()
    sign(folder, signing_key(forger))
    write_public_key(folder, signing_key(forger))


def _edit_manifest(workspace: Workspace, folder: Path) -> None:
    path = folder / MANIFEST_FILE
    path.write_text(path.read_text().replace('"rows": 120', '"rows": 121', 1))


def _edit_and_sign(workspace: Workspace, folder: Path) -> None:
    _edit_manifest(workspace, folder)
    _with_own_key(workspace, folder)


def _replace_public_key(workspace: Workspace, folder: Path) -> None:
    _edit_and_sign(workspace, folder)
    shutil.copy(folder / PUBLIC_KEY_FILE, workspace.state / PUBLIC_KEY_FILE)


def _renamed(workspace: Workspace, folder: Path) -> None:
    """The release stands under another id."""
    folder.rename(workspace.releases / "20991231-ffffffff")
    workspace.current.unlink()
    workspace.current.symlink_to("20991231-ffffffff")


def _byte(name: str, where: int) -> Callable[[Workspace, Path], None]:
    def change(workspace: Workspace, folder: Path) -> None:
        path = folder / name
        content = bytearray(path.read_bytes())
        content[where] ^= 1
        stat = path.stat()
        path.write_bytes(content)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    return change


def _add(name: str) -> Callable[[Workspace, Path], None]:
    def add(workspace: Workspace, folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")

    return add


def _remove(name: str) -> Callable[[Workspace, Path], None]:
    return lambda workspace, folder: (folder / name).unlink()


def _link(workspace: Workspace, folder: Path) -> None:
    """The report leads to a file outside of the release, of the same content."""
    report = folder / "quality" / "report_en.html"
    outside = workspace.root / "elsewhere.html"
    shutil.copy(report, outside)
    report.unlink()
    report.symlink_to(outside)


def _log_line(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Workspace, Path], None]:
    def edit(workspace: Workspace, folder: Path) -> None:
        path = audit_log.audit_log(workspace)
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))

    return edit


def _forged_log(workspace: Workspace, folder: Path) -> None:
    """The whole log written again, its counter made to fit."""
    path = audit_log.audit_log(workspace)
    previous = audit_log.GENESIS
    lines = []
    for line in path.read_bytes().splitlines():
        entry = json.loads(line) | {"who": "another", "previous": previous}
        del entry["sha256"]
        entry["sha256"] = previous = audit_log._digest(entry)
        lines.append(json.dumps(entry))
    path.write_text("".join(f"{line}\n" for line in lines))
    counter = workspace.state / audit_log.HEAD_FILE
    counter.write_text(json.dumps(json.loads(counter.read_text()) | {"sha256": previous}))


def _socket(workspace: Workspace, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        # A socket's path is short: it is named from within its folder.
        os.chdir(folder)
        try:
            made.bind("s")
        finally:
            os.chdir(here)


def _copied(workspace: Workspace, folder: Path) -> None:
    """The release stands under a second id too, which is in use."""
    shutil.copytree(folder, workspace.releases / "20991231-ffffffff", symlinks=True)
    workspace.current.unlink()
    workspace.current.symlink_to("20991231-ffffffff")


def _reformatted(workspace: Workspace, folder: Path) -> None:
    """The same manifest in other bytes."""
    path = folder / MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text())))


def _counter(**changes: object) -> Callable[[Workspace, Path], None]:
    def edit(workspace: Workspace, folder: Path) -> None:
        path = workspace.state / audit_log.HEAD_FILE
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


def _folder_for_file(workspace: Workspace, folder: Path) -> None:
    report = folder / "quality" / "report_en.html"
    report.unlink()
    report.mkdir()


FORGERIES: dict[str, Callable[[Workspace, Path], None]] = {
    "manifest edited": _edit_manifest,
    "manifest edited, signed with another key": _edit_and_sign,
    "the same, public key of the workspace replaced": _replace_public_key,
    "folder renamed": _renamed,
    "first byte of the database": _byte("omop.duckdb", 0),
    "byte of the database": _byte("omop.duckdb", 5000),
    "last byte of the database": _byte("omop.duckdb", -1),
    "byte of the signature": _byte(SIGNATURE_FILE, 0),
    "byte of the public key": _byte(PUBLIC_KEY_FILE, 40),
    "byte of a report": _byte("quality/report_en.html", 3),
    "byte of the verdict": _byte("quality/verdict.json", 1),
    "byte of the results of DQD": _byte("quality/dq-result.json", 2),
    "extra file": _add("quality/extra.html"),
    "extra hidden file": _add(".hidden"),
    "extra file in a new folder": _add("metadata/new/x.json"),
    "extra empty folder": lambda workspace, folder: (folder / "empty").mkdir(),
    "extra link": lambda workspace, folder: (folder / "more").symlink_to("/etc/hostname"),
    "extra dangling link": lambda workspace, folder: (folder / "more").symlink_to("nowhere"),
    "extra link to a folder": lambda workspace, folder: (folder / "up").symlink_to(".."),
    "extra pipe": lambda workspace, folder: os.mkfifo(folder / "pipe"),
    "file replaced by a link": _link,
    "report removed": _remove("quality/report_en.html"),
    "public key removed": _remove(PUBLIC_KEY_FILE),
    "signature removed": _remove(SIGNATURE_FILE),
    "signature emptied": lambda workspace, folder: (folder / SIGNATURE_FILE).write_bytes(b""),
    "database longer": lambda workspace, folder: _grow(folder / "omop.duckdb"),
    "database cut": lambda workspace, folder: os.truncate(folder / "omop.duckdb", 4096),
    "log emptied": _log_line(lambda lines: []),
    "end of the log cut off": _log_line(lambda lines: lines[:-1]),
    "entry of the log edited": _log_line(
        lambda lines: [lines[0].replace(b'"rows_out": 0', b'"rows_out": 9'), *lines[1:]]
    ),
    "entry added by hand": _log_line(lambda lines: [*lines, lines[-1]]),
    "log written again with its counter": _forged_log,
    "log removed": lambda workspace, folder: audit_log.audit_log(workspace).unlink(),
    "log of another form": _log_line(lambda lines: [b"{}\n"]),
    "counter of the log higher": _counter(number=2),
    "counter of the log for another entry": _counter(sha256="0" * 64),
    "extra socket": _socket,
    "extra file that differs in case": _add("quality/Report_EN.html"),
    "file replaced by a folder": _folder_for_file,
    "folder of reports removed": lambda workspace, folder: shutil.rmtree(folder / "quality"),
    "manifest removed": lambda workspace, folder: (folder / MANIFEST_FILE).unlink(),
    "manifest in other bytes": _reformatted,
    "release copied under another id": _copied,
    "counter removed": lambda workspace, folder: (workspace.state / audit_log.HEAD_FILE).unlink(),
}


def _grow(path: Path) -> None:
    with path.open("ab") as handle:
        handle.write(b"\0")


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_found(
    workspace: Workspace, forgery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    FORGERIES[forgery](workspace, current(workspace))
    code = run(workspace, "release", "verify")
    printed = capsys.readouterr()
    assert code in (2, 3), printed
    assert "SO-" in printed.err and "Traceback" not in printed.err
    assert run(workspace, "release", "list") == 0


@pytest.mark.parametrize("forgery", [name for name in FORGERIES if "log" not in name])
def test_a_forged_release_is_not_promoted(workspace: Workspace, forgery: str) -> None:
    if forgery in ("counter removed", "entry added by hand"):
        pytest.skip("it concerns the audit log, which `release verify` checks")
    FORGERIES[forgery](workspace, current(workspace))
    assert run(workspace, "release", "promote", current(workspace).name) in (2, 3)


def test_a_pinned_key_refuses_another_key(workspace: Workspace) -> None:
    own = fingerprint_of(trusted_key(workspace))
    assert trusted_key(workspace, own) == trusted_key(workspace)
    with pytest.raises(SndsOmopError) as caught:
        trusted_key(workspace, "SHA256:" + "0" * 64)
    assert caught.value.code == "SO-904"


def test_both_keys_replaced_are_refused_by_the_pin(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(workspace, "release", "verify") == 0
    shown = capsys.readouterr().out.split("key ")[1].strip()
    folder = current(workspace)
    _edit_and_sign(workspace, folder)
    forger = workspace.root.with_name("forger") / "state"
    for name in (PRIVATE_KEY_FILE, PUBLIC_KEY_FILE):
        shutil.copy(forger / name, workspace.state / name)
    monkeypatch.setenv("SNDS_OMOP_RELEASE__KEY_FINGERPRINT", shown)
    assert run(workspace, "release", "promote", folder.name) == 3
    assert release.find(workspace, "current").id == folder.name


def test_forty_kinds_of_forgery() -> None:
    assert len(FORGERIES) >= 40
