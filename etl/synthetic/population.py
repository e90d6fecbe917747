"""Persons of one block: birth, sex, death, household, home, scheme, cover. No pseudonym yet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import yaml

from etl.synthetic.catalogue import DATA
from etl.synthetic.numbers import NEVER, Array, choose, interpolate
from etl.synthetic.options import Options
from etl.synthetic.streams import Streams
from etl.synthetic.world import World

MAN, WOMAN = 1, 2
#: Deliveries are dated this long after conception.
PREGNANCY = 275


@cache
def settings() -> dict[str, Any]:
    """The content of ``data/population.yml``."""
    loaded: dict[str, Any] = yaml.safe_load((DATA / "population.yml").read_text(encoding="utf-8"))
    return loaded


@dataclass
class Persons:
    """Parallel arrays, one place per person; days are counted from 1970-01-01.

    ``anchor`` is the person whose household this is: it decides practitioners and hospitals, so
    that a newborn is in its mother's hospital. ``mother`` and ``twin`` are -1 when there is none.
    """

    sex: Array
    birth: Array
    death: Array
    cause: Array  # ICD-10 code of the death; it and `death` are filled by :mod:`mortality`
    explained: Array  # whether an illness of the person explains the death
    anchor: Array
    mother: Array
    twin: Array
    commune: Array
    new_commune: Array
    move: Array
    scheme: Array
    covered: Array  # C2S
    frailty: Array

    def __len__(self) -> int:
        return len(self.sex)

    def commune_on(self, person: Array, days: Array) -> Array:
        """Commune number of persons on given days."""
        moved = days >= self.move[person]
        return np.where(moved, self.new_commune[person], self.commune[person])

    def conception(self) -> Array:
        """Day on which each person became pregnant; NEVER for those who give no birth."""
        days = np.full(len(self), NEVER, dtype=np.int64)
        child = np.flatnonzero(self.mother >= 0)
        days[self.mother[child]] = self.birth[child] - PREGNANCY
        return days

    def of_twins(self) -> Array:
        """Whether each is a twin or a mother of twins born in the window."""
        twins = self.twin >= 0
        mothers = self.mother[twins]
        twins[mothers[mothers >= 0]] = True
        return twins

    def entry(self, options: Options) -> Array:
        """First day of the window on which the person lives."""
        return np.maximum(self.birth, options.start)

    def exit(self, options: Options) -> Array:
        """Last day of the window on which the person lives."""
        return np.minimum(self.death, options.end)


def _adults(rng: np.random.Generator, count: int, options: Options) -> tuple[Array, Array]:
    """Sex and birth of those alive on the first day, by the age pyramid."""
    pyramid = settings()["age_pyramid"]
    weights = {
        (sex, age): share
        for sex, name in ((MAN, "men"), (WOMAN, "women"))
        for age, share in pyramid[name].items()
    }
    keys = np.array(list(weights))
    drawn = keys[choose(rng, weights, count)]
    days = rng.integers(1, int(5 * 365.25), count)
    birth = options.start - np.floor(drawn[:, 1] * 365.25).astype(np.int64) - days
    return drawn[:, 0].astype(np.int8), birth


def _deliveries(
    rng: np.random.Generator, sex: Array, birth: Array, births: int, options: Options
) -> tuple[Array, Array]:
    """Mothers and days of delivery; twice the same mother in a row is a twin delivery."""
    when = rng.integers(options.start, options.end + 1, births)
    age = (when.mean() - birth) / 365.25 if births else np.zeros(len(birth))
    weight = np.where(sex == WOMAN, interpolate(settings()["fertility"], age), 0.0)
    weight[(age < 15) | (age > 49)] = 0
    if births == 0 or weight.sum() == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    possible = int(np.count_nonzero(weight))
    births = min(births, possible)
    mother = rng.choice(len(sex), births, replace=False, p=weight / weight.sum())
    when = when[:births]
    # The first two pairs make sure that every run has twins of the same and of different sex.
    double = rng.random(births) < settings()["twin_deliveries"]
    double[: min(2, births // 2)] = True
    first = np.flatnonzero(double)[: births // 2]
    # A twin takes the place of a later single birth, so that the number of persons is kept.
    dropped = np.setdiff1d(np.arange(births), first)[::-1][: len(first)]
    kept = np.setdiff1d(np.arange(births), dropped)
    order = np.sort(np.concatenate([kept, first]))
    return mother[order], when[order]


def people(streams: Streams, options: Options, world: World) -> Persons:
    """Persons of the block: those alive on the first day, then the children born in the window."""
    rng = streams.rng("population")
    count = options.block_size(streams.block)
    yearly = settings()["births_per_1000"] / 1000 * len(options.years)
    births = round(count * yearly / (1 + yearly))
    sex, birth = _adults(rng, count - births, options)
    mother, born = _deliveries(rng, sex, birth, births, options)
    missing = count - len(sex) - len(mother)
    if missing:  # too few possible mothers in a very small block
        more_sex, more_birth = _adults(rng, missing, options)
        sex, birth = np.concatenate([sex, more_sex]), np.concatenate([birth, more_birth])
    adults = len(sex)
    child_sex = rng.integers(1, 3, len(mother)).astype(np.int8)
    twin = np.full(count, -1, dtype=np.int64)
    pairs = np.flatnonzero((np.diff(mother) == 0) & (np.diff(born) == 0))
    for rank, first in enumerate(pairs):
        same = rank % 2 == 0
        child_sex[first + 1] = child_sex[first] if same else 3 - child_sex[first]
        twin[adults + first], twin[adults + first + 1] = adults + first + 1, adults + first
    sex, birth = np.concatenate([sex, child_sex]), np.concatenate([birth, born])
    mothers = np.concatenate([np.full(adults, -1, dtype=np.int64), mother])
    anchor = np.where(mothers >= 0, mothers, np.arange(count))
    commune = choose(rng, dict(enumerate(world.commune_weight)), count)[anchor]
    elsewhere = choose(rng, dict(enumerate(world.commune_weight)), count)
    moves = rng.random(count) < settings()["moves_per_year"] * len(options.years)
    when = rng.integers(options.start, options.end + 1, count)
    move = np.where(moves, when, NEVER)[anchor]
    schemes = settings()["schemes"]
    scheme = choose(rng, {name: row["share"] for name, row in schemes.items()}, count)[anchor]
    cover = interpolate(
        settings()["complementary_cover"], np.clip((options.start - birth) / 365.25, 0, 99)
    )
    return Persons(
        sex=sex,
        birth=birth,
        death=np.full(count, NEVER, dtype=np.int64),
        cause=np.full(count, "", dtype=object),
        explained=np.zeros(count, dtype=bool),
        anchor=anchor,
        mother=mothers,
        twin=twin,
        commune=commune,
        new_commune=elsewhere[anchor],
        move=move,
        scheme=scheme,
        covered=(rng.random(count) < cover)[anchor],
        frailty=rng.gamma(1.4, 1 / 1.4, count),
    )
