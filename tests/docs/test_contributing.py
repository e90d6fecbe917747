"""The worked examples of CONTRIBUTING name what exists, and their checks pass."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Three worked examples")[1]
NAMED = sorted(set(re.findall(r"`([\w./]+/[\w./]+)`", EXAMPLES)))
MODELS = re.findall(r"make check MODEL=(\w+)", EXAMPLES)


def test_there_are_three_with_their_check() -> None:
    assert re.findall(r"^\*\*A (\w+)\*\*", EXAMPLES, re.MULTILINE) == ["table", "rule", "check"]
    assert len(re.findall(r"`make check (?:MODEL|FILE)=[^`]+`", EXAMPLES)) == 3


@pytest.mark.parametrize("path", NAMED)
def test_a_named_file_exists(path: str) -> None:
    assert (ROOT / path).is_file()


def test_the_rule_is_where_its_example_looks_for_it() -> None:
    folder = ROOT / "dbt_project" / "models" / "intermediate" / "mco_external"
    tests = yaml.safe_load((folder / "_mco_external__unit_tests.yml").read_text("utf-8"))
    model = {each["name"]: each["model"] for each in tests["unit_tests"]}["r39_surcharge_of_bill"]
    assert model in MODELS
    assert "r39_surcharge_of_bill(" in (folder / f"{model}.sql").read_text("utf-8")
    rules = (ROOT / "mappings" / "rules" / "snds_rules.csv").read_text("utf-8")
    assert "\nR39," in rules


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_the_check_of_an_example_passes(model: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutation.check", "--model", model],
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert "unit_test" in done.stdout
