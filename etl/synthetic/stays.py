"""Hospital stays of one block: who, when, where, why and what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from etl.synthetic.catalogue import ACT, DEVICE, HOSPITAL_DRUG, catalogue, with_tail
from etl.synthetic.forms import named
from etl.synthetic.numbers import Array, age_at, choose
from etl.synthetic.options import Options
from etl.synthetic.population import Persons
from etl.synthetic.tail import codes_for, diagnoses

if TYPE_CHECKING:
    from etl.synthetic.cases import Cases
    from etl.synthetic.content import Pathway, StayStep

#: A death this soon after admission may be a death in hospital.
_TERMINAL = 60
#: Share of stays in which a chronic illness is coded, and of those of a day.
_CODED, _CODED_IN_DAY_CASES = 0.85, 0.35
#: Levels of groups of the long tail before their nights are looked at, and what levels ask for.
_LEVELS: Mapping[str, float] = {"1": 16, "2": 3, "3": 1.2, "4": 0.3}
_NIGHTS: Mapping[str, int] = {"2": 3, "3": 4, "4": 5}
_SHORT = 1
#: Shares of stays with a night that have an associated diagnosis, another one, an image more.
_TAIL_DIAGNOSES, _TAIL_IMAGES = (0.35, 0.15), 0.15
FIELDS = ("mco", "ssr", "had", "rip")
#: Rehabilitation within so many days of a discharge follows that stay.
_REHABILITATION, _FOLLOWS = FIELDS.index("ssr"), 45
_NO_STAY = pl.DataFrame(
    schema={
        "stay": pl.Int32, "person": pl.Int32, "start": pl.Int32, "end": pl.Int32, "field": pl.Int8,
        "kind": pl.String, "main": pl.String, "related": pl.String, "sessions": pl.Boolean,
        "units": pl.Int32, "unit_1": pl.String, "unit_2": pl.String, "entry": pl.String,
        "exit": pl.String, "private": pl.Boolean, "link": pl.Boolean,
    }
)  # fmt: skip
_NO_DIAGNOSIS = pl.DataFrame(schema={"stay": pl.Int32, "code": pl.String})
_NO_ACT = pl.DataFrame(
    schema={"stay": pl.Int32, "code": pl.Int32, "delay": pl.Int32, "activity": pl.Int8}
)
_NO_PRODUCT = pl.DataFrame(
    schema={"stay": pl.Int32, "kind": pl.Int8, "code": pl.Int32, "quantity": pl.Float64}
)


@dataclass
class Stays:
    """``main`` has one row per stay; the others hang on its ``stay`` number."""

    main: list[pl.DataFrame] = field(default_factory=list)
    diagnoses: list[pl.DataFrame] = field(default_factory=list)
    acts: list[pl.DataFrame] = field(default_factory=list)
    products: list[pl.DataFrame] = field(default_factory=list)
    count: int = 0

    def add(
        self,
        step: StayStep,
        pathway: Pathway,
        where: Array,
        days: Array,
        cases: Cases,
        persons: Persons,
        forms: Array,
        rng: np.random.Generator,
        options: Options,
    ) -> None:
        """Stays of one step of a pathway; ``forms``: of each case."""
        size = len(where)
        person = cases.person[where]
        drawn = _of_household(persons, cases.person) if step.link else rng.random(len(cases))
        private_case = drawn < step.private
        low, high = step.nights
        nights = rng.integers(low, high + 1, size)
        death = persons.death[person]
        end = days + nights
        lasts = (death - days >= 0) & (death - days <= _TERMINAL) & (rng.random(size) < step.dies)
        end = np.where(lasts, death, np.minimum(end, death))
        number = self.count + np.arange(size)
        self.count += size
        exits = np.array(list(step.exit), dtype=object)[choose(rng, step.exit, size)]
        kinds = np.array(list(step.stay), dtype=object)[choose(rng, step.stay, size)]
        main = named(_main(step, kinds, rng), forms[where])
        if step.tail:
            _of_the_tail(step, kinds, main, persons, person, days, rng)
        if step.related:
            # Within a case the reason of the sessions stays the same.
            related = np.array(list(step.related), dtype=object)
            related = named(related[choose(rng, step.related, len(cases))], forms)[where]
        else:
            related = np.full(size, "", dtype=object)
        if not size:
            return
        died = end == death
        self.main.append(
            pl.DataFrame(
                {
                    "stay": number.astype(np.int32),
                    "person": person.astype(np.int32),
                    "start": days.astype(np.int32),
                    "end": end.astype(np.int32),
                    "field": np.full(size, FIELDS.index(step.field), dtype=np.int8),
                    "kind": kinds.astype(str),
                    "main": main.astype(str),
                    "related": related.astype(str),
                    "sessions": np.full(size, step.sessions),
                    "units": np.where(end > days, step.units, 1).astype(np.int32),
                    "unit_1": np.full(size, step.unit_types[0]),
                    "unit_2": np.full(size, step.unit_types[-1]),
                    "entry": np.full(size, step.entry),
                    "exit": np.where(died, "death", exits).astype(str),
                    "private": private_case[where],
                    "link": np.full(size, step.link),
                }
            )
        )
        self._add_diagnoses(step, number, main, forms[where], rng)
        self._add_acts(step, number, end - days, rng)
        if step.field == "mco" and not step.sessions and step.entry != "birth":
            self._add_tail(number, persons, person, days, end - days, main, rng)
        if step.operation:
            codes = _acts(list(step.operation))[choose(rng, step.operation, size)]
            for activity in (1, 4):
                self._add_act(number, codes, np.minimum(1, end - days), activity)
        for kind, products in ((HOSPITAL_DRUG, step.costly_drugs), (DEVICE, step.implants)):
            for code, quantity in products.items():
                self.products.append(
                    pl.DataFrame(
                        {
                            "stay": number.astype(np.int32),
                            "kind": np.full(size, kind, dtype=np.int8),
                            "code": np.full(size, catalogue().index(kind, code), dtype=np.int32),
                            "quantity": np.full(size, float(quantity)),
                        }
                    )
                )

    def _add_diagnoses(
        self, step: StayStep, number: Array, main: Array, forms: Array, rng: np.random.Generator
    ) -> None:
        for code, share in step.associated.items():
            codes = named([code] * len(number), forms)
            has = (rng.random(len(number)) < share) & (main != codes)
            if has.any():
                found = {"stay": number[has].astype(np.int32), "code": codes[has].astype(str)}
                self.diagnoses.append(pl.DataFrame(found))

    def _add_acts(
        self, step: StayStep, number: Array, length: Array, rng: np.random.Generator
    ) -> None:
        for code, act in step.acts.items():
            done = rng.random(len(number)) < act.share
            delay = np.minimum(act.day, length)
            index = catalogue().index(ACT, code)
            for activity in (1, 4) if act.anaesthesia else (1,):
                codes = np.full(int(done.sum()), index, dtype=np.int32)
                self._add_act(number[done], codes, delay[done], activity)

    def _add_tail(
        self,
        number: Array,
        persons: Persons,
        person: Array,
        days: Array,
        length: Array,
        main: Array,
        rng: np.random.Generator,
    ) -> None:
        """Of the long tail: an associated diagnosis or two, and an image, of stays with a night."""
        sex, age = persons.sex[person], age_at(persons.birth[person], days)
        reasons = diagnoses()
        for share in _TAIL_DIAGNOSES:
            place, fits = reasons.drawn(sex, age, rng)
            codes = reasons.codes[place]
            has = fits & (length > 0) & (codes != main) & (rng.random(len(number)) < share)
            found = {"stay": number[has].astype(np.int32), "code": codes[has].astype(str)}
            if has.any():
                self.diagnoses.append(pl.DataFrame(found))
        codes, fits = codes_for(ACT, "radiology", sex, age, rng)
        has = fits & (length > 0) & (rng.random(len(number)) < _TAIL_IMAGES)
        self._add_act(number[has], codes[has], np.minimum(1, length[has]), 1)

    def _add_act(self, number: Array, codes: Array, delay: Array, activity: int) -> None:
        if len(number):
            self.acts.append(
                pl.DataFrame(
                    {
                        "stay": number.astype(np.int32),
                        "code": codes.astype(np.int32),
                        "delay": delay.astype(np.int32),
                        "activity": np.full(len(number), activity, dtype=np.int8),
                    }
                )
            )

    def add_comorbidities(
        self,
        known: Sequence[tuple[Pathway, Cases]],
        onsets: Mapping[str, Array],
        rng: np.random.Generator,
    ) -> None:
        """Chronic illnesses, among the diagnoses of the other stays of those who have them."""
        stays = pl.concat([_NO_STAY, *self.main]).filter(
            ~pl.col("sessions") & (pl.col("entry") != "birth")
        )
        person, start = stays["person"].to_numpy(), stays["start"].to_numpy()
        coded = np.where(stays["end"].to_numpy() > start, _CODED, _CODED_IN_DAY_CASES)
        for pathway, cases in known:
            code = pathway.comorbidity
            if code is None or not len(cases):
                continue
            onset = onsets[pathway.id]
            # The stay for the illness itself already has this diagnosis.
            other = (stays["main"].str.slice(0, 3) != code[:3]).to_numpy()
            has = (onset[person] < start) & other & (rng.random(len(person)) < coded)
            number = stays["stay"].filter(pl.Series(has))
            self.diagnoses.append(pl.DataFrame({"stay": number, "code": [code] * len(number)}))

    def details(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Associated diagnoses, each once a stay, acts, drugs and implants."""
        return (
            pl.concat([_NO_DIAGNOSIS, *self.diagnoses]).unique(maintain_order=True),
            pl.concat([_NO_ACT, *self.acts]),
            pl.concat([_NO_PRODUCT, *self.products]),
        )

    def frame(self, options: Options) -> pl.DataFrame:
        """Stays that end within the window and do not overlap an earlier one of the person."""
        frame = _at_discharge(pl.concat([_NO_STAY, *self.main]))
        frame = frame.filter(pl.col("end") <= options.end).sort("person", "start", "field", "stay")
        keep = _without_overlap(
            frame["person"].to_numpy(), frame["start"].to_numpy(), frame["end"].to_numpy()
        )
        return _graded(_as_followed(frame.filter(pl.Series(keep))))


