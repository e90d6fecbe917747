"""Releases that several modules use: extracted, damaged or forged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.workspace import Workspace
from tests.small_candidate import released
from tests.unit.release.extracted import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    yield Site(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """For tests that change nothing of it."""
    return Site(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the small candidate released; each test copies it."""
    root = tmp_path_factory.mktemp("shelf") / "workspace"
    released(root)
    return root


@pytest.fixture
def workspace(shelf: Path, tmp_path: Path) -> Workspace:
    root = tmp_path / "workspace"
    shutil.copytree(shelf, root, symlinks=True, ignore=shutil.ignore_patterns("build"))
    for path in [root / "releases", *(root / "releases").rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o700)
    return Workspace(root)
