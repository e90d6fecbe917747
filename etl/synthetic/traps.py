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


def portion(streams: Streams, options: Options, per_1000: float, least: int = 2) -> int:
    """How many to plant in a block: in proportion, and never none in the first block."""
    share = per_1000 * options.block_size(streams.block) / 1000
    count = int(share)
    if streams.rng(f"portion {per_1000}").random() < share - count:
        count += 1
    return max(count, least) if streams.block == 0 else count
