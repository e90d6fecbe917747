"""Days in the future of a delivery: typing errors that name and date nothing, and are reported."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from data_quality.completeness.months import number_of

Ask = Callable[[str], list[tuple[Any, ...]]]

LINES = ("ER_PRS_F", "NS_PRS_F")
NEAR = 6
"""Empty months that the flux of late payments may skip."""
AFTER_DELIVERY = "R04b"


@dataclass(frozen=True, slots=True)
class FutureDay:
    """One kind of day that the delivery cannot know, in one table and year."""

    kind: Literal["flux", "care", "death"]
    table: str
    year: int | None = None

    @property
    def what(self) -> str:
        """The table, and the year of its file."""
        return self.table if self.year is None else f"{self.table} {self.year}"


def future_days(ask: Ask, relations: Mapping[str, str], today: date) -> tuple[FutureDay, ...]:
    """Flux months, days of care and deaths in the future of the delivery, by table and year.

    Args:
        ask: answers a query on the candidate.
        relations: what a query may read, as ``lake.ER_PRS_F`` and ``audit.ledger``.
        today: no flux month is later than its own.
    """
    return (
        *_flux(ask, relations, today),
        *_care(ask, relations),
        *_deaths(ask, relations),
    )


def _flux(ask: Ask, relations: Mapping[str, str], today: date) -> Iterator[FutureDay]:
    if "cdm.cdm_source" not in relations:
        return
    released = ask(f"select max(source_release_date) from {relations['cdm.cdm_source']}")[0][0]
    for table in LINES:
        if f"lake.{table}" not in relations or released is None:
            continue
        months = ask(
            f"select distinct cast(date_trunc('month', FLX_DIS_DTD) as date)"
            f" from {relations[f'lake.{table}']} where FLX_DIS_DTD is not null"
        )
        if is_far_ahead((month for (month,) in months), released, today):
            yield FutureDay("flux", table)


def is_far_ahead(months: Iterable[date], released: date, today: date) -> bool:
    """True when a month lies after that of today, or far from those that follow the release date.

    Late payments follow the last months for years, a month or a few months apart.
    """
    last = number_of(released)
    for number in sorted(number_of(month) for month in months):
        if number > number_of(today) or number > last + NEAR + 1:
            return True
        last = max(last, number)
    return False


def _care(ask: Ask, relations: Mapping[str, str]) -> Iterator[FutureDay]:
    if "audit.ledger" not in relations:
        return
    for table, year in ask(
        f"select source_table, source_year from {relations['audit.ledger']}"
        f" where rule_id = '{AFTER_DELIVERY}' and disposition = 'excluded' and n_rows > 0"
        " group by source_table, source_year order by source_table, source_year"
    ):
        yield FutureDay("care", str(table), year)


def _deaths(ask: Ask, relations: Mapping[str, str]) -> Iterator[FutureDay]:
    if "audit.person_facts" not in relations:
        return
    found = ask(
        f"select coalesce(sum(n_persons), 0) from {relations['audit.person_facts']}"
        " where fact = 'death_before_birth_or_after_the_delivery'"
    )
    if found[0][0]:
        yield FutureDay("death", "IR_BEN_R")
