"""Ways in which deliveries write a day, and the day that each of them means."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

PARIS = "Europe/Paris"
#: Days outside these years are sentinels, which no time zone moves.
_FIRST_YEAR, _LAST_YEAR = 1700, 2900

_SHORTEST = 9  # bytes of a day with four digits of year: 01JAN0001

_TIME = r"\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
# Z, UTC, +02, +0200 or +02:00
_ZONE = r"(?: ?Z| ?UTC| ?[+-]\d{2}(?::?\d{2})?)"
_CLOCK = r"[T :](\d{2}):(\d{2})(?::(\d{2}))?"
_COMPACT_CLOCK = r"^\d{8}(\d{2})(\d{2})(\d{2})$"  # 20190201235959
_DOTTED_CLOCK = r"-(\d{2})\.(\d{2})\.(\d{2})(?:\.\d+)?$"  # of DB2: 2019-02-01-23.59.59.000000
_OFFSET = r":\d{2}(?:[.,]\d+)? ?([+-])(\d{2})(?::?(\d{2}))?$"


class DateStyle(NamedTuple):
    """One way to write a date; ``part`` takes the date out of a date with a time."""

    form: str
    length: int | None = None
    part: str | None = None
    zoned: bool = False  # the time is an instant: its day is that of the zone
    clock: str = _CLOCK  # hour, minute and second of it

    @property
    def numeric(self) -> bool:
        """Whether day and month could be taken for each other."""
        return self.form in _SWAPPED

    def month_first(self) -> DateStyle:
        """The same with the month before the day, where both are numbers."""
        return self._replace(form=_SWAPPED.get(self.form, self.form))


_SWAPPED = {"%d/%m/%Y": "%m/%d/%Y", "%d%m%Y": "%m%d%Y", "%d-%m-%Y": "%m-%d-%Y"}
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
    DateStyle("%Y-%m-%d", part=rf"^(\d{{4}}-\d{{2}}-\d{{2}})[T ]{_TIME}$"),
    DateStyle("%Y-%m-%d", part=rf"^(\d{{4}}-\d{{2}}-\d{{2}})[T ]{_TIME}{_ZONE}$", zoned=True),
    DateStyle("%d%b%Y", part=rf"^(\d{{1,2}}[A-Za-z]{{3}}\d{{4}}):{_TIME}$"),
    DateStyle("%d/%m/%Y", part=rf"^(\d{{1,2}}/\d{{1,2}}/\d{{4}})[T ]{_TIME}$"),
    # Oracle's own form with four digits of year; with two, a century would be a guess
    DateStyle("%d-%b-%Y", length=11),
    DateStyle("%d.%m.%Y", length=10),
    DateStyle("%Y/%m/%d", part=rf"^(\d{{4}}/\d{{2}}/\d{{2}})[T ]{_TIME}$"),
    DateStyle("%d-%b-%Y", part=rf"^(\d{{1,2}}-[A-Za-z]{{3}}-\d{{4}})[T :]{_TIME}$"),
    DateStyle("%Y%m%d", part=r"^(\d{8})(?:[01]\d|2[0-3])[0-5]\d[0-5]\d$", clock=_COMPACT_CLOCK),
    DateStyle("%Y%m%d", part=rf"^(\d{{8}})[T ]{_TIME}$"),
    DateStyle("%Y-%m-%d", part=rf"^(\d{{4}}-\d{{2}}-\d{{2}}){_DOTTED_CLOCK}", clock=_DOTTED_CLOCK),
    DateStyle("%d-%m-%Y", part=rf"^(\d{{2}}-\d{{2}}-\d{{4}})[T ]{_TIME}$"),
    DateStyle("%d.%m.%Y", part=rf"^(\d{{2}}\.\d{{2}}\.\d{{4}})[T ]{_TIME}$"),
    # kept as a number by a tool; no time of day
    DateStyle("%Y%m%d", part=r"^(\d{8})[.,]0+$", clock=r"^$()()()"),
)
#: Those of a day and a time without zone.
TIME_STYLES = tuple(style for style in DATE_STYLES if style.part and not style.zoned)
MONTH_STYLES = tuple(style.month_first() for style in DATE_STYLES)


class Days(NamedTuple):
    """How the days of one column are found.

    ``zone``: where an instant has its day; ``utc``: times without zone are instants in UTC.
    """

    styles: tuple[DateStyle, ...] = DATE_STYLES
    zone: str = PARIS
    utc: bool = False

    def of(self, text: pl.Expr, style: DateStyle) -> pl.Expr:
        """The date in one style, if its year is one that the SNDS uses (sentinels included)."""
        if style.part is not None and (style.zoned or self.utc):
            day = _local_day(text, style, self.zone)
        else:
            day = _written(text, style)
        real = day.is_between(date(1600, 1, 1), date(2999, 12, 31))
        # 01/02/01 is no day of the first year: its year has two digits
        whole = text.str.len_bytes() >= (style.length or _SHORTEST)
        first = (day <= date(1, 12, 31)) & whole
        return pl.when(real | first | (day >= date(9999, 1, 1))).then(day)

    def any_of(self, text: pl.Expr) -> pl.Expr:
        """The date in whichever style."""
        # Seven digits are a day, a month and a year that were kept as a number.
        lost_zero = text.str.contains(r"^\d{7}$")
        whole = pl.when(lost_zero).then(pl.lit("0") + text).otherwise(text)
        return pl.coalesce(self.of(whole, style) for style in self.styles)


def moment(text: pl.Expr, style: DateStyle) -> pl.Expr:
    """Date and time as written, without zone; NULL where there is no time in this style."""
    clock = text.str.extract_groups(style.clock)
    hour, minute, second = (
        clock.struct.field(str(rank)).cast(pl.Int32, strict=False) for rank in (1, 2, 3)
    )
    spent = (hour * 3600 + minute * 60 + second.fill_null(0)).cast(pl.Int64) * 1_000_000
    return _written(text, style).cast(pl.Datetime("us")) + spent.cast(pl.Duration("us"))


def local_day(instant: pl.Expr, zone: str) -> pl.Expr:
    """Day in a zone of a moment in UTC; sentinels stay."""
    there = instant.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()
    ordinary = instant.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)
    return pl.when(ordinary).then(there).otherwise(instant.dt.date())


def _local_day(text: pl.Expr, style: DateStyle, zone: str) -> pl.Expr:
    written = moment(text, style)
    if not style.zoned:
        return local_day(written, zone)
    offset = text.str.extract_groups(_OFFSET)
    hours = offset.struct.field("2").cast(pl.Int64, strict=False).fill_null(0)
    minutes = offset.struct.field("3").cast(pl.Int64, strict=False).fill_null(0)
    sign = pl.when(offset.struct.field("1") == "-").then(-1).otherwise(1)
    ahead = sign * (hours * 60 + minutes) * 60_000_000
    return local_day(written - ahead.cast(pl.Duration("us")), zone)


def _written(text: pl.Expr, style: DateStyle) -> pl.Expr:
    if style.length is not None:
        text = pl.when(text.str.len_bytes() == style.length).then(text)
    if style.part is not None:
        text = text.str.extract(style.part, 1)
    return text.str.to_date(style.form, strict=False)
