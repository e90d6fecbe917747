"""The French year: closed days, public holidays, the lockdowns of 2020, teleconsultation.

What depends on the day of the week is decided by the person and the day alone, so that a
consultation and the box that it prescribes on the same day stay together.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import yaml

from etl.synthetic.catalogue import DATA, natures
from etl.synthetic.content import (
    ActStep,
    AmbulatoryStep,
    AnyStep,
    CareStep,
    DeviceStep,
    DrugStep,
    LabStep,
    StayStep,
    VisitStep,
)
from etl.synthetic.numbers import Array
from etl.synthetic.options import EPOCH, FIRST_YEAR, LAST_YEAR, day

_SATURDAY, _SUNDAY = 5, 6
#: Natures of teleconsultation: of a general practitioner, of the others.
GP_BY_VIDEO, SPECIALIST_BY_VIDEO = 1192, 1191


@cache
def settings() -> dict[str, Any]:
    """The content of ``data/calendar.yml``."""
    loaded: dict[str, Any] = yaml.safe_load((DATA / "calendar.yml").read_text(encoding="utf-8"))
    return loaded


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def holidays(year: int) -> list[date]:
    """The eleven public holidays of metropolitan France."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (1, 39, 50)
    return sorted(
        [date(year, *one) for one in fixed]
        + [easter(year) + timedelta(days=days) for days in moving]
    )


@cache
def _kinds_of_day() -> tuple[int, Array]:
    """First day, and for each day from it its weekday, a holiday being a Sunday."""
    first, last = day(FIRST_YEAR - 25), day(LAST_YEAR + 2)
    kinds = (np.arange(first, last) + 3) % 7
    for year in range(FIRST_YEAR - 25, LAST_YEAR + 2):
        for one in holidays(year):
            kinds[one.toordinal() - EPOCH - first] = _SUNDAY
    return first, kinds


def weekday(days: Array) -> Array:
    """0 on Monday to 6 on Sunday and on public holidays."""
    first, kinds = _kinds_of_day()
    return np.asarray(kinds[np.clip(days - first, 0, len(kinds) - 1)])


def kind_of(step: AnyStep) -> str:
    """Kind of care of a step, as ``calendar.yml`` names it; '' when every day is alike."""
    if isinstance(step, StayStep):
        if step.sessions:
            return "sessions"
        if step.entry == "home" and step.nights == (0, 0) and step.field == "mco":
            return "day_stay"
        return "planned_stay" if step.entry == "home" and not step.link else "emergency_stay"
    if isinstance(step, ActStep):
        if step.hospital >= 1:
            return "emergency"
        return "dental" if step.by == "dentist" else "technical"
    if isinstance(step, VisitStep | CareStep):
        prs = next(iter(step.visit if isinstance(step, VisitStep) else step.care))
        return _kind_of_nature()[prs]
    if isinstance(step, LabStep):
        return "laboratory"
    if isinstance(step, DrugStep):
        return "pharmacy"
    return "office" if isinstance(step, AmbulatoryStep | DeviceStep) else ""


@cache
def _kind_of_nature() -> dict[str, str]:
    return dict(natures().select("code", "kind").iter_rows())


def drawn(person: Array, days: Array, seed: int) -> Array:
    """A number between 0 and 1 for a person on a day, the same for all that the person does."""
    mixed = person.astype(np.int64) * 2_654_435_761 + days.astype(np.int64) * 40_503 + seed * 97
    return np.asarray((mixed ^ (mixed >> 13)) * 1_103_515_245 % 1_000_003 / 1_000_003)


def opened(kind: str, person: Array, days: Array, seed: int) -> Array:
    """Days, those on which this kind of care is closed moved to a day of the following week.

    ``calendar.yml`` has the share kept on Saturdays, and on Sundays and holidays.
    """
    law = settings()["open"].get(kind)
    if law is None or not len(days):
        return days
    here = drawn(person, days, seed)
    when = weekday(days)
    if "monday" in law:  # a share of the other days waits for Monday
        waits = (when != 0) & (here < law["monday"])
        return np.where(waits, days + (7 - (days + 3) % 7), days)
    share = np.where(
        when == _SATURDAY, law["saturday"], np.where(when == _SUNDAY, law["sunday"], 1)
    )
    moves = here >= share
    spread = np.floor(here * 7919 % law.get("spread", 5)).astype(np.int64)
    later = days + (7 - (days + 3) % 7) + spread
    later = np.where(weekday(later) == _SUNDAY, later + 1, later)
    return np.where(moves, later, days)


def kept(kind: str, days: Array, rng: np.random.Generator) -> Array:
    """Which of these take place: stays change over the years, and care was put off in 2020."""
    months, years = settings()["deferred"].get(kind), settings()["trend"].get(kind)
    if not (months or years) or not len(days):
        return np.ones(len(days), dtype=bool)
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) - 50 * 12
    share = np.ones(len(days))
    if years:
        share = np.interp(month // 12 + 2020, sorted(years), [years[one] for one in sorted(years)])
    if months:
        here = (month >= 0) & (month < 12)
        share[here] *= np.array(months, dtype=float)[month[here]]
    return np.asarray(rng.random(len(days)) < share)


def by_video(nature: Array, days: Array, in_town: Array, rng: np.random.Generator) -> Array:
    """Natures of consultations, a share of those in town held by video."""
    law = settings()["teleconsultations"]
    first = law["first_year"]
    shares = np.array(
        [share for year in sorted(law["share"]) for share in law["share"][year]], dtype=float
    )
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) - (first - 1970) * 12
    share = np.where(month < 0, 0.0, shares[np.clip(month, 0, len(shares) - 1)])
    video = in_town & (rng.random(len(days)) < share)
    general, special = nature == 1111, np.isin(nature, law["specialists"])
    nature = np.where(video & general, GP_BY_VIDEO, nature)
    return np.where(video & special, SPECIALIST_BY_VIDEO, nature)
