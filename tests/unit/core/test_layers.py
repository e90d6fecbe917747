"""Who may import whom (DESIGN §2); the contracts are in pyproject.toml, read by import-linter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_CHECK = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def _lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _CHECK, "--no-cache", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_layers_hold() -> None:
    found = _lint(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("module", "imported", "broken"),
    [
        ("etl/ids.py", "etl.cli", "Folders of etl import downwards only"),
        ("data_quality/gate.py", "etl.cli", "Checks of quality know no command"),
        ("etl/ids.py", "data_quality", "Only the command line imports data_quality"),
        ("etl/loaders/batch.py", "dbt", "Loaders, contracts and the generator know nothing of dbt"),
    ],
)
def test_a_layer_that_is_broken_is_reported(
    tmp_path: Path, module: str, imported: str, broken: str
) -> None:
    """A copy of the packages with one import too many: the same contracts refuse it."""
    for path in [*ROOT.glob("etl/**/*.py"), *ROOT.glob("data_quality/**/*.py")]:
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (tmp_path / module).open("a").write(f"\nimport {imported}\n")
    found = _lint(tmp_path)
    assert found.returncode == 1, found.stdout
    assert f"{broken} BROKEN" in found.stdout
