"""Gaps that a person declared and answers for, until a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from data_quality.completeness.model import Shortfall
from etl.delivery.declaration import DeclaredGap

NEVER = frozenset({"no_beneficiaries"})
"""Kinds that no person can accept: a release without persons is none."""


def with_accepted(
    shortfalls: Iterable[Shortfall], gaps: Iterable[DeclaredGap], today: date
) -> tuple[Shortfall, ...]:
    """The shortfalls, each with the owner of the gap that accepts it, if one does.

    A gap holds until its day, that day included. A shortfall of several years needs a gap for each.
    """
    valid = [gap for gap in gaps if gap.until >= today]
    return tuple(_accepted(shortfall, valid) for shortfall in shortfalls)


def _accepted(shortfall: Shortfall, gaps: list[DeclaredGap]) -> Shortfall:
    of_table = [gap for gap in gaps if gap.table == shortfall.table]
    covering = [
        next((gap for gap in of_table if gap.year in (None, year)), None)
        for year in _years(shortfall)
    ]
    first = covering[0]
    if shortfall.kind in NEVER or first is None or not all(covering):
        return shortfall
    return replace(shortfall, accepted_by=first.owner, reason=first.reason)


def _years(shortfall: Shortfall) -> list[int | None]:
    if shortfall.first_month and shortfall.last_month:
        return list(range(shortfall.first_month.year, shortfall.last_month.year + 1))
    return [shortfall.year]
