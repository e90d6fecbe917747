"""Clean deliveries of other seeds: accepted, and mapped as well as the demo vocabulary can.

Twenty seeds are judged by ``tests/performance/clean_seeds.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from data_quality import validate
from etl.cli.console import Silent
from etl.settings import Settings
from etl.vocabulary.coverage import read_parts
from tests.performance.clean_seeds import built

pytestmark = pytest.mark.slow

# Percent of records, a few points below what 2,000 persons give (docs/adr/0004).
FLOORS = {"Condition": 94, "Drug": 95, "Procedure": 85, "Measurement": 95, "Device": 50}


@pytest.mark.parametrize("seed", [7, 14])
def test_a_clean_delivery_is_accepted(seed: int, tmp_path: Path) -> None:
    workspace = built(seed, 120, tmp_path)
    verdict = validate(workspace, Settings(), progress=Silent(), suites=False)
    assert verdict.accepted, verdict.reasons
    parts = read_parts(workspace)
    for domain, floor in FLOORS.items():
        records = sum(part.n_records for part in parts if part.domain == domain)
        lost = sum(p.n_records for p in parts if p.domain == domain and p.method == "none")
        assert 100 * (1 - lost / records) >= floor, domain
