"""Text to the types of the contract. What does not parse becomes NULL and is counted.

The usual form of a type is tried on the whole column at once; the other forms are tried only on the
values that failed, so a clean file pays for one attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from etl.contracts.models import Column, ColumnType

_EXACT_FLOAT = 2**53
_MONTH = r"^\d{4}(0[1-9]|1[0-2])$"
_WHOLE = r"^[+-]?\d+[.,]0{0,2}$"
# Counters and quantities of the SNDS have ten digits at most, amounts eleven before the mark.
_LARGEST_COUNT = 2**31 - 1
_LARGEST_AMOUNT = 10**11
# A thousand, or one and three decimals: the value alone does not tell.
_AMBIGUOUS = r"^[+-]?[1-9]\d{0,2},\d{3}$"
_COMMAS = r"^[+-]?[1-9]\d{0,2}(?:,\d{3})+\.\d*$|^[+-]?[1-9]\d{0,2}(?:,\d{3}){2,}$"
#: A code that a spreadsheet turned into a number: its last digits are lost.
_SCIENTIFIC = r"^\d(?:[.,]\d+)?[eE]\+\d{1,2}$"
_MISSING = (".", "#N/A", "(null)", "(NULL)", "(Null)", "<NA>")
#: Words that programs write for a missing value; no code list of the SNDS holds them, but for the
#: exceptions that a contract names.
MISSING_WORDS = frozenset(
    (*_MISSING, *(f(w) for w in ("NA", "N/A", "NULL", "None", "NaN") for f in (str, str.lower)))
) | {"NONE", "NAN", "Null"}
_BLANKS = (
    " \t\r\n\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)
# Blanks between groups of three digits, the narrow and the unbreakable ones among them.
_THOUSANDS = r"^[+-]?\d{1,3}(?:\s\d{3})+(?:\.\d*)?$"
#: A code that a tool kept as a number with a fraction; no code of the SNDS looks like it.
_FLOATED = r"^\d+\.0$"

_TIME = r"\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"


class DateStyle(NamedTuple):
    """One way to write a date; ``part`` takes the date out of a date with a time."""

    form: str
    length: int | None = None
    part: str | None = None


# Eight digits are never ambiguous: years are 0001, 1600 to 2999 or 9999, so the third pair of
# digits is a month (01..12) in YYYYMMDD and the start of a year (00, 16..29, 99) in DDMMYYYY.
DATE_STYLES = (
    DateStyle("%Y-%m-%d"),
    DateStyle("%d/%m/%Y"),
    DateStyle("%d%b%Y"),
    DateStyle("%Y%m%d", length=8),
    DateStyle("%d%m%Y", length=8),
    DateStyle("%d-%m-%Y", length=10),
    DateStyle("%Y/%m/%d", length=10),
    DateStyle(
        "%Y-%m-%d", part=rf"^(\d{{4}}-\d{{2}}-\d{{2}})[T ]{_TIME}(?:Z|[+-]\d{{2}}:?\d{{2}})?$"
    ),
    DateStyle("%d%b%Y", part=rf"^(\d{{1,2}}[A-Za-z]{{3}}\d{{4}}):{_TIME}$"),
    DateStyle("%d/%m/%Y", part=rf"^(\d{{1,2}}/\d{{1,2}}/\d{{4}})[T ]{_TIME}$"),
)


class Caster:
    """Casts the blocks of one file; remembers which date style each of its columns uses."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = {column.name: column for column in columns}
        self._styles: dict[str, DateStyle] = {}
        self.unparsed: dict[str, int] = {}
        self.missing: dict[str, int] = {}  # words for a missing value, by column

    def cast(self, rows: pl.DataFrame, *, trimmed: bool) -> pl.DataFrame:
        """Rows with the types of the contract.

        Args:
            rows: contract columns, as text or already of their type.
            trimmed: no field begins or ends with a blank.
        """
        if not trimmed:
            rows = rows.with_columns(_trimmed(pl.col(pl.String)))
        rows = self._without_words(rows)
        typed = rows.lazy().select(self._usual(name, rows) for name in rows.columns).collect()
        typed = typed.with_columns(self._without_fraction(typed))
        typed = typed.with_columns(self._without_exponent(typed))
        rescued = [
            self._rescue(rows[name], typed[name])
            for name in rows.columns
            if typed[name].null_count() > rows[name].null_count()
        ]
        return typed.with_columns(rescued)

    def _without_words(self, rows: pl.DataFrame) -> pl.DataFrame:
        """NULL for the words that stand for a missing value, whatever the column's type."""
        wanted = {
            name: sorted(MISSING_WORDS - {*self._columns[name].words})
            for name, dtype in rows.schema.items()
            if dtype == pl.String
        }
        if not wanted or rows.is_empty():
            return rows
        counts = rows.select(pl.col(n).is_in(words).sum() for n, words in wanted.items()).row(0)
        found = {name: n for name, n in zip(wanted, counts, strict=True) if n}
        for name, n in found.items():
            self.missing[name] = self.missing.get(name, 0) + n
        return rows.with_columns(
            pl.when(~pl.col(name).is_in(wanted[name])).then(pl.col(name)) for name in found
        )

    def _usual(self, name: str, rows: pl.DataFrame) -> pl.Expr:
        column = self._columns[name]
        if rows.schema[name] != pl.String:
            return pl.col(name)
        if column.type == "date":
            if name not in self._styles:
                self._learn(rows.select(pl.col(name).drop_nulls()))
            return _date(pl.col(name), self._styles.get(name, DATE_STYLES[0]))
        return _usual(pl.col(name), column)

    def _without_fraction(self, typed: pl.DataFrame) -> list[pl.Expr]:
        """Codes written `9.0`, in the columns that have any."""
        codes = [n for n in typed.columns if self._columns[n].type == "code"]
        if not codes:
            return []
        any_floated = typed.select(pl.col(codes).str.ends_with(".0").any()).row(0, named=True)
        floated = pl.col([name for name, found in any_floated.items() if found])
        whole = pl.when(floated.str.contains(_FLOATED)).then(floated.str.strip_suffix(".0"))
        return [whole.otherwise(floated)] if any(any_floated.values()) else []

    def _without_exponent(self, typed: pl.DataFrame) -> list[pl.Expr]:
        """NULL for codes such as 3.40094E+12, which `_rescue` then counts."""
        codes = [n for n in typed.columns if self._columns[n].type == "code"]
        if not codes:
            return []
        marked = pl.col(codes).str.contains("+", literal=True).any()
        spoiled = [n for n, any_ in typed.select(marked).row(0, named=True).items() if any_]
        if not spoiled:
            return []
        code = pl.col(spoiled)
        return [pl.when(~code.str.contains(_SCIENTIFIC)).then(code).name.keep()]

    def _rescue(self, text: pl.Series, typed: pl.Series) -> pl.Series:
        """The column with the values that only another form could read; counts the others."""
        name = text.name
        failed = (text.is_not_null() & typed.is_null()).arg_true()
        values = text.gather(failed).to_frame()
        if self._columns[name].type == "date" and 2 * len(failed) > text.count():
            self._learn(values)
        found = values.select(_unusual(pl.col(name), self._columns[name])).to_series()
        lost = found.null_count()
        if lost:
            self.unparsed[name] = self.unparsed.get(name, 0) + lost
        return typed.scatter(failed, found) if lost < len(found) else typed

    def _learn(self, values: pl.DataFrame) -> None:
        """Begin with the style that reads most of these: to try all is to read as many times."""
        name = values.columns[0]
        parsed = values.head(1000).select(
            _date(pl.col(name), style).count().alias(str(rank))
            for rank, style in enumerate(DATE_STYLES)
        )
        counts = parsed.row(0)
        if max(counts):
            self._styles[name] = DATE_STYLES[counts.index(max(counts))]


