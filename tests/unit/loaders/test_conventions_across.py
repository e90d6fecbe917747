"""A column that does not show its marks or its order follows the other columns of its file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from etl.contracts.models import Column, ColumnType
from etl.errors import SndsOmopError
from etl.loaders.casts import Caster
from etl.loaders.conventions import Conventions, RereadError
from etl.loaders.typed import as_text


def read(kind: ColumnType, **columns: list[str]) -> tuple[dict[str, list[Any]], dict[str, int]]:
    """Values of a file of one block, and what could not be read by column."""
    conventions = Conventions()
    for _ in range(4):
        caster = Caster([Column(name=name, type=kind) for name in columns], conventions)
        typed = caster.cast(pl.DataFrame(columns), trimmed=True)
        try:
            caster.finish()
        except RereadError as shown:
            conventions = shown.conventions
            continue
        return typed.to_dict(as_series=False), caster.unparsed
    raise AssertionError("read for ever")


def test_first_days_of_months_follow_the_dates_of_care() -> None:
    """A month of flux is a first of the month: nothing in it shows that the month comes first."""
    found, lost = read("date", CARE=["02/13/2019", "07/05/2019"], FLUX=["03/01/2019", "08/01/2019"])
    assert found["FLUX"] == [date(2019, 3, 1), date(2019, 8, 1)]
    assert found["CARE"] == [date(2019, 2, 13), date(2019, 7, 5)]
    assert lost == {}


def test_day_first_stays_day_first() -> None:
    found, _ = read("date", CARE=["13/02/2019", "05/07/2019"], FLUX=["01/03/2019", "01/08/2019"])
    assert found["FLUX"] == [date(2019, 3, 1), date(2019, 8, 1)]


def read_flux(flux: list[str | None], **others: list[str]) -> tuple[dict[str, list[Any]], Caster]:
    """Days of a file with a column of months, in two blocks."""
    conventions = Conventions()
    names = {"FLUX": True, **dict.fromkeys(others, False)}
    columns = [Column(name=n, type="date", month_start=starts) for n, starts in names.items()]
    for _ in range(4):
        caster = Caster(columns, conventions)
        rows = pl.DataFrame({"FLUX": flux, **others})
        parts = [caster.cast(rows[:1], trimmed=True), caster.cast(rows[1:], trimmed=True)]
        try:
            caster.finish()
        except RereadError as shown:
            conventions = shown.conventions
            continue
        return pl.concat(parts).to_dict(as_series=False), caster
    raise AssertionError("read for ever")


def test_months_that_are_firsts_of_a_month_in_one_order_show_it() -> None:
    """No day above 12 stands in the file; its flux would be three days of January."""
    found, caster = read_flux(
        ["03/01/2019", "04/01/2019", "1/1/2019"], CARE=["02/03/2019", "03/04/2019", "12/05/2018"]
    )
    assert found["FLUX"] == [date(2019, 3, 1), date(2019, 4, 1), date(2019, 1, 1)]
    assert found["CARE"] == [date(2019, 2, 3), date(2019, 3, 4), date(2018, 12, 5)]
    assert caster.orders == {"CARE": "month", "FLUX": "month"}


@pytest.mark.parametrize("flux", [["01/03/2019", "01/04/2019"], ["01-03-2019", None]])
def test_months_with_the_day_first_show_the_day_of_other_columns(flux: list[str | None]) -> None:
    found, caster = read_flux(flux, CARE=["03/02/2019", "04/03/2019"])
    assert found["FLUX"][0] == date(2019, 3, 1)
    assert found["CARE"] == [date(2019, 2, 3), date(2019, 3, 4)]
    assert caster.orders == {"CARE": "day", "FLUX": "day"}


@pytest.mark.parametrize("flux", ["05/06/2019", "01/01/2019", "01/03/2019"])
def test_months_that_fit_no_order_or_both_show_nothing(flux: str) -> None:
    found, caster = read_flux(["03/01/2019", flux], CARE=["02/03/2019", "03/04/2019"])
    if flux == "01/01/2019":
        assert caster.orders == {"CARE": "month", "FLUX": "month"}
    else:
        assert found["FLUX"][0] == date(2019, 1, 3)
        assert caster.orders == {"CARE": "open", "FLUX": "open"}


def test_months_that_contradict_the_days_of_other_columns_refuse_the_file() -> None:
    with pytest.raises(SndsOmopError, match=r"SO-216.* FLUX: other columns"):
        read_flux(["03/01/2019", "04/01/2019"], CARE=["13/02/2019", "03/04/2019"])


def test_months_with_the_day_first_do_not_follow_columns_with_the_month_first() -> None:
    found, _ = read_flux(["01/03/2019", "01/04/2019"], CARE=["02/13/2019", "03/25/2019"])
    assert found["FLUX"] == [date(2019, 3, 1), date(2019, 4, 1)]
    assert found["CARE"] == [date(2019, 2, 13), date(2019, 3, 25)]


def test_a_column_between_two_orders_refuses_the_file() -> None:
    with pytest.raises(SndsOmopError, match=r"SO-216.* FLUX: other columns"):
        read("date", A=["13/02/2019"], B=["02/13/2019"], FLUX=["03/01/2019"])


def test_a_date_that_reads_the_same_in_both_orders_asks_for_nothing() -> None:
    found, _ = read("date", A=["13/02/2019"], B=["02/13/2019"], DEATH=["01/01/1600"])
    assert found["DEATH"] == [date(1600, 1, 1)]


@pytest.mark.parametrize(
    ("shown", "followed", "expected"),
    [
        ("25,50", "1.000", Decimal(1000)),
        ("25.50", "1.000", Decimal(1)),
        ("25.50", "1,000", Decimal(1000)),
        ("25,50", "1,000", Decimal(1)),
    ],
)
def test_a_mark_is_that_of_the_other_amounts(shown: str, followed: str, expected: Decimal) -> None:
    found, lost = read("decimal", PAID=[shown, "7"], REFUND=[followed, "7"])
    assert found["REFUND"] == [expected, Decimal(7)]
    assert lost == {}


@pytest.mark.parametrize("kind", ["decimal", "integer"])
def test_one_or_a_thousand_is_not_read_where_nothing_shows_it(kind: ColumnType) -> None:
    """Whole numbers have no mark: 1.000 next to them is no number with three decimals."""
    found, lost = read(kind, PAID=["1.000", "25"])
    assert found["PAID"] == [None, 25]
    assert lost == {"PAID": 1}
    fixed, lost = read(kind, PAID=["1.000", "25.000"])
    assert (fixed["PAID"], lost) == ([1, 25], {})


def test_other_amounts_with_both_marks_show_nothing() -> None:
    found, lost = read("decimal", A=["0,5"], B=["0.5"], PAID=["1.000"])
    assert (found["PAID"], lost) == ([None], {"PAID": 1})


@pytest.mark.parametrize("typed", [[Decimal("1.126"), Decimal("25.000")], [1.126, 25.0]])
def test_a_number_of_a_typed_column_has_no_thousands(typed: list[Any]) -> None:
    text = as_text("PAID", pl.Series(typed).dtype, "decimal")
    assert text is not None
    paid = pl.DataFrame({"PAID": typed}).select(text.alias("PAID"))["PAID"].to_list()
    found, lost = read("decimal", PAID=paid, REFUND=["0,5", "7"])
    assert (found["PAID"], lost) == ([Decimal("1.13"), Decimal(25)], {})
