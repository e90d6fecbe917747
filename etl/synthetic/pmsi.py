"""What all PMSI fields share: linkage to a person, return codes, residence, hospital numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from etl.synthetic.identities import Identities
from etl.synthetic.options import Options
from etl.synthetic.streams import Streams, pseudonym
from etl.synthetic.traps import Planted, portion
from etl.synthetic.world import World
from etl.synthetic.write import Tables, existed
from etl.synthetic.written import month, month_text, text_day, year_text

STAY_RETURN_CODES = (
    "NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET", "DAT_RET", "COH_NAI_RET",
    "COH_SEX_RET",
)  # fmt: skip
BILL_RETURN_CODES = ("NIR_RET", "NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET")
#: First year of the return codes that are younger than their table.
_YOUNG = {"COH_NAI_RET": 2013, "COH_SEX_RET": 2013, "ENT_DAT_RET": 2009}
INVALID_KEYS = ("x" * 17, "X" * 16 + "D")
TRAPS = {
    "R06": "unknown_pseudonym",
    "R08": "pseudonym_of_twins",
    "R09": "invalid_linkage",
    "R22a": "stay_not_valued",
    "R22b": "private_bill_in_both",
    "R22c": "statement_of_a_stay_that_is_valued",
    "R26": "bill_recorded_in_dcir",
    "R30a": "grouping_error",
    "R30b": "provider_of_another_hospital",
    "R30c": "automatic_summary",
    "R30d": "duplicated_finess",
    "R30e": "cumulative_summary",
    "R34a": "grouping_error",
    "R34b": "automatic_summary",
    "R34c": "week_of_the_year_before",
    "R35": "invalid_tariff_group",
    "R36a": "sequence_with_an_error",
    "R36b": "automatic_summary",
    "R37": "ambulatory_act_without_person",
    "R38a": "impossible_quantity",
    "R38b": "drug_declared_twice",
    "R39": "surcharge_of_a_bill",
}
_EXITS = {
    "home": ("8", None),
    "rehabilitation": ("7", "2"),
    "transfer": ("7", "1"),
    "nursing_home": ("8", "7"),
    "death": ("9", None),
}
_ENTRIES = {
    "home": ("8", None),
    "emergency": ("8", "5"),
    "transfer": ("7", "1"),
    "birth": ("N", None),
}


def linked(rows: pl.DataFrame, identities: Identities, world: World) -> pl.DataFrame:
    """Rows with ``person``, ``start`` and ``hospital`` (row in the world), and their columns of
    PMSI: psa, sex, birth, residence, finess9, finess8."""
    people = identities.people.select(
        "person", "key", "psa_a", "psa_b", "switch", "sex", "birth", "commune_a", "commune_b",
        "move", "death", "rank", "anchor",
    )  # fmt: skip
    communes = world.communes.with_row_index("commune").select(
        pl.col("commune").cast(pl.Int32), "pmsi_department", "postal"
    )
    sites = world.hospitals.with_row_index("hospital").select(
        pl.col("hospital").cast(pl.Int32), "finess9", "finess8"
    )
    joined = rows.join(people, on="person", how="left", maintain_order="left").with_columns(
        psa=pl.when(pl.col("start") >= pl.col("switch")).then("psa_b").otherwise("psa_a"),
        commune=pl.when(pl.col("start") >= pl.col("move")).then("commune_b").otherwise("commune_a"),
    )
    return joined.join(communes, on="commune", how="left", maintain_order="left").join(
        sites, on="hospital", how="left", maintain_order="left"
    )


def ambiguous(identities: Identities) -> list[str]:
    """PSA that lead to more than one person: twins of the same sex (R08)."""
    people = identities.people.filter(pl.col("identity") == "real")
    both = pl.concat([people.select("key", psa="psa_a"), people.select("key", psa="psa_b")]).unique(
        maintain_order=True
    )
    return both.group_by("psa").len().filter(pl.col("len") > 1)["psa"].sort().to_list()


def plant_linkage(
    rows: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    *,
    name: str,
    codes: Sequence[str] = STAY_RETURN_CODES,
    per_1000: float = 0.25,
    at_most: float = 0.5,
) -> pl.DataFrame:
    """Return codes, invalid keys and unknown pseudonyms, one defect a row; twins as they are.

    ``rows`` has id, year, psa and fate; the column bad_return is the place of the wrong code. In a
    small run the share ``at_most`` of plain rows is touched, so that others are left.
    """
    rng = streams.rng(f"linkage {name}")
    rows = rows.with_columns(
        bad_return=pl.lit(-1),
        fate=pl.when((pl.col("fate") == "") & pl.col("psa").is_in(ambiguous(identities)))
        .then(pl.lit("R08"))
        .otherwise("fate"),
    )
    plain = rows.filter((pl.col("fate") == "") & pl.col("may_change"))
    pool = iter(rng.permutation(plain["id"].to_numpy()).tolist())
    spared = int(plain.height * at_most)

    def take() -> list[int]:
        nonlocal spared
        count = min(portion(streams, options, "invalid_linkage", per_1000, least=1), spared)
        spared -= count
        return [one for one, _ in zip(pool, range(count), strict=False)]

    for rank, code in enumerate(codes):
        hit = pl.col("id").is_in(take()) & (pl.col("year") >= _YOUNG.get(code, 0))
        rows = rows.with_columns(
            bad_return=pl.when(hit).then(rank).otherwise("bad_return"),
            fate=pl.when(hit).then(pl.lit("R09")).otherwise("fate"),
        )
    stranger = pseudonym(f"nobody {streams.seed} {streams.block} {name}")
    for key, rule in (*((key, "R09") for key in INVALID_KEYS), (stranger, "R06")):
        hit = pl.col("id").is_in(take())
        rows = rows.with_columns(
            psa=pl.when(hit).then(pl.lit(key)).otherwise("psa"),
            fate=pl.when(hit).then(pl.lit(rule)).otherwise("fate"),
        )
    return rows


def return_codes(codes: Sequence[str] = STAY_RETURN_CODES) -> dict[str, pl.Expr]:
    """The columns of the codes: '0' but for the planted one."""
    return {
        name: pl.when(pl.col("bad_return") == rank).then(pl.lit("4")).otherwise(pl.lit("0"))
        for rank, name in enumerate(codes)
    }


def stay_dates() -> dict[str, pl.Expr]:
    """Dates of a linkage table; those that a year had are in the contract."""
    return {
        "EXE_SOI_DTD": text_day("start"),
        "EXE_SOI_DTF": text_day("end"),
        "EXE_SOI_AMD": month("start"),
        "EXE_SOI_AMF": month("end"),
        "ENT_DAT": text_day("start"),
        "SOR_DAT": text_day("end"),
    }


def entry_and_exit() -> dict[str, pl.Expr]:
    """ENT_MOD, ENT_PRV, SOR_MOD, SOR_DES; births had the mode of home until 2018."""
    mode, source = _lookup(_ENTRIES, "entry")
    out, destination = _lookup(_EXITS, "exit")
    early_birth = (pl.col("entry") == "birth") & (pl.col("year") < 2019)
    return {
        "ENT_MOD": pl.when(early_birth).then(pl.lit("8")).otherwise(mode),
        "ENT_PRV": source,
        "SOR_MOD": out,
        "SOR_DES": destination,
    }


def patient() -> dict[str, pl.Expr]:
    """Age, sex and residence of a summary."""
    years = ((pl.col("start") - pl.col("birth")) / 365.25).floor().cast(pl.Int64)
    return {
        "AGE_ANN": pl.when(years >= 1).then(years),
        "AGE_JOU": pl.when(years < 1).then(pl.col("start") - pl.col("birth")),
        "COD_SEX": pl.col("sex").cast(pl.String),
        "BDI_DEP": pl.col("pmsi_department"),
        "BDI_COD": pl.col("postal"),
        "COD_POST": pl.col("postal"),
    }


def of_the_stay(rows: pl.DataFrame, *rules: str) -> pl.DataFrame:
    """Bills do not name a part of the stay: what these rules refuse in a part is billed still."""
    refused = pl.col("fate").is_in(rules)
    return rows.with_columns(fate=pl.when(refused).then(pl.lit("")).otherwise("fate"))


def refuse_whole(rows: pl.DataFrame, parts: pl.DataFrame, *rules: str) -> pl.DataFrame:
    """A row about a whole stay and year is refused when each of its parts is."""
    whole = (
        parts.group_by("stay", "year")
        .agg(rule=pl.col("fate").min(), refused=pl.col("fate").is_in(rules).all())
        .filter("refused")
        .select("stay", "year", "rule")
    )
    rows = rows.join(whole, on=["stay", "year"], how="left", maintain_order="left")
    return rows.with_columns(fate=pl.coalesce("rule", "fate")).drop("rule")


def in_columns(rows: pl.DataFrame, diagnoses: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """``rows`` with the associated diagnoses of their stay in columns, as before 2009 or 2010."""
    ranked = diagnoses.with_columns(
        place=pl.int_range(pl.len()).over("stay"),
    ).filter(pl.col("place") < len(names))
    wide = ranked.select(
        "stay",
        *[pl.when(pl.col("place") == rank).then("code").alias(name)
          for rank, name in enumerate(names)],
    ).group_by("stay", maintain_order=True).agg(pl.all().drop_nulls().first())  # fmt: skip
    return rows.join(wide, on="stay", how="left", maintain_order="left")


def exit_months() -> dict[str, pl.Expr]:
    return {"SOR_ANN": year_text("end"), "SOR_MOI": month_text("end")}


def entry_months() -> dict[str, pl.Expr]:
    return {"ENT_ANN": year_text("start"), "ENT_MOI": month_text("start")}


def fee() -> dict[str, pl.Expr]:
    """The doctor's visit of a part of a private stay, billed in addition to its daily price."""
    return {"ACT_COD": pl.lit("CS"), "ACT_NBR": pl.lit(1.0), "PRI_UNI": pl.lit(25.0),
            "REM_BAS": pl.lit(25.0), "REM_TAU": pl.lit(70.0), "AMO_MNR": pl.lit(17.5),
            "AMC_MNR": pl.lit(7.5), "HON_MNT": pl.lit(25.0), "ACT_ANN": year_text("from_day"),
            "ACT_MOI": month_text("from_day"), "EXE_SOI_DTD": text_day("from_day"),
            "EXE_SOI_AMD": month("from_day"),
            "DEL_DAT_ENT": pl.col("from_day") - pl.col("start")}  # fmt: skip


