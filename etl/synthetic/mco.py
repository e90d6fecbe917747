"""Writes stays the PMSI MCO way: T_MCOaaC, B, UM, D, A, and plants the traps of that field."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from etl.synthetic.catalogue import catalogue
from etl.synthetic.hospital import ambiguous
from etl.synthetic.identities import Identities
from etl.synthetic.options import Options
from etl.synthetic.stays import FIELDS
from etl.synthetic.streams import Streams, pseudonym
from etl.synthetic.traps import Planted, portion
from etl.synthetic.write import Tables
from etl.synthetic.written import month, text_day

#: One geographic number of each hospital group (AP-HP, AP-HM, HCL) whose stays were sent twice.
_DOUBLES = ("750100042", "130783293", "690784137")
_INVALID_KEYS = ("x" * 17, "X" * 16 + "D")
_RETURN_CODES = (
    "NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET", "DAT_RET", "COH_NAI_RET",
    "COH_SEX_RET",
)  # fmt: skip
_EXITS = {
    "home": ("8", None), "rehabilitation": ("7", "2"), "transfer": ("7", "1"),
    "nursing_home": ("8", "7"), "death": ("9", None),
}  # fmt: skip
_ENTRIES = {
    "home": ("8", None),
    "emergency": ("8", "5"),
    "transfer": ("7", "1"),
    "birth": ("N", None),
}


@dataclass
class Mco:
    """What the answers need: stays with their fate, and rows that count as events."""

    stays: pl.DataFrame
    diagnoses: pl.DataFrame
    acts: pl.DataFrame


def plant(
    stays: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    planted: Planted,
) -> pl.DataFrame:
    """Give some stays one defect each; `fate` says which rule takes them."""
    rng = streams.rng("mco traps")
    stays = stays.with_columns(
        typ=pl.lit(None, pl.String),
        generated=pl.lit("0"),
        bad_return=pl.lit(-1),
        double=pl.lit(None, pl.String),
        copy_of=pl.lit(None, pl.Int32),
    )
    twins = ambiguous(identities)
    stays = stays.with_columns(
        fate=pl.when(pl.col("psa").is_in(list(twins))).then(pl.lit("R08")).otherwise("fate")
    )
    plain = stays.filter((pl.col("fate") == "") & ~pl.col("link"))["stay"].to_numpy()
    pool = iter(rng.permutation(plain).tolist())

    def take(per_1000: float, least: int = 2) -> list[int]:
        count = portion(streams, options, per_1000, least)
        return [stay for stay, _ in zip(pool, range(count), strict=False)]

    def change(chosen: list[int], **columns: pl.Expr) -> None:
        nonlocal stays
        hit = pl.col("stay").is_in(chosen)
        stays = stays.with_columns(
            **{name: pl.when(hit).then(value).otherwise(name) for name, value in columns.items()}
        )

    change(take(1), kind=pl.lit("90Z00Z"), fate=pl.lit("R30a"))
    change(
        take(1),
        generated=pl.when(pl.col("year") >= 2015).then(pl.lit("1")).otherwise(pl.lit("0")),
        fate=pl.when(pl.col("year") >= 2015).then(pl.lit("R30c")).otherwise(pl.lit("")),
    )
    for rank in range(len(_RETURN_CODES)):
        since = 2013 if rank >= 7 else 2006
        ok = pl.col("year") >= since
        change(
            take(0.25, least=1),
            bad_return=pl.when(ok).then(rank).otherwise(-1),
            fate=pl.when(ok).then(pl.lit("R09")).otherwise(pl.lit("")),
        )
    for key in _INVALID_KEYS:
        change(take(0.5, least=1), psa=pl.lit(key), fate=pl.lit("R09"))
    unknown = take(0.5, least=1)
    change(
        unknown, psa=pl.lit(pseudonym(f"nobody {streams.seed} {streams.block}")), fate=pl.lit("R06")
    )
    requested = take(1)
    change(requested, typ=pl.lit("A"))
    provided = stays.filter(pl.col("stay").is_in(requested)).with_columns(
        typ=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("B")).otherwise(pl.lit(" B")),
        fate=pl.lit("R30b"),
        copy_of="stay",
        end="start",
        units=pl.lit(1, pl.Int32),
        finess9=pl.col("finess9").reverse(),
    )
    early = stays.filter((pl.col("fate") == "") & (pl.col("year") <= 2017) & ~pl.col("private"))
    doubled = early.head(portion(streams, options, 2) if early.height else 0).with_columns(
        double=pl.lit(_DOUBLES[0]), fate=pl.lit("R30d"), copy_of="stay"
    )
    doubled = doubled.with_columns(
        # Lyon's numbers are in double since 2010 only.
        double=pl.when(pl.col("year") < 2010)
        .then(pl.lit(_DOUBLES[0]))
        .otherwise(pl.Series([_DOUBLES[i % 3] for i in range(doubled.height)], dtype=pl.String))
    )
    copies = pl.concat([provided, doubled])
    base = int(stays["stay"].to_numpy().max(initial=0)) + 1
    copies = copies.with_columns(
        stay=pl.lit(base, pl.Int32) + pl.int_range(pl.len(), dtype=pl.Int32),
        number=pl.lit(f"{streams.block:04d}9")
        + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(5),
        finess9=pl.coalesce("double", "finess9"),
        year=text_day("end").dt.year(),
    )
    return pl.concat([stays, copies.select(stays.columns)])


def _with_copies(rows: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Rows of the stays; a stay sent twice has the rows of the first."""
    own = stays.with_columns(source=pl.coalesce("copy_of", "stay")).select("stay", source="source")
    renamed = rows.rename({"stay": "source"})
    return own.join(renamed, on="source", how="inner", maintain_order="left").drop("source")


