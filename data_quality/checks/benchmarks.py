"""Figures published for France, and how each is measured on a CDM."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from data_quality.checks.templates import fill, slots

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A published figure with the band in which ours may lie."""

    name: str
    unit: str
    published: float
    low: float
    high: float
    year: int
    label_en: str
    label_fr: str
    source: str

    @property
    def sql(self) -> str:
        return (HERE / "benchmarks" / f"{self.name}.sql").read_text("utf-8")

    def relation(self, relations: Mapping[str, str]) -> str | None:
        """(measured, n, low, high) as a relation; None when it reads what is absent."""
        if any(name not in relations for name in slots(self.sql)):
            return None
        return (
            f"(select f.measured, f.n, {self.low} as low, {self.high} as high"
            f" from ({fill(self.sql, relations)}) as f)"
        )


@cache
def benchmarks() -> tuple[Benchmark, ...]:
    with (HERE / "benchmarks.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(
            Benchmark(
                name=row["name"],
                unit=row["unit"],
                published=float(row["published"]),
                low=float(row["low"]),
                high=float(row["high"]),
                year=int(row["year"]),
                label_en=row["label_en"],
                label_fr=row["label_fr"],
                source=row["source"],
            )
            for row in csv.DictReader(handle)
        )
