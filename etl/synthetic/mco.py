"""Writes stays the PMSI MCO way: T_MCOaaC, B, UM, D, A, and plants the traps of that field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic import pmsi
from etl.synthetic.catalogue import catalogue
from etl.synthetic.identities import Identities
from etl.synthetic.options import Options
from etl.synthetic.stays import FIELDS
from etl.synthetic.streams import Streams, pseudonym
from etl.synthetic.traps import Planted, dosed, portion
from etl.synthetic.write import Tables
from etl.synthetic.written import text_day

#: One geographic number of each hospital group (AP-HP, AP-HM, HCL) whose stays were sent twice.
DOUBLES = ("750100042", "130783293", "690784137")


@dataclass
class Mco:
    """What the answers need: stays with their fate, units, and rows that count as events."""

    stays: pl.DataFrame
    units: pl.DataFrame
    diagnoses: pl.DataFrame
    acts: pl.DataFrame


def doubled_finess() -> pl.Expr:
    """A number sent in double, valid in the year; Lyon's are in double since 2010 only."""
    rank = pl.int_range(pl.len()) % len(DOUBLES)
    turn = rank.replace_strict(dict(enumerate(DOUBLES)), return_dtype=pl.String)
    return pl.when(pl.col("year") < 2010).then(pl.lit(DOUBLES[0])).otherwise(turn)


