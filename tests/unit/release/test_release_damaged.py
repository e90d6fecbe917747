"""Damaged or foreign state: an error that names the file; list and rollback keep working.

A generated table: every kind of damage, against the verbs that meet it. Forgeries are by a person
who may write the workspace and has not the private key.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from etl import release
from etl.cli import execute
from etl.delivery.declaration import recorded
from etl.errors import SndsOmopError
from etl.loaders.linkage import _CROSSWALK, read_kept, write_linkage
from etl.loaders.manifest import Delivery
from etl.loaders.withdrawn import Withdrawn, read_withdrawn, write_withdrawn
from etl.release import audit_log
from etl.release.candidate import read_verdict
from etl.release.extract import read_extracts
from etl.release.manifest import MANIFEST_FILE
from etl.release.pins import pinned_releases
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
from etl.release.withdrawal import settle_withdrawal
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import released

JUNK = {
    "empty": b"",
    "cut": b'{"release": {"id": "2018',
    "not UTF-8": b"\xff\xfe\x00junk",
    "a list": b"[]",
    "a number": b"3",
    "null": b"null",
    "another form": b'{"format": 99, "release_id": "x"}',
    "deep": b"[" * 100_000,
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the small candidate released; each test copies it."""
    root = tmp_path_factory.mktemp("shelf") / "workspace"
    released(root)
    return root


@pytest.fixture
def workspace(shelf: Path, tmp_path: Path) -> Workspace:
    root = tmp_path / "workspace"
    shutil.copytree(shelf, root, symlinks=True, ignore=shutil.ignore_patterns("build"))
    for path in [root / "releases", *(root / "releases").rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o700)
    return Workspace(root)


def run(workspace: Workspace, *arguments: str) -> int:
    return execute(["--workspace", str(workspace.root), *arguments])


def current(workspace: Workspace) -> Path:
    return workspace.current.resolve()


@pytest.mark.parametrize("kind", JUNK)
def test_a_damaged_manifest_of_an_old_release_is_listed_and_stops_nothing(
    workspace: Workspace, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old = workspace.releases / "20180101-deadbeef"
    old.mkdir()
    (old / MANIFEST_FILE).write_bytes(JUNK[kind])
    assert run(workspace, "release", "list") == 0
    printed = capsys.readouterr()
    assert current(workspace).name in printed.out
    assert "SO-135" in printed.err and "20180101-deadbeef" in printed.err
    assert run(workspace, "release", "verify") == 0
    assert run(workspace, "release", "rollback") == 2, "none is older and whole"
    assert run(workspace, "release", "promote", "20180101-deadbeef") == 2
    assert "SO-135" in capsys.readouterr().err


def _second(workspace: Workspace) -> str:
    """A further release made after the first: the first one signed again under another id."""
    first = current(workspace)
    manifest = json.loads((first / MANIFEST_FILE).read_text())
    second = workspace.releases / "20231231-00000002"
    shutil.copytree(first, second)
    manifest |= {"release_id": second.name, "previous": first.name}
    manifest["created_at"] = "2999-01-01T00:00:00Z"
    (second / MANIFEST_FILE).write_text(json.dumps(manifest))
    sign(second, signing_key(workspace))
    workspace.current.unlink()
    workspace.current.symlink_to(second.name)
    return first.name


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / MANIFEST_FILE).write_bytes(b"{"),
        lambda folder: (folder / MANIFEST_FILE).unlink(),
        lambda folder: (folder / SIGNATURE_FILE).unlink(),
        lambda folder: (folder / "omop.duckdb").unlink(),
        shutil.rmtree,
    ],
    ids=["manifest cut", "no manifest", "no signature", "no database", "gone"],
)
def test_rollback_leaves_a_damaged_current_release(
    workspace: Workspace, damage: Callable[[Path], None]
) -> None:
    first = _second(workspace)
    damage(current(workspace))
    assert run(workspace, "release", "list") == 0
    assert run(workspace, "release", "verify") != 1
    assert run(workspace, "release", "rollback") == 0
    assert current(workspace).name == first


