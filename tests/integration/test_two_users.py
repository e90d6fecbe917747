"""Two people at one workspace: one writes, the other reads, and a dead one holds nothing."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.cli import execute
from etl.workspace import Workspace
from tests.small_candidate import released

HOLDS_WORKSPACE = """
import sys, time
from pathlib import Path
from etl.workspace import Workspace
with Workspace(Path(sys.argv[1])).locked():
    print("held", flush=True)
    time.sleep(120)
"""
HOLDS_CANDIDATE = """
import sys, time
from pathlib import Path
import duckdb
from etl.workspace import Workspace
with duckdb.connect(str(Workspace(Path(sys.argv[1])).candidate)):
    print("held", flush=True)
    time.sleep(120)
"""
WRITE = {
    "stage": ["stage", "--input", "{root}/delivery"],
    "run": ["run", "--input", "{root}/delivery"],
    "build": ["build"],
    "validate": ["validate"],
    "release": ["release", "create"],
    "promote": ["release", "promote", "current"],
    "rollback": ["release", "rollback"],
    "pin": ["release", "pin"],
    "vocab load": ["vocab", "load"],
    "exclude": ["persons", "exclude", "--list", "{root}/list.csv"],
    "share": ["publish", "share", "--output", "{root}/pack"],
}
READ = {
    "list": ["release", "list"],
    "verify": ["release", "verify"],
    "doctor": ["doctor"],
    "diff": ["release", "diff", "current", "current"],
    "persons list": ["persons", "list"],
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "delivery").mkdir()
    (tmp_path / "delivery" / "IR_BEN_R.csv").write_text("BEN_NIR_PSA;BEN_RNG_GEM\nA;1\n")
    (tmp_path / "list.csv").write_text("person_id\n1\n")
    return released(tmp_path / "workspace")


def holding(script: str, workspace: Workspace) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(workspace.root)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def other(workspace: Workspace) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes into the workspace."""
    yield from holding(HOLDS_WORKSPACE, workspace)


def asked(
    workspace: Workspace, words: list[str], capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Exit code and code of the error."""
    root = workspace.root.parent
    capsys.readouterr()
    code = execute(
        ["--workspace", str(workspace.root), "--json", *(w.format(root=root) for w in words)]
    )
    return code, json.loads(capsys.readouterr().out.splitlines()[-1]).get("error", "")


def test_a_second_writer_is_refused(
    workspace: Workspace,
    other: subprocess.Popen[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = {verb: asked(workspace, words, capsys) for verb, words in WRITE.items()}
    assert found == dict.fromkeys(WRITE, (2, "SO-111"))


def test_readers_do_not_wait(
    workspace: Workspace,
    other: subprocess.Popen[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = {verb: asked(workspace, words, capsys) for verb, words in READ.items()}
    assert found == dict.fromkeys(READ, (0, ""))


def test_a_killed_writer_holds_nothing(
    workspace: Workspace,
    other: subprocess.Popen[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert asked(workspace, WRITE["pin"], capsys) == (2, "SO-111")
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert asked(workspace, WRITE["pin"], capsys) == (0, "")


def test_a_lock_file_left_by_another_machine_holds_nothing(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lock is one of the kernel, or of the server of the folder: the file itself is nothing."""
    assert asked(workspace, WRITE["pin"], capsys) == (0, "")
    lock = workspace.state / ".lock"
    assert lock.is_file()
    lock.write_text("host=other-machine pid=4711\n")
    assert asked(workspace, WRITE["pin"], capsys) == (0, "")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ESTALE])
def test_a_folder_without_locks_is_named(
    number: int,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuses(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuses)
    assert asked(workspace, WRITE["pin"], capsys) == (2, "SO-136")


def test_a_candidate_that_another_program_opened(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    verbs = {
        "validate": WRITE["validate"],
        "coverage": ["vocab", "coverage"],
        "explain": ["explain", "person", "1"],
    }
    for _ in holding(HOLDS_CANDIDATE, workspace):
        found = {verb: asked(workspace, words, capsys) for verb, words in verbs.items()}
    assert found == dict.fromkeys(verbs, (2, "SO-111"))
    assert asked(workspace, READ["verify"], capsys) == (0, "")