def as_text(name: str, dtype: pl.DataType, wanted: ColumnType) -> pl.Expr | None:
    """A typed column (Parquet) as the text its contract can cast; None when it cannot be read.

    A code stored as a number comes back as digits; ``pad`` puts its lost zeros back in staging.
    """
    column = pl.col(name)
    if dtype == pl.String:
        return column
    if dtype == pl.Null or dtype.is_integer() or dtype.is_decimal():
        return column.cast(pl.String)
    if dtype.is_float():
        whole = (column.round() == column) & (column.abs() < _EXACT_FLOAT)
        digits = column.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(whole).then(digits).when(column.is_not_nan()).then(column.cast(pl.String))
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("1")).when(~column).then(pl.lit("0"))
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        # an instant is a day of France only in French time
        column = column.dt.convert_time_zone("Europe/Paris")
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        pattern = "%Y%m" if wanted == "month" else "%Y-%m-%d"
        return column.dt.strftime(pattern)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    return None


def _trimmed(text: pl.Expr) -> pl.Expr:
    bare = text.str.strip_chars(_BLANKS)
    return pl.when(bare != "").then(bare).name.keep()


def _usual(text: pl.Expr, column: Column) -> pl.Expr:
    """The form nearly all values have."""
    match column.type:
        case "integer":
            return _bounded(text.cast(pl.Int64, strict=False), _LARGEST_COUNT)
        case "numeric_code":
            return text.cast(pl.Int64, strict=False).cast(pl.String)
        case "decimal":
            amount = text.cast(pl.Decimal(18, column.scale), strict=False)
            return _bounded(amount, _LARGEST_AMOUNT)
        case "month":
            return pl.when(text.str.contains(_MONTH)).then(text).name.keep()
        case _:
            return text


