"""``snds-omop vocab`` from the command line: words, JSON and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etl.cli import execute


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = execute(["--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_load_then_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--workspace", str(tmp_path / "workspace"))
    code, loaded = answer(capsys, *where, "vocab", "load")
    assert (code, loaded["is_demo"]) == (0, True)
    code, checked = answer(capsys, *where, "vocab", "check")
    assert (code, checked["findings"]) == (0, [])


def test_measuring_needs_a_candidate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--workspace", str(tmp_path / "workspace"))
    execute(["--quiet", *where, "vocab", "load"])
    capsys.readouterr()
    for verb in ("coverage", "unmapped", "suggest"):
        code, refused = answer(capsys, *where, "vocab", verb)
        assert (code, refused["error"]) == (2, "SO-106")


def test_a_bundle_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--workspace", str(tmp_path / "workspace"))
    code, refused = answer(capsys, *where, "vocab", "load", "--athena", str(tmp_path / "none.zip"))
    assert (code, refused["error"]) == (2, "SO-401")


def test_export_and_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = tmp_path / "workspace"
    where = ("--workspace", str(workspace))
    execute(["--quiet", *where, "vocab", "load"])
    capsys.readouterr()
    code, _ = answer(capsys, *where, "vocab", "export", "--output", str(tmp_path / "out"))
    assert code == 0
    assert (tmp_path / "out" / "SNDS_CCAM.sssom.tsv").is_file()
    lake = str(workspace / "lake" / "vocabulary")
    code, compared = answer(capsys, *where, "vocab", "diff", lake, lake)
    assert (code, compared["changes"]) == (0, [])
