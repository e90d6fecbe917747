"""Traps of DCIR: each takes plain lines that no other trap has touched, and changes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic.catalogue import ACT, DEVICE, DRUG, TEST
from etl.synthetic.claims import EVENT, Claims, next_month
from etl.synthetic.identities import Identities
from etl.synthetic.items import TOWN
from etl.synthetic.numbers import NEVER, Array
from etl.synthetic.options import Options
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted, portion

_DETAIL_TABLE = {1: "ER_PHA_F", 2: "ER_BIO_F", 3: "ER_CAM_F", 4: "ER_TIP_F", 5: "ER_UCD_F"}
#: Day written in a line whose date is a sentinel.
SENTINEL = -135140  # 1600-01-01


@dataclass
class Traps:
    """Draws plain lines without replacement and rewrites ``claims``."""

    claims: Claims
    identities: Identities
    streams: Streams
    options: Options
    planted: Planted

    def __post_init__(self) -> None:
        self.rng = self.streams.rng("dcir traps")
        lines = self.claims.lines
        single = self.claims.details.group_by("line").len().filter(pl.col("len") == 1)["line"]
        plain = lines.filter(
            (pl.col("fate") == EVENT)
            & (pl.col("where") == TOWN)
            & ~pl.col("centre")
            # One line a person, day and executor: what is taken away is a whole visit.
            & (pl.len().over("person", "day", "exe", "visit_kind") == 1)
        )
        self._pools: dict[int, Array] = {}
        for kind in (0, DRUG, TEST, ACT):
            rows = plain.filter(pl.col("kind") == kind)
            if kind == DRUG:
                rows = rows.filter(pl.col("line").is_in(single.implode()))
            self._pools[kind] = self.rng.permutation(rows["line"].to_numpy())
        self._next = dict.fromkeys(self._pools, 0)

    def take(self, case: str, kind: int, per_1000: float, least: int = 2) -> pl.DataFrame:
        """Lines that no other trap takes, in order of line number."""
        count = portion(self.streams, self.options, case, per_1000, least)
        begin = self._next[kind]
        taken = np.sort(self._pools[kind][begin : begin + count])
        self._next[kind] = begin + len(taken)
        chosen = pl.Series(taken, dtype=pl.Int64)
        return self.claims.lines.filter(pl.col("line").is_in(chosen.implode()))

    def change(self, taken: pl.DataFrame, **columns: pl.Expr | str | int | None) -> None:
        """Set columns of the lines taken."""
        hit = pl.col("line").is_in(taken["line"].implode())
        new = {
            name: pl.when(hit)
            .then(value if isinstance(value, pl.Expr) else pl.lit(value))
            .otherwise(pl.col(name))
            .cast(self.claims.lines.schema[name])
            for name, value in columns.items()
        }
        self.claims.lines = self.claims.lines.with_columns(**new)

    def copy(
        self,
        taken: pl.DataFrame,
        *,
        later: tuple[int, int],
        sign: int = 1,
        with_details: bool = True,
        factor: int = 1,
        **columns: str,
    ) -> None:
        """New lines in new claims, `later` days after the originals were treated."""
        size = taken.height
        if not size:
            return
        new = taken["line"].to_numpy()
        numbers = self.claims.next_line + np.arange(size)
        treated = taken["treated"].to_numpy() + self.rng.integers(later[0], later[1] + 1, size)
        treated = np.minimum(treated, self.options.flux_end)
        lines = taken.with_columns(
            line=pl.Series(numbers),
            claim=pl.Series(self.claims.next_claim + np.arange(size)),
            treated=pl.Series(treated.astype(np.int32)),
            available=pl.Series(next_month(treated).astype(np.int32)),
            sign=pl.lit(sign, pl.Int8),
            quantity=pl.col("quantity") * factor,
            base=pl.col("base") * factor,
            **{name: pl.lit(value) for name, value in columns.items()},
        ).select(self.claims.lines.columns)
        self.claims.lines = pl.concat([self.claims.lines, lines.cast(self.claims.lines.schema)])
        if with_details:
            match = pl.DataFrame({"line": new, "new_line": numbers})
            details = (
                self.claims.details.join(match, on="line", how="inner", maintain_order="left")
                .with_columns(line="new_line", quantity=pl.col("quantity") * factor)
                .drop("new_line")
            )
            self.claims.details = pl.concat([self.claims.details, details])
        self.claims.next_line += size
        self.claims.next_claim += size

    def note(
        self, trap: str, rule: str, disposition: str, taken: pl.DataFrame, times: int = 1
    ) -> None:
        """Account for the lines taken and for their details."""
        self.planted.note(trap, rule, "ER_PRS_F", disposition, taken.height * times)
        details = self.claims.details.join(taken.select("line"), on="line", how="semi")
        for (kind,), rows in details.group_by("kind", maintain_order=True):
            table = _DETAIL_TABLE[int(str(kind))]
            self.planted.note(trap, rule, table, disposition, rows.height * times)


def plant(
    claims: Claims, identities: Identities, streams: Streams, options: Options, planted: Planted
) -> pl.DataFrame:
    """Plant every trap of DCIR; returns the orphan details, which have no line (R15)."""
    traps = Traps(claims, identities, streams, options, planted)
    _surcharges(traps)
    _information(traps)
    _regularisations(traps)
    _dates(traps)
    _details(traps)
    _anonymous(traps)
    return _orphans(traps)


def _surcharges(traps: Traps) -> None:
    """Majorations and participations: money, not acts (R19)."""
    for case, nature, rem_type, second, per_1000 in (
        ("surcharge", 1126, 1, None, 400),
        ("surcharge", 3116, 1, None, 300),
        ("external_participation", 1956, 18, 71, 60),
    ):
        taken = traps.take(case, 0, per_1000)
        extra = taken.with_columns(
            line=pl.Series(traps.claims.next_line + np.arange(taken.height)),
            prs=pl.lit(nature, pl.Int32),
            surcharge=pl.lit(2, pl.Int8),
            complement=pl.lit(16 if second else 0, pl.Int16),
            rem_type=pl.lit(rem_type, pl.Int8),
            dpn=pl.lit(0, pl.Int16),
            dpn_second=pl.lit(second, pl.Int16),
            base=pl.lit({1126: 500, 3116: 135, 1956: 1800}[nature], pl.Int64),
            kind=pl.lit(0, pl.Int32),
            visit_kind=pl.lit(""),
            # 71 on the participation of an external act is met before the surcharge rule.
            fate=pl.lit("R16" if second else "R19"),
        )
        traps.claims.lines = pl.concat([traps.claims.lines, extra.cast(traps.claims.lines.schema)])
        traps.claims.next_line += taken.height


def _information(traps: Traps) -> None:
    """Complementary daily fee (72) and lines of a private establishment with an unknown field."""
    taken = traps.take("information_line", 0, 3)
    traps.change(taken, dpn=72, fate="R16")
    taken = traps.take("information_line", 0, 3)
    traps.change(taken, dpn=None, dpn_second=72, fate="R16")


def _regularisations(traps: Traps) -> None:
    """+ - + with another or the same quantity, + - alone, and a minus without its plus (R20)."""
    for kind in (DRUG, 0, TEST):
        corrected = traps.take("corrected", kind, 12)
        traps.copy(corrected, later=(15, 90), sign=-1, factor=-1)
        traps.copy(corrected, later=(15, 90), factor=2 if kind == DRUG else 1)
        name = {DRUG: "corrected_drug", 0: "corrected_visit", TEST: "corrected_test"}[kind]
        table = {DRUG: "ER_PHA_F", 0: "ER_PRS_F", TEST: "ER_BIO_F"}[kind]
        planted = _rows(traps, corrected, kind) * 3
        traps.planted.note(name, "R20", table, "merged", planted, planted * 2 // 3)
        cancelled = traps.take("cancelled", kind, 6)
        traps.change(cancelled, fate="cancelled")
        again = traps.claims.lines.filter(pl.col("line").is_in(cancelled["line"].implode()))
        traps.copy(again, later=(15, 120), sign=-1, factor=-1)
        traps.note(name.replace("corrected", "cancelled"), "R20", "cancelled", again, times=2)
    orphan = traps.take("reversal_without_original", 0, 2)
    traps.change(
        orphan,
        sign=-1,
        quantity=-pl.col("quantity"),
        base=-pl.col("base"),
        fate="R20",
    )


def _rows(traps: Traps, taken: pl.DataFrame, kind: int) -> int:
    """Rows of the table where a correction of that kind is seen."""
    if kind == 0:
        return taken.height
    return traps.claims.details.join(taken.select("line"), on="line", how="semi").height


def _dates(traps: Traps) -> None:
    """No date at all, sentinel date, care before birth, care after death."""
    taken = traps.take("no_date", 0, 1)
    traps.change(taken, day=None, fate="quarantined")
    traps.note("no_date", "SO-223", "quarantined", taken)
    taken = traps.take("sentinel_date", 0, 1)
    traps.change(taken, day=SENTINEL, until=SENTINEL, fate="R04")
    taken = traps.take("care_before_birth", 0, 1)
    births = traps.identities.people.select("person", "birth")
    before = taken.join(births, on="person", how="left", maintain_order="left")
    shift = dict(zip(before["line"].to_list(), (before["birth"] - 800).to_list(), strict=True))
    moved = pl.col("line").replace_strict(shift, default=0, return_dtype=pl.Int32)
    traps.change(taken, day=moved, until=moved, fate="R11a")
    dead = traps.identities.people.filter(
        (pl.col("death") < NEVER) & (pl.col("identity") == "real")
    ).select("person", "death")
    taken = traps.take("care_after_death", 0, 2)
    size = min(taken.height, dead.height)
    if size:
        taken = taken.head(size)
        # The line is given to someone who died three months before.
        chosen = dead.head(size)
        line = taken["line"].to_list()
        who = dict(zip(line, chosen["person"].to_list(), strict=True))
        when = {one: death + 90 for one, death in zip(line, chosen["death"].to_list(), strict=True)}
        day = pl.col("line").replace_strict(when, default=0, return_dtype=pl.Int32)
        traps.change(
            taken,
            person=pl.col("line").replace_strict(who, default=0, return_dtype=pl.Int32),
            day=day,
            until=day,
            treated=pl.max_horizontal("treated", day + 10),
            available=pl.max_horizontal("available", pl.lit(0)),
            fate="R11b",
        )
        lines = traps.claims.lines
        traps.claims.lines = lines.with_columns(
            available=pl.Series(next_month(lines["treated"].to_numpy()).astype(np.int32)),
            claim=pl.when(pl.col("fate") == "R11b")
            .then(traps.claims.next_claim + pl.int_range(pl.len()))
            .otherwise("claim"),
        )
        traps.claims.next_claim += lines.height


def _anonymous(traps: Traps) -> None:
    """Care that the scheme of fictitious numbers (888) paid under a person's number (R07)."""
    traps.change(traps.take("scheme_of_fictitious_numbers", 0, 1), fate="R07")


