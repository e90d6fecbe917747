"""From items to reimbursement lines and their detail lines, before any trap.

``lines`` will be ER_PRS_F: one row per line. ``details`` will be the affinée tables: rows hang on
``line``. Money is in whole cents until it is written.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic.catalogue import DRUG, TEST, catalogue, natures
from etl.synthetic.identities import Identities
from etl.synthetic.items import CLINIC, PRIVATE_STAY, RETROCESSION, TOWN
from etl.synthetic.numbers import Array
from etl.synthetic.options import Options, day
from etl.synthetic.streams import Streams
from etl.synthetic.world import CENTRE, PUBLIC, World

#: What becomes of a line: '' an event, else a rule id, 'cancelled', 'quarantined'.
EVENT = ""
SALARIED = 2
_HEALTH_CENTRE_SHARE = 0.02
#: Share of the boxes of general practitioners that a salaried doctor prescribes, and for how long:
#: 16.9 of 100 boxes are (Open Medic 2022).
_BY_HOSPITALS, _SPELL = 0.2, 90
#: Series of sessions are charged on one sheet for this many days.
_SERIES = ("nursing", "physiotherapy", "speech", "orthoptics", "travel")
_SHEET = 14


@dataclass
class Claims:
    """Lines and details of one block; ``next_line`` and ``next_claim`` number new ones."""

    lines: pl.DataFrame
    details: pl.DataFrame
    next_line: int
    next_claim: int


def _places(items: pl.DataFrame, identities: Identities) -> pl.DataFrame:
    """Items with what is known of the person on the day."""
    columns = ["person", "commune_a", "commune_b", "move", "anchor", "identity"]
    joined = items.join(
        identities.people.select(columns), on="person", how="left", maintain_order="left"
    )
    return joined.with_columns(
        commune=pl.when(pl.col("day") >= pl.col("move")).then("commune_b").otherwise("commune_a")
    ).drop("commune_a", "commune_b", "move")


def _practitioners(
    placed: pl.DataFrame, options: Options, world: World, rng: np.random.Generator
) -> pl.DataFrame:
    """Executing and prescribing provider, and hospital, of each item."""
    place = world.commune_department[placed["commune"].to_numpy()]
    anchor = placed["anchor"].to_numpy()
    where = placed["where"].to_numpy()
    executor, prescriber = placed["executor"].to_numpy(), placed["prescriber"].to_numpy()
    exe = world.pick_provider(place, np.maximum(executor, 0), anchor)
    pre = world.pick_provider(place, np.maximum(prescriber, 0), anchor)
    # Health centres: the executor is an establishment, though the care is ambulatory.
    consults = (executor == world.types["gp"]) & (where == TOWN)
    centre = consults & ((anchor * 7919) % 1000 < _HEALTH_CENTRE_SHARE * 1000)
    site = np.where(where == PRIVATE_STAY, placed["site"].to_numpy(), -1)
    public = world.pick_hospital(place, np.full(len(place), PUBLIC), anchor)
    site = np.where((where == CLINIC) | (where == RETROCESSION), public, site)
    centres = world.pick_hospital(place, np.full(len(place), CENTRE), anchor)
    site = np.where(centre, centres, site)
    exe = np.where((where == CLINIC) | centre | (executor < 0), -1, exe)
    pre = np.where(prescriber < 0, -1, pre)
    # What a general practitioner does not prescribe, a salaried doctor of a hospital does, for some
    # months.
    spell = placed["person"].to_numpy().astype(np.int64) * 40 + placed["day"].to_numpy() // _SPELL
    hospital = (placed["kind"].to_numpy() == DRUG) & (prescriber == world.types["gp"])
    hospital &= (spell * 2_654_435_761 % 1_000_003) < _BY_HOSPITALS * 1_000_003
    salaried = world.pick_provider(
        place, np.full(len(place), world.types["hospital_doctor"]), anchor
    )
    pre = np.where(hospital, salaried, pre)
    return placed.with_columns(
        exe=pl.Series(exe.astype(np.int32)),
        pre=pl.Series(pre.astype(np.int32)),
        site=pl.Series(site.astype(np.int32)),
        centre=pl.Series(centre),
    )


def _flux(
    claim: Array, days: Array, rng: np.random.Generator, options: Options
) -> tuple[Array, Array]:
    """Day of treatment and month of availability of each claim: mostly days, at most two years."""
    count = int(claim.max()) + 1 if len(claim) else 0
    draw = rng.random(count)
    lag = rng.geometric(0.12, count)
    late, later = (1 - options.faults.share("late_flux", share) for share in (0.06, 0.007))
    lag = np.where(draw > late, rng.integers(20, 150, count), lag)
    lag = np.where(draw > later, rng.integers(150, 700, count), lag)
    treated = days + lag[claim]
    return treated, next_month(treated)


def next_month(days: Array) -> Array:
    """First day of the month after."""
    months = days.astype("datetime64[D]").astype("datetime64[M]") + 1
    return np.asarray(months.astype("datetime64[D]").astype(np.int64))


def claims(
    items: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    world: World,
) -> Claims:
    """Lines and details of a block's items."""
    rng = streams.rng("claims")
    placed = _practitioners(_places(items, identities), options, world, rng)
    codes = catalogue().frame.select("index", pl.col("price").alias("code_price"))
    nature = natures().select(
        "prs",
        pl.col("visit_kind").fill_null(""),
        nature_kind="kind",
        nature_price=(pl.col("price").cast(pl.Float64) * 100).round().cast(pl.Int32).fill_null(0),
        rate=pl.col("rate").cast(pl.Int32),
    )
    placed = placed.join(
        codes.with_columns(code=pl.col("index").cast(pl.Int32)).drop("index"),
        on="code",
        how="left",
        maintain_order="left",
    ).join(nature, on="prs", how="left", maintain_order="left")
    price = (
        pl.when(pl.col("own_price") >= 0)
        .then("own_price")
        .otherwise(pl.coalesce("code_price", "nature_price"))
    )
    # The anaesthetist's share of an act is about half of it.
    price = pl.when(pl.col("activity") == 4).then(price // 2).otherwise(price)
    placed = placed.with_columns(price=price)
    series = pl.col("nature_kind").is_in(_SERIES)
    last_of_sheet = pl.col("day") + (_SHEET - 1 - pl.col("day") % _SHEET)
    placed = placed.with_columns(sheet=pl.when(series).then(last_of_sheet).otherwise("day"))
    claim_keys = ["person", "sheet", "exe", "site", "where"]
    placed = placed.sort(*claim_keys, "day", "pre", "kind", "prs", "code", "activity")
    # Tests taken together are one line with several details; everything else is its own line.
    together = pl.struct(*claim_keys, "day", "pre", "kind")
    placed = placed.with_columns(
        claim=pl.struct(claim_keys).rle_id().cast(pl.Int64),
        line=pl.when(pl.col("kind") == TEST)
        .then(together.rle_id().cast(pl.Int64))
        .otherwise(-1 - pl.int_range(pl.len())),
    ).with_columns(line=pl.col("line").rle_id().cast(pl.Int64))
    lines = placed.group_by("line", maintain_order=True).agg(
        pl.col(
            "person",
            "day",
            "sheet",
            "until",
            "prs",
            "kind",
            "exe",
            "pre",
            "site",
            "where",
            "centre",
            "claim",
            "commune",
            "identity",
            "visit_kind",
            "nature_kind",
            "rate",
            "ghs",
        ).first(),
        quantity=pl.when(pl.col("kind").first() == TEST)
        .then(pl.lit(1, pl.Int32))
        .otherwise(pl.col("quantity").first()),
        base=(pl.col("price") * pl.col("quantity")).sum().cast(pl.Int64),
    )
    details = placed.filter(pl.col("kind") > 0).select(
        "line", "kind", "code", "quantity", "activity", "price"
    )
    details = details.with_columns(
        order=pl.int_range(1, pl.len() + 1).over("line").cast(pl.Int32),
        phase=pl.lit(0, pl.Int8),
        fate=pl.lit(EVENT),
    )
    # The general practitioner's consultation has a nature of its own since May 2017.
    renamed = (pl.col("prs") == 1111) & (pl.col("day") >= day(2017, 5, 1))
    lines = lines.with_columns(prs=pl.when(renamed).then(1110).otherwise("prs").cast(pl.Int32))
    treated, available = _flux(lines["claim"].to_numpy(), lines["sheet"].to_numpy(), rng, options)
    # The bill of a private stay is never so late that it is not delivered: PMSI counts on it.
    whole = lines["where"].to_numpy() == PRIVATE_STAY
    treated = np.where(whole, np.minimum(treated, options.flux_end), treated)
    available = np.where(whole, next_month(treated), available)
    lines = lines.drop("sheet").with_columns(
        treated=pl.Series(treated.astype(np.int32)),
        available=pl.Series(available.astype(np.int32)),
        fate=pl.lit(EVENT),
    )
    lines = lines.filter(pl.col("treated") <= options.flux_end)
    details = details.join(lines.select("line"), on="line", how="semi", maintain_order="left")
    lines = _qualify(lines, identities, streams, options)
    return Claims(
        lines,
        details,
        int(placed["line"].to_numpy().max(initial=0)) + 1,
        int(placed["claim"].to_numpy().max(initial=0)) + 1,
    )


def _qualify(
    lines: pl.DataFrame, identities: Identities, streams: Streams, options: Options
) -> pl.DataFrame:
    """Qualifiers, shares and the fate that follows from what the line is."""
    rng = streams.rng("qualifiers")
    size = lines.height
    # Public hospitals' clinics: information lines, and FIDES invoices as the reform spread.
    direct = rng.random(size) < np.clip(
        (lines["day"].to_numpy() - day(2015)) / 365.25 * 0.06 + 0.05, 0.05, 0.5
    )
    null_qualifier = rng.random(size) < options.faults.share("empty_qualifier", 0.25)
    null_second = rng.random(size) < options.faults.share("empty_qualifier", 0.6)
    overrun = rng.random(size) < 0.12
    clinic = pl.col("where") == CLINIC
    fides = clinic & pl.Series(direct)
    lines = lines.with_columns(
        taa=pl.when(fides)
        .then(1)
        .when(clinic)
        .then(0)
        .when(pl.col("where") == PRIVATE_STAY)
        .then(2)
        .when(pl.col("site") >= 0)
        .then(0)
        .cast(pl.Int8),
        dpn=pl.when(clinic & ~fides)
        .then(pl.lit(71))
        .when(pl.Series(null_qualifier))
        .then(None)
        .otherwise(pl.lit(0))
        .cast(pl.Int16),
        dpn_second=pl.when(pl.Series(null_second)).then(None).otherwise(pl.lit(0)).cast(pl.Int16),
        surcharge=pl.lit(0, pl.Int8),
        complement=pl.lit(0, pl.Int16),
        sign=pl.lit(1, pl.Int8),
        overrun=pl.when(pl.Series(overrun) & (pl.col("nature_kind") == "office"))
        .then(pl.col("base") // 4)
        .otherwise(0),
        rem_type=pl.lit(1, pl.Int8),
    )
    lines = lines.join(
        identities.people.select("person", "covered", "ald_from"),
        on="person",
        how="left",
        maintain_order="left",
    )
    exempt = (pl.col("day") >= pl.col("ald_from")) | (pl.col("rate") == 100)
    return lines.with_columns(
        exempt=exempt,
        rate=pl.when(exempt).then(100).otherwise("rate"),
        fate=pl.when(pl.col("identity") == "ghost")
        .then(pl.lit("R06"))
        .when(pl.col("identity") != "real")
        .then(pl.lit("R07"))
        .when(pl.col("dpn") == 71)
        .then(pl.lit("R16"))
        .when(pl.col("taa") == 1)
        .then(pl.lit("R17"))
        .when(pl.col("where") == PRIVATE_STAY)
        .then(pl.lit("R18"))
        .when(pl.col("visit_kind") == "")
        .then(pl.lit("R23"))
        .otherwise(pl.lit(EVENT)),
    )
