"""Values that a tool changed: what is undone, and what is named because it cannot be."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from etl.contracts.models import Column, ColumnType
from etl.loaders.casts import Caster
from etl.loaders.conventions import RereadError
from etl.loaders.dates import DATE_STYLES
from etl.loaders.unread import advice


def cast(values: list[str], kind: ColumnType) -> tuple[list[Any], Caster]:
    caster = Caster([Column(name="X", type=kind)])
    return caster.cast(pl.DataFrame({"X": values}), trimmed=True)["X"].to_list(), caster


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("'I10'", "code", "I10"),
        ("'0100", "code", "0100"),
        ('"0100"', "code", "0100"),
        ('="0100"', "code", "0100"),
        ("'7'", "numeric_code", "7"),
        ("'7", "integer", 7),
        ("'2019-02-01'", "date", date(2019, 2, 1)),
        ("''", "code", None),
        ("'NA'", "code", None),
        ("'quoted'", "text", "quoted"),
        ("'s of a name", "text", "'s of a name"),
        ("L'HOPITAL", "code", "L'HOPITAL"),
        ("5.0", "code", "5"),
        ("5.00", "code", "5"),
        ("5,0", "code", "5"),
        ("35100017.0000000000", "code", "35100017"),
    ],
)
def test_marks_and_fractions_around_a_value_are_taken_away(
    text: str, kind: ColumnType, value: Any
) -> None:
    found, caster = cast([text], kind)
    assert found == [value]
    assert caster.unparsed == {}


@pytest.mark.parametrize("word", [r"\N", "NaT", "#N/D", "-", "<NA>"])
def test_words_of_hive_pandas_and_spreadsheets_are_missing(word: str) -> None:
    found, caster = cast([word, "I10"], "code")
    assert (found, caster.missing) == ([None, "I10"], {"X": 1})


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("01/02/19", "short_year"),
        ("01-FEB-19", "short_year"),
        ("01/01/00", "short_year"),
        ("01/02/01", "short_year"),
        ("01-02-01", "short_year"),
        ("01FEB00", "short_year"),
        ("01-FÉVR.-19", "short_year"),
        ("01FEB19", "short_year"),
        ("01-FEB-19 12.00.00.000000000 AM", "short_year"),
        ("190201", "short_year"),
        ("43497", "days"),
        ("21581", "days"),
        ("43497,0", "days"),
        ("1548979200", "seconds"),
        ("1548979200000", "seconds"),
        ("#########", "spreadsheet"),
    ],
)
def test_a_date_that_cannot_be_read_is_named_by_its_form(text: str, form: str) -> None:
    found, caster = cast([text, "2019-02-01"], "date")
    assert found == [None, date(2019, 2, 1)]
    assert caster.forms == {"X": form}
    shown = advice(form)
    assert shown is not None
    assert text not in shown.english + shown.french


@pytest.mark.parametrize(
    ("text", "form"), [("#REF!", "spreadsheet"), ("3.40094E+12", "exponent"), ("3E+12", "exponent")]
)
def test_a_code_that_a_spreadsheet_lost_is_counted(text: str, form: str) -> None:
    found, caster = cast([text, "I10"], "code")
    assert (found, caster.unparsed, caster.forms) == ([None, "I10"], {"X": 1}, {"X": form})


def test_values_of_no_known_form_have_no_advice() -> None:
    _, caster = cast(["somewhen", "43497"], "date")
    assert caster.forms == {"X": ""}
    assert advice("") is None


@pytest.mark.parametrize(
    "form",
    [
        "%Y%m%d000000",
        "%Y-%m-%d-00.00.00.000000",
        "%Y%m%d 00:00:00",
        "%d-%m-%Y 00:00:00",
        "%d.%m.%Y 00:00",
        "%Y%m%d.0",
    ],
)
def test_days_with_a_time_of_other_clients(form: str) -> None:
    days = [date(2019, 1, 31), date(2020, 2, 29), date(1600, 1, 1)]
    found, caster = cast([f"{day:{form}}" for day in days], "date")
    assert (found, caster.unparsed) == (days, {})


def test_a_compact_time_in_utc_is_a_midnight_of_paris() -> None:
    shifted = ["20190114230000", "20190714220000"]
    caster = Caster([Column(name="X", type="date")])
    caster.cast(pl.DataFrame({"X": shifted}), trimmed=True)
    with pytest.raises(RereadError) as shown:
        caster.finish()
    again = Caster([Column(name="X", type="date")], shown.value.conventions)
    found = again.cast(pl.DataFrame({"X": shifted}), trimmed=True)["X"].to_list()
    assert found == [date(2019, 1, 15), date(2019, 7, 15)]


def test_styles_are_distinct() -> None:
    """No style is written twice: the second would never be reached."""
    assert len({*DATE_STYLES}) == len(DATE_STYLES)


def test_odd_codes_of_several_columns_stay_in_their_own() -> None:
    rows = pl.DataFrame(
        {
            "A": ["I10", "5.0", None],
            "B": ["5.0", "#REF!", "7.00"],
            "C": ["3.40094E+12", "C+", "'9'"],
        }
    )
    caster = Caster([Column(name=name, type="code") for name in rows.columns])
    assert caster.cast(rows, trimmed=True).to_dict(as_series=False) == {
        "A": ["I10", "5", None],
        "B": ["5", None, "7"],
        "C": [None, "C+", "9"],
    }
    assert caster.unparsed == {"B": 1, "C": 1}
