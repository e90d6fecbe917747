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
    query: str
    """File of its measure below ``benchmarks/``; several figures share one."""
    argument: str
    """Condition of SQL that stands for ``${argument}`` in it."""
    from_n: int
    """Persons, deaths, stays or boxes below which the figure is not judged."""
    undeclared: bool
    """Judged also when no population is declared."""
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
        text = (HERE / "benchmarks" / f"{self.query}.sql").read_text("utf-8")
        return text.replace("${argument}", self.argument)

    def relation(self, relations: Mapping[str, str]) -> str | None:
        """(measured, n, low, high) as a relation; None when it reads what is absent."""
        if any(name not in relations for name in slots(self.sql)):
            return None
        return (
            f"(select f.measured, f.n, {self.low} as low, {self.high} as high,"
            f" {self.from_n} as from_n"
            f" from ({fill(self.sql, relations)}) as f)"
        )


@cache
def benchmarks() -> tuple[Benchmark, ...]:
    with (HERE / "benchmarks.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(
            Benchmark(
                name=row["name"],
                query=row["query"],
                argument=row["argument"],
                from_n=int(row["from_n"]),
                undeclared=row["undeclared"] == "yes",
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


def benchmark(name: str) -> Benchmark:
    """One figure by its name."""
    return next(one for one in benchmarks() if one.name == name)
