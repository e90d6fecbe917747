"""Small vectorised helpers shared by the rooms of the generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: A day that never comes.
NEVER = 2**30


def interpolate(points: Mapping[int, float], age: Array) -> Array:
    """Linear between the ages given, flat outside them."""
    ages = np.array(sorted(points), dtype=float)
    values = np.array([points[int(key)] for key in sorted(points)], dtype=float)
    return np.asarray(np.interp(age, ages, values))


def interpolate_rate(points: Mapping[int, float], age: Array) -> Array:
    """Rates between the ages given, on a logarithmic scale: a rate that rises from nothing at birth
    to something at 65 is still next to nothing at 30. Between two zeros it is zero."""
    ages = sorted(points)
    values = np.array([points[one] for one in ages], dtype=float)
    if not values.any():
        return np.zeros_like(age, dtype=float)
    neighbours = np.array(
        [max(values[max(i - 1, 0)], values[min(i + 1, len(ages) - 1)]) for i in range(len(ages))]
    )
    floor = np.where(values > 0, values, np.maximum(neighbours, 1e-12) / 1000)
    rate = np.exp(np.interp(age, ages, np.log(floor)))
    empty = np.zeros_like(rate, dtype=bool)
    for place in range(len(ages) - 1):
        if values[place] == values[place + 1] == 0:
            empty |= (age >= ages[place]) & (age <= ages[place + 1])
    empty |= (values[0] == 0) & (age <= ages[0]) | (values[-1] == 0) & (age >= ages[-1])
    return np.where(empty, 0.0, rate)


def interpolate_log(points: Mapping[int, float], age: Array) -> Array:
    """Same on a logarithmic scale: rates that double with age."""
    return np.asarray(np.exp(interpolate({k: float(np.log(v)) for k, v in points.items()}, age)))


def choose(rng: np.random.Generator, weights: Mapping[Any, float], count: int) -> Array:
    """Positions (not values) drawn by weight."""
    weight = np.array(list(weights.values()), dtype=float)
    cumulated = np.cumsum(weight / weight.sum())
    found = np.searchsorted(cumulated, rng.random(count), side="right")
    return np.minimum(found, len(weight) - 1)


def year_of(days: Array) -> Array:
    """Calendar year of days counted from 1970-01-01."""
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970)


def age_at(birth: Array, days: Array) -> Array:
    """Whole years between two days."""
    return np.asarray(np.floor((days - birth) / 365.25).astype(np.int64))