def _lookup(table: dict[str, tuple[str, str | None]], column: str) -> tuple[pl.Expr, pl.Expr]:
    first = {name: pair[0] for name, pair in table.items()}
    second = {name: pair[1] for name, pair in table.items()}
    return (
        pl.col(column).replace_strict(first, return_dtype=pl.String),
        pl.col(column).replace_strict(second, return_dtype=pl.String),
    )


def numbered(streams: Streams, options: Options, width: int, mark: str = "") -> pl.Expr:
    """Numbers within a hospital and a year that no other block gives: block, mark, then rank."""
    digits = len(str(options.blocks - 1))
    rank = pl.int_range(1, pl.len() + 1).over("finess9", "year")
    head = str(streams.block).zfill(digits) + mark
    return pl.lit(head) + rank.cast(pl.String).str.zfill(width - len(head))


def add_tables(tables: Tables, planted: Planted, frames: dict[str, pl.DataFrame]) -> None:
    """Rows to the files of their year; rows that a rule takes to the account.

    A table that did not exist in a year has no file.
    """
    for name, every in frames.items():
        years = [year for year in every["year"].unique().to_list() if existed(name, year)]
        frame = every.filter(pl.col("year").is_in(years))
        taken = frame.filter(pl.col("fate") != "")
        for (fate,), rows in taken.group_by("fate", maintain_order=True):
            planted.note(TRAPS[str(fate)], str(fate), name, "excluded", rows.height)
        for year in np.unique(frame["year"].to_numpy()).tolist():
            rows = frame.filter(pl.col("year") == year).drop("year", "fate")
            tables.add(name, int(year), rows)
