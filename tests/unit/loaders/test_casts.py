"""Text becomes the contract's types; what does not parse is NULL and counted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.contracts.models import Column
from etl.loaders.casts import Caster
from etl.loaders.typed import as_text


def cast(values: list[str | None], **column: Any) -> tuple[list[Any], int]:
    """Cast values of one column; also the number of those that did not parse."""
    caster = Caster([Column(name="X", **column)])
    rows = pl.DataFrame({"X": values}, schema={"X": pl.String})
    typed = caster.cast(rows, trimmed=False)["X"]
    assert typed.dtype == Column(name="X", **column).polars_type
    return typed.to_list(), caster.unparsed.get("X", 0)


@pytest.mark.parametrize(
    "text",
    [
        "2007-01-02",
        "02/01/2007",
        "2/1/2007",
        "02JAN2007",
        "02Jan2007:22:12:17",
        "02jan2007:00:00:00.000",
        "20070102",
        "02012007",
        "2012007",
        "02-01-2007",
        "2007/01/02",
        "2007-01-02T22:12:17Z",
        "2007-01-02T22:12:17+01:00",
        "2007-01-02 00:00:00",
        "2007-01-02 00:00",
        "02/01/2007 22:12:17",
        " 2007-01-02 ",
        "02-JAN-2007",
        "02.01.2007",
        "2007/01/02 00:00:00",
        "02-JAN-2007 22:12:17",
    ],
)
def test_every_date_style(text: str) -> None:
    assert cast([text], type="date") == ([date(2007, 1, 2)], 0)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("0001-01-01", date(1, 1, 1)),
        ("00010101", date(1, 1, 1)),
        ("01010001", date(1, 1, 1)),
        ("01JAN1600:00:00:00", date(1600, 1, 1)),
        ("31/12/2099", date(2099, 12, 31)),
        ("31DEC9999", date(9999, 12, 31)),
        ("31129999", date(9999, 12, 31)),
    ],
)
def test_sentinels_stay_dates(text: str, day: date) -> None:
    assert cast([text], type="date") == ([day], 0)


@pytest.mark.parametrize(
    "text",
    [
        "2019-02-30",
        "31/02/2019",
        "13/31/2019",
        "01/02/06",
        "14-JUL-19",  # Oracle's own form: the century is not stated
        "31.02.2019",
        "2019",
        "201901",
        "1234567",
        "10101010",
        "02FEV2007",
        "02JAN2007:99",
        "2019-01-01garbage",
        "yesterday",
        "0999-01-01",
    ],
)
def test_what_is_no_date_is_null_and_counted(text: str) -> None:
    assert cast([text, "2019-01-01"], type="date") == ([None, date(2019, 1, 1)], 1)


def test_styles_may_change_within_a_column() -> None:
    values = ["02/01/2007"] * 5 + ["2007-01-02", None, "x"]
    parsed, lost = cast(values, type="date")
    assert parsed == [date(2007, 1, 2)] * 6 + [None, None]
    assert lost == 1


def test_a_style_once_learnt_is_tried_first_and_the_others_still_work() -> None:
    caster = Caster([Column(name="X", type="date")])
    for text in ("02JAN2007:00:00:00", "03JAN2007:00:00:00", "2007-01-04"):
        caster.cast(pl.DataFrame({"X": [text]}), trimmed=True)
    rows = caster.cast(pl.DataFrame({"X": ["05JAN2007:00:00:00", "2007-01-06"]}), trimmed=True)
    assert rows["X"].to_list() == [date(2007, 1, 5), date(2007, 1, 6)]
    assert caster.unparsed == {}


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2037, 12, 31)), st.integers(0, 86_399))
def test_any_day_reads_the_same_in_every_style(day: date, second: int) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC).replace(
        hour=second // 3600, minute=second // 60 % 60, second=second % 60
    )
    forms = ("%d/%m/%Y", "%d%b%Y", "%d%b%Y:%H:%M:%S", "%Y%m%d", "%d%m%Y")
    instant = moment.replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    texts = [day.isoformat(), *(moment.strftime(form) for form in forms)]
    texts.append(instant.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert cast([text.upper() for text in texts], type="date") == ([day] * len(texts), 0)


@settings(deadline=None)
@given(st.text(alphabet="0123456789", min_size=8, max_size=8))
def test_eight_digits_mean_one_day_at_most(text: str) -> None:
    def day(form: str) -> date | None:
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            return None
        known = 1600 <= found.year <= 2999 or found.year in (1, 9999)
        return found if known else None

    meanings = {day("%Y%m%d"), day("%d%m%Y")} - {None}
    assert len(meanings) <= 1
    meanings = meanings or {day("%m%d%Y")}  # a value that has the month first shows it
    assert cast([text], type="date")[0] == [next(iter(meanings), None)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("45", 45),
        ("1 000", 1000),
        ("45.00", 45),
        ("45,0", 45),
        ("-3", -3),
        ("007", 7),
        ("4.5e1", 45),
    ],
)
def test_integers(text: str, value: int) -> None:
    assert cast([text], type="integer") == ([value], 0)


@pytest.mark.parametrize("text", ["45.5", "a", "1e30", "1 00", "0x10"])
def test_no_integers(text: str) -> None:
    assert cast([text, "1"], type="integer") == ([None, 1], 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", "12.50"), ("12,5", "12.50"), ("-3", "-3.00"), ("1e3", "1000.00"), (".5", "0.50"),
        ("1 234,50", "1234.50"), ("-12\u00a0345\u00a0678.9", "-12345678.90"),
        ("1\u202f000", "1000.00"), ("1.234,5", "1234.50"), ("1.234.567", "1234567.00"),
    ],
)  # fmt: skip
def test_decimals(text: str, value: str) -> None:
    assert cast([text], type="decimal") == ([Decimal(value)], 0)


@pytest.mark.parametrize(
    "text", ["1.23,5", "12 €", "1 23,5", "12 3456", "1234 567", "99999999999999999999", "1,2,3"]
)
def test_no_decimals(text: str) -> None:
    assert cast([text, "1"], type="decimal") == ([None, Decimal("1.00")], 1)


def test_decimals_keep_the_digits_of_their_column() -> None:
    assert cast(["5704.74572"], type="decimal", scale=5) == ([Decimal("5704.74572")], 0)


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", "3"), ("03", "3"), ("3.0", "3"), ("3,00", "3"), ("0", "0"), ("00", "0"), ("-1", "-1")],
)
def test_numeric_codes_are_canonical_digits(text: str, value: str) -> None:
    assert cast([text], type="numeric_code") == ([value], 0)


@pytest.mark.parametrize("text", ["3.5", "2A", "1e3"])
def test_no_numeric_codes(text: str) -> None:
    assert cast([text, "1"], type="numeric_code") == ([None, "1"], 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("201901", "201901"),
        ("000101", "000101"),
        ("160001", "160001"),
        ("2019-01", "201901"),
        ("01/2019", "201901"),
        ("201901.0", "201901"),
        ("2019-01-15", "201901"),
        ("15/01/2019", "201901"),
    ],
)
def test_months(text: str, value: str) -> None:
    assert cast([text], type="month") == ([value], 0)


@pytest.mark.parametrize("text", ["201913", "201900", "2019", "jan"])
def test_no_months(text: str) -> None:
    assert cast([text, "201901"], type="month") == ([None, "201901"], 1)


def test_codes_keep_their_zeros_and_lose_their_blanks() -> None:
    assert cast([" 007 ", "2A", "", "  ", None], type="code") == (
        ["007", "2A", None, None, None],
        0,
    )


def test_empty_is_null_and_not_counted() -> None:
    for kind in ("integer", "decimal", "date", "month", "numeric_code", "text"):
        assert cast(["", "  ", None], type=kind) == ([None] * 3, 0)


@pytest.mark.parametrize(
    ("series", "kind", "expected"),
    [
        (pl.Series("X", [7, None], dtype=pl.Int32), "code", ["7", None]),
        (
            pl.Series("X", [3400921605068.0, None, float("nan")]),
            "code",
            ["3400921605068", None, None],
        ),
        (pl.Series("X", [12.5]), "decimal", ["12.5"]),
        # above 2**53 a float is the next even number: it is not written as if it were exact
        (
            pl.Series("X", [2.0**53 - 1, -(2.0**53) + 1]),
            "code",
            ["9007199254740991", "-9007199254740991"],
        ),
        (
            pl.Series("X", [2.0**53, -(2.0**53)]),
            "code",
            ["9007199254740992.0", "-9007199254740992.0"],
        ),
        (pl.Series("X", [True, False, None]), "code", ["1", "0", None]),
        (pl.Series("X", [date(2019, 1, 2)]), "date", ["2019-01-02"]),
        (pl.Series("X", [date(2019, 1, 2)]), "month", ["201901"]),
        (pl.Series("X", [datetime(2019, 1, 2, 23, 59)]), "date", ["2019-01-02"]),  # noqa: DTZ001
        (pl.Series("X", ["a"], dtype=pl.Categorical()), "code", ["a"]),
        (pl.Series("X", [Decimal("1.50")]), "decimal", ["1.50"]),
        (pl.Series("X", [None], dtype=pl.Null), "code", [None]),
    ],
)
def test_typed_columns_as_text(series: pl.Series, kind: Any, expected: list[str | None]) -> None:
    text = as_text("X", series.dtype, kind)
    assert text is not None
    assert series.to_frame().select(text.alias("X"))["X"].to_list() == expected


def test_nested_columns_cannot_be_read() -> None:
    assert as_text("X", pl.List(pl.Int64), "code") is None


def test_a_code_that_a_tool_kept_as_a_number_is_itself_again() -> None:
    """Whole numbers with gaps leave many tools as 9.0; diagnoses have a letter first."""
    kept = ["9", None, "05", "E11.0", "1.50"]
    assert cast(["9.0", *kept], type="code") == (["9", *kept], 0)
    assert cast(kept, type="code") == (kept, 0)


@pytest.mark.parametrize("word", ["NA", "n/a", "#N/A", ".", "NULL", "(null)", "NaN", "None"])
@pytest.mark.parametrize("kind", ["code", "text", "numeric_code", "integer", "date"])
def test_a_word_for_a_missing_value_is_null_in_every_type(word: str, kind: Any) -> None:
    caster = Caster([Column(name="X", type=kind)])
    typed = caster.cast(pl.DataFrame({"X": [word, None]}), trimmed=False)["X"]
    assert typed.to_list() == [None, None]
    assert (caster.missing, caster.unparsed) == ({"X": 1}, {})


def test_a_code_of_the_nomenclature_is_no_missing_value() -> None:
    caster = Caster([Column(name="X", type="code", words=("NA",))])
    rows = pl.DataFrame({"X": ["NA", "NULL", "NAQK015", "N"]})
    assert caster.cast(rows, trimmed=False)["X"].to_list() == ["NA", None, "NAQK015", "N"]


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2007", "\u200b", "\ufeff"])
def test_wide_blanks_around_a_value_go(blank: str) -> None:
    assert cast([f"{blank}A1{blank}"], type="code") == (["A1"], 0)


def test_a_code_in_scientific_notation_is_lost_and_counted() -> None:
    values = ["3.40094E+12", "3,4E+12", "34009400", "ALQ+183", "1E5", "01E04"]
    assert cast(values, type="code") == ([None, None, "34009400", "ALQ+183", "1E5", "01E04"], 2)


def test_a_code_as_sas_shortens_a_number_is_lost_and_counted() -> None:
    """BEST. of SAS writes no plus sign: one pseudonym would stand for several persons."""
    values = ["1.23456789E16", "1,2e7", "E11.9", "01C351.000"]
    assert cast(values, type="code") == ([None, None, "E11.9", "01C351.000"], 2)


def test_absurd_magnitudes_are_null_and_counted() -> None:
    largest = str(2**31 - 1)
    assert cast([largest, "2147483648", "-12345678901"], type="integer") == (
        [2**31 - 1, None, None],
        2,
    )
    assert cast(["99999999999.99", "100000000000.01"], type="decimal") == (
        [Decimal("99999999999.99"), None],
        1,
    )


def test_an_instant_of_parquet_is_a_french_day() -> None:
    instants = pl.Series("X", [datetime(2019, 7, 14, 22, tzinfo=UTC)], pl.Datetime("us", "UTC"))
    text = as_text("X", instants.dtype, "date")
    assert text is not None
    assert pl.DataFrame({"X": instants}).select(text).item() == "2019-07-15"


def test_a_birth_year_of_two_digits_is_not_read() -> None:
    """A person of 85 would be one of 1985 or of 1885; the gate refuses too many of them."""
    values = ["1950", "50", "1950.0", "0000", "150"]
    found, lost = cast(values, type="code", year=True)
    assert (found, lost) == (["1950", None, "1950", "0000", None], 2)
    caster = Caster([Column(name="BEN_NAI_ANN", type="code", year=True)])
    caster.cast(pl.DataFrame({"BEN_NAI_ANN": ["50", "85"]}), trimmed=True)
    assert caster.forms == {"BEN_NAI_ANN": "short_year"}