def _of_the_tail(
    step: StayStep,
    kinds: Array,
    main: Array,
    persons: Persons,
    person: Array,
    days: Array,
    rng: np.random.Generator,
) -> None:
    """Give a share of the stays a reason of the long tail, and the group that holds it."""
    reasons = diagnoses()
    age = age_at(persons.birth[person], days)
    place, fits = reasons.drawn(persons.sex[person], age, rng)
    rare = fits & (rng.random(len(person)) < step.tail)
    level = np.array(list(_LEVELS), dtype=object)[choose(rng, _LEVELS, int(rare.sum()))]
    main[rare] = reasons.codes[place[rare]]
    kinds[rare] = reasons.groups(place[rare], age[rare]) + level


@cache
def _grades() -> dict[tuple[str, int], str]:
    """By group and nights (5: five or more), the group of the same root that may be as long."""
    known = with_tail("ghm")["ghm"].to_list()
    levels: dict[str, set[str]] = {}
    for group in known:
        levels.setdefault(group[:5], set()).add(group[5])
    found: dict[tuple[str, int], str] = {}
    for group in known:
        for nights in range(max(_NIGHTS.values()) + 1):
            wanted = group[5]
            if wanted in "1T" and nights <= _SHORT and "T" in levels[group[:5]]:
                wanted = "T"
            elif wanted in "TJ" and nights > (_SHORT if wanted == "T" else 0):
                wanted = "1"
            while wanted in _NIGHTS and nights < _NIGHTS[wanted]:
                wanted = str(int(wanted) - 1)
            found[group, nights] = group[:5] + (wanted if wanted in levels[group[:5]] else group[5])
    return found


