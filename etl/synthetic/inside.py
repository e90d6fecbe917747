"""Who is in hospital is not cared for at home: town care waits, or does not take place."""

from __future__ import annotations

import polars as pl

from etl.synthetic.catalogue import natures
from etl.synthetic.items import Items
from etl.synthetic.stays import FIELDS

#: Fetched on the day of discharge.
_FETCHED = ("pharmacy", "hospital_pharmacy", "device")
#: The hospital does it and its budget pays for it.
_DONE_THERE = (
    "office", "telehealth", "home", "technical", "anaesthesia", "nursing", "physiotherapy",
    "speech", "orthoptics", "laboratory", "sampling", "dental", "emergency", "travel",
)  # fmt: skip
#: Part time: the patient sleeps at home.
_PART_TIME = ("20", "21", "22", "23")


def without_town_care(items: Items, stays: pl.DataFrame) -> None:
    """Take away what falls between the first and the last day of a stay; leave money as it is."""
    if not items.parts or stays.is_empty():
        return
    full_time = (pl.col("field") != FIELDS.index("had")) & ~(
        (pl.col("field") == FIELDS.index("rip")) & pl.col("kind").is_in(_PART_TIME)
    )
    within = (
        stays.filter(full_time & (pl.col("end") > pl.col("start") + 1))
        .select("person", "start", "end", died=pl.col("exit") == "death")
        .sort("start")
    )
    kinds = natures().select("prs", kind_of_nature="kind")
    every = pl.concat(items.parts).with_row_index("place")
    placed = (
        every.sort("day", "place")
        .join_asof(within, left_on="day", right_on="start", by="person", check_sortedness=False)
        .join(kinds, on="prs", how="left", maintain_order="left")
        .sort("place")
    )
    inside = (pl.col("day") > pl.col("start")) & (pl.col("day") < pl.col("end"))
    fetched = inside & pl.col("kind_of_nature").is_in(_FETCHED)
    gone = inside & (
        pl.col("kind_of_nature").is_in(_DONE_THERE)
        | (pl.col("kind_of_nature").is_in(_FETCHED) & pl.col("died"))
    )
    kept = placed.filter(~gone.fill_null(False)).with_columns(
        day=pl.when(fetched).then("end").otherwise("day"),
        until=pl.when(fetched).then("end").otherwise("until"),
    )
    items.parts = [kept.select(every.columns).drop("place")]
