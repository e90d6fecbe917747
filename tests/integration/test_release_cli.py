"""`snds-omop release …` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from etl.cli import execute
from etl.workspace import Workspace
from tests.small_candidate import accept, build_candidate


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    return workspace


def call(
    capsys: pytest.CaptureFixture[str], workspace: Workspace, *arguments: str
) -> tuple[int, dict[str, Any]]:
    code = execute(["--workspace", str(workspace.root), "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_create_list_promote_rollback_verify(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    code, first = call(capsys, workspace, "release")
    assert (code, first["new"]) == (0, True)
    _, again = call(capsys, workspace, "release", "create")
    assert (again["release"], again["new"]) == (first["release"], False)
    build_candidate(workspace, salt=1)
    _, second = call(capsys, workspace, "release")
    _, listed = call(capsys, workspace, "release", "list")
    assert [(row["release"], row["current"]) for row in listed["releases"]] == [
        (first["release"], False),
        (second["release"], True),
    ]
    assert call(capsys, workspace, "release", "rollback")[1]["release"] == first["release"]
    code, answer = call(capsys, workspace, "release", "promote", second["release"])
    assert (code, answer["release"]) == (0, second["release"])
    assert call(capsys, workspace, "release", "verify")[0] == 0


def test_exit_codes(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, workspace, "release", "rollback")[0] == 2
    assert call(capsys, workspace, "release", "promote", "../etc")[1]["error"] == "SO-107"
    accept(workspace, accepted=False, reasons=("fatal",))
    code, answer = call(capsys, workspace, "release")
    assert (code, answer["error"]) == (3, "SO-301")


def test_another_format_alone_makes_no_other_release(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same candidate, then the same content in another file: the user is warned."""
    _, first = call(capsys, workspace, "release")
    monkeypatch.setenv("SNDS_OMOP_RELEASE__FORMAT", "parquet")
    for _ in range(2):
        assert execute(["--workspace", str(workspace.root), "--lang", "en", "release"]) == 0
        assert "keeps its format, duckdb" in capsys.readouterr().err
        accept(workspace)
    _, listed = call(capsys, workspace, "release", "list")
    assert [(row["release"], row["format"]) for row in listed["releases"]] == [
        (first["release"], "duckdb")
    ]
    build_candidate(workspace, salt=1)
    _, second = call(capsys, workspace, "release")
    assert (second["new"], second["format"]) == (True, "parquet")
    assert second["database"].endswith("/tables")
    assert call(capsys, workspace, "release", "pin", first["release"])[0] == 0
    assert call(capsys, workspace, "release", "rollback")[1]["release"] == first["release"]
    assert call(capsys, workspace, "release", "promote", second["release"])[0] == 0