def plant(
    stays: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    planted: Planted,
) -> pl.DataFrame:
    """Give some stays one defect each; ``fate`` names the rule that excludes them."""
    rng = streams.rng("mco traps")
    stays = stays.filter(pl.col("field") == FIELDS.index("mco")).with_columns(
        id="stay",
        may_change=~pl.col("link"),
        number=pmsi.numbered(streams, options, 10),
        typ=pl.lit(None, pl.String),
        generated=pl.lit("0"),
        copy_of=pl.lit(None, pl.Int32),
    )
    stays = pmsi.plant_linkage(stays, identities, streams, options, name="mco")
    plain = stays.filter((pl.col("fate") == "") & pl.col("may_change"))["stay"].to_numpy()
    pool = iter(rng.permutation(plain).tolist())

    def take(case: str, per_1000: float) -> pl.Expr:
        count = min(portion(streams, options, case, per_1000), len(plain) // 6)
        return pl.col("stay").is_in([one for one, _ in zip(pool, range(count), strict=False)])

    hit = take("grouping_error", 1)
    stays = stays.with_columns(
        kind=pl.when(hit).then(pl.lit("90Z00Z")).otherwise("kind"),
        fate=pl.when(hit).then(pl.lit("R30a")).otherwise("fate"),
    )
    hit = take("automatic_summary", 1) & (pl.col("year") >= 2015)
    stays = stays.with_columns(
        generated=pl.when(hit).then(pl.lit("1")).otherwise("generated"),
        fate=pl.when(hit).then(pl.lit("R30c")).otherwise("fate"),
    )
    hit = take("provider_of_another_hospital", 1)
    provided = stays.filter(hit).with_columns(
        typ=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("B")).otherwise(pl.lit(" B")),
        fate=pl.lit("R30b"),
        copy_of="stay",
        end="start",
        units=pl.lit(1, pl.Int32),
        year=text_day("start").dt.year(),
    )
    stays = stays.with_columns(typ=pl.when(hit).then(pl.lit("A")).otherwise("typ"))
    early = stays.filter((pl.col("fate") == "") & (pl.col("year") <= 2017) & ~pl.col("private"))
    doubled = early.head(portion(streams, options, "duplicated_finess", 2)).with_columns(
        fate=pl.lit("R30d"), copy_of="stay", finess9=doubled_finess()
    )
    # Summaries that add up several stays: a letter begins their number until 2018.
    summed = early.tail(
        min(early.height // 2, portion(streams, options, "cumulative_summary", 1))
    ).with_columns(fate=pl.lit("R30e"), copy_of="stay")
    overlapping = _overlapping(stays, streams, options, planted)
    copies = pl.concat([provided, doubled, overlapping, summed])
    base = int(stays["stay"].to_numpy().max(initial=0)) + 1
    copies = copies.with_columns(
        stay=pl.lit(base, pl.Int32) + pl.int_range(pl.len(), dtype=pl.Int32),
        # High ranks: no number of the same hospital and year is given twice.
        number=pmsi.numbered(streams, options, 10, "9"),
    ).with_columns(
        number=pl.when(pl.col("fate") == "R30e")
        .then(pl.lit("C") + pl.col("number").str.slice(1))
        .otherwise("number")
    )
    return pl.concat([stays, copies])


def _overlapping(
    stays: pl.DataFrame, streams: Streams, options: Options, planted: Planted
) -> pl.DataFrame:
    """A transfer whose stay begins before the first one ends: both are true stays. Clinics have
    none: DCIR would have no bill of the second."""
    plain = (pl.col("fate") == "") & pl.col("may_change") & pl.col("typ").is_null()
    plain &= ~pl.col("private")
    long = (pl.col("end") - pl.col("start") >= 3) & (pl.col("end") < options.end)
    possible = stays.filter(
        plain & long & (pl.col("exit") != "death") & (pl.col("end") < pl.col("death"))
    )
    size = min(possible.height // 4, portion(streams, options, "overlapping_stays", 1.1))
    drawn = streams.rng("overlapping stays").permutation(possible.height)[:size]
    chosen = possible[np.sort(drawn)]
    planted.note("overlapping_stays", "", "T_MCOaaB", "kept", chosen.height)
    return chosen.with_columns(
        start=pl.col("end") - 1,
        end=pl.col("end") + 1,
        entry=pl.lit("transfer"),
        units=pl.lit(1, pl.Int32),
        copy_of="stay",
        finess9=pl.col("finess9").reverse(),
    ).with_columns(year=text_day("end").dt.year())


def _with_copies(rows: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Rows of the stays; a stay sent twice has the rows of the first."""
    own = stays.select("stay", source=pl.coalesce("copy_of", "stay"))
    renamed = rows.rename({"stay": "source"})
    return own.join(renamed, on="source", how="inner", maintain_order="left").drop("source")


def render(
    stays: pl.DataFrame,
    diagnoses: pl.DataFrame,
    acts: pl.DataFrame,
    streams: Streams,
    options: Options,
    planted: Planted,
    tables: Tables,
) -> Mco:
    """Hand the five tables over."""
    diagnoses, acts = _with_copies(diagnoses, stays), _with_copies(acts, stays)
    keys = stays.select("stay", "year", "start", "fate", ETA_NUM="finess9", RSA_NUM="number")
    units, moved = _units(stays, diagnoses)
    diagnoses = diagnoses.join(moved, on=["stay", "code"], how="anti", maintain_order="left")
    d_rows = _d(stays, diagnoses, keys, streams, options, planted)
    acts = acts.join(stays.select("stay", "end"), on="stay", how="left", maintain_order="left")
    a_rows = acts.join(keys, on="stay", how="inner", maintain_order="left").join(
        catalogue().frame.select(code=pl.col("index").cast(pl.Int32), text="code"),
        on="code",
        how="left",
        maintain_order="left",
    )
    # An act is within its stay, even when the stay is a shorter copy of another.
    length = pl.col("end") - pl.col("start")
    a_rows = a_rows.with_columns(delay=pl.min_horizontal("delay", length)).drop("end")
    um_rows = units.join(keys, on="stay", how="inner", maintain_order="left")
    frames = {
        "T_MCOaaC": _c(stays),
        "T_MCOaaB": _b(stays),
        "T_MCOaaUM": um_rows.select(
            "year", "fate", "ETA_NUM", "RSA_NUM",
            RUM_ORD_NUM="rank", DGN_PAL="main", DGN_REL="related", AUT_TYP1_UM="unit",
            PAR_DUR_SEJ="nights", ETA_NUM_GEO="ETA_NUM",
        ),
        "T_MCOaaD": d_rows.select(
            "year", "fate", "ETA_NUM", "RSA_NUM", ASS_DGN="code", DGN_ASS_NUM="rank"
        ),
        "T_MCOaaA": a_rows.select(
            "year", "fate", "ETA_NUM", "RSA_NUM",
            CDC_ACT="text", ACV_ACT=pl.col("activity").cast(pl.String), PHA_ACT=pl.lit("0"),
            ENT_DAT_DEL="delay", NBR_EXE_ACT=pl.lit(1),
            ACT_ORD_NUM=pl.int_range(1, pl.len() + 1).over("stay"),
        ),
    }  # fmt: skip
    pmsi.add_tables(tables, planted, frames)
    _stray(frames, streams, options, planted, tables)
    anaesthesia = a_rows.filter((pl.col("fate") == "") & (pl.col("activity") == 4)).height
    planted.note("anaesthesia_in_stay", "R21", "T_MCOaaA", "excluded", anaesthesia)
    every = _conditions(stays, um_rows, d_rows)
    a_rows = a_rows.join(stays.select("stay", "key", "end"), on="stay", how="left")
    return Mco(stays, um_rows.join(stays.select("stay", "key"), on="stay"), every, a_rows)


def _conditions(stays: pl.DataFrame, units: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Each code of a stay once, with its best role (R32), dated in its unit."""
    role = {"primary": 0, "related": 1, "unit": 2, "associated": 3}
    related = stays.filter(pl.col("related") != "")
    coded = rows.filter(pl.col("code").is_not_null())
    parts = [
        stays.select("stay", code="main", role=pl.lit("primary"), before=pl.lit(0, pl.Int64)),
        related.select("stay", code="related", role=pl.lit("related"), before=pl.lit(0, pl.Int64)),
        units.select(
            "stay", code="main", role=pl.lit("unit"),
            before=(pl.col("nights").cum_sum().over("stay") - pl.col("nights")).cast(pl.Int64),
        ),
        coded.select("stay", "code", role=pl.lit("associated"), before=pl.lit(0, pl.Int64)),
    ]  # fmt: skip
    best = (
        pl.concat(parts)
        .with_columns(order=pl.col("role").replace_strict(role))
        .sort("stay", "code", "order", "before")
        .unique(["stay", "code"], keep="first", maintain_order=True)
        .drop("order")
    )
    known = stays.select("stay", "key", "start", "end", "year", "fate", "finess9", "number")
    return best.join(known, on="stay", how="inner", maintain_order="left").with_columns(
        from_day=pl.col("start") + pl.col("before")
    )


def _units(stays: pl.DataFrame, diagnoses: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Medical units; the second has a main diagnosis of its own, which is not among the DAS."""
    first = diagnoses.unique("stay", keep="first", maintain_order=True).rename({"code": "other"})
    joined = stays.join(first, on="stay", how="left", maintain_order="left")
    length = pl.col("end") - pl.col("start")
    one = joined.select(
        "stay", "main", related=pl.when(pl.col("related") != "").then("related"), unit="unit_1",
        rank=pl.lit(1), nights=pl.when(pl.col("units") == 2).then(length // 3).otherwise(length),
    )  # fmt: skip
    second = joined.filter(pl.col("units") == 2)
    two = second.select(
        "stay", main=pl.coalesce("other", "main"), related=pl.lit(None, pl.String), unit="unit_2",
        rank=pl.lit(2), nights=length - length // 3,
    )  # fmt: skip
    moved = second.filter(pl.col("other").is_not_null()).select("stay", code="other")
    return pl.concat([one, two]).sort("stay", "rank"), moved


def _d(
    stays: pl.DataFrame,
    diagnoses: pl.DataFrame,
    keys: pl.DataFrame,
    streams: Streams,
    options: Options,
    planted: Planted,
) -> pl.DataFrame:
    """Associated diagnoses; a few repeat the main one, a few have no code."""
    rows = diagnoses.select("stay", "code")
    plain = stays.filter(pl.col("fate") == "")
    size = min(plain.height // 2, dosed(streams, options, "odd_associated_diagnosis"))
    repeated = plain.head(size).select("stay", code="main")
    empty = plain.tail(size).select("stay", code=pl.lit(None, pl.String))
    planted.note("main_repeated_as_associated", "R32", "T_MCOaaD", "merged", size)
    planted.note("no_code", "R32", "T_MCOaaD", "excluded", size)
    rows = pl.concat([rows, repeated, empty]).sort("stay", maintain_order=True)
    return rows.with_columns(rank=pl.int_range(1, pl.len() + 1).over("stay")).join(
        keys, on="stay", how="inner", maintain_order="left"
    )


def _c(stays: pl.DataFrame) -> pl.DataFrame:
    """Linkage: pseudonym, dates, return codes, mother and child."""
    births = pl.when(pl.col("link")).then(
        pl.col("anchor").map_elements(lambda one: pseudonym(f"birth {one}", 32), pl.String)
    )
    return stays.select(
        "year", "fate",
        ETA_NUM="finess9", RSA_NUM="number", NIR_ANO_17="psa",
        **pmsi.stay_dates(), **pmsi.entry_months(), **pmsi.exit_months(),
        SEJ_NUM=(pl.col("stay") % 100_000).cast(pl.String).str.zfill(5),
        ETA_NUM_RET=pl.lit("0"),
        RNG_NAI=pl.when(~pl.col("private")).then(pl.col("rank").cast(pl.String)),
        NIR_ANO_MAM=births, ID_MAM_ENF=births,
        **pmsi.return_codes(),
    )  # fmt: skip


def _b(stays: pl.DataFrame) -> pl.DataFrame:
    """The summary of each stay."""
    baby = pl.col("entry") == "birth"
    sessions = pl.col("sessions")
    return stays.select(
        "year", "fate",
        ETA_NUM="finess9", RSA_NUM="number", DGN_PAL="main",
        DGN_REL=pl.when(pl.col("related") != "").then("related"),
        GRG_GHM="kind", GRG_RET=pl.lit("000"), GRG_VER=pl.lit("11"),
        GHS_NUM=pl.col("ghs").cast(pl.String),
        SEJ_NBJ=pl.when(~sessions).then(pl.col("end") - pl.col("start")),
        NBR_SEA=pl.when(sessions).then(1).otherwise(0),
        SEJ_TYP="typ", **pmsi.entry_and_exit(), **pmsi.exit_months(), **pmsi.patient(),
        AGE_GES=pl.when(baby).then(39), POI_NAI=pl.when(baby).then(3300 + pl.col("stay") % 500),
        NBR_RUM="units", SEQ_RUM=pl.lit(1), TYP_GEN_RSA="generated", UHCD_TOP=pl.lit("0"),
        STC_URG=pl.when(pl.col("entry") == "emergency").then(pl.lit("1")).otherwise(pl.lit("0")),
    )  # fmt: skip


def _stray(
    frames: dict[str, pl.DataFrame], streams: Streams, options: Options, planted: Planted,
    tables: Tables,
) -> None:  # fmt: skip
    """Rows whose stay was not delivered (R31)."""
    for name in ("T_MCOaaD", "T_MCOaaA", "T_MCOaaUM"):
        rows = frames[name].head(dosed(streams, options, "row_without_stay"))
        rows = rows.with_columns(RSA_NUM=pl.lit("99") + pl.col("RSA_NUM").str.slice(2))
        planted.note("row_without_stay", "R31", name, "excluded", rows.height)
        for year in sorted(rows["year"].unique().to_list()):
            tables.add(name, year, rows.filter(pl.col("year") == year).drop("year", "fate"))