def render(
    stays: pl.DataFrame,
    diagnoses: pl.DataFrame,
    acts: pl.DataFrame,
    streams: Streams,
    planted: Planted,
    tables: Tables,
) -> Mco:
    """Hand the five tables over."""
    stays = stays.filter(pl.col("field") == FIELDS.index("mco"))
    diagnoses, acts = _with_copies(diagnoses, stays), _with_copies(acts, stays)
    keys = stays.select("stay", "year", "start", "fate", ETA_NUM="finess9", RSA_NUM="number")
    units, moved = _units(stays, diagnoses)
    diagnoses = diagnoses.join(moved, on=["stay", "code"], how="anti", maintain_order="left")
    d_rows = _d(stays, diagnoses, keys, streams, planted)
    a_rows = acts.join(keys, on="stay", how="inner", maintain_order="left").join(
        catalogue().frame.select(code=pl.col("index").cast(pl.Int32), text="code"),
        on="code",
        how="left",
        maintain_order="left",
    )
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
    for name, frame in frames.items():
        _account(name, frame, planted)
        for year in sorted(frame["year"].unique().to_list()):
            tables.add(name, year, frame.filter(pl.col("year") == year).drop("year", "fate"))
    _stray(frames, streams, planted, tables)
    anaesthesia = a_rows.filter((pl.col("fate") == "") & (pl.col("activity") == 4)).height
    planted.note("anaesthesia_in_stay", "R21", "T_MCOaaA", "excluded", anaesthesia)
    known = stays.select("stay", "main", "related", "key", "start", "end", "year", "fate",
                         "finess9", "number")  # fmt: skip
    every = _conditions(known, um_rows, d_rows)
    return Mco(stays, every, a_rows.join(stays.select("stay", "key"), on="stay", how="left"))


