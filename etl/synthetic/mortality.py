"""Who dies, when and of what: as many as in the law of mortality, the ill rather than others.

Within a sex and ten years of age, deaths of a year are those of the law; they fall on persons in
proportion to their risk: a share of the law for everyone, and what each illness adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from etl.synthetic.cases import Cases
from etl.synthetic.content import Death, Pathway
from etl.synthetic.forms import FORM, drawn, forms_of
from etl.synthetic.numbers import NEVER, Array, choose, interpolate_log, interpolate_rate
from etl.synthetic.options import Options, day
from etl.synthetic.population import MAN, Persons, settings
from etl.synthetic.streams import Streams

_BAND = 10
_HIGHEST = 0.9


@dataclass
class _Risks:
    """All cases that may kill, sorted by person."""

    person: Array
    onset: Array
    law: Array  # place in ``laws``
    form: Array  # of the illness, '' when it has none
    laws: list[Death]

    @classmethod
    def of(
        cls, known: Sequence[tuple[Pathway, Cases]], persons: Persons, streams: Streams
    ) -> _Risks:
        deadly = [(one.death, one, cases) for one, cases in known if one.death and len(cases)]
        if not deadly:
            none = np.empty(0, dtype=np.int64)
            return cls(none, none, none, none.astype(object), [])
        person = np.concatenate([cases.person for _, _, cases in deadly])
        onset = np.concatenate([cases.onset for _, _, cases in deadly])
        law = np.repeat(np.arange(len(deadly)), [len(cases) for _, _, cases in deadly])
        form = np.concatenate([forms_of(one, cases, persons, streams) for _, one, cases in deadly])
        order = np.lexsort((onset, law, person))
        laws = [one for one, _, _ in deadly]
        return cls(person[order], onset[order], law[order], form[order], laws)

    def added(self, year: int, age: Array) -> tuple[Array, Array]:
        """What each case adds in a year: in its first year, and later; ``age`` by person."""
        begin, end = day(year), day(year + 1)
        early = np.array([law.early * law.early_by_year.get(year, 1) for law in self.laws])[
            self.law
        ]
        for rank, law in enumerate(self.laws):
            if law.early_by_age:
                here = self.law == rank
                share = interpolate_rate(law.early_by_age, age[self.person[here]])
                early[here] = share * law.early_by_year.get(year, 1)
        yearly = np.array([law.yearly for law in self.laws])[self.law]
        new = (self.onset >= begin) & (self.onset < end)
        return np.where(new, early, 0.0), np.where(self.onset < begin, yearly, yearly / 2 * new)

    def is_epidemic(self) -> Array:
        """Whether each case is of an illness that kills beyond the law."""
        return np.array([law.beyond > 0 for law in self.laws], dtype=bool)[self.law]

    def epidemic(self, early: Array, size: int) -> Array:
        """By person, the risk of epidemics."""
        return np.bincount(self.person, early * self.is_epidemic(), minlength=size)

    def contained(self) -> float:
        """Share of the deaths of an epidemic that the law would have had in any case."""
        return 1 - max((law.beyond for law in self.laws), default=1.0)


def _law(sex: Array, age: Array) -> Array:
    """Deaths by year per person."""
    params = settings()["mortality"]
    return (
        np.where(
            sex == MAN, interpolate_log(params["men"], age), interpolate_log(params["women"], age)
        )
        / 1000
    )


def take_lives(
    persons: Persons, known: Sequence[tuple[Pathway, Cases]], streams: Streams, options: Options
) -> None:
    """Fill ``persons.death`` and ``persons.cause``."""
    rng = streams.rng("mortality")
    risks = _Risks.of(known, persons, streams)
    share = settings()["share_outside_pathways"]
    # A mother does not die before she gives birth.
    delivered = np.full(len(persons), -NEVER, dtype=np.int64)
    child = np.flatnonzero(persons.mother >= 0)
    np.maximum.at(delivered, persons.mother[child], persons.birth[child])
    for year in options.years:
        middle = day(year, 7, 1)
        age = np.clip((middle - persons.birth) / 365.25, 0, 105)
        alive = (persons.death == NEVER) & (persons.birth < day(year + 1))
        law = np.where(alive, _law(persons.sex, age), 0.0)
        # Born within the year: a part of it only.
        law *= np.clip((day(year + 1) - persons.birth) / 365, 0, 1)
        early, late = risks.added(year, age)
        extra = np.bincount(risks.person, early + late, minlength=len(persons))
        epidemic = np.where(alive, risks.epidemic(early, len(persons)), 0.0)
        raw = np.where(alive, share * law + extra, 0.0) - epidemic
        band = (age // _BAND).astype(np.int64) * 2 + (persons.sex == MAN)
        within = law - risks.contained() * epidemic
        wanted, offered = np.bincount(band, within), np.bincount(band, raw)
        scale = np.divide(wanted, offered, out=np.zeros_like(wanted), where=offered > 0)
        scale = np.maximum(scale, 0)
        hazard = np.minimum(raw * scale[band] + epidemic, _HIGHEST)
        # The cause is drawn among risks that are all on the scale of the law.
        scaled = np.where(risks.is_epidemic(), 1.0, scale[band][risks.person])
        dies = np.flatnonzero(alive & (rng.random(len(persons)) < hazard))
        for person in dies:
            if (delivered[person] < day(year)) or (delivered[person] == -NEVER):
                _one_death(
                    rng, int(person), year, persons, risks, early * scaled, late * scaled,
                    share * law[person] * scale[band[person]],
                )  # fmt: skip


def _one_death(
    rng: np.random.Generator,
    person: int,
    year: int,
    persons: Persons,
    risks: _Risks,
    early: Array,
    late: Array,
    outside: float,
) -> None:
    """Cause and day of one death, the cause in proportion to what it adds."""
    first, last = np.searchsorted(risks.person, [person, person + 1])
    weights = np.concatenate([[outside], early[first:last], late[first:last]])
    chosen = int(choose(rng, dict(enumerate(weights)), 1)[0])
    begin = max(day(year), int(persons.birth[person]))
    month = int(choose(rng, settings()["seasonality"], 1)[0]) + 1
    when = day(year, month) + int(rng.integers(0, 28))
    if when <= begin:
        when = begin + 1 + int(rng.integers(0, max(1, day(year + 1) - begin - 1)))
    if chosen == 0:
        age = (when - persons.birth[person]) / 365.25
        persons.cause[person] = _outside_cause(rng, int(persons.sex[person]), age)
    else:
        size = last - first
        place = first + (chosen - 1) % size
        law = risks.laws[risks.law[place]]
        onset = int(risks.onset[place])
        if chosen <= size or when <= onset:
            when = onset + 1 + int(rng.integers(0, law.within))
        codes = list(law.cause)
        cause = codes[int(choose(rng, law.cause, 1)[0])]
        persons.cause[person] = risks.form[place] if cause == FORM else cause
        persons.explained[person] = True
    persons.death[person] = when


def _outside_cause(rng: np.random.Generator, sex: int, age: float) -> str:
    table: dict[int, dict[str, float]] = settings()["causes_of_death"]
    low = max(one for one in table if one <= max(age, 0))
    return str(drawn(table[low], np.array([sex]), np.array([int(age)]), rng)[0])
