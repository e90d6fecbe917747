"""Fixtures shared by all tests: one demo workspace, built once by the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import hypothesis
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
REFERENCE = REPOSITORY.parent / "shared" / "reference"
DEMO_PERSONS = 120

# A busy machine is no failure: the time of one example means nothing. The same commit gives the
# same result for everybody; `make fuzz` looks for further examples.
hypothesis.settings.register_profile("any machine", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=5000)
hypothesis.settings.load_profile("any machine")

Command = Callable[..., tuple[int, dict[str, Any], str]]

# pyspark, which Great Expectations imports where it is installed, takes a program that came from no
# file (a worker of pytest-xdist) for one of its own doctests, and ends it.
if sys.modules["__main__"].__spec__ is None:
    sys.modules["__main__"].__spec__ = ModuleSpec("__main__", None)


def run_command(*arguments: str | Path, **options: Any) -> tuple[int, dict[str, Any], str]:
    """Run `snds-omop … --json` as a user would; exit code, its JSON, its stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "etl", *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        timeout=600,
        **options,
    )
    answer = json.loads(done.stdout) if done.stdout.strip() else {}
    return done.returncode, answer, done.stderr


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spark first: it takes longest, and no worker should wait for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("spark") is None)


@pytest.fixture(scope="session")
def command() -> Command:
    return run_command


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a finished release of the demo."""
    workspace = tmp_path_factory.mktemp("demo") / "workspace"
    code, _, errors = run_command(
        "--workspace", workspace, "demo", "--persons", str(DEMO_PERSONS), "--seed", "7"
    )
    assert code == 0, errors
    return workspace


@pytest.fixture(scope="session")
def published_snds() -> Path:
    """The synthetic SNDS that the Health Data Hub publishes; never part of this repository."""
    folder = REFERENCE / "synthetic-snds"
    if not folder.is_dir():
        pytest.skip("the published synthetic SNDS is not next to this checkout")
    return folder
