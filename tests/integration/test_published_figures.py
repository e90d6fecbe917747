"""The synthetic SNDS against published figures, on a fixed seed: the page states what is true."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from etl.synthetic.comparison import compare
from etl.synthetic.generate import generate

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "images" / "synthetic" / "comparison.csv"
YEARS = range(2018, 2023)


@pytest.mark.slow
def test_figures_within_and_outside_tolerance_are_those_of_the_page(tmp_path: Path) -> None:
    """A generator that changed has another page: docs/images/synthetic/compare.py writes it."""
    generate(tmp_path, persons=20_000, seed=1, years=YEARS, file_format="parquet")
    made = compare(tmp_path, YEARS)
    types = {"id": pl.String, "made": pl.Float64, "within": pl.Boolean, "held_out": pl.Boolean}
    stated = pl.read_csv(RESULTS, schema=types)
    assert made["id"].to_list() == stated["id"].to_list()
    assert made.filter(~made["within"])["id"].to_list() == (
        stated.filter(~stated["within"])["id"].to_list()
    )
    apart = made.join(stated, on="id", suffix="_stated").filter(
        (pl.col("made") - pl.col("made_stated")).abs() > 0.001 * pl.col("made").abs() + 1e-9
    )
    assert apart.is_empty()
