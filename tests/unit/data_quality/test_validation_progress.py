"""The progress of `validate` reaches its end when the reports are written, not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_quality import validation
from data_quality.validation import validate
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import build_candidate


class Recorded:
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.whole = 0
        self.done = 0
        self.labels: list[str] = []

    def total(self, amount: int) -> None:
        self.whole = amount

    def advance(self, amount: int, label: str = "") -> None:
        self.done += amount
        self.labels.append(label)


def test_the_last_step_is_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace, persons=30)
    seen = Recorded()
    done_at_report: list[float] = []
    write = validation.write_reports

    def written(*arguments: object) -> object:
        done_at_report.append(seen.done / seen.whole)
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(validation, "write_reports", written)
    validate(workspace, Settings(), progress=seen, suites=False)
    assert 0.98 < seen.done / seen.whole <= 1  # a check that cannot be measured is not counted
    assert 0.7 < done_at_report[0] < 0.9
    assert seen.labels[-2] == "report"
