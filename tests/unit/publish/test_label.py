"""The self-assessment: what is measured moves with its checks, what is not asks for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl import release
from etl.publish import source
from etl.publish.label import self_assessment
from etl.publish.metadata.facts import read_facts
from etl.settings import Settings
from tests.small_candidate import released

# category, subcategory, check, status
CHECKS = [
    *[("Plausibility", "Atemporal", "plausibleValueLow", "pass")] * 3,
    ("Plausibility", "Atemporal", "plausibleValueLow", "fail"),
    ("Plausibility", "Temporal", "plausibleDuringLife", "pass"),
    ("Plausibility", "Temporal", "plausibleStartBeforeEnd", "fail"),
    ("Plausibility", "Temporal", "plausibleStartBeforeEnd", "not applicable"),
    ("Completeness", "", "isRequired", "pass"),
    ("Conformance", "Relational", "isPrimaryKey", "pass"),
]


def technical(root: Path, checks: list[tuple[str, str, str, str]]) -> dict[str, Any]:
    """Values of the technical quality, by name, with these results of checks."""
    workspace = released(root)
    made = release.find(workspace, "current")
    with source.opened(workspace, made, Settings().engine) as opened:
        if checks:
            frame = pl.DataFrame(
                checks, schema=["category", "subcategory", "check_name", "status"], orient="row"
            )
            frame.write_parquet(made.path / "quality" / "results.parquet")
        facts = read_facts(opened, 11)
    label = self_assessment(made.manifest, facts)
    entries = label["elements"]["b_technical_quality"]
    assert all((entry["value"] is None) == entry["needs_person"] for entry in entries)
    return {entry["name"]: entry["value"] for entry in entries}


def test_each_dimension_has_the_checks_of_its_meaning(tmp_path: Path) -> None:
    found = technical(tmp_path / "one", CHECKS)
    assert found["accuracy"] == 0.75
    assert found["consistency"] == 0.5
    assert found["completeness"] == found["validity"] == found["uniqueness"] == 1.0


@pytest.mark.parametrize("name", ["accuracy", "consistency", "completeness", "uniqueness"])
def test_what_no_check_measured_is_not_stated(tmp_path: Path, name: str) -> None:
    assert technical(tmp_path / "none", [])[name] is None
