"""The SQL words that DuckDB and Spark do not share. Everything else in this package is common."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """How one engine writes what the other writes differently."""

    engine: str

    def days_after(self, date: str, days: int) -> str:
        """A date moved by a number of days."""
        if self.engine == "spark":
            return f"date_add({date}, {days})"
        return f"({date} + {days})" if days >= 0 else f"({date} - {-days})"

    def days_between(self, first: str, last: str) -> str:
        """Whole days from one date to another."""
        if self.engine == "spark":
            return f"datediff({last}, {first})"
        return f"date_diff('day', {first}, {last})"

    def make_date(self, year: str, month: str, day: str) -> str:
        """A date from its parts; NULL for 31 February rather than an error."""
        if self.engine == "spark":
            return f"try_make_date({year}, {month}, {day})"
        return f"try(make_date({year}, {month}, {day}))"

    def text(self, value: str) -> str:
        """A value as text."""
        return f"cast({value} as {'string' if self.engine == 'spark' else 'varchar'})"

    def matches(self, value: str, pattern: str) -> str:
        """Whether a text matches a pattern, which names both of its ends."""
        if self.engine == "spark":
            return f"{value} rlike '{pattern}'"
        return f"regexp_matches({value}, '{pattern}')"

    def temporary(self, name: str, select: str) -> str:
        """Keep the answer of a query for the session."""
        if self.engine == "spark":
            return f"create or replace temporary view {name} as {select}"
        return f"create or replace temp table {name} as {select}"

    def parquet(self, glob: str) -> str:
        """Read Parquet files as one relation."""
        if self.engine == "spark":
            return f"parquet.`{glob}`"
        return f"read_parquet('{glob.replace(chr(39), chr(39) * 2)}', union_by_name = true)"

    def say(self, template: str) -> str:
        """A template, which is written in DuckDB's words."""
        if self.engine == "spark":
            return template.replace("extract(isodow from", "extract(dayofweek_iso from")
        return template


DUCKDB = Words("duckdb")
SPARK = Words("spark")
