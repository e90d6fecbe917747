"""`make readers`: agreement with the real tools, and how the command answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.readers.__main__ import main

ORACLES = Path(__file__).resolve().parents[3] / "shared" / "oracles"
needs_oracles = pytest.mark.skipif(not ORACLES.is_dir(), reason=f"needs {ORACLES}")


def test_an_absent_folder_is_skipped_visibly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none")]) == 0
    assert "skipped" in capsys.readouterr().out


@needs_oracles
@pytest.mark.slow
def test_everything_agrees_with_the_real_tools(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(ORACLES)]) == 0, capsys.readouterr().out


@needs_oracles
@pytest.mark.slow
def test_a_row_less_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import duckdb

    case = tmp_path / "clean-a"
    shutil.copytree(ORACLES / "clean-a", case)
    for path in (case, *case.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    file = case / "cdm" / "drug_exposure.parquet"
    kept = tmp_path / "less.parquet"
    duckdb.sql(f"copy (from '{file}' limit 18602) to '{kept}' (format parquet)")
    shutil.move(kept, file)
    assert main([str(tmp_path)]) == 1
    assert "DQD rows looked at" in capsys.readouterr().out
