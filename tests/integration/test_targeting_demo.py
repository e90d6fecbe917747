"""`study targeting` on the demo: files, pages in both languages, and a lake that is another one."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Command


@pytest.fixture(scope="module")
def report(
    demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory, command: Command
) -> Path:
    folder = tmp_path_factory.mktemp("targeting") / "report"
    code, answer, errors = command(
        "--workspace", demo_workspace, "study", "targeting", "--year", "2020", "--output", folder
    )
    assert code == 0, errors
    assert answer["year"] == 2020
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_each_difference_is_the_sum_of_its_reasons(report: Path) -> None:
    counts = rows(report / "counts.csv")
    assert len(counts) == 10
    assert any(int(row["raw"]) for row in counts)
    differences = rows(report / "differences.csv")
    for row in counts:
        mine = [one for one in differences if one["algorithm"] == row["algorithm"]]
        for step, before, after in (
            ("raw → source", "raw", "source_concepts"),
            ("source → standard", "source_concepts", "standard_concepts"),
        ):
            explained = sum(int(one["persons"]) for one in mine if one["step"] == step)
            assert int(row[after]) - int(row[before]) == explained
    answers = json.loads((report / "targeting.json").read_text("utf-8"))
    assert all(one["balances"] for one in answers.values())


def test_the_pages_name_every_algorithm_in_their_language(report: Path) -> None:
    english, french = (
        (report / f"targeting_{lang}.md").read_text("utf-8") for lang in ("en", "fr")
    )
    assert "| Stroke (sndsTools) |" in english
    assert "| Accident vasculaire cérébral (sndsTools) |" in french
    assert english.count("\n## ") == french.count("\n## ") == 10
    # codes that the demo vocabulary lacks are in the list and on the page
    missing = {row["code"] for row in rows(report / "missing_codes.csv")}
    assert "E12*" in missing and "E12*" in french


def test_a_lake_of_other_files_is_refused(
    demo_workspace: Path, tmp_path: Path, command: Command
) -> None:
    copy = tmp_path / "workspace"
    shutil.copytree(demo_workspace, copy, symlinks=True)
    manifest = copy / "state" / "delivery.json"
    content = json.loads(manifest.read_text("utf-8"))
    content["files"] = content["files"][1:]
    manifest.write_text(json.dumps(content), encoding="utf-8")
    code, _, errors = command("--workspace", copy, "study", "targeting", "--year", "2020")
    assert (code, "SO-166" in errors) == (2, True)
