"""Pseudonyms: how the people of a block appear in the SNDS, and those who are not people.

A person has one or two PSA in the window (`switch` is the day of the change) and perhaps an older
one. Extra rows follow the real persons: fictitious numbers (R07), unidentified ones (R07), and
numbers that IR_BEN_R never heard of (R06).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic.numbers import NEVER, Array, year_of
from etl.synthetic.options import BLOCK, Options, day
from etl.synthetic.population import Persons, settings
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted, portion
from etl.synthetic.world import World

FICTITIOUS = ("01", "06", "08", "11", "12")
_OPENER_AGE = 18
#: Share of the rows of IR_BEN_R whose older state is in the archive too.
_STALE = 0.02


@dataclass
class Identities:
    """``people`` is read to render care lines; ``rows`` are those of IR_BEN_R and its archive."""

    people: pl.DataFrame
    rows: pl.DataFrame


def _shared_by_twins(names: Array, persons: Persons, apply: Array) -> Array:
    """Twins of the same sex under the same opener have the same pseudonym."""
    shared = names.copy()
    for person in np.flatnonzero((persons.twin >= 0) & apply):
        twin = persons.twin[person]
        if persons.sex[twin] == persons.sex[person]:
            shared[person] = names[min(person, twin)]
    return shared


def identities(
    persons: Persons, streams: Streams, options: Options, world: World, planted: Planted
) -> Identities:
    """Pseudonyms of the block's persons and of the extras."""
    rng = streams.rng("identities")
    count = len(persons)
    params = settings()
    child = (options.start - persons.birth) / 365.25 < _OPENER_AGE
    everyone = np.ones(count, dtype=bool)
    first = _shared_by_twins(
        np.array(streams.pseudonyms("psa-a", count), dtype=object), persons, child
    )
    second = np.array(streams.pseudonyms("psa-b", count), dtype=object)
    second = _shared_by_twins(second, persons, child)
    nir = np.array(streams.pseudonyms("nir", count), dtype=object)
    faults = options.faults
    certified = rng.random(count) >= faults.share("no_certified_number", params["no_certified_nir"])
    if streams.block == 0 and count > 3 and faults.dose("no_certified_number"):
        certified[1] = False
    nir[~certified] = None
    same_sex_twin = (persons.twin >= 0) & (persons.sex == persons.sex[persons.twin])
    rank = np.where(same_sex_twin & (persons.twin < np.arange(count)), 2, 1)
    # Twins and uncertified persons keep one PSA: a second would split them or hide the trap.
    several = rng.random(count) < faults.share("change_of_pseudonym", params["several_psa"])
    several &= certified & (persons.twin < 0)
    if streams.block == 0 and count > 3 and faults.dose("change_of_pseudonym"):
        several[0] = certified[0]
    within = several & (rng.random(count) < 0.6)
    switch = np.where(
        within, rng.integers(options.start + 30, max(options.start + 31, options.end), count), NEVER
    )
    key = np.where(certified, nir, first + rank.astype(str).astype(object))
    extras = _extras(streams, options, world)
    people = pl.DataFrame(
        {
            "person": np.arange(count, dtype=np.int32),
            "key": key.astype(str),
            "psa_a": first.astype(str),
            "psa_b": np.where(within, second, first).astype(str),
            "rank": rank.astype(np.int8),
            "switch": switch.astype(np.int32),
            "cdi": np.where(certified, "00", np.where(rng.random(count) < 0.5, "03", "04")),
            "birth_year": year_of(persons.birth).astype(str),
            "birth": persons.birth.astype(np.int32),
            "sex": persons.sex.astype(np.int8),
            "death": persons.death.astype(np.int32),
            "anchor": (persons.anchor + streams.block * BLOCK).astype(np.int32),
            "commune_a": persons.commune.astype(np.int32),
            "commune_b": persons.new_commune.astype(np.int32),
            "move": persons.move.astype(np.int32),
            "scheme": persons.scheme.astype(np.int8),
            "covered": persons.covered,
            "identity": np.full(count, "real"),
        }
    )
    people = pl.concat([people, extras.cast(people.schema)])
    planted.note(
        "fictitious_or_unidentified",
        "R07",
        "IR_BEN_R",
        "excluded",
        extras.filter(pl.col("identity") != "ghost").height,
    )
    return Identities(
        people, _rows(persons, people, nir, first, second, several, everyone, rng, options, planted)
    )


