"""Damaged or foreign state: an error that names the file; list and rollback keep working.

A generated table: every kind of damage, against the verbs that meet it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from etl.cli import execute
from etl.delivery.declaration import recorded
from etl.errors import SndsOmopError
from etl.loaders.linkage import _CROSSWALK, read_kept, write_linkage
from etl.loaders.manifest import Delivery
from etl.loaders.withdrawn import Withdrawn, read_withdrawn, write_withdrawn
from etl.release.candidate import read_verdict
from etl.release.extract import read_extracts
from etl.release.manifest import MANIFEST_FILE
from etl.release.pins import pinned_releases
from etl.release.signature import (
    PRIVATE_KEY_FILE,
    SIGNATURE_FILE,
    sign,
    signing_key,
)
from etl.release.withdrawal import settle_withdrawal
from etl.settings import Settings
from etl.workspace import Workspace

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
