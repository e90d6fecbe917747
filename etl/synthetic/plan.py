"""From cases to care: every step of a pathway becomes dated items and stays.

An *item* is one coded thing done for a person on a day (a box of drugs, a test, an act, a
consultation). A *stay* is one hospital stay with its diagnoses and acts. Neither knows SNDS tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from etl.synthetic.calendar import by_video, drawn, kept, kind_of, opened
from etl.synthetic.cases import Cases
from etl.synthetic.catalogue import (
    ACT,
    DEVICE,
    DRUG,
    HOSPITAL_DRUG,
    TEST,
    catalogue,
)
from etl.synthetic.content import (
    ActStep,
    AmbulatoryStep,
    AnyStep,
    CareStep,
    DeviceStep,
    DrugStep,
    HospitalDrugStep,
    LabStep,
    Pathway,
    StayStep,
    Step,
    VisitStep,
)
from etl.synthetic.dispensing import fit_for
from etl.synthetic.forms import forms_of, named
from etl.synthetic.items import CLINIC, NO_PROVIDER, RETROCESSION, TOWN, Items
from etl.synthetic.numbers import Array, age_at, choose, year_of
from etl.synthetic.options import Options
from etl.synthetic.population import MAN, PREGNANCY, WOMAN, Persons
from etl.synthetic.pregnant import may_wait, not_pregnant
from etl.synthetic.stays import Stays
from etl.synthetic.streams import Streams
from etl.synthetic.tail import TAIL, codes_for
from etl.synthetic.world import World

#: Blood drawn by the laboratory's technician: share of laboratory visits that bill it.
_SAMPLING, _SAMPLED = 3223, 0.17


@dataclass
class Plan:
    """What one block holds before it is written the SNDS way."""

    items: Items = field(default_factory=Items)
    stays: Stays = field(default_factory=Stays)
    psychiatry: list[pl.DataFrame] = field(default_factory=list)

    def ambulatory(self) -> pl.DataFrame:
        """Ambulatory psychiatric acts: person, start, nature, main."""
        schema = {"person": pl.Int32, "start": pl.Int32, "nature": pl.String, "main": pl.String}
        return pl.concat([pl.DataFrame(schema=schema), *self.psychiatry])


#: A woman takes up again what she left for her pregnancy three weeks after the birth.
_PAUSE = PREGNANCY + 21
#: It is left two months before: a box that waits for a discharge is not fetched while pregnant.
_STOPPED = 60


def _takes(
    pathway: Pathway,
    step: Step,
    cases: Cases,
    forms: Array,
    persons: Persons,
    streams: Streams,
    rng: np.random.Generator,
) -> Array:
    """Whether each case has the step at all."""
    shared = step.together and streams.rng(f"together {pathway.id} {step.together}")
    takes = np.asarray((shared or rng).random(len(cases)) < step.share)
    if step.branch:
        takes &= np.isin(_branches(pathway, len(cases), streams), step.branch)
    if step.form:
        takes &= np.isin(forms.astype(str), step.form)
    if step.twins is not None:
        takes &= persons.of_twins()[cases.person] == step.twins
    if step.sex:
        takes &= persons.sex[cases.person] == (MAN if step.sex == "men" else WOMAN)
    return takes


def _when(
    step: Step,
    cases: Cases,
    takes: Array,
    persons: Persons,
    rng: np.random.Generator,
    options: Options,
) -> tuple[Array, Array]:
    """Case position and day of each repetition of a step, within life and window."""
    position = np.flatnonzero(takes)
    person = cases.person[position]
    first = cases.onset[position] + step.start
    last = persons.exit(options)[person]
    if step.every is None:
        days = first
        where = position
    else:
        if step.until is not None:
            last = np.minimum(last, cases.onset[position] + step.until)
        skipped = np.maximum(0, -((first - options.start) // step.every))
        number = np.maximum(0, (last - first) // step.every + 1 - skipped)
        where = np.repeat(position, number)
        begin = np.repeat(first + skipped * step.every, number)
        rank = np.arange(len(where)) - np.repeat(np.cumsum(number) - number, number)
        days = begin + rank * step.every
    if step.days != [0]:
        where = np.repeat(where, len(step.days))
        days = (days[:, None] + np.array(step.days)).ravel()
    if step.jitter:
        days = days + rng.integers(-step.jitter, step.jitter + 1, len(days))
    keep = (days >= options.start) & (days <= persons.exit(options)[cases.person[where]])
    keep &= days >= np.maximum(cases.onset[where], persons.birth[cases.person[where]])
    if step.keep < 1:
        keep &= rng.random(len(days)) < step.keep
    if step.years:
        year = year_of(days)
        keep &= (year >= step.years[0]) & (year <= step.years[1])
    if step.age:
        age = age_at(persons.birth[cases.person[where]], days)
        keep &= (age >= step.age[0]) & (age <= step.age[1])
    return where[keep], days[keep]


def _open(
    step: AnyStep,
    where: Array,
    days: Array,
    cases: Cases,
    persons: Persons,
    streams: Streams,
    options: Options,
) -> Array:
    """Days on which the care is open; where none is left to the person, the day stays."""
    person = cases.person[where]
    moved = opened(kind_of(step), person, days, streams.seed)
    return np.where(moved <= persons.exit(options)[person], moved, days)


def _codes(kind: int, wanted: list[str]) -> Array:
    return np.array([catalogue().index(kind, code) for code in wanted], dtype=np.int32)


def _each(
    kind: int, wanted: list[str], where: Array, sex: Array, age: Array, rng: np.random.Generator
) -> Iterator[tuple[Array, Array]]:
    """Each code of a list: of those repetitions that have it, and which these are."""
    for one in wanted:
        if one == TAIL:
            codes, fits = codes_for(kind, "", sex[where], age[where], rng)
            yield codes[fits], fits
        else:
            yield np.repeat(_codes(kind, [one]), len(where)), np.ones(len(where), dtype=bool)


def _acts(step: ActStep, where: Array, sex: Array, age: Array, rng: np.random.Generator) -> Array:
    """An act of each repetition; where none of the tail suits, the first of the list."""
    drawn_ = choose(rng, step.act, len(where))
    named_ = [one for one in step.act if one != TAIL]
    codes = _codes(ACT, [named_[0] if one == TAIL else one for one in step.act])[drawn_]
    if TAIL in step.act:
        rare, fits = codes_for(ACT, step.by, sex[where], age[where], rng)
        codes = np.where((drawn_ == list(step.act).index(TAIL)) & fits, rare, codes)
    return codes


def _nature_of_code() -> Array:
    return catalogue().frame["prs"].to_numpy()


def expand(
    pathway: Pathway,
    cases: Cases,
    persons: Persons,
    streams: Streams,
    options: Options,
    world: World,
    plan: Plan,
    onsets: Mapping[str, Array],
) -> None:
    """Add to the plan everything that a pathway brings to its cases.

    ``onsets``: by pathway, first day of each person in it (:func:`.course.first_days`).
    """
    forms = forms_of(pathway, cases, persons, streams)
    conception = persons.conception()[cases.person]
    for rank, step in enumerate(pathway.steps):
        rng = streams.rng(f"step {pathway.id} {rank}")
        takes = _takes(pathway, step, cases, forms, persons, streams, rng)
        where, days = _when(step, cases, takes, persons, rng, options)
        days = _open(step, where, days, cases, persons, streams, options)
        if pathway.onset.season != "covid" and pathway.onset.driver not in ("mother", "newborn"):
            took_place = kept(kind_of(step), days, rng)
            where, days = where[took_place], days[took_place]
        if not pathway.during_pregnancy:
            begun = conception[where]
            apart = (days < begun - _STOPPED) | (days > begun + _PAUSE)
            where, days = where[apart], days[apart]
        if isinstance(step, StayStep) and may_wait(step):
            planned = not_pregnant(conception[where], days)
            where, days = where[planned], days[planned]
        for other in (*pathway.unless, *step.unless):
            before = days < onsets[other][cases.person[where]]
            where, days = where[before], days[before]
        if isinstance(step, StayStep):
            plan.stays.add(step, pathway, where, days, cases, persons, forms, rng, options)
        elif isinstance(step, AmbulatoryStep):
            plan.psychiatry.append(_ambulatory(step, where, days, cases, forms, rng))
        else:
            age = age_at(persons.birth[cases.person], np.maximum(cases.onset, options.start))
            sex = persons.sex[cases.person]
            _add_items(step, where, days, cases, sex, age, rng, world, plan.items)


def _branches(pathway: Pathway, count: int, streams: Streams) -> Array:
    """The course that each case takes; '' when the pathway has one only."""
    if not pathway.branches:
        return np.full(count, "")
    drawn = choose(streams.rng(f"branch {pathway.id}"), pathway.branches, count)
    return np.array(list(pathway.branches))[drawn]


def _ambulatory(
    step: AmbulatoryStep,
    where: Array,
    days: Array,
    cases: Cases,
    forms: Array,
    rng: np.random.Generator,
) -> pl.DataFrame:
    natures_ = np.array(list(step.ambulatory))[choose(rng, step.ambulatory, len(where))]
    main = np.array(list(step.main), dtype=object)[choose(rng, step.main, len(cases))]
    main = named(main, forms)[where]
    return pl.DataFrame(
        {
            "person": cases.person[where].astype(np.int32),
            "start": days.astype(np.int32),
            "nature": natures_.astype(str),
            "main": main.astype(str),
        }
    )


def _add_items(
    step: AnyStep,
    where: Array,
    days: Array,
    cases: Cases,
    sex: Array,
    age: Array,
    rng: np.random.Generator,
    world: World,
    items: Items,
) -> None:
    """Items of one step; ``sex`` and ``age`` are those of each case."""
    person = cases.person[where]
    count = len(cases)
    prs = _nature_of_code()
    if isinstance(step, DrugStep):
        chosen, fits = fit_for(age, step.drug, rng)
        taken = fits[where]
        codes = chosen[where][taken]
        items.add(
            person[taken],
            days[taken],
            nature=prs[codes],
            kind=DRUG,
            code=codes,
            quantity=step.boxes,
            executor=world.types["pharmacy"],
            prescriber=world.types[step.by],
        )
    elif isinstance(step, LabStep):
        for codes, fits in _each(TEST, step.tests, where, sex, age, rng):
            items.add(
                person[fits],
                days[fits],
                nature=prs[codes],
                kind=TEST,
                code=codes,
                executor=world.types["laboratory"],
                prescriber=world.types[step.by],
            )
        taken = drawn(person, days, 0) < _SAMPLED
        items.add(person[taken], days[taken], nature=_SAMPLING, executor=world.types["laboratory"])
    elif isinstance(step, ActStep):
        codes = _acts(step, where, sex, age, rng)
        clinic = rng.random(len(where)) < step.hospital
        items.add(
            person,
            days,
            nature=prs[codes],
            kind=ACT,
            code=codes,
            activity=1,
            executor=world.types[step.by],
            prescriber=world.types["gp"],
            where=np.where(clinic, CLINIC, TOWN),
        )
    elif isinstance(step, VisitStep):
        nature = np.array([int(one) for one in step.visit])[choose(rng, step.visit, len(where))]
        clinic = rng.random(len(where)) < step.hospital
        nature = by_video(nature, days, ~clinic, rng)
        items.add(
            person,
            days,
            nature=nature,
            quantity=step.quantity,
            executor=world.types[step.by],
            where=np.where(clinic, CLINIC, TOWN),
        )
    elif isinstance(step, CareStep):
        nature = np.array([int(one) for one in step.care])[choose(rng, step.care, count)][where]
        items.add(
            person,
            days,
            nature=nature,
            quantity=step.quantity,
            executor=world.types[step.by],
            prescriber=world.types["gp"],
        )
    elif isinstance(step, DeviceStep):
        for codes, fits in _each(DEVICE, step.device, where, sex, age, rng):
            items.add(
                person[fits],
                days[fits],
                nature=prs[codes],
                kind=DEVICE,
                code=codes,
                quantity=step.quantity,
                executor=world.types[step.by],
                prescriber=world.types["gp"],
            )
    elif isinstance(step, HospitalDrugStep):
        codes = _codes(HOSPITAL_DRUG, list(step.hospital_drug))
        codes = codes[choose(rng, step.hospital_drug, count)][where]
        items.add(
            person,
            days,
            nature=prs[codes],
            kind=HOSPITAL_DRUG,
            code=codes,
            quantity=step.quantity,
            executor=NO_PROVIDER,
            prescriber=NO_PROVIDER,
            where=RETROCESSION,
        )
