"""A file that a person then edits is written whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from etl.cli import execute
from etl.errors import SndsOmopError
from etl.publish.metadata.steward import write_template


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_init_on_a_full_disk_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "new.toml"
    arguments = ["--workspace", str(tmp_path / "w"), "--config", str(file), "init"]
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert execute(arguments) == 2
    assert "SO-902" in capsys.readouterr().err
    assert not file.exists()
    assert execute(arguments) == 0
    assert "[source]" in file.read_text(encoding="utf-8")


def test_questions_on_a_full_disk_leave_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "answers.toml"
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_template(file)
    write_template(file)
    with pytest.raises(SndsOmopError) as caught:
        write_template(file)
    assert caught.value.code == "SO-114"
