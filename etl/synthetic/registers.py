"""Beneficiaries, deaths and their causes; providers and hospitals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from etl.synthetic.identities import Identities
from etl.synthetic.options import Options
from etl.synthetic.population import Persons
from etl.synthetic.residence import residence
from etl.synthetic.simplified import referential
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted, portion
from etl.synthetic.world import World
from etl.synthetic.write import Tables
from etl.synthetic.written import month, text_day

_NO_DATE = pl.date(1600, 1, 1)


def beneficiaries(
    identities: Identities, stays: Mapping[str, pl.DataFrame], streams: Streams, options: Options,
    world: World, planted: Planted, tables: Tables,
) -> pl.DataFrame:  # fmt: skip
    """Hand the beneficiaries over; returns the keys of those whose death is known by its month.

    IR_BEN_R (latest state) and IR_BEN_R_ARC (PSA that stopped consuming before 2013)."""
    month_only = _known_by_month(identities, stays, streams, options, planted)
    rows = identities.rows.with_columns(
        day=pl.when(pl.col("archive")).then(options.start - 2500).otherwise(options.end),
    ).with_columns(
        commune=pl.when(pl.col("day") >= pl.col("move")).then("commune_b").otherwise("commune_a")
    )
    rows = residence(rows, world).join(month_only, on="key", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("month_only").fill_null(False))
    table = rows.sort("psa", "rank").select(
        "archive", "both",
        BEN_NIR_PSA="psa", BEN_RNG_GEM="rank", BEN_NIR_ANO="nir", BEN_IDT_ANO="idt",
        BEN_IDT_TOP="idt_top", BEN_CDI_NIR="cdi", BEN_NAI_ANN="birth_year",
        # A potential identifier: not delivered for some.
        BEN_NAI_MOI=pl.when(pl.col("person") % 11 > 0).then(month("birth").str.slice(4, 2)),
        BEN_SEX_COD="sex",
        # The month may be all that a project was allowed to have.
        BEN_DCD_DTE=pl.when(~pl.col("month_only"))
        .then(pl.coalesce(text_day("death_shown"), _NO_DATE)),
        BEN_DCD_AME=pl.when(pl.col("death_shown").is_not_null()).then(month("death_shown"))
        .otherwise(pl.lit("160001")),
        BEN_RES_DPT="res_department", BEN_RES_COM="res_commune", ORG_AFF_BEN="organism",
        BEN_TOP_CNS=pl.lit(1), MAX_TRT_DTD=text_day("day"), BEN_DTE_INS=text_day("birth"),
        BEN_DTE_MAJ=text_day("updated"),
    )  # fmt: skip
    live = table.filter(~pl.col("archive")).drop("archive", "both")
    # A row of both tables is older in the archive: the live one is the true one.
    stale = table.filter(pl.col("both")).with_columns(
        BEN_DTE_MAJ=pl.date(2013, 1, 1), MAX_TRT_DTD=pl.date(2012, 12, 1), BEN_DCD_DTE=_NO_DATE,
        BEN_DCD_AME=pl.lit("160001"),
    )  # fmt: skip
    archive = pl.concat([table.filter(pl.col("archive")), stale]).drop("archive", "both")
    tables.add("IR_BEN_R", None, live)
    tables.add("IR_BEN_R_ARC", None, archive)
    if options.simplified:
        tables.add("IR_IBA_R", None, referential(pl.concat([archive, live])))
    return month_only


def _known_by_month(
    identities: Identities, stays: Mapping[str, pl.DataFrame], streams: Streams, options: Options,
    planted: Planted,
) -> pl.DataFrame:  # fmt: skip
    """Some of the dead: BEN_DCD_AME is filled and BEN_DCD_DTE is not (R10).

    The first of them did not die in hospital, so that one at least is known by nothing else."""
    dead = (
        identities.rows.filter(pl.col("death_shown").is_not_null())
        .select("key")
        .unique(maintain_order=True)
    )
    size = min(
        dead.height // 3, portion(streams, options, "death_known_by_its_month", 2.5, least=8)
    )
    drawn = streams.rng("deaths by month").permutation(dead.height)
    elsewhere = ~dead["key"].is_in(_left_by_death(stays)["key"].implode()).to_numpy()[drawn]
    first = int(np.argmax(elsewhere)) if len(drawn) else 0
    chosen = np.concatenate([drawn[first : first + 1], np.delete(drawn, slice(first, first + 1))])
    keys = dead[chosen[:size]].with_columns(month_only=pl.lit(True))
    shown = identities.rows.filter(pl.col("death_shown").is_not_null())
    rows = shown.join(keys, on="key", how="semi").height
    planted.note("death_known_by_its_month", "R10", "IR_BEN_R", "kept", rows)
    return keys


def deaths(
    persons: Persons,
    identities: Identities,
    month_only: pl.DataFrame,
    stays: Mapping[str, pl.DataFrame],
    keyed: pl.DataFrame,
    streams: Streams,
    options: Options,
    planted: Planted,
    tables: Tables,
) -> pl.DataFrame:
    """Hand KI_CCI_R over; returns deaths that can be known, with date, source and cause.

    ``stays``: those of each field, by the table that records how they ended. ``keyed``: lines of
    ER_PRS_F, which show the death once it is known.
    """
    rng = streams.rng("certificates")
    count = len(persons)
    dead = (
        identities.people.head(count)
        .with_columns(
            cause=pl.Series(persons.cause.astype(str)),
            place=pl.lit(None, pl.Int32),
        )
        .filter(pl.col("death") <= options.end)
    )
    size = dead.height
    matched = rng.random(size) < 0.88
    if streams.block == 0 and size:
        matched[-1] = False
    # Every second death that is known by its month has no certificate with its day.
    by_month_only = pl.col("key").is_in(month_only["key"].gather_every(2).implode())
    dead = dead.with_columns(
        matched=pl.Series(matched) & ~by_month_only,
        identifier=pl.Series(streams.pseudonyms("certificate", size, 64), dtype=pl.String),
    )
    # A second certificate for the same person: neither may be used (R42).
    twice = dead.filter("matched").head(
        portion(streams, options, "second_certificate", 0.5, least=1) if size > 3 else 0
    )
    both = pl.concat([dead, twice.with_columns(identifier=pl.col("identifier").str.reverse())])
    seen = pl.col("matched")
    tables.add(
        "KI_CCI_R",
        None,
        both.sort("identifier").select(
            DCD_IDT_ENC="identifier", DCD_IDT_TOP=seen.cast(pl.Int8),
            BEN_IDT_ANO=pl.when(seen).then("key"),
            FLX_PER_ANN=text_day("death").dt.strftime("%Y"),
            BEN_DCD_DTE=text_day("death"), BEN_DCD_AME=month("death"),
            DCD_CIM_COD=pl.col("cause").str.slice(0, 4), DCD_CIM_VER=pl.lit(2),
            BEN_NAI_ANN="birth_year", BEN_SEX_COD="sex",
            DCD_LIE_COD=pl.lit(1), CER_PRD_TYP=pl.lit(1), TYP_CER_COD=pl.lit(1),
        ),
    )  # fmt: skip
    causes(both, tables)
    unusable = both.filter(~pl.col("matched")).height + 2 * twice.height
    planted.note("certificate_without_unique_person", "R42", "KI_CCI_R", "excluded", unusable)
    certified = dead.filter("matched").join(twice.select("person"), on="person", how="anti")
    shown = identities.rows.filter(pl.col("death_shown").is_not_null()).select("key").unique()
    known = dead.with_columns(
        in_register=pl.col("key").is_in(shown["key"].implode()),
        certificate=pl.col("key").is_in(certified["key"].implode()),
        by_month=pl.col("key").is_in(month_only["key"].implode()),
        paid_after=pl.col("person").is_in(_paid_after(keyed).implode()),
    ).join(_left_by_death(stays), on="key", how="left", maintain_order="left")
    source = (
        pl.when(pl.col("in_register") & ~pl.col("by_month")).then(pl.lit("IR_BEN_R"))
        .when("certificate").then(pl.lit("KI_CCI_R"))
        .when(pl.col("hospital").is_not_null()).then("hospital")
        .when("in_register").then(pl.lit("IR_BEN_R"))
        .when("paid_after").then(pl.lit("ER_PRS_F"))
    )  # fmt: skip
    only_month = pl.col("by_month") & (source == "IR_BEN_R")
    last_of_month = text_day("death").dt.month_end().to_physical()
    return known.with_columns(
        source=source,
        # The day is not recorded: the last one of the month is used.
        death=pl.when(only_month).then(last_of_month).otherwise("death"),
        known_cause=pl.when("certificate").then(pl.col("cause").str.slice(0, 4)),
    )


def _paid_after(keyed: pl.DataFrame) -> pl.Series:
    """Persons with a line that was paid after their death, is believed and was not taken back."""
    believed = ~pl.col("fate").is_in(["quarantined", "cancelled", "R06", "R07", "R11a"])
    shown = believed & (pl.col("sign") > 0) & (pl.col("death") <= pl.col("treated"))
    return keyed.filter(shown)["person"].unique()


def _left_by_death(stays: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Key and table of those whose stay, by table, ended with their death."""
    parts = [
        rows.filter((pl.col("exit") == "death") & (pl.col("fate") == "")).select(
            "key", hospital=pl.lit(table)
        )
        for table, rows in stays.items()
    ]
    return pl.concat(parts).unique("key", keep="first", maintain_order=True)


