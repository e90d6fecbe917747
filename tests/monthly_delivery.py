"""The generator's SNDS as it would have come: a first delivery, then month after month of flux.

In addition to their flux, months bring what a year brings: persons never seen, deaths learnt
afterwards, new rights, hospital files of a year, a month first held by the simplified datamart,
lines held twice.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.synthetic import generate

YEAR = 2019
MONTHS = range(1, 13)
FIRST = 0
# What some months bring, by its number in the year (0: the first delivery).
ONLY_IN_DATAMART = (3, 4)
LATE_IN_DCIR = {3: 8}
HOSPITALS_OF_YEAR = {YEAR - 1: 2, YEAR: 10}
DELIVERED_TWICE = {5: 9}
_PERSONS = ("IR_BEN_R", "IR_BEN_R_ARC", "IR_IBA_R")
_RIGHTS = ("IR_IMB_R", "IR_ETM_R", "IR_ORC_R", "IR_ACS_R", "IR_MAT_R", "IR_MTT_R")


@dataclass(frozen=True)
class Months:
    """Deliveries below ``root``, one folder a month."""

    root: Path

    def of(self, month: int) -> Path:
        return self.root / f"{YEAR}-{month:02d}"

    def deliver(self, month: int, delivery: Path) -> None:
        """Let the files of a month join those that came before."""
        if self.of(month).is_dir():
            shutil.copytree(self.of(month), delivery / self.of(month).name, dirs_exist_ok=True)


def write_months(root: Path, *, persons: int, seed: int, datamart: bool = True) -> Months:
    """Cut a synthetic SNDS of two years into a first delivery and twelve months."""
    dcir, simplified = root / "dcir", root / "simplified"
    generate(dcir, persons=persons, seed=seed, years=range(YEAR - 1, YEAR + 1))
    months = Months(root / "months")
    late = dict.fromkeys(ONLY_IN_DATAMART) | LATE_IN_DCIR if datamart else {}
    for path in sorted(dcir.glob("*.csv")):
        _cut(path, months, lambda month: late.get(month, month))
    if datamart:
        generate(simplified, persons=persons, seed=seed, years=range(YEAR - 1, YEAR + 1),
                 simplified=True)  # fmt: skip
        for path in sorted(simplified.glob("NS_*.csv")):
            _cut(path, months, lambda month: month if month in ONLY_IN_DATAMART else None)
        _cut(simplified / "IR_IBA_R.csv", months, lambda month: month)
    return months


def _cut(path: Path, months: Months, arrival: Callable[[int], int | None]) -> None:
    frame = pl.read_csv(path, separator=";", infer_schema=False)
    for month, name, rows in _parts(path.stem, frame, arrival):
        if rows.height:
            file = months.of(month) / f"{name}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            rows.write_csv(file, separator=";", quote_style="never")


def _parts(
    name: str, frame: pl.DataFrame, arrival: Callable[[int], int | None]
) -> Iterator[tuple[int, str, pl.DataFrame]]:
    """Month of arrival, name of the file, its rows."""
    if "FLX_DIS_DTD" in frame.columns and not name.startswith("IR_"):
        yield from _flux(name, frame, arrival)
    elif name.startswith("T_"):
        yield HOSPITALS_OF_YEAR[2000 + int(name[5:7])], name, frame
    elif name in _PERSONS:
        yield from _persons(name, frame)
    elif name in _RIGHTS:
        place = pl.int_range(pl.len()) % 13
        for month in range(13):
            yield month, name, frame.filter(place == month)
    elif name.startswith("KI_"):
        yield 11, name, frame
    else:
        yield FIRST, name, frame


def _flux(
    name: str, frame: pl.DataFrame, arrival: Callable[[int], int | None]
) -> Iterator[tuple[int, str, pl.DataFrame]]:
    day = pl.col("FLX_DIS_DTD")
    year, month_of_year = day.str.slice(6, 4).cast(pl.Int32), day.str.slice(3, 2).cast(pl.Int32)
    if arrival(FIRST) is not None:
        yield FIRST, name, frame.filter(year < YEAR)
    for month in MONTHS:
        rows = frame.filter((year == YEAR) & (month_of_year == month))
        if (arrives := arrival(month)) is not None:
            yield arrives, _month_name(name, month), rows
        if month in DELIVERED_TWICE and arrival(month) is not None:
            again = rows.filter(pl.int_range(pl.len()) % 5 == 0)
            yield DELIVERED_TWICE[month], _month_name(name, month), again


def _month_name(name: str, month: int) -> str:
    # files of one folder have names of their own: two months of one table may come together
    return f"m{month:02d}/{name}"


def _persons(name: str, frame: pl.DataFrame) -> Iterator[tuple[int, str, pl.DataFrame]]:
    """One row in seven is of a person who comes during the year; deaths of the year come later."""
    place = pl.int_range(pl.len())
    newcomer = place % 7 == 3
    comes = 1 + place % 12
    died = pl.col("BEN_DCD_DTE").str.ends_with(str(YEAR)).fill_null(value=False)
    learnt = pl.col("BEN_DCD_DTE").str.slice(3, 2).cast(pl.Int32, strict=False) + 1
    alive = pl.lit("01/01/1600")
    for month in range(13):
        arrives = pl.when(newcomer).then(comes).otherwise(FIRST) == month
        rows = frame.filter(arrives)
        before = frame.filter(arrives & died).height
        if before:
            rows = rows.with_columns(
                BEN_DCD_DTE=pl.when(died).then(alive).otherwise(pl.col("BEN_DCD_DTE")),
                BEN_DCD_AME=pl.when(died).then(pl.lit("160001")).otherwise(pl.col("BEN_DCD_AME")),
            )
        yield month, name, rows
        if month:
            yield month, f"learnt/{name}", frame.filter(died & ~newcomer & (learnt == month))
