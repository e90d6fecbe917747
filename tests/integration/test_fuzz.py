"""Deliveries damaged at random: every file has a fate, every line is counted, no value comes out.

The long form is ``make fuzz``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.deliveries import built, clean_delivery, staged


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clean_delivery(tmp_path_factory.mktemp("clean") / "delivery")


@pytest.mark.parametrize("first", range(1, 101, 10))
def test_stagings(clean: Path, tmp_path: Path, first: int) -> None:
    """Ten examples a test: nothing of what they must hold is broken."""
    wrong = [
        one
        for seed in range(first, first + 10)
        for one in staged(seed, clean, tmp_path / str(seed))
    ]
    assert wrong == []


def test_messages_in_french_hold_no_value(clean: Path, tmp_path: Path) -> None:
    wrong = [one for seed in range(5) for one in staged(seed, clean, tmp_path / str(seed), "fr")]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2])
def test_builds(clean: Path, tmp_path: Path, seed: int) -> None:
    assert built(seed, clean, tmp_path / "one") == []
