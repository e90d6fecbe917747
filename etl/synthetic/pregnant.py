"""What a pregnant woman is spared: drugs that harm the child, rays, operations that can wait."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.synthetic.catalogue import ACT, DRUG, catalogue, read
from etl.synthetic.content import StayStep
from etl.synthetic.items import Items
from etl.synthetic.numbers import NEVER, Array
from etl.synthetic.population import PREGNANCY, Persons

_KINDS = {"drug": (DRUG, "atc"), "act": (ACT, "code")}
#: A planned operation waits for three weeks after the birth.
_AFTER = 21


def may_wait(step: StayStep) -> bool:
    """Whether a stay is put off for a pregnancy: what is planned and is not the birth."""
    return step.entry == "home" and not step.link and step.field in ("mco", "ssr")


def not_pregnant(conception: Array, days: Array) -> Array:
    """Whether days are outside pregnancy and childbed."""
    return np.asarray((days < conception) | (days > conception + PREGNANCY + _AFTER))


def without_contraindicated(items: Items, persons: Persons) -> None:
    """Take away the drugs and acts of ``data/pregnancy_limits.csv`` on their days; every item is
    of one of the persons."""
    conception = persons.conception()
    if not items.parts or not (conception < NEVER).any():
        return
    every = pl.concat(items.parts)
    since = pl.Series(every["day"].to_numpy() - conception[every["person"].to_numpy()])
    known = catalogue().frame
    gone = pl.lit(False)
    for kind, prefix, first, last in read("pregnancy_limits").iter_rows():
        number, column = _KINDS[kind]
        codes = known.filter((pl.col("kind") == number) & pl.col(column).str.starts_with(prefix))[
            "index"
        ].cast(pl.Int32)
        gone |= (
            (pl.col("kind") == number)
            & pl.col("code").is_in(codes.implode())
            & since.is_between(int(first), int(last))
        )
    items.parts = [every.filter(~gone)]
