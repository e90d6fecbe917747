"""One block of persons, from birth to files. Blocks know nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from etl.synthetic import answers, claims, dcir, dcir_traps, diseases, hospital, mco, registers
from etl.synthetic.cases import cases_of, fatal
from etl.synthetic.content import pathways
from etl.synthetic.identities import Identities, identities
from etl.synthetic.numbers import NEVER
from etl.synthetic.options import Options
from etl.synthetic.plan import Items, Plan, expand
from etl.synthetic.population import people
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted
from etl.synthetic.world import World
from etl.synthetic.write import Tables, write_part

ANSWERS = "answers"


@dataclass(frozen=True)
class BlockReport:
    """What a block wrote."""

    block: int
    persons: int
    rows: dict[str, int]
    traps: pl.DataFrame


def build_block(options: Options, block: int) -> tuple[Tables, dict[str, pl.DataFrame]]:
    """All tables of a block, and its part of the answer key."""
    world = World(options.persons)
    streams = Streams(options.seed, block)
    planted, tables = Planted(), Tables()
    persons = people(streams, options, world)
    known = [(one, cases_of(one, persons, streams, options)) for one in pathways()]
    for pathway, cases in known:
        fatal(pathway, cases, persons, streams, options)
    plan, granted = Plan(), diseases.Diseases()
    for pathway, cases in known:
        expand(pathway, cases, persons, streams, options, world, plan)
        granted.add(pathway, cases, persons, streams, options)
    ids = identities(persons, streams, options, world, planted)
    _extra_items(ids, streams, options, world, plan.items)
    ald = granted.frame()
    ids.people = ids.people.join(
        diseases.first_day(ald), on="person", how="left", maintain_order="left"
    ).with_columns(pl.col("ald_from").fill_null(NEVER))
    stays = hospital.located(plan.stays.frame(options), persons, streams, options, world)
    diagnoses = pl.concat(plan.stays.diagnoses)
    acts = pl.concat(plan.stays.acts)
    hospital.bill_private(stays, acts, plan.items, world)
    care = claims.claims(plan.items.frame(), ids, streams, options, world)
    orphans = dcir_traps.plant(care, ids, streams, options, planted)
    keyed = dcir.render(care, orphans, ids, streams, options, world, planted, tables)
    named = hospital.named(stays, ids, world, streams)
    named = mco.plant(named, ids, streams, options, planted)
    inpatient = mco.render(named, diagnoses, acts, streams, planted, tables)
    true_diseases = diseases.render(ald, ids, streams, options, planted, tables)
    registers.beneficiaries(ids, streams, options, world, tables)
    dead = registers.deaths(persons, ids, inpatient.stays, streams, options, planted, tables)
    kept, dropped = answers.persons(ids, options, world)
    keys = ids.people.select("person", "key")
    drugs, town_acts, tests = answers.coded(care, keyed, keys)
    key = {
        "persons": kept,
        "excluded_persons": dropped,
        "visits": pl.concat([answers.dcir_visits(keyed, keys), answers.mco_visits(inpatient)]),
        "conditions": answers.conditions(inpatient, true_diseases),
        "drugs": drugs,
        "procedures": pl.concat([town_acts, answers.mco_procedures(inpatient)]),
        "measurements": tests,
        "deaths": answers.deaths(dead),
        "traps": planted.frame(),
    }
    return tables, key


def run_block(options: Options, block: int, folder: Path) -> BlockReport:
    """Build a block and write its parts below ``folder``."""
    tables, key = build_block(options, block)
    if block == 0:
        registers.referentials(options, World(options.persons), tables)
    rows = tables.write(folder, block, options.file_format)
    for name in answers.FILES:
        if name != "traps":
            write_part(key[name], folder / ANSWERS, name, block, "csv")
    return BlockReport(block, key["persons"].height, rows, key["traps"])


def _extra_items(
    ids: Identities, streams: Streams, options: Options, world: World, items: Items
) -> None:
    """A little care for numbers that are nobody's."""
    rng = streams.rng("extra items")
    extra = ids.people.filter(pl.col("identity") != "real")["person"].to_numpy()
    person = np.repeat(extra, 3)
    days = rng.integers(options.start, options.end + 1, len(person))
    items.add(person, days, nature=1111, executor=world.types["gp"])