def _conditions(stays: pl.DataFrame, units: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Each code of a stay once, with its best role (R32)."""
    role = {"primary": 0, "related": 1, "unit": 2, "associated": 3}
    parts = [
        stays.select("stay", code="main", role=pl.lit("primary")),
        stays.filter(pl.col("related") != "").select(
            "stay", code="related", role=pl.lit("related")
        ),
        units.select("stay", code="main", role=pl.lit("unit")),
        rows.filter(pl.col("code").is_not_null()).select("stay", "code", role=pl.lit("associated")),
    ]
    best = (
        pl.concat(parts)
        .with_columns(order=pl.col("role").replace_strict(role))
        .sort("stay", "code", "order")
        .unique(["stay", "code"], keep="first", maintain_order=True)
    )
    return best.drop("order").join(stays, on="stay", how="inner", maintain_order="left")


def _units(stays: pl.DataFrame, diagnoses: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Medical units; the second has a main diagnosis of its own, which is not among the DAS."""
    first = diagnoses.unique("stay", keep="first", maintain_order=True).rename({"code": "other"})
    joined = stays.join(first, on="stay", how="left", maintain_order="left")
    length = pl.col("end") - pl.col("start")
    one = joined.select(
        "stay",
        "main",
        related=pl.when(pl.col("related") != "").then("related"),
        unit="unit_1",
        rank=pl.lit(1),
        nights=pl.when(pl.col("units") == 2).then(length // 3).otherwise(length),
    )
    second = joined.filter(pl.col("units") == 2)
    two = second.select(
        "stay",
        main=pl.coalesce("other", "main"),
        related=pl.lit(None, pl.String),
        unit="unit_2",
        rank=pl.lit(2),
        nights=length - length // 3,
    )
    moved = second.filter(pl.col("other").is_not_null()).select("stay", code="other")
    return pl.concat([one, two]).sort("stay", "rank"), moved


def _d(
    stays: pl.DataFrame,
    diagnoses: pl.DataFrame,
    keys: pl.DataFrame,
    streams: Streams,
    planted: Planted,
) -> pl.DataFrame:
    """Associated diagnoses; a few repeat the main one, a few have no code."""
    rows = diagnoses.select("stay", "code")
    plain = stays.filter(pl.col("fate") == "")
    size = min(plain.height, 2 if streams.block == 0 else 1)
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
        EXE_SOI_DTD=text_day("start"), EXE_SOI_DTF=text_day("end"),
        EXE_SOI_AMD=month("start"), EXE_SOI_AMF=month("end"),
        ENT_DAT=text_day("start"), SOR_DAT=text_day("end"),
        ENT_ANN=text_day("start").dt.strftime("%Y"), ENT_MOI=text_day("start").dt.strftime("%m"),
        SOR_ANN=text_day("end").dt.strftime("%Y"), SOR_MOI=text_day("end").dt.strftime("%m"),
        SEJ_NUM=(pl.col("stay") % 100_000).cast(pl.String).str.zfill(5),
        ETA_NUM_RET=pl.lit("0"),
        RNG_NAI=pl.when(~pl.col("private")).then(pl.col("rank").cast(pl.String)),
        NIR_ANO_MAM=births, ID_MAM_ENF=births,
        **{
            name: pl.when(pl.col("bad_return") == rank).then(pl.lit("4")).otherwise(pl.lit("0"))
            for rank, name in enumerate(_RETURN_CODES)
        },
    )  # fmt: skip


def _b(stays: pl.DataFrame) -> pl.DataFrame:
    """The summary of each stay."""
    mode, source = _lookup(_ENTRIES, "entry")
    out, destination = _lookup(_EXITS, "exit")
    years = ((pl.col("start") - pl.col("birth")) / 365.25).floor().cast(pl.Int64)
    baby = pl.col("entry") == "birth"
    # Births had the mode of those who come from home until 2018.
    mode = pl.when(baby & (pl.col("year") < 2019)).then(pl.lit("8")).otherwise(mode)
    return stays.select(
        "year", "fate",
        ETA_NUM="finess9", RSA_NUM="number", DGN_PAL="main",
        DGN_REL=pl.when(pl.col("related") != "").then("related"),
        GRG_GHM="kind", GRG_RET=pl.lit("000"), GHS_NUM=pl.col("ghs").cast(pl.String),
        SEJ_NBJ=pl.when(~pl.col("sessions")).then(pl.col("end") - pl.col("start")),
        NBR_SEA=pl.when(pl.col("sessions")).then(1).otherwise(0),
        SEJ_TYP="typ", ENT_MOD=mode, ENT_PRV=source, SOR_MOD=out, SOR_DES=destination,
        SOR_ANN=text_day("end").dt.strftime("%Y"), SOR_MOI=text_day("end").dt.strftime("%m"),
        AGE_ANN=pl.when(years >= 1).then(years),
        AGE_JOU=pl.when(years < 1).then(pl.col("start") - pl.col("birth")),
        AGE_GES=pl.when(baby).then(39), POI_NAI=pl.when(baby).then(3300 + pl.col("stay") % 500),
        COD_SEX=pl.col("sex").cast(pl.String),
        BDI_DEP="pmsi_department", BDI_COD="postal", COD_POST="postal",
        NBR_RUM="units", TYP_GEN_RSA="generated", UHCD_TOP=pl.lit("0"),
    )  # fmt: skip


def _lookup(table: dict[str, tuple[str, str | None]], column: str) -> tuple[pl.Expr, pl.Expr]:
    first = {name: pair[0] for name, pair in table.items()}
    second = {name: pair[1] for name, pair in table.items()}
    return (
        pl.col(column).replace_strict(first, return_dtype=pl.String),
        pl.col(column).replace_strict(second, return_dtype=pl.String),
    )


_TRAPS = {
    "R06": "unknown_pseudonym", "R08": "pseudonym_of_twins", "R09": "invalid_linkage",
    "R30a": "grouping_error", "R30b": "provider_of_another_hospital", "R30c": "automatic_summary",
    "R30d": "duplicated_finess",
}  # fmt: skip


def _account(table: str, frame: pl.DataFrame, planted: Planted) -> None:
    for (fate,), rows in frame.filter(pl.col("fate") != "").group_by("fate", maintain_order=True):
        planted.note(_TRAPS[str(fate)], str(fate), table, "excluded", rows.height)


def _stray(
    frames: dict[str, pl.DataFrame], streams: Streams, planted: Planted, tables: Tables
) -> None:
    """Rows whose stay was not delivered (R31)."""
    for name in ("T_MCOaaD", "T_MCOaaA", "T_MCOaaUM"):
        rows = frames[name].head(1 if streams.block else 2)
        rows = rows.with_columns(RSA_NUM=pl.lit("9") + pl.col("RSA_NUM").str.slice(1))
        planted.note("row_without_stay", "R31", name, "excluded", rows.height)
        for year in sorted(rows["year"].unique().to_list()):
            tables.add(name, year, rows.filter(pl.col("year") == year).drop("year", "fate"))
