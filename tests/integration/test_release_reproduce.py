"""A release is made again from its manifest: same inputs, other folder, same tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from etl import release
from etl.workspace import Workspace
from tests.conftest import Command


@pytest.mark.slow
def test_release_is_reproduced_from_its_manifest(
    demo_workspace: Path, tmp_path: Path, command: Command
) -> None:
    """Another workspace with the same delivery and vocabulary, and nothing built."""
    first = release.current(Workspace(demo_workspace))
    assert first is not None
    again = tmp_path / "again"
    for folder in ("lake", "quarantine", "state"):
        shutil.copytree(demo_workspace / folder, again / folder)
    code, answer, errors = command(
        "--workspace", again, "release", "create", "--reproduce", first.path / "MANIFEST.json"
    )
    assert code == 0, errors
    assert answer["release"] == first.id
    second = release.current(Workspace(again))
    assert second is not None
    assert second.manifest.table_hashes() == first.manifest.table_hashes()
