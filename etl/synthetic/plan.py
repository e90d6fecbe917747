"""From cases to care: every step of a pathway becomes dated items and stays.

An *item* is one coded thing done for a person on a day (a box of drugs, a test, an act, a
consultation). A *stay* is one hospital stay with its diagnoses and acts. Neither knows SNDS tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from etl.synthetic.calendar import by_video, kept, kind_of, opened
from etl.synthetic.cases import Cases
from etl.synthetic.catalogue import (
    ACT,
    DEVICE,
    DRUG,
    HOSPITAL_DRUG,
    NO_CODE,
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
from etl.synthetic.numbers import NEVER, Array, age_at, choose, year_of
from etl.synthetic.options import Options
from etl.synthetic.population import MAN, PREGNANCY, WOMAN, Persons
from etl.synthetic.stays import Stays
from etl.synthetic.streams import Streams
from etl.synthetic.world import World

#: Where an item was done: in town, in a public hospital's clinic, during a private stay, by a
#: hospital pharmacy that sells to an outpatient.
TOWN, CLINIC, PRIVATE_STAY, RETROCESSION = range(4)
_NO_PROVIDER = -1
#: The nomenclature prices the item.
_OWN_PRICE = -1
#: Blood drawn by the laboratory's technician: share of laboratory visits that bill it.
_SAMPLING, _SAMPLED = 3223, 0.17


@dataclass
class Items:
    """Lists of arrays, one per call of :meth:`add`."""

    parts: list[pl.DataFrame] = field(default_factory=list)

    def add(
        self,
        person: Array,
        days: Array,
        *,
        nature: Array | int,
        kind: int = 0,
        code: Array | int = NO_CODE,
        quantity: Array | int = 1,
        executor: int,
        prescriber: int = _NO_PROVIDER,
        where: Array | int = TOWN,
        site: Array | int = _NO_PROVIDER,
        until: Array | None = None,
        activity: Array | int = 0,
        price: Array | int = _OWN_PRICE,
        ghs: Array | int = 0,
    ) -> None:
        """Items of one step; scalars hold for all."""
        if not len(person):
            return
        size = len(person)

        def column(value: Array | int) -> Array:
            return np.broadcast_to(np.asarray(value, dtype=np.int32), size)

        self.parts.append(
            pl.DataFrame(
                {
                    "person": person.astype(np.int32),
                    "day": days.astype(np.int32),
                    "prs": column(nature),
                    "kind": column(kind),
                    "code": column(code),
                    "quantity": column(quantity),
                    "executor": column(executor),
                    "prescriber": column(prescriber),
                    "where": column(where),
                    "site": column(site),
                    "until": column(days if until is None else until),
                    "activity": column(activity),
                    "own_price": column(price),
                    "ghs": column(ghs),
                }
            )
        )

    def frame(self) -> pl.DataFrame:
        """All items; the same thing twice on a day for a person is one item."""
        keys = ["person", "day", "prs", "kind", "code", "executor", "where", "site", "activity"]
        every = pl.concat(self.parts).with_columns(
            # A box may be prescribed twice; a test or an act on the same day is the same one.
            by=pl.when(pl.col("kind").is_in([DRUG, HOSPITAL_DRUG])).then("prescriber").otherwise(0)
        )
        return (
            every.group_by(*keys, "by", maintain_order=True)
            .agg(pl.col("quantity", "until", "own_price", "ghs", "prescriber").max())
            .drop("by")
            .sort(*keys, "prescriber")
        )


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


def _when(
    step: Step,
    cases: Cases,
    branch: Array,
    persons: Persons,
    rng: np.random.Generator,
    options: Options,
) -> tuple[Array, Array]:
    """Case position and day of each repetition of a step, within life and window."""
    count = len(cases)
    takes = rng.random(count) < step.share
    if step.branch:
        takes &= np.isin(branch, step.branch)
    if step.twins is not None:
        takes &= persons.of_twins()[cases.person] == step.twins
    if step.sex:
        takes &= persons.sex[cases.person] == (MAN if step.sex == "men" else WOMAN)
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

    ``onsets``: by pathway, first day of each person in it (:func:`first_days`).
    """
    branch = _branches(pathway, len(cases), streams)
    conception = persons.conception()[cases.person]
    for rank, step in enumerate(pathway.steps):
        rng = streams.rng(f"step {pathway.id} {rank}")
        where, days = _when(step, cases, branch, persons, rng, options)
        days = _open(step, where, days, cases, persons, streams, options)
        if pathway.onset.season != "covid" and pathway.onset.driver not in ("mother", "newborn"):
            took_place = kept(kind_of(step), days, rng)
            where, days = where[took_place], days[took_place]
        if not pathway.during_pregnancy:
            begun = conception[where]
            apart = (days < begun - _STOPPED) | (days > begun + _PAUSE)
            where, days = where[apart], days[apart]
        for other in step.unless:
            before = days < onsets[other][cases.person[where]]
            where, days = where[before], days[before]
        if isinstance(step, StayStep):
            plan.stays.add(step, pathway, where, days, cases, persons, rng, options)
        elif isinstance(step, AmbulatoryStep):
            plan.psychiatry.append(_ambulatory(step, where, days, cases, rng))
        else:
            age = age_at(persons.birth[cases.person], np.maximum(cases.onset, options.start))
            _add_items(step, where, days, cases, age, rng, world, plan.items)


def first_days(known: Sequence[tuple[Pathway, Cases]], count: int) -> dict[str, Array]:
    """By pathway, the first onset of each of ``count`` persons; NEVER for those not in it."""
    days = {}
    for pathway, cases in known:
        days[pathway.id] = np.full(count, NEVER, dtype=np.int64)
        np.minimum.at(days[pathway.id], cases.person, cases.onset)
    return days


def _branches(pathway: Pathway, count: int, streams: Streams) -> Array:
    """The course that each case takes; '' when the pathway has one only."""
    if not pathway.branches:
        return np.full(count, "")
    drawn = choose(streams.rng(f"branch {pathway.id}"), pathway.branches, count)
    return np.array(list(pathway.branches))[drawn]


def _ambulatory(
    step: AmbulatoryStep, where: Array, days: Array, cases: Cases, rng: np.random.Generator
) -> pl.DataFrame:
    natures_ = np.array(list(step.ambulatory))[choose(rng, step.ambulatory, len(where))]
    main = np.array(list(step.main))[choose(rng, step.main, len(cases))][where]
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
    age: Array,
    rng: np.random.Generator,
    world: World,
    items: Items,
) -> None:
    """Items of one step; ``age`` is that of each case."""
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
        for code in _codes(TEST, step.tests):
            items.add(
                person,
                days,
                nature=int(prs[code]),
                kind=TEST,
                code=int(code),
                executor=world.types["laboratory"],
                prescriber=world.types[step.by],
            )
        drawn = rng.random(len(where)) < _SAMPLED
        items.add(person[drawn], days[drawn], nature=_SAMPLING, executor=world.types["laboratory"])
    elif isinstance(step, ActStep):
        codes = _codes(ACT, list(step.act))[choose(rng, step.act, len(where))]
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
        for code in _codes(DEVICE, step.device):
            items.add(
                person,
                days,
                nature=int(prs[code]),
                kind=DEVICE,
                code=int(code),
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
            executor=_NO_PROVIDER,
            prescriber=_NO_PROVIDER,
            where=RETROCESSION,
        )
