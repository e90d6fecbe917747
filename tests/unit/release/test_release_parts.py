"""Parts of the shelf, each on a few bytes: damage by byte, order of releases, the chain, drift."""

from __future__ import annotations

import hashlib
import json
import math
import stat
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from etl.errors import SndsOmopError
from etl.release import audit_log, files, store, switching, verification
from etl.release.drift import level, stability_index
from etl.release.files import FileRecord, files_below, make_durable, make_read_only, record_file
from etl.release.signature import (
    PRIVATE_KEY_FILE,
    PUBLIC_KEY_FILE,
    SIGNATURE_FILE,
    fingerprint_of,
    signing_key,
    trusted_key,
)
from etl.release.store import Release, prune, sweep
from etl.release.verification import Damage
from etl.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    return workspace


def recorded(path: Path, content: bytes, chunk: int) -> FileRecord:
    path.write_bytes(content)
    chunks = [content[start : start + chunk] for start in range(0, len(content), chunk)]
    return FileRecord(
        path="f", bytes=len(content), sha256="", chunks=tuple(
            hashlib.sha256(one).hexdigest() for one in chunks
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "damages"),
    [
        (b"aaaabbbbcc", []),
        (b"aaaXbbbbcc", [("changed", 0, 3)]),
        (b"aaaabbbbcX", [("changed", 8, 9)]),
        (b"aXaabbbXcc", [("changed", 0, 3), ("changed", 4, 7)]),
        (b"aaaabbbbccd", [("changed", 8, 9), ("longer", 10, 10)]),
        (b"aaaabbbb", [("changed", 8, 9), ("shorter", 8, 9)]),
        (b"", [("changed", 0, 3), ("changed", 4, 7), ("changed", 8, 9), ("shorter", 0, 9)]),
    ],
)
def test_damage_names_the_bytes_of_each_chunk(
    tmp_path: Path, now: bytes, damages: list[tuple[Any, int, int]]
) -> None:
    record = recorded(tmp_path / "f", b"aaaabbbbcc", 4)
    (tmp_path / "f").write_bytes(now)
    assert verification._compare(tmp_path / "f", record, 4) == [
        Damage("f", kind, first, last) for kind, first, last in damages
    ]


def test_damage_in_words() -> None:
    assert str(Damage("f", "missing")) == "f: missing"
    assert str(Damage("f", "changed", 0, 3)) == "f: changed (bytes 0 to 3)"
    assert Damage("f", "changed", 4, 7).clause.french == "f : modifié (octets 4 à 7)"


def test_a_file_is_hashed_whole_and_by_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "CHUNK_BYTES", 4)
    expected = recorded(tmp_path / "f", b"aaaabbbbcc", 4)
    found = record_file(tmp_path, tmp_path / "f", rows=3)
    assert (found.path, found.bytes, found.rows) == ("f", 10, 3)
    assert found.chunks == expected.chunks
    assert found.sha256 == hashlib.sha256(b"aaaabbbbcc").hexdigest()


def test_a_tree_of_files_only_that_no_one_writes(tmp_path: Path) -> None:
    root = tmp_path / "one"
    (root / "full").mkdir(parents=True)
    (root / "empty" / "inner").mkdir(parents=True)
    (root / "full" / "file").write_text("x")
    (root / "link").symlink_to(root / "full" / "file")
    make_durable(root)
    assert not (root / "empty").exists()
    assert files_below(root) == [root / "full" / "file"]
    (root / "link").unlink()
    make_read_only(root)
    assert stat.S_IMODE((root / "full" / "file").stat().st_mode) == 0o440
    assert stat.S_IMODE((root / "full").stat().st_mode) == 0o550
    files.remove_tree(root)
    assert list(tmp_path.iterdir()) == []
    make_durable(tmp_path)
    assert tmp_path.is_dir()


def shelf(workspace: Workspace, *names: str, current: str = "") -> list[Release]:
    """Releases made one day after the other; only what orders them is in their manifest."""
    found = []
    for day, name in enumerate(names, start=1):
        (workspace.releases / name).mkdir()
        manifest: Any = SimpleNamespace(
            release_id=name, created_at=datetime(2025, 1, day, tzinfo=UTC),
            previous=names[day - 2] if day > 1 else None,
        )  # fmt: skip
        found.append(Release(workspace.releases / name, manifest))
    if current:
        workspace.current.symlink_to(current)
    return found


