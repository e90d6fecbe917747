"""The long tail: codes that no pathway names, drawn by how frequent they are in France.

A pathway writes ``tail`` where a code would stand: an act of whoever does it, a test, a device. A
stay has a share whose reason is of the tail, with the group (GHM) that holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from etl.synthetic.catalogue import ACT, DEVICE, TEST, catalogue, read
from etl.synthetic.numbers import Array

#: Word of a pathway for a code of the tail.
TAIL = "tail"
_FILES = {ACT: "tail_ccam", TEST: "tail_nabm", DEVICE: "tail_lpp"}
#: How often one is drawn for a person, until it suits the sex and age.
_DRAWS, _OLDEST, _ADULT = 6, 200, 18


@dataclass(frozen=True)
class Tail:
    """``codes``: rows of the catalogue, or diagnoses; ``cumulated``: share up to each of them."""

    codes: Array
    cumulated: Array
    sex: Array
    youngest: Array
    oldest: Array
    roots: Array
    roots_of_children: Array

    def drawn(self, sex: Array, age: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """Place of a code for each person (whole years of age), and whether one suits."""
        place = np.zeros(len(age), dtype=np.int64)
        fits = np.zeros(len(age), dtype=bool)
        for _ in range(_DRAWS):
            open_ = np.flatnonzero(~fits)
            found = np.searchsorted(self.cumulated, rng.random(len(open_)), side="right")
            found = np.minimum(found, len(self.codes) - 1)
            place[open_] = found
            right_sex = (self.sex[found] == 0) | (self.sex[found] == sex[open_])
            old_enough = age[open_] >= self.youngest[found]
            fits[open_] = right_sex & old_enough & (age[open_] <= self.oldest[found])
        return place, fits

    def groups(self, place: Array, age: Array) -> Array:
        """Root of the group of a stay for each place drawn, by age."""
        return np.where(age < _ADULT, self.roots_of_children[place], self.roots[place])


def _tail(frame: pl.DataFrame, codes: Array) -> Tail:
    def column(name: str, default: int) -> Array:
        if name not in frame.columns:
            return np.full(frame.height, default)
        return frame[name].cast(pl.Int32).fill_null(default).to_numpy()

    weight = frame["weight"].cast(pl.Float64).to_numpy()
    roots = frame["root"].to_list() if "root" in frame.columns else [""] * frame.height
    young = frame["root_child"].to_list() if "root_child" in frame.columns else roots
    return Tail(
        codes,
        np.cumsum(weight / weight.sum()),
        column("sex", 0),
        column("age_from", 0),
        column("age_to", _OLDEST),
        np.array(roots, dtype=object),
        np.array([one or adult for one, adult in zip(young, roots, strict=True)], dtype=object),
    )


@cache
def of_kind(kind: int, by: str = "") -> Tail:
    """Acts of one kind of practitioner, or tests, or devices.

    Raises:
        ValueError: the practitioner has no act in the tail.
    """
    frame = read(_FILES[kind])
    if kind == ACT:
        frame = frame.filter(pl.col("by") == by)
        if frame.is_empty():
            raise ValueError(f"no act of the long tail is done by: {by}")
    numbers = [catalogue().index(kind, code) for code in frame["code"]]
    return _tail(frame, np.array(numbers, dtype=np.int32))


@cache
def diagnoses() -> Tail:
    """Reasons of stays, each with the root of its group."""
    frame = read("tail_cim10")
    return _tail(frame, np.array(frame["code"].to_list(), dtype=object))


def codes_for(
    kind: int, by: str, sex: Array, age: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """A code of the tail for each person, and whether one suits."""
    tail = of_kind(kind, by if kind == ACT else "")
    place, fits = tail.drawn(sex, age, rng)
    return tail.codes[place], fits