def test_rollback_without_the_private_key(workspace: Workspace) -> None:
    first = _second(workspace)
    (workspace.state / PRIVATE_KEY_FILE).unlink()
    assert run(workspace, "release", "rollback") == 0
    assert current(workspace).name == first
    assert run(workspace, "release", "verify") == 2, "a missing key is an error"
    assert not (workspace.state / PRIVATE_KEY_FILE).exists(), "never a new key"


@pytest.mark.parametrize("kind", JUNK)
def test_a_damaged_record_of_the_delivery(workspace: Workspace, kind: str) -> None:
    workspace.manifest.write_bytes(JUNK[kind])
    with pytest.raises(SndsOmopError) as caught:
        Delivery.load(workspace.manifest)
    assert (caught.value.code, caught.value.exit_code) == ("SO-132", 2)
    assert caught.value.where == str(workspace.manifest)
    assert run(workspace, "release", "list") == 0


@pytest.mark.parametrize(
    ("version", "code"), [(1, "SO-131"), (3, "SO-132"), ("x", "SO-132"), (None, "SO-132")]
)
def test_a_record_of_the_delivery_of_another_version(
    workspace: Workspace, version: object, code: str
) -> None:
    workspace.manifest.write_text(json.dumps({"version": version}))
    with pytest.raises(SndsOmopError) as caught:
        Delivery.load(workspace.manifest)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", [kind for kind in JUNK if kind != "another form"])
def test_a_damaged_verdict_asks_for_validation(workspace: Workspace, kind: str) -> None:
    path = workspace.quality / "verdict.json"
    path.write_bytes(JUNK[kind])
    with pytest.raises(SndsOmopError) as caught:
        read_verdict(workspace)
    assert (caught.value.code, caught.value.where) == ("SO-113", str(path))


@pytest.mark.parametrize("kind", JUNK)
def test_a_damaged_key_is_never_replaced(workspace: Workspace, kind: str) -> None:
    path = workspace.state / PRIVATE_KEY_FILE
    path.write_bytes(JUNK[kind])
    with pytest.raises(SndsOmopError) as caught:
        signing_key(workspace)
    assert (caught.value.code, caught.value.where) == ("SO-133", str(path))
    assert path.read_bytes() == JUNK[kind]


READERS: dict[str, Callable[[Workspace], object]] = {
    "extracts.json": read_extracts,
    "pins.json": pinned_releases,
    "declarations.json": recorded,
    "withdrawn.json": read_withdrawn,
    "withdrawal.json": lambda workspace: settle_withdrawal(workspace, Settings()),
    "crosswalks.json": write_linkage,
    "crosswalk.parquet": read_kept,
}
"""Record of the state → what reads it."""


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("name", READERS)
def test_a_damaged_record_is_refused_by_its_name(
    workspace: Workspace, name: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "withdrawal.json":  # read while an exclusion is not settled
        write_withdrawn(workspace, Withdrawn(revision=1))
    if name == "crosswalks.json":
        row = ["r", "c", "e", "n", None, False]
        frame = pl.DataFrame([row], schema=_CROSSWALK, orient="row")
        frame.write_parquet(workspace.state / "crosswalk.parquet")
    (workspace.state / name).write_bytes(JUNK[kind])
    with pytest.raises(SndsOmopError, match="SO-132") as refused:
        READERS[name](workspace)
    assert name in refused.value.line()
    # what does not need it goes on
    assert execute(["--workspace", str(workspace.root), "release", "list"]) == 0
    assert "Traceback" not in capsys.readouterr().err


def test_a_failed_write_leaves_the_record_as_it_was(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    Delivery().save(workspace.manifest)
    before = workspace.manifest.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Delivery(last_number={"ER_PRS_F": 3}).save(workspace.manifest)
    assert workspace.manifest.read_bytes() == before
    assert not list(workspace.state.glob("*.tmp"))


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