@pytest.mark.parametrize(
    ("keep", "current", "pinned", "removed"),
    [
        (4, "d", (), ""), (3, "d", (), "a"), (2, "d", (), "ab"), (1, "d", (), "abc"),
        (1, "a", (), "bcd"), (2, "a", (), "bc"), (2, "", (), "ab"), (4, "", (), ""),
        (2, "d", ("a",), "b"), (1, "d", ("a", "c"), "b"), (5, "d", (), ""), (2, "d", ("d",), "ab"),
    ],
)  # fmt: skip
def test_the_oldest_leave_never_the_current_or_a_pinned_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch,
    keep: int, current: str, pinned: tuple[str, ...], removed: str,
) -> None:  # fmt: skip
    every = shelf(workspace, *"abcd", current=current)
    monkeypatch.setattr(store, "releases", lambda workspace: every)
    assert prune(workspace, keep, pinned) == list(removed)
    left = {path.name for path in workspace.releases.iterdir() if not path.is_symlink()}
    assert left == set("abcd") - set(removed)


def test_what_a_kill_left_is_swept(workspace: Workspace) -> None:
    shelf(workspace, "a", current="a")
    for ending in (".building", ".removing"):
        (workspace.releases / f"x{ending}" / "inner").mkdir(parents=True)
    (workspace.releases / "a.switching").symlink_to("a")
    (workspace.releases / "other").symlink_to("a")
    sweep(workspace)
    assert {path.name for path in workspace.releases.iterdir()} - {"current"} == {"a", "other"}


@pytest.mark.parametrize(
    ("current", "damaged", "chosen", "passed"),
    [
        ("d", "", "c", ""), ("d", "c", "b", "c"), ("d", "bc", "a", "cb"), ("b", "", "a", ""),
        ("a", "", None, ""), ("c", "ab", None, "ba"),
    ],
)  # fmt: skip
def test_going_back_takes_the_newest_whole_one_before(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch,
    current: str, damaged: str, chosen: str | None, passed: str,
) -> None:  # fmt: skip
    every = shelf(workspace, *"abcd", current=current)
    monkeypatch.setattr(switching, "releases", lambda workspace: every)

    def require_whole(release: Release, key: object) -> None:
        if release.id in damaged:
            raise SndsOmopError("SO-903", "x", "x")

    monkeypatch.setattr(switching, "require_whole", require_whole)
    seen: list[str] = []
    options: dict[str, Any] = {"passed_over": lambda name, error: seen.append(name)}
    key = Ed25519PrivateKey.generate().public_key()
    if chosen is None:
        with pytest.raises(SndsOmopError, match="none is older"):
            switching.rollback(workspace, key, **options)
    else:
        assert switching.rollback(workspace, key, **options).id == chosen
        assert workspace.current.readlink().name == chosen
    assert "".join(seen) == passed


