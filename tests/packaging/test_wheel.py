"""The wheel: what it holds, and that it runs anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a clean export of what git tracks, with an ignored file planted next to it."""
    source = tmp_path_factory.mktemp("source")
    archive = subprocess.run(
        ["git", "-C", str(REPOSITORY), "archive", "HEAD"], capture_output=True, check=True
    )
    subprocess.run(["tar", "-x", "-C", str(source)], input=archive.stdout, check=True)
    subprocess.run(["git", "init", "-q", str(source)], check=True)
    (source / "vocabularies" / "CONCEPT.csv").write_text("concept_id\n")
    (source / "dbt_project" / "target").mkdir()
    (source / "dbt_project" / "target" / "manifest.json").write_text("{}")
    output = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(output)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    return next(output.glob("*.whl"))


def test_wheel_holds_the_bundle_and_nothing_ignored(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "etl/_bundle/dbt_project/dbt_project.yml" in names
    assert "etl/_bundle/mappings/rules/snds_rules.csv" in names
    assert any(name.startswith("etl/contracts/tables/") for name in names)
    for forbidden in ("target/", ".duckdb", "CONCEPT.csv", ".parquet", "workspace/", "tests/"):
        assert not [name for name in names if forbidden in name], forbidden
    assert max(info.file_size for info in zipfile.ZipFile(wheel).infolist()) < 2**20


@pytest.mark.slow
def test_installed_wheel_runs_the_demo_from_any_directory(wheel: Path, tmp_path: Path) -> None:
    """A fresh environment that sees this one's dependencies, but not this checkout."""
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=False)
    site = next((environment / "lib").glob("python*/site-packages"))
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--target",
            str(site),
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    here = Path(sys.executable).parent.parent / site.relative_to(environment)
    (site / "dependencies.pth").write_text(f"{here}\n")
    code = "import sys; from etl.cli import main; import etl; print(etl.__file__); main()"
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-c", code, "demo", "--persons", "40"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert str(site) in done.stdout
    assert (tmp_path / "workspace" / "releases" / "current" / "omop.duckdb").is_file()
