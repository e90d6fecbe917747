"""Extreme numbers in all numeric columns, through a whole build; `make fuzz` makes twenty."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from etl.contracts.models import Column
from tests.fuzz.deliveries import clean_delivery
from tests.fuzz.extremes import completed, extreme_build, fits

BUILDS = int(os.environ.get("SNDS_TEST_EXTREMES", "2"))
# The fourth also damages keys.
FIRST = 3


@pytest.mark.slow
def test_no_extreme_ends_a_build(tmp_path: Path) -> None:
    clean = clean_delivery(tmp_path / "clean", persons=10)
    assert completed(clean) > 20
    for seed in range(FIRST, FIRST + BUILDS):
        wrong, values = extreme_build(seed, clean, tmp_path / f"build{seed}")
        assert wrong == []
        assert values > 300


@pytest.mark.parametrize(
    ("text", "kind", "is_held"),
    [
        ("2147483647", "integer", True),
        ("2147483648", "integer", False),
        ("-2147483647", "integer", True),
        ("-2147483648", "integer", False),
        ("20000.5", "integer", False),
        ("99999999999.99", "decimal", True),
        ("100000000000.01", "decimal", False),
        ("1e308", "decimal", False),
        ("0.12345678901234567890", "decimal", True),
    ],
)
def test_what_the_reference_holds(text: str, kind: str, is_held: bool) -> None:
    assert fits(text, Column.model_validate({"name": "X", "type": kind})) is is_held
