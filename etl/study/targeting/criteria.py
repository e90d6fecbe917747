"""Criteria of published algorithms, as reviewed rows of ``mappings/targeting``.

A person is a case if any path holds; a path holds if all its groups hold, in the same stay where
``link`` asks for it; a group holds if any of its criteria holds. Path 0 removes persons.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from etl.resources import mappings_dir

FOLDER = "targeting"
Source = Literal["drug", "ald", "mco", "rip", "ghm", "ccam"]
Window = Literal["year", "year_before", "two_years", "all"]
Link = Literal["person", "stay"]


class Criterion(BaseModel):
    """One row: events of one source, with codes, place and number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    algorithm: str
    criterion: int
    path: int = Field(ge=0)
    group: int = Field(ge=1)
    source: Source
    codes: str = Field(pattern=r"^-?[A-Z0-9]+\*?(;-?[A-Z0-9]+\*?)*$")
    positions: str = Field(pattern=r"^((DP|DR|DAS|DP_RUM|DR_RUM)(;(DP|DR|DAS|DP_RUM|DR_RUM))*)?$")
    pack: Literal["", "GC"]
    minimum: int = Field(ge=1)
    """Distinct days."""
    window: Window
    link: Link
    reference: str = Field(min_length=1)
    note: str

    @property
    def wanted(self) -> list[str]:
        return [code for code in self.codes.split(";") if not code.startswith("-")]

    @property
    def places(self) -> list[str]:
        return self.positions.split(";") if self.positions else []

    def matches(self, column: str) -> str:
        """SQL: whether a code is one of these; a final ``*`` is a prefix, ``-`` takes out."""
        taken = " or ".join(_like(column, code) for code in self.wanted)
        out = [code[1:] for code in self.codes.split(";") if code.startswith("-")]
        less = "".join(f" and not {_like(column, code)}" for code in out)
        return f"(({taken}){less})"


def _like(column: str, code: str) -> str:
    if code.endswith("*"):
        return f"starts_with({column}, '{code[:-1]}')"
    return f"({column} is not distinct from '{code}')"


class Algorithm(BaseModel):
    """A published algorithm with its criteria."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    algorithm: str
    title_en: str
    title_fr: str
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    def paths(self) -> dict[int, dict[int, list[Criterion]]]:
        """Path → group → criteria."""
        found: dict[int, dict[int, list[Criterion]]] = {}
        for one in self.criteria:
            found.setdefault(one.path, {}).setdefault(one.group, []).append(one)
        return found


@cache
def algorithms() -> tuple[Algorithm, ...]:
    """All algorithms, in the order of their list."""
    folder = mappings_dir() / FOLDER
    rows = [Criterion.model_validate(row) for row in _rows(folder / "criteria.csv")]
    return tuple(
        Algorithm(**row, criteria=tuple(one for one in rows if one.algorithm == row["algorithm"]))
        for row in _rows(folder / "algorithms.csv")
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