def _graded(stays: pl.DataFrame) -> pl.DataFrame:
    """A level of a group asks for nights: three, four and five for the levels 2, 3 and 4; one at
    most for very short stays, none for those of a day (grouper of ATIH)."""
    rows = [(*key, group) for key, group in _grades().items()]
    graded = pl.DataFrame(rows, schema=["kind", "nights", "graded"], orient="row")
    nights = (pl.col("end") - pl.col("start")).clip(0, max(_NIGHTS.values())).cast(pl.Int64)
    joined = stays.with_columns(nights=nights).join(
        graded, on=["kind", "nights"], how="left", maintain_order="left"
    )
    return joined.with_columns(kind=pl.coalesce("graded", "kind")).select(stays.columns)


def _at_discharge(stays: pl.DataFrame) -> pl.DataFrame:
    """Rehabilitation begins on the day of the discharge that it follows within some weeks."""
    acute = stays.filter(
        (pl.col("field") == 0) & (pl.col("end") > pl.col("start")) & (pl.col("exit") != "death")
    ).select("person", begin="end", left="end")
    after = stays.with_columns(begin="start").sort("begin", "stay")
    after = after.join_asof(
        acute.sort("begin"), on="begin", by="person", tolerance=_FOLLOWS, check_sortedness=False
    )
    moved = (pl.col("field") == _REHABILITATION) & pl.col("left").is_not_null()
    earlier = pl.when(moved).then(pl.col("start") - pl.col("left")).otherwise(0)
    return after.select(
        pl.exclude("begin", "left", "start", "end"),
        start=pl.col("start") - earlier,
        end=pl.when(pl.col("exit") == "death").then("end").otherwise(pl.col("end") - earlier),
    ).select(stays.columns).sort("stay")  # fmt: skip


