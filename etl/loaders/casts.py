"""Text to the types of the contract. What does not parse becomes NULL and is counted.

The usual form of a type is tried on the whole column at once; the other forms are tried only on the
values that failed, so a clean file pays for one attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl

from etl.contracts.models import Column, ColumnType
from etl.contracts.registry import contracts
from etl.loaders.conventions import (
    Conventions,
    Evidence,
    Mark,
    any_contains,
    with_point,
    without_blanks,
)
from etl.loaders.dates import (
    DATE_STYLES,
    MONTH_STYLES,
    PARIS,
    TIME_STYLES,
    DateStyle,
    Days,
    moment,
)
from etl.loaders.missing import without_words
from etl.loaders.unread import form_of

#: Whole numbers up to here are exact in a float of 64 bits.
EXACT_FLOAT = 2**53
_MONTH = r"^\d{4}(0[1-9]|1[0-2])$"
_WHOLE = r"^[+-]?\d+[.,]0{0,2}$"
# Counters and quantities of the SNDS have ten digits at most, amounts eleven before the mark.
_LARGEST_COUNT = 2**31 - 1
_LARGEST_KEY = 10**18
_LARGEST_AMOUNT = 10**11
#: A code that a tool turned into a number, its last digits lost: 3.4E+12, 3E+12 of a spreadsheet,
#: 3.4E12 of SAS. 1E5 alone may be a code.
_SCIENTIFIC = r"^\d(?:[.,]\d+[eE]\+?|[eE]\+)\d{1,2}$"
_BLANKS = (
    " \t\r\n\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff\x1a"
)
#: A code that a tool kept as a number with a fraction.
_FLOATED = r"^(\d+)[.,]0+$"
#: What a spreadsheet writes in place of a value that it lost.
_LOST = r"^#(?:REF!|VALUE!|VALEUR!|NAME\?|NOM\?|DIV/0!|NUM!|NOMBRE!|NULL!|NUL!|#+)$"
_ODD = "[+.,#]"
#: Values between marks: ="0100" and '0100 keep zeros in a spreadsheet, 'I10' comes from SQL.
_FORMULA, _FIRST_PLAIN = '="', "("  # quotes and apostrophes sort before this one
_WRAPPINGS = (r'^="(.*)"$', r"^'(.*)'$", r'^"(.*)"$')
_BEGUN = r"^'([^']*)$"


class Caster:
    """Casts the blocks of one file; remembers which date style each of its columns uses.

    Args:
        columns: those of the contract that the file has.
        conventions: what an earlier reading of the same file showed.
        zone: time zone in which an instant has its day.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        conventions: Conventions | None = None,
        zone: str = PARIS,
    ) -> None:
        self._columns = {column.name: column for column in columns}
        self._known = conventions or Conventions()
        self._evidence = Evidence(self._known, zone)
        self._zone = zone
        self.rounded: dict[str, int] = {}  # amounts with more digits than their column keeps
        self._styles: dict[str, DateStyle] = {}
        self.unparsed: dict[str, int] = {}
        self.forms: dict[str, str] = {}  # how most of these look, where that is known
        self.missing: dict[str, int] = {}  # words for a missing value, by column

    def cast(self, rows: pl.DataFrame, *, trimmed: bool, plain: bool = False) -> pl.DataFrame:
        """Rows with the types of the contract.

        Args:
            rows: contract columns, as text or already of their type.
            trimmed: no field begins or ends with a blank.
            plain: no quote or apostrophe stands in it.
        """
        if not trimmed:
            rows = rows.with_columns(_trimmed(pl.col(pl.String)))
        rows = rows if plain else self._unwrapped(rows)
        rows = self._without_words(rows)
        typed = rows.lazy().select(self._usual(name, rows) for name in rows.columns).collect()
        typed = self._decided(rows, typed)
        typed = typed.with_columns(self._without_oddities(typed))
        rescued = [
            self._rescue(rows[name], typed[name])
            for name in rows.columns
            if typed[name].null_count() > rows[name].null_count()
        ]
        return typed.with_columns(rescued)

    def _unwrapped(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Values written ="0100", 'I10' or '0100 without these marks; no code begins with one."""
        texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
        if not texts or rows.is_empty():
            return rows
        text = pl.col(texts)
        begun = rows.select(((text < _FIRST_PLAIN) | text.str.starts_with(_FORMULA)).any())
        found = [name for name, any_ in begun.row(0, named=True).items() if any_]
        return rows.with_columns(self._bare(name) for name in found)

    def _bare(self, name: str) -> pl.Expr:
        text = pl.col(name)
        one_sided = () if self._columns[name].type == "text" else (_BEGUN,)
        inside = (text.str.extract(form, 1) for form in (*_WRAPPINGS, *one_sided))
        return _trimmed(pl.coalesce(*inside, text))

    def _without_words(self, rows: pl.DataFrame) -> pl.DataFrame:
        """NULL for the words that stand for a missing value, which are counted."""
        rows, found = without_words(rows, self._columns)
        for name, n in found.items():
            self.missing[name] = self.missing.get(name, 0) + n
        return rows

    def _usual(self, name: str, rows: pl.DataFrame) -> pl.Expr:
        column = self._columns[name]
        if rows.schema[name] != pl.String:
            return pl.col(name)
        if column.type == "date":
            if name not in self._styles:
                self._learn(rows.select(pl.col(name).drop_nulls()))
            return self._days(name).of(pl.col(name), self._style(name))
        return _usual(pl.col(name), column)

    def finish(self) -> None:
        """The file was read whole.

        Raises:
            RereadError: it must be read again under what its end showed.
        """
        self._evidence.finish()

    @property
    def orders(self) -> dict[str, str]:
        """Which comes first, day or month, in the columns of numeric dates; ``open`` in doubt."""
        return self._evidence.order_by_column

    def _decided(self, rows: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
        """The usual forms again, where the values show another mark or order of dates.

        Raises:
            SndsOmopError: SO-216 they contradict themselves.
        """
        text = [name for name, dtype in rows.schema.items() if dtype == pl.String]
        failed = {
            name: rows[name].filter(typed[name].is_null() & rows[name].is_not_null())
            for name in text
            if typed[name].null_count() > rows[name].null_count()
        }
        kinds = {name: self._columns[name].type for name in text}
        again = self._numbers(rows, failed, kinds)
        for name, kind in kinds.items():
            if kind == "month" and name in failed:
                self._evidence.date(failed[name], day_first=False, ambiguous=False)
            elif kind == "date":
                again += self._dates(rows, typed[name], failed.get(name))
        return typed.with_columns(again)

    def _numbers(
        self, rows: pl.DataFrame, failed: dict[str, pl.Series], kinds: dict[str, ColumnType]
    ) -> list[pl.Expr | pl.Series]:
        again: list[pl.Expr | pl.Series] = []
        marks = self._evidence.marks
        amounts = [name for name, kind in kinds.items() if kind == "decimal"]
        # an integer with a point is not read in the usual way, an amount is
        pointed = any_contains(rows, amounts, ".")
        for name in (n for n, kind in kinds.items() if kind in ("decimal", "integer")):
            whole = name in pointed and marks.get(name) != "."
            if whole or name in failed:
                looked = rows[name] if whole else failed[name]
                bare = looked.to_frame().select(without_blanks(pl.col(name)))
                others = kinds[name] == "integer" and len(looked) < rows[name].count()
                self._evidence.number(bare.to_series(), others=others)
            column, mark = self._columns[name], marks.get(name)
            if name in pointed and mark in (",", "?"):
                point = rows.select(with_point(pl.col(name), mark))
                again.append(point.select(_usual(pl.col(name), column)).to_series())
                self._count_rounded(point, column)
            elif name in pointed:
                self._count_rounded(rows.select(name), column)
        return again

    def _count_rounded(self, point: pl.DataFrame, column: Column) -> None:
        """Amounts whose last digits their column does not keep."""
        finer = rf"^[+-]?\d*\.\d{{{column.scale}}}\d*[1-9]\d*$"
        found = point.select(pl.col(column.name).str.contains(finer).sum()).item()
        if found:
            self.rounded[column.name] = self.rounded.get(column.name, 0) + found

    def _dates(
        self, rows: pl.DataFrame, typed: pl.Series, failed: pl.Series | None
    ) -> list[pl.Series]:
        name, orders, style = typed.name, self._evidence.orders, self._style(typed.name)
        open_order = style.numeric and name not in orders
        if failed is not None or open_order:
            self._evidence.date(
                failed if failed is not None else pl.Series(name, [], pl.String),
                day_first=open_order and bool((typed.dt.day() > 12).any()),
                ambiguous=open_order and bool((typed.dt.day() != typed.dt.month()).any()),
            )
        if open_order and self._columns[name].month_start:
            self._evidence.month_starts(rows[name])
        again: list[pl.Series] = []
        if orders.get(name) == "month" and style not in MONTH_STYLES:
            self._styles.pop(name, None)
            self._learn(rows.select(pl.col(name).drop_nulls()))
            again = [rows.select(self._days(name).of(pl.col(name), self._style(name))).to_series()]
        if self._evidence.wants_times(name):
            self._times(name, rows, style, failed)
        return again

    def _times(
        self, name: str, rows: pl.DataFrame, style: DateStyle, failed: pl.Series | None
    ) -> None:
        """Look at times without zone: of all values, or of those among instants and plain days."""
        if style in TIME_STYLES:
            moments = rows.select(moment(pl.col(name), style))
        elif failed is not None:
            every = pl.coalesce(moment(pl.col(name), known) for known in TIME_STYLES)
            moments = failed.to_frame().select(every)
        else:
            return
        self._evidence.times(name, moments.to_series().drop_nulls())

    def _style(self, name: str) -> DateStyle:
        return self._styles.get(name, DATE_STYLES[0])

    def _days(self, name: str) -> Days:
        month_first = self._evidence.orders.get(name) == "month"
        styles = MONTH_STYLES if month_first else DATE_STYLES
        return Days(styles, self._zone, name in self._known.utc)

    def _without_oddities(self, typed: pl.DataFrame) -> list[pl.Expr]:
        """Codes written `9.0`; NULL for 3.40094E+12, 1.23E16 or #REF!, which `_rescue` counts."""
        codes = [n for n in typed.columns if self._columns[n].type == "code"]
        if not codes:
            return []
        marked = typed.select(pl.col(codes).str.contains(_ODD).any()).row(0, named=True)
        found = [name for name in codes if marked[name] or self._columns[name].year]
        # one by one: `coalesce` of several columns at once would mix them
        return [_sound(pl.col(name), self._columns[name]).alias(name) for name in found]

    def _rescue(self, text: pl.Series, typed: pl.Series) -> pl.Series:
        """The column with the values that only another form could read; counts the others."""
        name = text.name
        failed = (text.is_not_null() & typed.is_null()).arg_true()
        values = text.gather(failed).to_frame()
        if self._columns[name].type == "date" and 2 * len(failed) > text.count():
            self._learn(values)
        column, mark = self._columns[name], self._evidence.marks.get(name)
        found = values.select(_unusual(pl.col(name), column, mark, self._days(name))).to_series()
        if column.type == "decimal":
            self._count_rounded(values.select(with_point(pl.col(name), mark)), column)
        lost = found.null_count()
        if lost:
            self.unparsed[name] = self.unparsed.get(name, 0) + lost
            unread = values.to_series().filter(found.is_null())
            dated = self._columns[name].type == "date" or self._columns[name].year
            form = form_of(unread, dates=dated)
            self.forms.setdefault(name, form)
        return typed.scatter(failed, found) if lost < len(found) else typed

    def _learn(self, values: pl.DataFrame) -> None:
        """Begin with the style that reads most of these: to try all is to read as many times."""
        name = values.columns[0]
        days = self._days(name)
        parsed = values.head(1000).select(
            days.of(pl.col(name), style).count().alias(str(rank))
            for rank, style in enumerate(days.styles)
        )
        counts = parsed.row(0)
        if max(counts):
            self._styles[name] = days.styles[counts.index(max(counts))]


def _sound(code: pl.Expr, column: Column) -> pl.Expr:
    """A code without the fraction of a number; NULL when a tool lost it, or a year's century."""
    sound = pl.coalesce(code.str.extract(_FLOATED, 1), pl.when(~_spoiled(code)).then(code))
    return pl.when(sound.str.len_chars() == 4).then(sound) if column.year else sound


def _spoiled(code: pl.Expr) -> pl.Expr:
    """Whether a tool lost the code that stood there."""
    return code.str.contains(_SCIENTIFIC) | code.str.contains(_LOST)


def _trimmed(text: pl.Expr) -> pl.Expr:
    bare = text.str.strip_chars(_BLANKS)
    return pl.when(bare != "").then(bare).name.keep()


def _usual(text: pl.Expr, column: Column) -> pl.Expr:
    """The form nearly all values have."""
    match column.type:
        case "integer":
            return _bounded(text.cast(pl.Int64, strict=False), _largest(column))
        case "numeric_code":
            return text.cast(pl.Int64, strict=False).cast(pl.String)
        case "decimal":
            amount = text.cast(pl.Decimal(18, column.scale), strict=False)
            return _bounded(amount, _LARGEST_AMOUNT)
        case "month":
            return pl.when(text.str.contains(_MONTH)).then(text).name.keep()
        case _:
            return text


@cache
def _keys() -> frozenset[str]:
    """Columns that join tables: technical numbers of up to 18 digits (CLE_DCI_JNT), no counts."""
    return frozenset(name for contract in contracts().values() for name in contract.key)


def _largest(column: Column) -> int:
    return _LARGEST_KEY if column.name in _keys() else _LARGEST_COUNT


def _bounded(number: pl.Expr, largest: int) -> pl.Expr:
    """NULL beyond what a column of the SNDS can hold: one absurd cell must not end a build."""
    return pl.when(number.is_between(-largest, largest)).then(number)


def _unusual(text: pl.Expr, column: Column, mark: Mark | None, days: Days) -> pl.Expr:
    """Any other form that is still one value without doubt; NULL otherwise."""
    point = with_point(text, mark)
    match column.type:
        case "integer":
            number = point.cast(pl.Float64, strict=False)
            whole = (number.round() == number) & (number.abs() < EXACT_FLOAT)
            count = pl.when(whole).then(number).cast(pl.Int64, strict=False)
            return _bounded(count, _largest(column))
        case "numeric_code":
            digits = pl.when(text.str.contains(_WHOLE)).then(text.str.extract(r"^(.*?)[.,]", 1))
            return digits.cast(pl.Int64, strict=False).cast(pl.String)
        case "decimal":
            return _bounded(point.cast(pl.Decimal(18, column.scale), strict=False), _LARGEST_AMOUNT)
        case "date":
            return days.any_of(text)
        case "month":
            whole = text.str.extract(r"^(\d{6})[.,]0*$", 1)
            dashed = text.str.extract(r"^(\d{4}-\d{2})$", 1).str.replace("-", "", literal=True)
            slashed = text.str.replace(r"^(\d{2})/(\d{4})$", "${2}${1}")
            months = (pl.when(m.str.contains(_MONTH)).then(m) for m in (whole, dashed, slashed))
            return pl.coalesce(*months, days.any_of(text).dt.strftime("%Y%m"))
        case "code":
            return _sound(text, column)
        case _:
            return text
