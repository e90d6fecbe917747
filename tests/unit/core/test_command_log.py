"""One log file per command: names, counts, codes and seconds, and no value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from etl.cli import execute
from etl.command_log import KEPT, CommandLog
from etl.errors import SndsOmopError

DELIVERED = "2690175123456"


def _records(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.glob("*.jsonl")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_command_leaves_one_file_from_begin_to_end(tmp_path: Path) -> None:
    code = execute(["--workspace", str(tmp_path), "--quiet", "doctor"])
    records = _records(tmp_path / "logs")
    assert [records[0]["event"], records[-1]["event"]] == ["begin", "end"]
    assert records[0]["command"] == "doctor"
    assert records[-1]["exit_code"] == code
    assert records[-1]["seconds"] >= 0
    assert records[-1]["cpu_seconds"] > 0


def test_a_command_that_makes_no_workspace_leaves_none(tmp_path: Path) -> None:
    execute(["--workspace", str(tmp_path / "absent"), "--quiet", "explain", "person", "1"])
    assert not (tmp_path / "absent").exists()


def test_an_error_is_recorded_by_its_code_without_what_was_typed(tmp_path: Path) -> None:
    code = execute(["--workspace", str(tmp_path), "--quiet", "explain", "person", DELIVERED])
    records = _records(tmp_path / "logs")
    assert code == 2
    assert [one["code"] for one in records if one["event"] == "error"] == ["SO-106"]
    assert DELIVERED not in json.dumps(records)


@pytest.mark.parametrize("is_detailed", [False, True])
def test_the_text_of_an_exception_is_never_recorded(tmp_path: Path, is_detailed: bool) -> None:
    log = CommandLog(tmp_path / "logs", is_detailed=is_detailed)
    log.begin("stage")
    try:
        raise ValueError(f"could not convert {DELIVERED}")
    except ValueError as error:
        log.fault(error)
    log.detail("unit", name="ER_PRS_F_2019.csv", amount=1)
    log.end(1)
    records = _records(tmp_path / "logs")
    events = [record["event"] for record in records]
    assert DELIVERED not in json.dumps(records)
    assert "ValueError" in json.dumps(records)
    assert ("trace" in events, "unit" in events) == (is_detailed, is_detailed)


def test_a_coded_error_is_recorded_without_its_clause(tmp_path: Path) -> None:
    log = CommandLog(tmp_path / "logs")
    log.begin("run")
    log.fault(SndsOmopError("SO-109", DELIVERED, DELIVERED, where=DELIVERED))
    assert DELIVERED not in json.dumps(_records(tmp_path / "logs"))


def test_records_wait_until_the_workspace_is_made(tmp_path: Path) -> None:
    root = tmp_path / "w"
    log = CommandLog(root / "logs")
    log.begin("demo")
    assert not root.exists()
    root.mkdir()
    log.end(0)
    assert [record["event"] for record in _records(root / "logs")] == ["begin", "end"]
    assert (root / "logs").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("there", "left"), [(KEPT - 1, KEPT), (KEPT, KEPT), (KEPT + 5, KEPT)])
def test_the_newest_files_are_kept(tmp_path: Path, there: int, left: int) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(there):
        (folder / f"20200101T{number:06}-build-1.jsonl").touch()
    CommandLog(folder).begin("run")
    names = sorted(path.name for path in folder.glob("*.jsonl"))
    assert len(names) == left
    assert "-run-" in names[-1]