def test_a_fault_of_another_kind_stops_the_way_back(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = shelf(workspace, *"abc", current="c")
    monkeypatch.setattr(switching, "releases", lambda workspace: every)

    def refuse(release: Release, key: object) -> None:
        raise SndsOmopError("SO-135", "x", "x")

    monkeypatch.setattr(switching, "require_whole", refuse)
    with pytest.raises(SndsOmopError, match="SO-135"):
        switching.rollback(workspace, Ed25519PrivateKey.generate().public_key())


def test_before_a_release_that_is_gone_are_those_it_does_not_precede(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = shelf(workspace, *"abcd")
    monkeypatch.setattr(switching, "releases", lambda workspace: every)
    assert [one.id for one in switching._before(workspace, "c")] == ["a", "b"]
    monkeypatch.setattr(
        switching, "releases", lambda workspace: [one for one in every if one.id != "b"]
    )
    assert [one.id for one in switching._before(workspace, "b")] == ["a"]


def test_a_log_that_counts_in_both_ways(workspace: Workspace) -> None:
    """A log without a counter is continued from its last line; with one, from where it states."""
    first = audit_log.append(workspace, "one")
    assert (first, audit_log.head(workspace)) == (audit_log.head(workspace), first)
    (workspace.state / audit_log.HEAD_FILE).unlink()
    second = audit_log.append(workspace, "two")
    lines = audit_log.audit_log(workspace).read_bytes().splitlines()
    entries = [json.loads(line) for line in lines]
    assert [one["number"] for one in entries] == [1, 2]
    assert [one["previous"] for one in entries] == ["0" * 64, first]
    assert [one["anchored"] for one in entries] == [True, True]
    assert [one["rows_out"] for one in entries] == [0, 0]
    assert entries[1]["sha256"] == second
    assert audit_log.check(workspace, [audit_log.GENESIS, first, second]) == []
    assert len(audit_log.check(workspace, ["gone", first])) == 1
    audit_log.audit_log(workspace).write_bytes(b"")
    (workspace.state / audit_log.HEAD_FILE).unlink()
    assert audit_log.head(workspace) == audit_log.GENESIS


def test_a_log_of_an_earlier_version_needs_no_counter(workspace: Workspace) -> None:
    entry = {"number": 1, "previous": "0" * 64, "command": "release create", "release": "r"}
    line = json.dumps(entry | {"sha256": audit_log._digest(entry)}).encode()
    audit_log.audit_log(workspace).write_bytes(line + b"\n")
    assert audit_log.check(workspace, [], ["r"]) == []
    assert len(audit_log.check(workspace, [], ["r", "s"])) == 1
    audit_log.audit_log(workspace).write_bytes(b"no entry\n")
    assert audit_log.head(workspace) == hashlib.sha256(b"no entry").hexdigest()
    assert audit_log._to_continue(workspace, [b"{}", b"no entry"])[0] == 2


def test_a_key_is_made_only_where_nothing_was_signed(workspace: Workspace) -> None:
    folder = workspace.releases / "r"
    folder.mkdir()
    (folder / SIGNATURE_FILE).write_bytes(b"x")
    with pytest.raises(SndsOmopError, match="SO-133"):
        signing_key(workspace)
    (folder / SIGNATURE_FILE).unlink()
    made = fingerprint_of(signing_key(workspace).public_key())
    (workspace.state / PRIVATE_KEY_FILE).unlink()
    with pytest.raises(SndsOmopError, match="it is missing"):
        signing_key(workspace)
    with pytest.raises(SndsOmopError, match="SO-133"):
        trusted_key(workspace)
    assert fingerprint_of(trusted_key(workspace, may_be_lost=True)) == made
    assert fingerprint_of(trusted_key(workspace, made)) == made
    with pytest.raises(SndsOmopError, match="SO-904"):
        trusted_key(workspace, "SHA256:other", may_be_lost=True)
    (workspace.state / PUBLIC_KEY_FILE).unlink()
    folder.rmdir()
    assert fingerprint_of(trusted_key(workspace, may_be_lost=True)) != made


def test_a_public_key_that_was_replaced_is_refused_however_it_is_asked(
    workspace: Workspace, tmp_path: Path
) -> None:
    signing_key(workspace)
    other = Workspace(tmp_path / "other")
    other.create()
    signing_key(other)
    kept = workspace.state / PUBLIC_KEY_FILE
    kept.write_bytes((other.state / PUBLIC_KEY_FILE).read_bytes())
    for options in ({}, {"may_be_lost": True}, {"pinned": "SHA256:x"}):
        with pytest.raises(SndsOmopError, match="one of the two was replaced"):
            trusted_key(workspace, **options)  # type: ignore[arg-type]
    kept.unlink()
    signing_key(workspace)
    assert kept.is_file()


@pytest.mark.parametrize("content", [b"", b"-----BEGIN X-----", b"\xff"])
def test_a_private_key_that_is_none(workspace: Workspace, content: bytes) -> None:
    (workspace.state / PRIVATE_KEY_FILE).write_bytes(content)
    with pytest.raises(SndsOmopError, match="no Ed25519 key"):
        signing_key(workspace)


def test_stability_index_by_hand() -> None:
    """(0.4 - 0.5) ln(0.4 / 0.5) + (0.6 - 0.5) ln(0.6 / 0.5), rounded to six places."""
    expected = -0.1 * math.log(0.8) + 0.1 * math.log(1.2)
    assert stability_index({"a": 5, "b": 5}, {"a": 4, "b": 6}) == round(expected, 6)
    assert stability_index({"a": 5}, {"a": 500}) == 0.0
    gone = stability_index({"a": 1}, {"b": 1})
    assert gone == round(2 * (1 - 1e-4) * math.log(1e4), 6)
    assert stability_index({}, {"a": 1}) is None
    assert stability_index({"a": 1}, {"a": 0}) is None


@pytest.mark.parametrize(
    ("index", "name"),
    [(None, "not comparable"), (0.0, "stable"), (0.0999, "stable"), (0.1, "watch"),
     (0.2499, "watch"), (0.25, "shift")],
)  # fmt: skip
def test_customary_bounds_of_the_index(index: float | None, name: str) -> None:
    assert level(index) == name
