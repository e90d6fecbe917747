"""Days of the week, public holidays, lockdowns, teleconsultation."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from etl.synthetic.calendar import (
    GP_BY_VIDEO,
    SPECIALIST_BY_VIDEO,
    by_video,
    easter,
    holidays,
    kept,
    opened,
    weekday,
)
from etl.synthetic.numbers import Array
from etl.synthetic.options import day

YEAR = np.arange(day(2019), day(2020))


def _of(days: Array, *wanted: int) -> float:
    """Share of days that are of these kinds of day."""
    return float(np.isin(weekday(days), wanted).mean())


@pytest.mark.parametrize(
    ("year", "when"),
    [(2000, (4, 23)), (2018, (4, 1)), (2019, (4, 21)), (2020, (4, 12)), (2024, (3, 31)),
     (2025, (4, 20))],
)  # fmt: skip
def test_easter(year: int, when: tuple[int, int]) -> None:
    assert easter(year) == date(year, *when)


def test_eleven_public_holidays_a_year() -> None:
    assert len(holidays(2019)) == 11
    assert {date(2019, 4, 22), date(2019, 5, 30), date(2019, 6, 10)} < set(holidays(2019))


def test_a_holiday_is_like_a_sunday() -> None:
    days = np.array([day(2019, 4, 22), day(2019, 4, 23), day(2019, 7, 14), day(2019, 7, 13)])
    assert weekday(days).tolist() == [6, 1, 6, 5]


@pytest.mark.parametrize("kind", ["office", "pharmacy", "dental", "planned_stay", "day_stay"])
def test_little_takes_place_on_closed_days(kind: str) -> None:
    person = np.repeat(np.arange(200), len(YEAR))
    days = np.tile(YEAR, 200)
    moved = opened(kind, person, days, seed=3)
    assert _of(days, 6) > 0.15
    assert _of(moved, 6) < (0.03 if kind == "planned_stay" else 0.01)
    assert 0 < _of(moved, 5) < 0.6 * _of(days, 5) + 0.02
    assert ((moved >= days) & (moved <= days + 12)).all()


def test_what_a_person_does_on_a_day_stays_together() -> None:
    person, days = np.arange(5000), np.full(5000, day(2019, 3, 16))  # a Saturday
    visit, box = (opened(kind, person, days, seed=1) for kind in ("office", "pharmacy"))
    assert (box <= visit).all() and 0.1 < (visit > days).mean() < 0.9
    assert (visit[box > days] == box[box > days]).all()


def test_care_without_closed_days_does_not_move() -> None:
    person = np.arange(len(YEAR))
    for kind in ("nursing", "emergency_stay", ""):
        assert (opened(kind, person, YEAR, seed=1) == YEAR).all()


def test_emergencies_are_more_on_monday() -> None:
    person, days = np.arange(400 * len(YEAR)), np.tile(YEAR, 400)
    when = (opened("emergency", person, days, seed=1) + 3) % 7
    others = (when > 0).mean() / 6
    assert 1.06 < (when == 0).mean() / others < 1.16


def test_care_was_put_off_in_spring_2020_only() -> None:
    rng = np.random.default_rng(1)
    share = {
        month: kept("planned_stay", np.full(4000, day(*month, 10)), rng).mean()
        for month in ((2019, 4), (2020, 4), (2020, 7), (2021, 4))
    }
    assert share[2020, 4] < 0.5 < 0.85 < share[2020, 7]
    assert share[2021, 4] > 0.8 and share[2019, 4] > 0.9
    assert kept("nursing", np.full(100, day(2020, 4, 10)), rng).all()


def test_day_stays_rise_over_the_years() -> None:
    rng = np.random.default_rng(2)
    early, late = (
        kept("day_stay", np.full(4000, day(year, 9, 9)), rng).mean() for year in (2016, 2023)
    )
    assert early < 0.9 < late


@pytest.mark.parametrize(
    ("when", "low", "high"),
    [((2018, 8, 31), 0, 0), ((2019, 6, 1), 0, 0.002), ((2020, 4, 10), 0.24, 0.3),
     ((2021, 5, 1), 0.05, 0.1), ((2030, 1, 1), 0.03, 0.06)],
)  # fmt: skip
def test_teleconsultations_of_the_time(when: tuple[int, int, int], low: float, high: float) -> None:
    nature, days = np.full(20_000, 1111), np.full(20_000, day(*when))
    found = by_video(nature, days, np.full(20_000, True), np.random.default_rng(4))
    assert low <= (found == GP_BY_VIDEO).mean() <= high


def test_only_consultations_in_town_are_held_by_video() -> None:
    nature = np.repeat([1112, 1211, 1433], 1000)
    days = np.full(3000, day(2020, 4, 10))
    rng = np.random.default_rng(5)
    found = by_video(nature, days, np.full(3000, True), rng)
    assert (found[:1000] == SPECIALIST_BY_VIDEO).any() and (found[1000:] == nature[1000:]).all()
    assert (by_video(nature, days, np.full(3000, False), rng) == nature).all()
