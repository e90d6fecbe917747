"""Batches of DCIR lines: few on small data, none for an absurd month, none that read all again."""

from __future__ import annotations

from datetime import date

from etl.transform.flux import LINES_OF_ONE_BATCH, RowGroup, choose, rereading

MANY = LINES_OF_ONE_BATCH


def _month(year: int, month: int, rows: int = MANY) -> RowGroup:
    day = date(year, month, 1)
    return RowGroup(day, day, rows)


def test_small_data_are_one_query() -> None:
    chosen = choose([_month(2019, 1, 10), _month(2019, 2, 10)], "auto")
    assert chosen.size == "one"
    assert chosen.variables() == {}
    assert chosen.options() == []


def test_files_by_month_give_batches_by_month() -> None:
    chosen = choose([_month(2018, 11), _month(2018, 12)], "auto")
    assert (chosen.size, chosen.start, chosen.until) == (
        "month", date(2018, 11, 1), date(2019, 1, 1),
    )  # fmt: skip
    assert chosen.variables()["flux_batch"] == "month"
    assert chosen.options() == [
        "--event-time-start", "2018-11-01", "--event-time-end", "2019-01-01",
    ]  # fmt: skip


def test_files_by_year_give_batches_by_year() -> None:
    years = [RowGroup(date(year, 1, 1), date(year, 12, 1), MANY) for year in (2018, 2019)]
    assert rereading(years, "month") == 12
    assert rereading(years, "year") == 1
    assert choose(years, "auto").size == "year"
    assert choose(years, "month").size == "month"


def test_files_without_order_are_one_query() -> None:
    assert choose([RowGroup(date(2012, 1, 1), date(2019, 12, 1), MANY)], "auto").size == "one"


def test_absurd_months_make_no_batch() -> None:
    absurd = [RowGroup(date(1, 1, 1), date(9999, 12, 1), 5)]
    chosen = choose([*absurd, _month(2019, 3)], "month")
    assert (chosen.start, chosen.until) == (date(2019, 3, 1), date(2019, 4, 1))


def test_a_typing_error_within_the_span_makes_years_not_hundreds_of_months() -> None:
    chosen = choose([_month(2019, 3), _month(2091, 3)], "month")
    assert (chosen.size, chosen.until) == ("year", date(2091, 4, 1))


def test_nothing_delivered_is_one_query() -> None:
    assert choose([], "month").size == "one"
