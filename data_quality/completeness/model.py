"""What is missing from a delivery, and from when on that is a reason to refuse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Percent = Annotated[float, Field(ge=0, le=100)]
Rows = Annotated[int, Field(ge=1)]

KINDS = (
    "no_beneficiaries",
    "file_refused",
    "truncated",
    "quarantine",
    "unparsed",
    "codes_missing",
    "month_missing",
    "flux_stops",
    "year_missing",
    "sibling_missing",
    "sibling_short",
    "detail_missing",
    "detail_short",
    "one_rule",
)
"""Kinds of shortfall, the gravest first: the order in which a refusal gives them."""


class Thresholds(BaseModel):
    """From when on something missing refuses; the reasons are in ``policy.yml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows_from: Rows = Field(5, description="fewer rows at fault are not judged")
    quarantine_percent: Percent = 1
    unparsed_percent: Percent = Field(1, description="of a column that the contract needs")
    unparsed_other_percent: Percent = Field(20, description="of any other column")
    codes_percent: Percent = Field(30, description="rows of a table of codes without a code")
    month_rows: Rows = Field(10, description="median of the months around a month without any")
    month_percent: Percent = Field(10, description="of the months around: less is a missing month")
    month_percent_rows: Rows = Field(50, description="rows of the months around, for that share")
    year_rows: Rows = Field(12, description="rows of the years around a year without any")
    sibling_rows: Rows = Field(8, description="rows of a year for a table that other years have")
    pair_percent: Percent = Field(70, description="of the stays that the other table of a pair has")
    detail_rows: Rows = Field(50, description="lines that imply details, for a share of them")
    rule_percent: Percent = Field(40, description="rows that one rule excludes for want of a link")
    unknown_percent: Percent = Field(20, description="rows whose person no register knows")
    nearly_all_percent: Percent = Field(90, description="rows excluded for want of a link, in all")
    nearly_all_rows: Rows = Field(8, description="rows of the table and year, for nearly all")
    any_rule_percent: Percent = Field(95, description="rows that one rule of another kind excludes")
    rule_rows: Rows = Field(30, description="rows of the table and year, for that share")
    any_rule_rows: Rows = Field(100, description="the same for rules of another kind")


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One thing that is missing. Names, months and shares; never a value of a row."""

    kind: str
    table: str
    year: int | None = None
    column: str = ""
    """The column that cannot be read, the rule that excludes, or the table it is missing to."""
    first_month: date | None = None
    last_month: date | None = None
    percent: float | None = None
    accepted_by: str = ""
    """Owner of the declared gap that accepts it; empty when none does."""
    reason: str = ""
    """The owner's reason."""

    @property
    def when(self) -> str:
        """The year, or the months it spans, as ``2018-09 – 2018-11``; empty when neither."""
        if self.first_month and self.last_month:
            ends = [f"{month:%Y-%m}" for month in (self.first_month, self.last_month)]
            return " – ".join(dict.fromkeys(ends))
        return "" if self.year is None else str(self.year)

    @property
    def what(self) -> str:
        """The table, and when."""
        return f"{self.table} {self.when}".strip()

    @property
    def rank(self) -> tuple[int, str, int]:
        return (KINDS.index(self.kind), self.table, self.year or 0)
