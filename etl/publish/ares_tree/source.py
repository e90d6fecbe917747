"""Results of Achilles as the reports read them."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

Rows = list[dict[str, Any]]

QUARTILES = ("MIN", "P10", "P25", "MEDIAN", "P75", "P90", "MAX")
SEXES = (8507, 8532)
"""Ares draws MALE and FEMALE only."""

DIGITS = 4
"""Decimals of a number in JSON."""


@dataclass(frozen=True, slots=True)
class Source:
    """A connection, and where the CDM and the results lie."""

    connection: duckdb.DuckDBPyConnection
    catalog: str

    @property
    def cdm(self) -> str:
        return f"{self.catalog}.cdm"

    @property
    def results(self) -> str:
        return f"{self.catalog}.results"

    def rows(self, query: str) -> Rows:
        """Rows of a query, columns in upper case as the readers expect them."""
        cursor = self.connection.execute(query)
        names = [column[0].upper() for column in cursor.description or []]
        return [
            dict(zip(names, (_short(v) for v in row), strict=True)) for row in cursor.fetchall()
        ]

    def counts(self, analysis: int) -> str:
        """Relation of an analysis: ``s1`` … as numbers, ``t1`` … as text, and ``n``."""
        strata = ", ".join(
            f"try_cast(stratum_{i} as bigint) as s{i}, stratum_{i} as t{i}" for i in range(1, 6)
        )
        return (
            f"(select {strata}, count_value as n from {self.results}.achilles_results"
            f" where analysis_id = {analysis})"
        )

    def moments(self, analysis: int) -> str:
        """Relation of a distribution: ``s1``, ``s2``, and its values by name."""
        values = ", ".join(f"{name.lower()}_value" for name in QUARTILES)
        return (
            f"(select try_cast(stratum_1 as bigint) as s1, try_cast(stratum_2 as bigint) as s2,"
            f" count_value as n, {values} from {self.results}.achilles_results_dist"
            f" where analysis_id = {analysis})"
        )

    def persons(self) -> str:
        """The number of persons, as a scalar."""
        return f"(select n from {self.counts(1)} as everyone)"

    def concepts(self, analysis: int) -> Rows:
        """Counts by concept."""
        return self.rows(
            "select concept.concept_id, concept.concept_name, counted.n as count_value"
            f" from {self.counts(analysis)} as counted"
            f" inner join {self.cdm}.concept as concept on counted.s1 = concept.concept_id"
            " order by concept.concept_id"
        )


def values(of: str, divided: str = "") -> str:
    """The seven values of a distribution as columns."""
    return ", ".join(
        f"{of}.{name.lower()}_value{divided} as {name.lower()}_value" for name in QUARTILES
    )


def _short(value: Any) -> Any:
    """A number as the reader's tools write it: few decimals, whole ones without point."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, float):
        rounded = round(value, DIGITS)
        return int(rounded) if rounded.is_integer() else rounded
    return value