def _as_followed(stays: pl.DataFrame) -> pl.DataFrame:
    """How stays end and begin, by what comes after and before; ``stays`` in order of time."""
    acute = pl.col("field") == 0
    alive = ~pl.col("exit").is_in(["death"])
    next_field, next_start = (pl.col(name).shift(-1).over("person") for name in ("field", "start"))
    last_field, last_end = (pl.col(name).shift(1).over("person") for name in ("field", "end"))
    goes_on = (next_field == _REHABILITATION) & (next_start == pl.col("end"))
    moves = (next_field == 0) & (next_start == pl.col("end"))
    return stays.with_columns(
        exit=pl.when(acute & alive & goes_on.fill_null(False) & ~pl.col("sessions"))
        .then(pl.lit("rehabilitation"))
        .when(pl.col("exit") == "rehabilitation")
        .then(pl.lit("home"))
        .when((pl.col("exit") == "transfer") & ~moves.fill_null(False))
        .then(pl.lit("home"))
        .otherwise("exit"),
        entry=pl.when(
            (pl.col("field") == _REHABILITATION)
            & ((last_field == 0) & (last_end == pl.col("start"))).fill_null(False)
        )
        .then(pl.lit("transfer"))
        .otherwise("entry"),
    )


def _main(step: StayStep, kinds: Array, rng: np.random.Generator) -> Array:
    """Main diagnosis of each stay, by its group when the step asks for it."""
    if step.main:
        return np.array(list(step.main), dtype=object)[choose(rng, step.main, len(kinds))]
    main = np.full(len(kinds), "", dtype=object)
    for kind, reasons in step.main_of.items():
        here = kinds == kind
        main[here] = np.array(list(reasons), dtype=object)[choose(rng, reasons, int(here.sum()))]
    return main


def _of_household(persons: Persons, person: Array) -> Array:
    """A number between 0 and 1 that a mother and her children share."""
    return np.asarray(persons.anchor[person] * 2_654_435_761 % 1_000_003 / 1_000_003)


def _acts(codes: Sequence[str]) -> Array:
    return np.array([catalogue().index(ACT, code) for code in codes], dtype=np.int32)


def _without_overlap(person: Array, start: Array, end: Array) -> Array:
    """True for the stays kept: the next may begin on the day the former ends, not before."""
    keep = np.ones(len(person), dtype=bool)
    current, busy_until = -1, 0
    for position in range(len(person)):
        if person[position] != current:
            current, busy_until = person[position], -1
        if start[position] < busy_until or (
            start[position] == busy_until and end[position] == start[position]
        ):
            keep[position] = False
        else:
            busy_until = end[position]
    return keep
