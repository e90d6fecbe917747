"""The published error rates are those of the rows that were read."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path

import pytest

from etl.resources import mappings_dir
from etl.vocabulary.mapping_file import read_mapping_file

READINGS = sorted((mappings_dir() / "readings").glob("*.csv"))
VERDICTS = {"right", "right, nearer target", "wrong equivalence", "wrong target"}
PAGES = {"en": "reference/vocabularies.md", "fr": "reference/vocabulaires.md"}


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def upper(wrong: int, n: int) -> float:
    """The upper end of Wilson's interval at 95 %, in percent."""
    z, share = 1.959964, wrong / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return 100 * (middle + half) / (1 + z * z / n)


@pytest.mark.parametrize("path", READINGS, ids=lambda path: path.stem)
def test_what_was_read_is_in_the_lists(path: Path) -> None:
    read = lines(path)
    assert {row["verdict"] for row in read} <= VERDICTS
    assert len({(row["seed"], row["number"]) for row in read}) == len(read)
    assert all(row["note"] for row in read if row["verdict"] != "right")


@pytest.mark.parametrize("language", PAGES)
def test_the_page_states_what_was_counted(language: str) -> None:
    page = (Path("docs") / language / PAGES[language]).read_text(encoding="utf-8")
    read = lines(mappings_dir() / "readings" / "2026-12-01-third.csv")
    rows = Counter(row["seed"] for row in read)
    wrong = Counter((row["seed"], row["verdict"]) for row in read)
    for version, seed in (("1.8.0", "20261201"), ("1.9.0", "20261206")):
        targets, equivalences = (
            wrong[seed, verdict] for verdict in ("wrong target", "wrong equivalence")
        )
        n = rows[seed]
        stated = next(
            line.replace(",", ".").replace(" :", ":")
            for line in page.splitlines()
            if line.startswith(f"| {version} | {n} |")
        )
        assert f"| {targets} (0 " in stated
        assert f"{upper(targets, n):.1f} %" in stated
        assert f"| {equivalences}: {100 * equivalences / n:.1f} %" in stated
        assert f"{upper(equivalences, n):.1f} %" in stated


def test_a_wrong_row_was_repaired() -> None:
    """The lists hold the equivalence that the third reader gave."""
    held = {
        (path.name.split(".")[0], row.source_code): row.equivalence
        for path in mappings_dir().rglob("*.usagi.csv")
        for row in read_mapping_file(path)
        if row.approved
    }
    for row in lines(mappings_dir() / "readings" / "2026-12-01-third.csv"):
        if row["verdict"] == "wrong equivalence":
            assert held[row["list"], row["source_code"]] == row["equivalence_read"]