def _extras(streams: Streams, options: Options, world: World) -> pl.DataFrame:
    """Numbers that are not a person's, and persons who cannot be identified."""
    rng = streams.rng("extras")
    fictitious = portion(streams, options, "fictitious_or_unidentified", 4)
    unidentified = portion(streams, options, "fictitious_or_unidentified", 2, least=3)
    ghosts = portion(streams, options, "unknown_beneficiary", 2)
    kinds = ["fictitious"] * fictitious + ["unidentified"] * unidentified + ["ghost"] * ghosts
    size = len(kinds)
    base = options.block_size(streams.block)
    psa = streams.pseudonyms("extra", size)
    cdi = [
        FICTITIOUS[i % len(FICTITIOUS)] if k == "fictitious" else "00" for i, k in enumerate(kinds)
    ]
    birth_year = ["1955" if kind == "fictitious" else "1980" for kind in kinds]
    sex = rng.integers(1, 3, size)
    for rank, position in enumerate(range(fictitious, fictitious + unidentified)):
        if rank % 3 == 0:
            birth_year[position] = "1600"
        else:
            sex[position] = 0 if rank % 3 == 1 else 9
    communes = rng.integers(0, world.communes.height, size)
    return pl.DataFrame(
        {
            "person": base + np.arange(size),
            "key": [name + "1" for name in psa],
            "psa_a": psa,
            "psa_b": psa,
            "rank": np.ones(size, dtype=np.int8),
            "switch": np.full(size, NEVER),
            "cdi": cdi,
            "birth_year": birth_year,
            "birth": np.full(size, day(1980)),
            "sex": sex,
            "death": np.full(size, NEVER),
            "anchor": base + np.arange(size) + streams.block * BLOCK,
            "commune_a": communes,
            "commune_b": communes,
            "move": np.full(size, NEVER),
            "scheme": np.zeros(size, dtype=np.int8),
            "covered": np.zeros(size, dtype=bool),
            "identity": kinds,
        }
    )


def _rows(
    persons: Persons,
    people: pl.DataFrame,
    nir: Array,
    first: Array,
    second: Array,
    several: Array,
    everyone: Array,
    rng: np.random.Generator,
    options: Options,
    planted: Planted,
) -> pl.DataFrame:
    """One row per PSA and rank; `archive` rows go to IR_BEN_R_ARC, `both` rows to the two."""
    count = len(persons)
    real = people.head(count).with_columns(nir=pl.Series(list(nir), dtype=pl.String))
    switched = pl.Series((people["switch"].head(count) < NEVER).to_numpy())
    main = real.with_columns(
        psa=pl.when(switched).then("psa_b").otherwise("psa_a"), current=pl.lit(True)
    )
    # The PSA of before: still in use inside the window, or long gone (archive).
    old = real.with_columns(
        psa=pl.when(switched).then("psa_a").otherwise(pl.Series(second.astype(str))),
        current=pl.lit(False),
        archive=~switched,
    ).filter(pl.Series(several))
    extra = people.filter(pl.col("identity").is_in(["fictitious", "unidentified"])).with_columns(
        psa="psa_a", current=pl.lit(True), nir=pl.lit(None, pl.String)
    )
    rows = pl.concat(
        [
            main.with_columns(archive=pl.lit(False)),
            old,
            extra.with_columns(archive=pl.lit(False)),
        ],
        how="diagonal",
    )
    size = rows.height
    faults = options.faults
    withheld = faults.share("identifier_not_delivered", settings()["idt_not_delivered"])
    delivered = rng.random(size) >= withheld
    recorded = rng.random(size) < 0.96
    both = rng.random(size) < faults.share("stale_rights", _STALE)
    fresh = rng.integers(0, 60, size)
    return rows.with_columns(
        idt=pl.when(pl.Series(delivered)).then("key"),
        idt_top=pl.col("nir").is_not_null().cast(pl.Int8),
        death_shown=pl.when(
            (pl.col("death") < NEVER) & pl.col("current") & pl.Series(recorded)
        ).then("death"),
        both=pl.Series(both) & ~pl.col("archive"),
        updated=pl.lit(options.end) - pl.Series(fresh),
    )
