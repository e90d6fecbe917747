"""Who falls ill of what, when, and who dies of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from etl.synthetic.calendar import kind_of, opened
from etl.synthetic.content import Curve, Onset, Pathway, Rates
from etl.synthetic.numbers import Array, choose, interpolate_rate
from etl.synthetic.options import Options, day
from etl.synthetic.population import MAN, PREGNANCY, Persons
from etl.synthetic.streams import Streams

#: Weight of each month in a season; 12 is one month of an even year.
SEASONS: Mapping[str, tuple[float, ...]] = {
    "none": (1,) * 12,
    "winter": (1.5, 1.4, 1.2, 0.95, 0.8, 0.7, 0.65, 0.6, 0.8, 1.0, 1.1, 1.3),
    "spring": (0.6, 0.7, 1.1, 1.7, 1.9, 1.5, 1.0, 0.8, 0.9, 0.8, 0.5, 0.5),
    "summer": (0.8, 0.8, 0.9, 1.0, 1.15, 1.2, 1.25, 1.2, 1.1, 0.95, 0.85, 0.8),
    # A season is within one calendar year: one dose a year is one dose a season.
    "flu": (0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 4.2, 1.5),
}
#: Waves of Covid-19 in France, by month from January 2020; incidences are scaled by them. April
#: 2020 to April 2021 follow the admissions of each month (Santé publique France).
COVID_WAVES: Mapping[int, tuple[float, ...]] = {
    2020: (0, 0.02, 1.2, 0.9, 0.35, 0.12, 0.11, 0.17, 0.5, 1.4, 1.7, 1.1),
    2021: (1.25, 1.2, 1.5, 1.6, 0.7, 0.2, 0.3, 0.7, 0.35, 0.25, 0.6, 1.6),
    2022: (7.0, 3.4, 3.0, 3.2, 0.9, 1.6, 2.8, 0.9, 1.1, 1.6, 1.3, 1.5),
}
#: Share of the years in which a person does what the person is used to.
_HABIT = 0.8


@dataclass
class Cases:
    """Cases of one pathway: parallel arrays, sorted by person then onset."""

    person: Array
    onset: Array

    def __len__(self) -> int:
        return len(self.person)


def _rate(rates: Rates, sex: Array, age: Array) -> Array:
    def curve(own: Curve) -> Array:
        # A sex that is not named does not fall ill.
        return interpolate_rate(own or rates.all or {0: 0.0}, age)

    return np.where(sex == MAN, curve(rates.men), curve(rates.women))


def _months(onset: Onset, year: int) -> tuple[Array, float]:
    """Share of each month, and the weight of the year."""
    if onset.season == "covid":
        waves = np.array(COVID_WAVES.get(year, (0.0,) * 12), dtype=float)
        total = float(waves.sum())
        return waves / total if total else np.full(12, 1 / 12), total / 12
    weights = np.array(SEASONS[onset.season], dtype=float)
    return weights / weights.sum(), 1.0


def _incident(
    rng: np.random.Generator, onset: Onset, persons: Persons, options: Options
) -> tuple[Array, Array]:
    """New cases, year by year."""
    people: list[Array] = []
    days: list[Array] = []
    first, last = onset.years or (options.first_year, options.last_year)
    # Without a prevalence, the cases of the year before are those still followed on the first day.
    begin_year = options.first_year - (0 if onset.prevalence or onset.years else 1)
    habit = rng.random(len(persons)) if onset.yearly else np.empty(0)
    for year in range(begin_year, min(last, options.last_year) + 1):
        if onset.years and year < first:
            continue
        shares, weight = _months(onset, year)
        begin = day(year)
        length = day(year + 1) - begin
        age = (begin + length / 2 - persons.birth) / 365.25
        rate = _rate(onset.incidence or Rates(), persons.sex, np.clip(age, 0, 110)) / 1e5 * weight
        if onset.frail:
            rate = rate * persons.frailty
        if onset.yearly:
            # Four times in five the habit decides, else the year.
            drawn = np.where(rng.random(len(rate)) < _HABIT, habit, rng.random(len(rate)))
            number = (drawn < rate).astype(np.int64)
        else:
            number = rng.poisson(rate)
        who = np.repeat(np.arange(len(persons)), number)
        month = choose(rng, dict(enumerate(shares)), len(who))
        starts = np.array([day(year, one) for one in range(1, 13)] + [day(year + 1)])
        when = starts[month] + (rng.random(len(who)) * (starts[month + 1] - starts[month])).astype(
            np.int64
        )
        people.append(who)
        days.append(when)
    if not people:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(people), np.concatenate(days)


def _prevalent(
    rng: np.random.Generator, onset: Onset, persons: Persons, options: Options
) -> tuple[Array, Array]:
    """Those already ill on the first day of the window."""
    age = np.clip((options.start - persons.birth) / 365.25, 0, 110)
    share = _rate(onset.prevalence or Rates(), persons.sex, age) / 100
    ill = np.flatnonzero((rng.random(len(persons)) < share) & (persons.birth < options.start))
    ago = rng.random(len(ill)) * onset.years_before * 365.25
    return ill, (options.start - 1 - ago).astype(np.int64)


def _first_kind(pathway: Pathway) -> str:
    """Kind of care that a case begins with: it decides on which days of the week it may begin."""
    return kind_of(pathway.steps[0]) if pathway.steps and pathway.steps[0].start == 0 else ""


def cases_of(pathway: Pathway, persons: Persons, streams: Streams, options: Options) -> Cases:
    """Cases of a pathway; those of the dying are known once :mod:`mortality` has drawn them."""
    onset = pathway.onset
    rng = streams.rng(f"cases {pathway.id}")
    if onset.driver == "dying":
        dying = np.flatnonzero(persons.death <= options.end)
        if onset.cause:
            pattern = re.compile(onset.cause)
            named = [pattern.match(cause) is not None for cause in persons.cause[dying]]
            dying = dying[np.array(named, dtype=bool) & ~persons.explained[dying]]
        return Cases(dying, persons.death[dying] - onset.before)
    if onset.driver != "rates":
        child = np.flatnonzero(persons.mother >= 0)
        if onset.driver == "newborn":
            return Cases(child, persons.birth[child])
        mother, first = np.unique(persons.mother[child], return_index=True)
        return Cases(mother, persons.birth[child[first]] - PREGNANCY)
    parts = []
    if onset.prevalence:
        parts.append(_prevalent(rng, onset, persons, options))
    if onset.incidence:
        parts.append(_incident(rng, onset, persons, options))
    person = np.concatenate([part[0] for part in parts])
    when = np.concatenate([part[1] for part in parts])
    when = opened(_first_kind(pathway), person, when, streams.seed)
    born = when >= persons.birth[person]
    person, when = person[born], when[born]
    order = np.lexsort((when, person))
    person, when = person[order], when[order]
    if not (onset.recurrent or onset.yearly) and len(person):
        first_of_person = np.concatenate([[True], np.diff(person) > 0])
        person, when = person[first_of_person], when[first_of_person]
    return Cases(person, when)
