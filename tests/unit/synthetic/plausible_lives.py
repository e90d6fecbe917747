"""Lives of several blocks of persons, made once for all tests of what is plausible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic.cases import Cases
from etl.synthetic.catalogue import DRUG, catalogue
from etl.synthetic.course import first_days
from etl.synthetic.course import lives as life_courses
from etl.synthetic.inside import without_town_care
from etl.synthetic.numbers import Array
from etl.synthetic.options import BLOCK, Options
from etl.synthetic.plan import Plan, expand
from etl.synthetic.pregnant import without_contraindicated
from etl.synthetic.streams import Streams
from etl.synthetic.world import World

BLOCKS = 8
OPTIONS = Options(BLOCKS * BLOCK, 11, 2018, 2022)


@dataclass
class Lives:
    """Persons of several blocks, and all that happened to them; `person` is unique."""

    sex: Array
    birth: Array
    death: Array
    cause: Array
    mother: Array
    twin: Array
    items: pl.DataFrame
    stays: pl.DataFrame
    diagnoses: pl.DataFrame
    acts: pl.DataFrame
    cases: dict[str, Cases]


def several_blocks() -> Lives:
    """Courses, plans and stays as the generator makes them, numbered through all blocks."""
    world = World(OPTIONS.persons)
    everyone, items, stays, diagnoses, acts, mothers, twins = [], [], [], [], [], [], []
    cases: dict[str, list[Cases]] = {}
    for block in range(BLOCKS):
        streams = Streams(OPTIONS.seed, block)
        persons, known = life_courses(streams, OPTIONS, world)
        plan, onsets = Plan(), first_days(known, len(persons))
        for pathway, found in known:
            expand(pathway, found, persons, streams, OPTIONS, world, plan, onsets)
            shifted = Cases(found.person + block * BLOCK, found.onset)
            cases.setdefault(pathway.id, []).append(shifted)
        without_contraindicated(plan.items, persons)
        everyone.append(persons)
        shift = pl.col("person") + block * BLOCK
        lived = plan.stays.frame(OPTIONS)
        without_town_care(plan.items, lived)
        plan.stays.add_comorbidities(known, onsets, streams.rng("comorbidities"))
        found_there, done_there, _ = plan.stays.details()
        items.append(plan.items.frame().with_columns(person=shift))
        keys = lived.select("stay", "person").with_columns(person=shift)
        diagnoses.append(found_there.join(keys, on="stay").with_columns(block=pl.lit(block)))
        acts.append(done_there.join(keys, on="stay").with_columns(block=pl.lit(block)))
        stays.append(lived.with_columns(person=shift, block=pl.lit(block)))
        mothers.append(np.where(persons.mother >= 0, persons.mother + block * BLOCK, -1))
        twins.append(np.where(persons.twin >= 0, persons.twin + block * BLOCK, -1))
    return Lives(
        np.concatenate([one.sex for one in everyone]),
        np.concatenate([one.birth for one in everyone]),
        np.concatenate([one.death for one in everyone]),
        np.concatenate([one.cause for one in everyone]),
        np.concatenate(mothers),
        np.concatenate(twins),
        pl.concat(items),
        pl.concat(stays),
        pl.concat(diagnoses),
        pl.concat(acts),
        {
            name: Cases(
                np.concatenate([one.person for one in found]),
                np.concatenate([one.onset for one in found]),
            )
            for name, found in cases.items()
        },
    )


def drugs_of(lives: Lives, atc: str) -> pl.DataFrame:
    codes = catalogue().frame.filter(pl.col("atc").str.starts_with(atc))["index"]
    return lives.items.filter(
        (pl.col("kind") == DRUG) & pl.col("code").is_in(codes.cast(pl.Int32).implode())
    )


def age_at(lives: Lives, person: Array, days: Array) -> Array:
    return np.asarray((days - lives.birth[person]) / 365.25)