def _details(traps: Traps) -> None:
    """Fan-out, dispensings without a code, anaesthesia and later phases of an act."""
    taken = traps.take("no_product_code", DRUG, 4)
    hit = pl.col("line").is_in(taken["line"].implode())
    traps.claims.details = traps.claims.details.with_columns(
        fate=pl.when(hit & (pl.col("kind") == DRUG)).then(pl.lit("R25")).otherwise("fate")
    )
    traps.planted.note("no_product_code", "R25", "ER_PHA_F", "excluded", taken.height)
    taken = traps.take("anaesthesia_and_later_phase", ACT, 6)
    own = traps.claims.details.join(taken.select("line"), on="line", how="semi")
    for rank, (activity, phase) in enumerate(((4, 0), (1, 2)), start=2):
        extra = own.with_columns(
            activity=pl.lit(activity, pl.Int32),
            phase=pl.lit(phase, pl.Int8),
            order=pl.lit(rank, pl.Int32),
            fate=pl.lit("R21"),
        )
        traps.claims.details = pl.concat([traps.claims.details, extra])
    traps.planted.note("anaesthesia_and_later_phase", "R21", "ER_CAM_F", "excluded", own.height * 2)
    _services(traps)
    _fan_out(traps)


def _services(traps: Traps) -> None:
    """The delivery of a device has a detail of its own next to that of the device (R25b)."""
    town = traps.claims.lines.filter((pl.col("where") == TOWN) & (pl.col("sign") == 1))
    devices = traps.claims.details.filter(
        (pl.col("kind") == DEVICE) & (pl.col("fate") == EVENT)
    ).join(town.select("line"), on="line", how="semi", maintain_order="left")
    taken = devices.head(
        min(devices.height, portion(traps.streams, traps.options, "delivery_of_a_device", 5))
    )
    extra = taken.with_columns(
        order=pl.col("order") + 1, price=pl.lit(1500, taken.schema["price"]), fate=pl.lit("R25b")
    )
    traps.claims.details = pl.concat([traps.claims.details, extra])
    traps.planted.note("delivery_of_a_device", "R25b", "ER_TIP_F", "excluded", extra.height)


