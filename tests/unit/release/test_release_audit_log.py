"""The audit log: every entry counts, no entry can be changed or taken out unseen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etl import release
from etl.release import audit_log
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import build_candidate


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    for rows in (0, 10, 20):
        audit_log.append(workspace, "publish parquet", release="r1", rows_out=rows)
    return workspace


CUT_TO_2 = "it has 2 entries, its counter 3: its end was cut off or written again"


def edit(workspace: Workspace, lines: list[bytes]) -> None:
    audit_log.audit_log(workspace).write_bytes(b"\n".join(lines) + b"\n")


def lines_of(workspace: Workspace) -> list[bytes]:
    return audit_log.audit_log(workspace).read_bytes().splitlines()


def findings(workspace: Workspace, *heads: str) -> list[str]:
    return [fault.english for fault in audit_log.check(workspace, list(heads))]


def test_entries_tell_who_when_what(workspace: Workspace) -> None:
    entry = json.loads(lines_of(workspace)[2])
    assert (entry["number"], entry["command"], entry["release"]) == (3, "publish parquet", "r1")
    assert entry["rows_out"] == 20
    assert entry["who"]
    assert audit_log.check(workspace, []) == []
    assert audit_log.audit_log(workspace).stat().st_mode & 0o777 == 0o600


def test_changed_line(workspace: Workspace) -> None:
    lines = lines_of(workspace)
    edit(workspace, [lines[0], lines[1].replace(b": 10", b": 11"), lines[2]])
    assert findings(workspace) == ["line 2 was changed"]


def test_line_taken_out(workspace: Workspace) -> None:
    lines = lines_of(workspace)
    edit(workspace, [lines[0], lines[2]])
    assert findings(workspace) == ["line 2 does not follow the line before it"]


def test_lines_cut_off_the_end_are_remembered_by_releases(workspace: Workspace) -> None:
    head = audit_log.head(workspace)
    edit(workspace, lines_of(workspace)[:2])
    assert findings(workspace, head) == [CUT_TO_2, "1 releases remember entries that are gone"]


def test_lines_cut_off_the_end_are_counted(workspace: Workspace) -> None:
    edit(workspace, lines_of(workspace)[:2])
    assert findings(workspace) == [CUT_TO_2]


def test_an_entry_after_a_cut_does_not_hide_it(workspace: Workspace) -> None:
    edit(workspace, lines_of(workspace)[:2])
    audit_log.append(workspace, "release promote", release="r1")
    assert findings(workspace) == ["line 3 does not follow the line before it"]


def test_a_log_emptied_or_removed_is_counted(workspace: Workspace) -> None:
    audit_log.audit_log(workspace).unlink()
    assert findings(workspace) == [
        "it has 0 entries, its counter 3: its end was cut off or written again"
    ]


def test_a_counter_removed_or_damaged_is_reported(workspace: Workspace) -> None:
    counter = workspace.state / audit_log.HEAD_FILE
    counter.write_text("{")
    assert findings(workspace) == ["its counter is missing or damaged"]
    counter.unlink()
    assert findings(workspace) == ["its counter is missing or damaged"]


def test_a_counter_made_to_fit_a_cut_log_lacks_the_signature(workspace: Workspace) -> None:
    lines = lines_of(workspace)[:2]
    edit(workspace, lines)
    last = json.loads(lines[-1])
    counter = workspace.state / audit_log.HEAD_FILE
    kept = json.loads(counter.read_text())
    counter.write_text(json.dumps(kept | {"number": 2, "sha256": last["sha256"]}))
    assert findings(workspace) == ["our key did not sign its counter"]


def test_a_kill_between_entry_and_counter_is_no_fault(workspace: Workspace) -> None:
    counter = workspace.state / audit_log.HEAD_FILE
    before = counter.read_bytes()
    audit_log.append(workspace, "release promote", release="r1")
    counter.write_bytes(before)
    assert findings(workspace) == []
    audit_log.append(workspace, "release promote", release="r2")
    assert findings(workspace) == []
    assert len(lines_of(workspace)) == 5


def test_a_release_whose_creation_is_not_logged_is_reported(workspace: Workspace) -> None:
    found = audit_log.check(workspace, [], ["20211231-00000000"])
    assert [one.english for one in found] == [
        "it does not contain the creation of 20211231-00000000"
    ]


@pytest.mark.parametrize("junk", [b"{", b"[]", b"3", b'{"number": 1}', b"\xff\xfe"])
def test_a_line_that_is_no_entry_stops_no_command(workspace: Workspace, junk: bytes) -> None:
    edit(workspace, [*lines_of(workspace), junk])
    audit_log.append(workspace, "release rollback", release="r1")
    assert findings(workspace) == ["line 4 is not an entry"]


def test_torn_last_line_was_never_said(workspace: Workspace) -> None:
    with audit_log.audit_log(workspace).open("ab") as handle:
        handle.write(b'{"number": 4, "at"')
    audit_log.append(workspace, "release promote", release="r1")
    assert audit_log.check(workspace, []) == []
    assert len(lines_of(workspace)) == 4


def test_making_a_release_is_logged(workspace: Workspace) -> None:
    build_candidate(workspace)
    made = release.create(workspace, Settings())
    entry = json.loads(lines_of(workspace)[-1])
    assert (entry["command"], entry["release"]) == ("release create", made.id)
    assert made.manifest.audit_head == entry["previous"]


def forged(line: bytes, **changes: object) -> bytes:
    """The entry with other facts and the hash that belongs to them."""
    entry = json.loads(line)
    del entry["sha256"]
    entry |= changes
    entry["sha256"] = audit_log._digest(entry)
    return json.dumps(entry).encode()


def test_a_line_taken_out_and_the_next_renumbered_does_not_follow(workspace: Workspace) -> None:
    """Every line is whole and numbered in order; only ``previous`` betrays the removal."""
    lines = lines_of(workspace)
    edit(workspace, [lines[0], forged(lines[2], number=2)])
    assert findings(workspace) == ["line 2 does not follow the line before it"]


def test_the_first_line_taken_out_and_the_rest_renumbered(workspace: Workspace) -> None:
    lines = lines_of(workspace)
    edit(workspace, [forged(lines[1], number=1), forged(lines[2], number=2)])
    assert findings(workspace) == ["line 1 does not follow the line before it"]


def test_a_number_that_is_skipped_does_not_follow(workspace: Workspace) -> None:
    """The chain of hashes is whole, from a changed line to the end; the numbers are not."""
    lines = lines_of(workspace)
    second = forged(lines[1], number=3)
    third = forged(lines[2], number=4, previous=json.loads(second)["sha256"])
    edit(workspace, [lines[0], second, third])
    assert findings(workspace) == ["line 2 does not follow the line before it"]


def test_a_chain_forged_to_its_end_does_not_fit_counter_and_releases(workspace: Workspace) -> None:
    head = audit_log.head(workspace)
    lines = lines_of(workspace)
    second = forged(lines[1], rows_out=0)
    third = forged(lines[2], previous=json.loads(second)["sha256"])
    edit(workspace, [lines[0], second, third])
    rewritten = "it has 3 entries, its counter 3: its end was cut off or written again"
    assert findings(workspace) == [rewritten]
    assert findings(workspace, head) == [rewritten, "1 releases remember entries that are gone"]
