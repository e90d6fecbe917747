"""What is generated for readers is built by `make docs`; only what dbt needs is committed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_NOTICES = ("<!-- Rendered ", '<html lang="')


def test_no_generated_page_is_committed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no git repository: an archive of the sources")
    listed = subprocess.run(
        ["git", "ls-files", "docs"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pages = [ROOT / name for name in listed if name.endswith((".md", ".html"))]
    texts = {path: path.read_text("utf-8") for path in pages if path.is_file()}
    assert texts
    assert [path.name for path, text in texts.items() if text.startswith(_NOTICES)] == []
    templates = ROOT / "docs" / "theme"
    found = [path for path in texts if path.suffix == ".html" and templates not in path.parents]
    assert found == []