def causes(dead: pl.DataFrame, tables: Tables) -> None:
    """KI_ECD_R: the causes of a certificate, from the immediate one to the initial one."""
    chain = pl.DataFrame(
        {
            "CER_LIG_NUM": ["1", "2", "6"],
            "ECD_CAU_RNG": [1, 2, 3],
            "last": ["R99", None, "I10"],
        }
    )
    rows = dead.sort("identifier").join(chain, how="cross", maintain_order="left_right")
    # The initial cause is on the second line; a contributing one is known for some.
    rows = rows.filter((pl.col("CER_LIG_NUM") != "6") | (pl.col("person") % 3 == 0))
    tables.add(
        "KI_ECD_R",
        None,
        rows.select(
            DCD_IDT_ENC="identifier", CER_LIG_NUM="CER_LIG_NUM", ECD_CAU_RNG="ECD_CAU_RNG",
            ECD_CIM_COD=pl.coalesce("last", pl.col("cause").str.slice(0, 4)),
            DCD_IDT_TOP=pl.col("matched").cast(pl.Int8),
            BEN_IDT_ANO=pl.when("matched").then("key"),
            FLX_PER_ANN=text_day("death").dt.strftime("%Y"),
            BEN_DCD_DTE=text_day("death"), BEN_DCD_AME=month("death"),
        ),
    )  # fmt: skip
