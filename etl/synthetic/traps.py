"""Planted cases: how many, and what must become of them.

Every rule of ``mappings/rules/snds_rules.csv`` that the generator can break is broken on purpose,
a known number of times. :class:`Planted` keeps the counts that ``answers/traps.csv`` lists.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from etl.synthetic.options import Options
from etl.synthetic.streams import Streams

SCHEMA = {
    "trap": pl.String,
    "rule_id": pl.String,
    "source_table": pl.String,
    "disposition": pl.String,
    "rows_planted": pl.Int64,
    "rows_expected": pl.Int64,
}


@dataclass
class Planted:
    """Rows planted, by trap, rule, source table and expected disposition."""

    notes: list[tuple[str, str, str, str, int, int]] = field(default_factory=list)

    def note(
        self,
        trap: str,
        rule: str,
        table: str,
        disposition: str,
        rows: int,
        expected: int | None = None,
    ) -> None:
        """``rows`` were planted; ``expected`` of them (default: all) get the disposition."""
        if rows:
            self.notes.append(
                (trap, rule, table, disposition, rows, rows if expected is None else expected)
            )

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(self.notes, schema=SCHEMA, orient="row")


def portion(streams: Streams, options: Options, case: str, per_1000: float, least: int = 2) -> int:
    """How many of a case to plant in a block: in proportion, and never none in the first block
    unless its dose is 0 (:mod:`etl.synthetic.faults`)."""
    dose = options.faults.dose(case)
    if not dose:
        return 0
    share = per_1000 * dose * options.block_size(streams.block) / 1000
    count = int(share)
    if streams.rng(f"portion {per_1000}").random() < share - count:
        count += 1
    return max(count, round(least * dose) or 1) if streams.block == 0 else count


def dosed(streams: Streams, options: Options, case: str) -> int:
    """How many of a case that each block has once, and the first block twice."""
    return round((1 if streams.block else 2) * options.faults.dose(case))
