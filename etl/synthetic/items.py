"""One coded thing done for a person on a day, before any table of the SNDS."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from etl.synthetic.catalogue import DRUG, HOSPITAL_DRUG, NO_CODE
from etl.synthetic.numbers import Array

#: Where an item was done: in town, in a public hospital's clinic, during a private stay, by a
#: hospital pharmacy that sells to an outpatient.
TOWN, CLINIC, PRIVATE_STAY, RETROCESSION = range(4)
NO_PROVIDER = -1
#: The nomenclature prices the item.
_OWN_PRICE = -1


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
        prescriber: int = NO_PROVIDER,
        where: Array | int = TOWN,
        site: Array | int = NO_PROVIDER,
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
