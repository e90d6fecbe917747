"""Which product a person is given: one that suits the age, of a list or of the long tail."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from etl.synthetic.catalogue import DRUG, ages_of_drugs, catalogue, tail
from etl.synthetic.numbers import Array

#: Word of a pathway for the long tail of drugs, and how often one is drawn for an age.
TAIL, _DRAWS = "tail", 6


def fit_for(
    age: Array, products: Mapping[str, float], rng: np.random.Generator
) -> tuple[Array, Array]:
    """A product for each age, by weight, among those made for it; and whether there is one."""
    youngest, oldest = ages_of_drugs()
    if TAIL in products:
        return _of_the_tail(age, rng)
    codes = np.array([catalogue().index(DRUG, code) for code in products], dtype=np.int32)
    weight = np.array(list(products.values()), dtype=float)
    fits = (age[:, None] >= youngest[codes]) & (age[:, None] <= oldest[codes])
    cumulated = np.cumsum(weight * fits, axis=1)
    total = cumulated[:, -1]
    drawn = (rng.random(len(age)) * total)[:, None]
    place = np.minimum((cumulated <= drawn).sum(axis=1), len(codes) - 1)
    return codes[place], total > 0


def _of_the_tail(age: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """A product of the long tail for each age; drawn again while it does not suit."""
    youngest, oldest = ages_of_drugs()
    numbers, weights = tail()
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
