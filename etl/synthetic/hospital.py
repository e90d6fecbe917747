"""From stays to hospitals: where each stay is, its number, and what private ones bill in DCIR."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.synthetic.catalogue import ACT, DEVICE, HOSPITAL_DRUG, catalogue, with_tail
from etl.synthetic.items import PRIVATE_STAY, Items
from etl.synthetic.numbers import year_of
from etl.synthetic.options import BLOCK, Options
from etl.synthetic.population import Persons
from etl.synthetic.stays import FIELDS
from etl.synthetic.streams import Streams
from etl.synthetic.world import HOME, PRIVATE, PSYCHIATRY, PUBLIC, REHABILITATION, World

_KIND_OF_FIELD = {"ssr": REHABILITATION, "had": HOME, "rip": PSYCHIATRY}
#: Drugs under temporary authorisation (early access since 2022): hospitals declare them, even
#: private ones, and no bill of DCIR has them.
TEMPORARY_DRUGS = ("9419723",)
_STAY_FEE, _DRUG_IN_ADDITION, _IMPLANT = 2111, 3320, 3551
_EXECUTOR_OF_GROUP = {
    "ADC": "surgery",
    "ACO": "gynaecology",
    "ADI": "radiology",
    "ADE": "radiology",
}
_ANAESTHESIA_NATURE = 1323


def located(
    stays: pl.DataFrame, persons: Persons, streams: Streams, options: Options, world: World
) -> pl.DataFrame:
    """Stays with hospital (row number in the world), year of discharge and number."""
    person = stays["person"].to_numpy()
    start = stays["start"].to_numpy()
    place = world.commune_department[persons.commune_on(person, start)]
    field = stays["field"].to_numpy()
    private = stays["private"].to_numpy()
    kind = np.where(private, PRIVATE, PUBLIC)
    for name, number in _KIND_OF_FIELD.items():
        kind = np.where(field == FIELDS.index(name), number, kind)
    anchor = persons.anchor[person] + streams.block * BLOCK
    hospital = world.pick_hospital(place, kind, anchor)
    values = with_tail("ghm").select(
        kind="ghm", value=pl.col("value").cast(pl.Int32), ghs=pl.int_range(pl.len()).cast(pl.Int32)
    )
    return (
        stays.with_columns(
            hospital=pl.Series(hospital.astype(np.int32)),
            year=pl.Series(year_of(stays["end"].to_numpy()).astype(np.int32)),
            fate=pl.lit(""),
        )
        .join(values, on="kind", how="left", maintain_order="left")
        .with_columns(
            ghs=pl.col("ghs").fill_null(0) * 7 + 1101, value=pl.col("value").fill_null(900)
        )
    )


def centres(acts: pl.DataFrame, persons: Persons, streams: Streams, world: World) -> pl.DataFrame:
    """Ambulatory psychiatric acts with their hospital."""
    person, start = acts["person"].to_numpy(), acts["start"].to_numpy()
    place = world.commune_department[persons.commune_on(person, start)]
    anchor = persons.anchor[person] + streams.block * BLOCK
    chosen = world.pick_hospital(place, np.full(len(place), PSYCHIATRY), anchor)
    return acts.with_columns(hospital=pl.Series(chosen.astype(np.int32)))


def bill_private(
    stays: pl.DataFrame,
    acts: pl.DataFrame,
    products: pl.DataFrame,
    items: Items,
    world: World,
) -> None:
    """A private stay is billed in DCIR: the stay itself and each doctor's acts (R18)."""
    private = stays.filter(pl.col("private") & (pl.col("field") == FIELDS.index("mco")))
    if private.is_empty():
        return
    items.add(
        private["person"].to_numpy(),
        private["start"].to_numpy(),
        nature=_STAY_FEE,
        executor=-1,
        where=PRIVATE_STAY,
        site=private["hospital"].to_numpy(),
        until=private["end"].to_numpy(),
        price=private["value"].to_numpy() * 100,
        ghs=private["ghs"].to_numpy(),
    )
    billed = products.join(
        private.select("stay", "person", "start", "hospital"),
        on="stay",
        how="inner",
        maintain_order="left",
    )
    temporary = [catalogue().index(HOSPITAL_DRUG, code) for code in TEMPORARY_DRUGS]
    billed = billed.filter(~pl.col("code").is_in(temporary))
    for kind, nature in ((HOSPITAL_DRUG, _DRUG_IN_ADDITION), (DEVICE, _IMPLANT)):
        rows = billed.filter(pl.col("kind") == kind)
        items.add(
            rows["person"].to_numpy(),
            rows["start"].to_numpy(),
            nature=nature,
            kind=kind,
            code=rows["code"].to_numpy(),
            quantity=rows["quantity"].ceil().cast(pl.Int32).to_numpy(),
            executor=-1,
            where=PRIVATE_STAY,
            site=rows["hospital"].to_numpy(),
        )
    done = acts.join(private.select("stay", "person", "start", "hospital"), on="stay", how="inner",
                     maintain_order="left")  # fmt: skip
    groups = with_tail("ccam").select("code", "group")
    codes = (
        catalogue()
        .frame.filter(pl.col("kind") == ACT)
        .join(groups, on="code", how="left")
        .select(pl.col("index").cast(pl.Int32).alias("code"), "group", "prs")
    )
    done = done.join(codes, on="code", how="left", maintain_order="left")
    for group in sorted(done["group"].unique().to_list()):
        for activity in (1, 4):
            rows = done.filter((pl.col("group") == group) & (pl.col("activity") == activity))
            executor = _EXECUTOR_OF_GROUP.get(group, "cardiology")
            items.add(
                rows["person"].to_numpy(),
                rows["start"].to_numpy() + rows["delay"].to_numpy(),
                nature=rows["prs"].to_numpy() if activity == 1 else _ANAESTHESIA_NATURE,
                kind=ACT,
                code=rows["code"].to_numpy(),
                executor=world.types[executor if activity == 1 else "anaesthesia"],
                where=PRIVATE_STAY,
                site=rows["hospital"].to_numpy(),
                activity=activity,
            )
