"""Refusals that name what to do, and leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.cli import execute
from etl.workspace import Workspace


def refused(tmp_path: Path, *arguments: str) -> int:
    return execute(["--workspace", str(tmp_path / "w"), *arguments])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["stage", "--input", "{file}"], "SO-102", "give the folder that contains it"),
        (["stage", "--input", "{tmp}/no"], "SO-102", "does not exist"),
        (["stage", "--input", "{tmp}", "--from-db", "postgresql://h/d"], "SO-100", "not both"),
        (["build"], "SO-104", ""),
        (["validate"], "SO-106", ""),
        (["release", "promote", "x"], "SO-107", ""),
        (["release", "rollback"], "SO-107", ""),
        (["release", "verify"], "SO-107", ""),
    ],
)
def test_a_refusal_names_what_to_do_and_leaves_no_workspace(
    tmp_path: Path,
    arguments: list[str],
    code: str,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "IR_BEN_R.csv"
    file.write_text("x")
    known = {"file": str(file), "tmp": str(tmp_path)}
    assert refused(tmp_path, *(one.format(**known) for one in arguments)) == 2
    printed = capsys.readouterr().err
    assert code in printed and words in printed
    assert not (tmp_path / "w").exists()


def test_the_address_in_the_environment_does_not_contradict_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SNDS_OMOP_FROM_DB", "postgresql://h/d")
    assert refused(tmp_path, "stage", "--input", str(tmp_path / "no")) == 2
    assert "SO-102" in capsys.readouterr().err


def test_a_list_in_a_wrong_folder_names_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(tmp_path, "release", "list") == 0
    printed = capsys.readouterr().out
    assert "does not exist; give --workspace DIR" in printed
    assert not (tmp_path / "w").exists()


def test_a_workspace_that_holds_something_stays(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    with pytest.raises(ValueError, match="later"), workspace.locked():
        (workspace.state / "record.json").write_text("{}")
        raise ValueError("later")
    assert (workspace.state / "record.json").exists()