def _bounded(number: pl.Expr, largest: int) -> pl.Expr:
    """NULL beyond what a column of the SNDS can hold: one absurd cell must not end a build."""
    return pl.when(number.is_between(-largest, largest)).then(number)


def _unusual(text: pl.Expr, column: Column) -> pl.Expr:
    """Any other form that is still one value without doubt; NULL otherwise."""
    sure = pl.when(~text.str.contains(_AMBIGUOUS)).then(text)
    point = (
        pl.when(text.str.contains(_COMMAS))
        .then(text.str.replace_all(",", "", literal=True))
        .otherwise(sure.str.replace(",", ".", literal=True))
    )
    match column.type:
        case "integer":
            number = point.cast(pl.Float64, strict=False)
            whole = (number.round() == number) & (number.abs() < _EXACT_FLOAT)
            count = pl.when(whole).then(number).cast(pl.Int64, strict=False)
            return _bounded(count, _LARGEST_COUNT)
        case "numeric_code":
            digits = pl.when(text.str.contains(_WHOLE)).then(text.str.extract(r"^(.*?)[.,]", 1))
            return digits.cast(pl.Int64, strict=False).cast(pl.String)
        case "decimal":
            spaced = point.str.contains(_THOUSANDS)
            bare = pl.when(spaced).then(point.str.replace_all(r"\s", "")).otherwise(point)
            return _bounded(bare.cast(pl.Decimal(18, column.scale), strict=False), _LARGEST_AMOUNT)
        case "date":
            return _any_date(text)
        case "month":
            whole = text.str.extract(r"^(\d{6})[.,]0*$", 1)
            dashed = text.str.extract(r"^(\d{4}-\d{2})$", 1).str.replace("-", "", literal=True)
            slashed = text.str.replace(r"^(\d{2})/(\d{4})$", "${2}${1}")
            months = (pl.when(m.str.contains(_MONTH)).then(m) for m in (whole, dashed, slashed))
            return pl.coalesce(*months, _any_date(text).dt.strftime("%Y%m"))
        case "code":
            return pl.when(~text.str.contains(_SCIENTIFIC)).then(text)
        case _:
            return text


def _any_date(text: pl.Expr) -> pl.Expr:
    # Seven digits are DDMMYYYY that was kept as a number.
    lost_zero = text.str.contains(r"^\d{7}$")
    whole = pl.when(lost_zero).then(pl.lit("0") + text).otherwise(text)
    return pl.coalesce(_date(whole, style) for style in DATE_STYLES)


def _date(text: pl.Expr, style: DateStyle) -> pl.Expr:
    """The date in one style, if its year is one that the SNDS uses (sentinels included)."""
    if style.length is not None:
        text = pl.when(text.str.len_bytes() == style.length).then(text)
    if style.part is not None:
        text = text.str.extract(style.part, 1)
    day = text.str.to_date(style.form, strict=False)
    real = day.is_between(date(1600, 1, 1), date(2999, 12, 31))
    return pl.when(real | (day <= date(1, 12, 31)) | (day >= date(9999, 1, 1))).then(day)
