"""Which product a person is given: one that suits the age, of a list or of the long tail."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from etl.synthetic.catalogue import DRUG, ages_of_drugs, catalogue, lasting, tail
from etl.synthetic.items import Items
from etl.synthetic.numbers import Array

#: Words of a pathway for the long tail of drugs: what is taken for months, what is taken for days.
LASTING, PASSING = "lasting", "passing"
#: How often one is drawn for an age, and days between two drugs that are fetched at once.
_DRAWS, _NEAR = 6, 6


def fit_for(
    age: Array, products: Mapping[str, float], rng: np.random.Generator
) -> tuple[Array, Array]:
    """A product for each age, by weight, among those made for it; and whether there is one."""
    youngest, oldest = ages_of_drugs()
    for word in (LASTING, PASSING):
        if word in products:
            return _of_the_tail(age, word, rng)
    codes = np.array([catalogue().index(DRUG, code) for code in products], dtype=np.int32)
    weight = np.array(list(products.values()), dtype=float)
    fits = (age[:, None] >= youngest[codes]) & (age[:, None] <= oldest[codes])
    cumulated = np.cumsum(weight * fits, axis=1)
    total = cumulated[:, -1]
    drawn = (rng.random(len(age)) * total)[:, None]
    place = np.minimum((cumulated <= drawn).sum(axis=1), len(codes) - 1)
    return codes[place], total > 0


def _of_the_tail(age: Array, word: str, rng: np.random.Generator) -> tuple[Array, Array]:
    """A product of the long tail for each age; drawn again while it does not suit."""
    youngest, oldest = ages_of_drugs()
    numbers, weights = tail()
    weights = np.where(lasting() == (word == LASTING), weights, 0.0)
    cumulated = np.cumsum(weights / weights.sum())
    chosen = np.zeros(len(age), dtype=np.int32)
    fits = np.zeros(len(age), dtype=bool)
    for _ in range(_DRAWS):
        open_ = np.flatnonzero(~fits)
        place = np.searchsorted(cumulated, rng.random(len(open_)), side="right")
        found = numbers[np.minimum(place, len(numbers) - 1)]
        chosen[open_] = found
        fits[open_] = (age[open_] >= youngest[found]) & (age[open_] <= oldest[found])
    return chosen, fits


def fetched_together(items: Items) -> None:
    """What the long tail brings is fetched with another drug of the person, from the same
    prescription, when one is fetched within some days."""
    if not items.parts:
        return
    numbers, _ = tail()
    every = pl.concat(items.parts).with_row_index("place")
    own = (pl.col("kind") == DRUG) & pl.col("code").is_in(pl.Series(numbers).implode())
    others = (
        every.filter((pl.col("kind") == DRUG) & ~own)
        .select("person", near="day", doctor="prescriber")
        .unique()
        .sort("near", "person", "doctor")
    )
    joined = (
        every.filter(own)
        .sort("day", "place")
        .join_asof(
            others, left_on="day", right_on="near", by="person", strategy="nearest",
            tolerance=_NEAR, check_sortedness=False,
        )
    )  # fmt: skip
    moved = joined.with_columns(
        day=pl.coalesce("near", "day"),
        until=pl.coalesce("near", "until"),
        prescriber=pl.coalesce("doctor", "prescriber"),
    ).select(every.columns)
    items.parts = [pl.concat([every.filter(~own), moved]).sort("place").drop("place")]
