"""Marks of numbers, order and zone of dates: decided by a column over its whole file."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from etl.contracts.models import Column
from etl.errors import SndsOmopError
from etl.loaders.casts import Caster
from etl.loaders.conventions import Conventions, RereadError


class Read:
    """Blocks of one column, read as a file is: again under its own evidence when it asks so."""

    def __init__(self, *blocks: list[str], zone: str = "Europe/Paris", **column: Any) -> None:
        conventions = Conventions()
        for readings in range(1, 5):
            self.readings = readings
            self.caster = Caster([Column(name="X", **column)], conventions, zone)
            frames = [pl.DataFrame({"X": block}, schema={"X": pl.String}) for block in blocks]
            self.values = [
                value
                for frame in frames
                for value in self.caster.cast(frame, trimmed=False)["X"].to_list()
            ]
            try:
                self.caster.finish()
            except RereadError as shown:
                conventions = shown.conventions
                continue
            self.lost = self.caster.unparsed.get("X", 0)
            return
        raise AssertionError("read for ever")


THOUSAND, HALF = Decimal("1000.00"), Decimal("0.50")


@pytest.mark.parametrize(
    ("blocks", "expected", "readings"),
    [
        ([["1,000", "1,234.50"]], [THOUSAND, Decimal("1234.50")], 1),
        ([["1,000"], ["0.5"]], [THOUSAND, HALF], 2),
        ([["0.5"], ["1,000"]], [HALF, THOUSAND], 1),
        ([["1,000"], ["1,234,567"]], [THOUSAND, Decimal(1234567)], 2),
        ([["1.000"], ["0,5"]], [THOUSAND, HALF], 2),
        ([["0,5", "1.000"], ["1.000,50"]], [HALF, THOUSAND, Decimal("1000.50")], 1),
        ([["1.000"], ["1.234.567"]], [THOUSAND, Decimal(1234567)], 2),
        ([["1,000"], ["0,5"]], [Decimal(1), HALF], 2),
        ([["1.000"], ["0.5"]], [Decimal(1), HALF], 1),
        ([["1,000"], ["12"]], [None, Decimal(12)], 1),
        ([["1 000"], ["1 234,50"]], [THOUSAND, Decimal("1234.50")], 1),
        ([["45", "7"], ["12.5"]], [Decimal(45), Decimal(7), Decimal("12.5")], 1),
    ],
)
def test_one_mark_for_a_whole_column(
    blocks: list[list[str]], expected: list[Decimal | None], readings: int
) -> None:
    read = Read(*blocks, type="decimal")
    assert (read.values, read.readings) == (expected, readings)
    assert read.lost == expected.count(None)


@pytest.mark.parametrize(
    "blocks",
    [
        [["1,000.50", "1.000,50"]],
        [["12.5"], ["1"], ["12,5"]],
        [["12,5"], ["12.5"]],
        [["1,234,567"], ["1.234.567"]],
        [["1 000,5"], ["0.25"]],
    ],
)
@pytest.mark.parametrize("kind", ["decimal", "integer"])
def test_two_marks_refuse_the_file(blocks: list[list[str]], kind: str) -> None:
    with pytest.raises(SndsOmopError, match=r"SO-216.* X: a decimal point") as refused:
        Read(*blocks, type=kind)
    assert refused.value.exit_code == 4
    assert not any(
        value in str(refused.value) for block in blocks for value in block if value > "1"
    )


def test_counts_with_parted_thousands() -> None:
    assert Read(["1,000", "45.00"], type="integer").values == [1000, 45]
    assert Read(["1,000"], ["7"], type="integer").values == [None, 7]


def test_amounts_finer_than_a_cent_are_rounded_and_counted() -> None:
    read = Read(["1.25", "1.250", "1.255", "12345.678", "0.001"], ["7"], type="decimal")
    assert read.caster.rounded == {"X": 3}
    assert read.lost == 0
    assert Read(["1,25", "1,2555"], type="decimal").caster.rounded == {"X": 1}
    assert Read(["1.234"], type="decimal", scale=3).caster.rounded == {}


FOURTH_OF_MARCH, THIRTEENTH = date(2019, 3, 4), date(2019, 2, 13)


@pytest.mark.parametrize("form", ["{}/{}/2019", "{}-{}-2019", "{}{}2019", "{}/{}/2019 00:00:00"])
def test_month_first_dates(form: str) -> None:
    american = [form.format("03", "04")], [form.format("02", "13")]
    read = Read(*american, type="date")
    assert (read.values, read.readings) == ([FOURTH_OF_MARCH, THIRTEENTH], 2)
    assert Read([*american[0], *american[1]], type="date").readings == 1
    french = [form.format("04", "03")], [form.format("13", "02")]
    read = Read(*french, type="date")
    assert (read.values, read.readings) == ([FOURTH_OF_MARCH, THIRTEENTH], 1)


@pytest.mark.parametrize("kind", ["date", "month"])
@pytest.mark.parametrize(
    "blocks",
    [
        [["13/02/2019", "02/13/2019"]],
        [["13/02/2019"], ["01/01/2019"], ["02/13/2019"]],
        [["02/13/2019"], ["13/02/2019"]],
        [["02132019"], ["13022019"]],
    ],
)
def test_two_orders_refuse_the_file(blocks: list[list[str]], kind: str) -> None:
    with pytest.raises(SndsOmopError, match=r"SO-216.* X: the day first"):
        Read(*blocks, type=kind)


@pytest.mark.parametrize(
    "lost", ["31/02/2019", "02/31/2019", "04312019", "13/31/2019", "99/99/2019", "00/13/2019"]
)
def test_a_day_that_does_not_exist_is_no_evidence(lost: str) -> None:
    read = Read(["03/04/2019", lost], type="date")
    assert (read.values, read.lost) == ([date(2019, 4, 3), None], 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-07-14T22:00:00Z", date(2019, 7, 15)),
        ("2019-07-14 21:59:59Z", date(2019, 7, 14)),
        ("2019-01-14T23:00:00.000+00:00", date(2019, 1, 15)),
        ("2019-01-14T22:59:59+0000", date(2019, 1, 14)),
        ("2019-07-15T00:00:00+02:00", date(2019, 7, 15)),
        ("2019-07-14 22:00:00+00", date(2019, 7, 15)),
        ("2019-07-14 22:00 UTC", date(2019, 7, 15)),
        ("2019-07-14T00:00:00Z", date(2019, 7, 14)),
        ("2019-07-14T20:00:00-05:00", date(2019, 7, 15)),
        ("0001-01-01T00:00:00Z", date(1, 1, 1)),
        ("1600-01-01T23:30:00Z", date(1600, 1, 1)),
        ("9999-12-31T23:30:00Z", date(9999, 12, 31)),
    ],
)
def test_an_instant_has_its_day_in_paris(text: str, day: date) -> None:
    assert Read([text], type="date").values == [day]
    if 1600 < day.year < 9999:
        assert Read([text], type="month").values == [f"{day:%Y%m}"]


def test_the_zone_is_a_setting() -> None:
    assert Read(["2019-07-14T22:00:00Z"], type="date", zone="UTC").values == [date(2019, 7, 14)]


SHIFTED = ["2019-01-14 23:00:00", "2019-07-14 22:00:00", "2019-03-30 23:00:00"]


def test_midnights_of_paris_written_in_utc_without_a_zone() -> None:
    days = [date(2019, 1, 15), date(2019, 7, 15), date(2019, 3, 31)]
    assert Read(SHIFTED[:1], SHIFTED[1:], type="date").values == days
    sas = [datetime.fromisoformat(text).strftime("%d%b%Y:%H:%M:%S").upper() for text in SHIFTED]
    assert Read(sas, type="date").values == days
    assert Read(SHIFTED, type="date", zone="UTC").values[0] == date(2019, 1, 14)


@pytest.mark.parametrize("instants", [1, 9])
@pytest.mark.parametrize("other", ["2019-07-14T22:00:00Z", "2019-07-15", "2019-07-15T00:00:00+02"])
def test_times_without_zone_among_other_forms(instants: int, other: str) -> None:
    """Whichever form most values have, naive times are judged by themselves."""
    day = date(2019, 7, 15)
    shifted = [date(2019, 1, 15), date(2019, 7, 15), date(2019, 3, 31)]
    read = Read([*SHIFTED, *[other] * instants], type="date")
    assert read.values == [*shifted, *[day] * instants]
    midnights = ["2019-01-14 00:00:00", "2019-07-14 00:00:00"]
    read = Read([*midnights, *[other] * instants], type="date")
    assert read.values == [date(2019, 1, 14), date(2019, 7, 14), *[day] * instants]
    assert read.readings == 1


@pytest.mark.parametrize(
    "texts",
    [
        ["2019-01-14 00:00:00", "2019-07-14 00:00:00"],
        [*SHIFTED, "2019-07-14 00:00:00"],
        [*SHIFTED, "2019-07-14 08:30:00"],
        [*SHIFTED, "2019-07-14 23:00:00"],  # an hour late in summer
        SHIFTED[:1] * 3,  # one day may be a chance
    ],
)
def test_other_times_keep_their_written_day(texts: list[str]) -> None:
    read = Read(texts, type="date")
    assert read.values == [date.fromisoformat(text[:10]) for text in texts]
    assert read.readings == 1
