"""The tutorial is done as written, in a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
ENGLISH = DOCS / "en" / "tutorials" / "first-delivery.md"
FRENCH = DOCS / "fr" / "tutoriels" / "premiere-livraison.md"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def test_both_languages_say_the_same_commands() -> None:
    assert blocks(ENGLISH, "sh") == blocks(FRENCH, "sh")
    assert blocks(ENGLISH, "sql") == blocks(FRENCH, "sql")


@pytest.mark.slow
def test_the_tutorial_works_as_written(tmp_path: Path) -> None:
    here = f'snds-omop() {{ "{sys.executable}" -m etl "$@"; }}\nset -e\n'
    output = ""
    for block in blocks(ENGLISH, "sh"):
        done = subprocess.run(
            ["bash", "-c", here + block],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(DOCS.parent)},
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        output += done.stdout
    assert "disposition: event" in output
    assert "disposition: cancelled, R20" in output
    assert "in quarantine: SO-223" in output
    base = tmp_path / "workspace" / "releases" / "current" / "omop.duckdb"
    with duckdb.connect(str(base), read_only=True) as connection:
        ledger = connection.execute(blocks(ENGLISH, "sql")[0]).fetchall()
    table = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in ENGLISH.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| (ER|IR)_", line)
    ]
    assert [(row[0], row[1], row[2] or "", str(row[3])) for row in ledger] == table
