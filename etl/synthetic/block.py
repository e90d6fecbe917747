"""One block of persons, from birth to files. Blocks know nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from etl.synthetic import (
    answers,
    answers_town,
    claims,
    dcir,
    dcir_traps,
    diseases,
    dispensing,
    external,
    had,
    histories,
    hospital,
    inside,
    mco,
    mco_bills,
    pmsi,
    pregnant,
    private_bills,
    referentials,
    registers,
    rip,
    ssr,
    ssr_external,
)
from etl.synthetic.course import first_days, lives
from etl.synthetic.identities import Identities, identities
from etl.synthetic.items import Items
from etl.synthetic.numbers import NEVER
from etl.synthetic.options import Options
from etl.synthetic.plan import Plan, expand
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted
from etl.synthetic.world import World, world_of
from etl.synthetic.write import Tables, write_part

ANSWERS = "answers"
#: Annual files of stays, delivered in each year even when a small population has no such stay.
STAYS = (
    "T_MCOaaB", "T_MCOaaC", "T_SSRaaB", "T_SSRaaC", "T_HADaaB", "T_HADaaC", "T_RIPaaRSA",
    "T_RIPaaC",
)  # fmt: skip


@dataclass(frozen=True)
class BlockReport:
    """What a block wrote."""

    block: int
    persons: int
    rows: dict[str, int]
    traps: pl.DataFrame


@dataclass
class Block:
    """What one block of persons is made from: fixed by the options and the number."""

    options: Options
    block: int

    def __post_init__(self) -> None:
        self.world = world_of(self.options.persons)
        self.streams = Streams(self.options.seed, self.block)
        self.planted, self.tables = Planted(), Tables()

    def build(self) -> dict[str, pl.DataFrame]:
        """Fill ``tables`` and ``planted``; returns the block's part of the answer key."""
        options, world, streams = self.options, self.world, self.streams
        planted, tables = self.planted, self.tables
        persons, known = lives(streams, options, world)
        onsets = first_days(known, len(persons))
        plan, granted = Plan(), diseases.Diseases()
        for pathway, cases in known:
            expand(pathway, cases, persons, streams, options, world, plan, onsets)
            granted.add(pathway, cases, persons, streams, options)
        dispensing.fetched_together(plan.items)
        pregnant.without_contraindicated(plan.items, persons)
        ids = identities(persons, streams, options, world, planted)
        _extra_items(ids, streams, options, world, plan.items)
        ald = granted.frame()
        ids.people = ids.people.join(
            diseases.first_day(ald), on="person", how="left", maintain_order="left"
        ).with_columns(pl.col("ald_from").fill_null(NEVER))
        stays = hospital.located(plan.stays.frame(options), persons, streams, options, world)
        inside.without_town_care(plan.items, stays)
        plan.stays.add_comorbidities(known, onsets, streams.rng("comorbidities"))
        diagnoses, acts, products_used = plan.stays.details()
        hospital.bill_private(stays, acts, products_used, plan.items, world)
        care = claims.claims(plan.items.frame(), ids, streams, options, world)
        orphans = dcir_traps.plant(care, ids, streams, options, planted)
        keyed = dcir.render(care, orphans, ids, streams, options, world, planted, tables)
        linked = pmsi.linked(stays, ids, world)
        inpatient = mco.render(
            mco.plant(linked, ids, streams, options, planted),
            diagnoses,
            acts,
            streams,
            options,
            planted,
            tables,
        )
        products = mco_bills.render(
            inpatient.stays, products_used, streams, options, planted, tables
        )
        ace = external.render(care, ids, streams, options, world, planted, tables)
        rehab = ssr.render(linked, diagnoses, ids, streams, options, planted, tables)
        keys = ids.people.select("person", "key")
        netted = answers.netted(care, keyed, keys)
        bills = private_bills.render(inpatient.stays, rehab.stays, netted, planted, tables)
        check_ups = ssr_external.render(rehab.stays, ids, streams, options, world, planted, tables)
        home = had.render(linked, diagnoses, ids, streams, options, planted, tables)
        centres = hospital.centres(plan.ambulatory(), persons, streams, world)
        minds = rip.render(
            linked, diagnoses, centres, ids, streams, options, world, planted, tables
        )
        true_diseases = diseases.render(ald, ids, streams, options, planted, tables)
        ended = {
            "T_MCOaaB": inpatient.stays, "T_SSRaaB": rehab.stays, "T_HADaaB": home.stays,
            "T_RIPaaRSA": minds.stays,
        }  # fmt: skip
        by_month = registers.beneficiaries(ids, ended, streams, options, world, planted, tables)
        dead = registers.deaths(
            persons, ids, by_month, ended, keyed, streams, options, planted, tables
        )
        by_id = {pathway.id: cases for pathway, cases in known}
        histories.render(
            persons, ids, by_id["pregnancy"], by_id["dependency"], care, streams, options, world,
            planted, tables,
        )  # fmt: skip
        kept, dropped = answers.persons(ids, options, world)
        fields = (inpatient, ace, rehab)
        return {
            "persons": kept,
            "excluded_persons": dropped,
            "visits": answers.visits(keyed, keys, *fields, home, minds, check_ups),
            "visit_details": answers.visit_details(inpatient, rehab, home, minds),
            "conditions": answers.conditions(inpatient, rehab, home, minds, true_diseases),
            **answers.coded(netted, *fields, home, minds, products, check_ups, bills),
            "deaths": answers.deaths(dead),
            "links": answers.links(inpatient),
            "costs": answers_town.costs(keyed),
            "residences": answers_town.residences(keyed, keys),
            "schemes": answers_town.schemes(keyed, keys),
            "stay_costs": answers.stay_costs(products, ace, rehab, bills, check_ups, home, minds),
        }


def run_block(options: Options, block: int, folder: Path) -> BlockReport:
    """Build a block and write its parts below ``folder``."""
    made = Block(options, block)
    key = made.build()
    if block == 0:
        referentials.render(options, made.world, made.tables)
        made.tables.deliver(STAYS, options.years)
    rows = made.tables.write(folder, block, options.file_format)
    for name in answers.FILES:
        write_part(key[name], folder / ANSWERS, name, block, "csv")
    return BlockReport(block, key["persons"].height, rows, made.planted.frame())


def _extra_items(
    ids: Identities, streams: Streams, options: Options, world: World, items: Items
) -> None:
    """A little care for numbers that belong to no person."""
    rng = streams.rng("extra items")
    extra = ids.people.filter(pl.col("identity") != "real")["person"].to_numpy()
    person = np.repeat(extra, 3)
    days = rng.integers(options.start, options.end + 1, len(person))
    items.add(person, days, nature=1111, executor=world.types["gp"])