def _fan_out(traps: Traps) -> None:
    """One line for two products: the second line's detail moves to the first."""
    lines = traps.claims.lines.filter(
        (pl.col("fate") == EVENT)
        & (pl.col("kind") == DRUG)
        & (pl.col("sign") == 1)
        & (pl.len().over("claim") == 2)
    )
    pairs = lines.filter(pl.len().over("claim") == 2).sort("claim", "line")
    count = portion(traps.streams, traps.options, "two_products_on_a_line", 15)
    pairs = pairs.head(2 * count)
    if pairs.is_empty():
        return
    first, second = pairs.gather_every(2), pairs.gather_every(2, offset=1)
    same = (first["prs"] == second["prs"]) & (first["rate"] == second["rate"])
    first, second = first.filter(same), second.filter(same)
    target = dict(zip(second["line"].to_list(), first["line"].to_list(), strict=True))
    added = dict(zip(first["line"].to_list(), second["base"].to_list(), strict=True))
    if not target:
        return
    moved = pl.col("line").is_in(list(target))
    traps.claims.details = traps.claims.details.with_columns(
        order=pl.when(moved).then(2).otherwise("order").cast(pl.Int32),
        line=pl.col("line").replace(target),
    )
    traps.claims.lines = traps.claims.lines.filter(~moved).with_columns(
        base=pl.col("base") + pl.col("line").replace_strict(added, default=0, return_dtype=pl.Int64)
    )
    traps.planted.note("two_products_on_a_line", "R22", "ER_PHA_F", "kept", 2 * len(target))


def _orphans(traps: Traps) -> pl.DataFrame:
    """Detail rows whose line is not delivered (R15): copies with a key that no line has."""
    parts = []
    for kind, table in _DETAIL_TABLE.items():
        if kind not in (DRUG, TEST, ACT):
            continue
        rows = traps.claims.details.filter(pl.col("kind") == kind)
        count = min(rows.height, portion(traps.streams, traps.options, "orphan_detail", 2))
        rows = rows.head(count).with_columns(fate=pl.lit("R15"))
        parts.append(rows)
        traps.planted.note("orphan_detail", "R15", table, "excluded", count)
    return pl.concat(parts) if parts else traps.claims.details.clear()
