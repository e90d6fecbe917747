"""How the columns of a file write numbers, dates and instants: decided over the whole file.

A value alone does not state whether ``1,000`` is a thousand, ``03/04/2019`` is of April, or
``2019-07-14 22:00:00`` is the midnight of Paris in UTC; other values of its column do. Evidence is
gathered while the file is read. When it comes after values that it concerns, the file is read
again under it; when it contradicts itself, the file is refused (SO-216). A column whose own values
do not show it follows the other columns of its file: one tool wrote them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.loaders.dates import DATE_STYLES, MONTH_STYLES, Days

#: ``?``: nothing in the file shows it, and 1.000 stands among whole numbers: one or a thousand.
Mark = Literal[".", ",", "?"]
Order = Literal["day", "month"]

_SPACED = r"^[+-]?\d{1,3}(?:\s\d{3})+(?:[.,]\d*)?$"
#: Groups of three digits, as each mark parts them.
GROUPS = {".": r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$", ",": r"^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?$"}
_EITHER = {
    ",": r"^[+-]?[1-9]\d{0,2},\d{3}$",
    ".": r"^[+-]?[1-9]\d{0,2}\.\d{3}$",
    "?": r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$",
}
_BARE = r"^[+-]?\d+$"


def _proof(mark: str, other: str) -> str:
    """Numbers that only one decimal mark explains; those that look like groups are none."""
    decimals = rf"\d*{mark}\d{{1,2}}|\d*{mark}\d{{4,}}|0\d*{mark}\d{{3}}|\d{{4,}}{mark}\d{{3}}"
    groups = rf"\d{{1,3}}(?:{other}\d{{3}})+{mark}\d*|\d{{1,3}}(?:{other}\d{{3}}){{2,}}"
    return rf"^[+-]?(?:{decimals}|{groups})$"


_PROOFS: dict[Mark, str] = {".": _proof(r"\.", ","), ",": _proof(",", r"\.")}
_LOW, _HIGH, _YEAR = "(?:0?[1-9]|1[0-2])", "(?:1[3-9]|2[0-9]|3[01])", "(?:00|1[6-9]|2[0-9]|99)"
_ORDERS: dict[Order, str] = {
    "day": rf"^{_HIGH}(?:/{_LOW}/|-{_LOW}-)\d{{4}}|^{_HIGH}(?:0[1-9]|1[0-2]){_YEAR}\d{{2}}$",
    "month": rf"^{_LOW}(?:/{_HIGH}/|-{_HIGH}-)\d{{4}}|^{_LOW}{_HIGH}{_YEAR}\d{{2}}$",
}
#: The first of a month, where each order has its day; 01/01 is in both.
_STARTS: dict[Order, str] = {
    "day": r"^0?1[/-]?(?:0?[2-9]|1[0-2])[/-]?\d{4}",
    "month": r"^(?:0?[2-9]|1[0-2])[/-]?0?1[/-]?\d{4}",
}
_BOTH = r"^0?1[/-]?0?1[/-]?\d{4}"
_NUMERIC_ORDER = r"^\d{1,2}(?:/\d{1,2}/|-\d{1,2}-)\d{4}|^\d{7,8}$"
_CONTRADICTIONS: dict[str, Clause] = {
    "mark": Clause(
        "a decimal point in some values, a decimal comma in others",
        "un point décimal dans certaines valeurs, une virgule décimale dans d'autres",
    ),
    "order": Clause(
        "the day first in some dates, the month first in others",
        "le jour d'abord dans certaines dates, le mois d'abord dans d'autres",
    ),
    "orders": Clause(
        "other columns have the day first, or the month first; nothing shows which this one has",
        "d'autres colonnes ont le jour d'abord, ou le mois ; rien n'indique lequel a celle-ci",
    ),
}


@dataclass(frozen=True, slots=True)
class Conventions:
    """What the whole file showed of its columns; empty before it was read once."""

    marks: dict[str, Mark] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    utc: frozenset[str] = frozenset()  # times without zone that are midnights of the zone in UTC


class RereadError(Exception):
    """Evidence came after values that it concerns: read the file again under it."""

    def __init__(self, conventions: Conventions) -> None:
        super().__init__()
        self.conventions = conventions


class Evidence:
    """What the values seen so far show of each column.

    Args:
        known: what an earlier reading of the same file showed.
        zone: time zone of days, such as ``Europe/Paris``.
    """

    def __init__(self, known: Conventions, zone: str) -> None:
        self._known = known
        self._zone = zone
        self.marks = dict(known.marks)
        self.orders = dict(known.orders)
        self._undecided: set[str] = set()  # columns with a value that was read without evidence
        self._open: set[str] = set()  # those with a date such as 03/04/2019
        self._starts: dict[str, set[Order | None]] = {}  # of months: orders that make them firsts
        self._points: set[str] = set()  # those with a value such as 1.000
        self._bare: set[str] = set()  # those of them with whole numbers without mark too
        self._late = False
        self._local: set[str] = set()
        self._midnights: dict[str, set[object]] = {}  # two days are enough

    def number(self, values: pl.Series, *, others: bool = False) -> None:
        """Look at numbers of one column, blanks between groups removed.

        Args:
            others: there are whole numbers without a mark as well.

        Raises:
            SndsOmopError: SO-216.
        """
        name = values.name
        text = pl.col(name)
        shown = values.to_frame().select(
            point=text.str.contains(_PROOFS["."]).any(),
            comma=text.str.contains(_PROOFS[","]).any(),
            commas=text.str.contains(_EITHER[","]).any(),
            points=text.str.contains(_EITHER["."]).any(),
            bare=text.str.contains(_BARE).any(),
        )
        point, comma, commas, points, bare = shown.row(0)
        for mark, found in ((".", point), (",", comma)):
            if found and self.marks.setdefault(name, mark) != mark:  # type: ignore[arg-type]
                raise _contradiction(name, "mark")
        # before evidence, 1,000 is not read and 1.000 is one: a point as mark agrees with this
        self._late |= name in (self._points if comma else ())
        self._late |= name in (self._undecided if comma or point else ())
        if name not in self.marks:
            self._undecided |= {name} if commas else set()
            self._points |= {name} if points else set()
            self._bare |= {name} if points and (bare or others) else set()

    def date(self, failed: pl.Series, *, day_first: bool, ambiguous: bool) -> None:
        """Look at dates of one column.

        Args:
            failed: values that its usual style does not read.
            day_first: the usual style read days above 12 before the month.
            ambiguous: the usual style read days before the month, up to 12.

        Raises:
            SndsOmopError: SO-216.
        """
        name = failed.name
        shown = {order: _any_day(failed, order) for order in _ORDERS}
        shown["day"] = shown["day"] or day_first
        for order, found in shown.items():
            if found and self.orders.setdefault(name, order) != order:
                raise _contradiction(name, "order")
        if not ambiguous and name not in self.orders:
            ambiguous = bool(failed.str.contains(_NUMERIC_ORDER).any())
        self._late |= shown["month"] and name in self._undecided
        if ambiguous and name not in self.orders:
            self._undecided.add(name)
            self._open.add(name)

    def month_starts(self, values: pl.Series) -> None:
        """Look at days of a column that holds months, each as its first day."""
        text = pl.col(values.name)
        firsts = [text.str.contains(form) for form in _STARTS.values()]
        other = text.is_not_null() & ~text.str.contains(_BOTH) & ~firsts[0] & ~firsts[1]
        found = values.to_frame().select(
            *(one.any().alias(order) for order, one in zip(_STARTS, firsts, strict=True)),
            other=other.any(),
        )
        day, month, irregular = found.row(0)
        seen = self._starts.setdefault(values.name, set())
        shown: tuple[tuple[Order | None, bool], ...] = (
            ("day", day), ("month", month), (None, irregular),
        )  # fmt: skip
        seen.update(order for order, any_ in shown if any_)

    def wants_times(self, name: str) -> bool:
        """Whether nothing shows yet that the times of a column are those of its zone."""
        return name not in self._local and name not in self._known.utc

    def times(self, name: str, moments: pl.Series) -> None:
        """Look at times without zone: all midnights of the zone, when they are taken for UTC?"""
        if not len(moments):
            return
        if not midnights_in_utc(moments, self._zone):
            self._local.add(name)
            self._midnights.pop(name, None)
            return
        days = self._midnights.setdefault(name, set())
        if len(days) < 2:  # one day may be a chance
            days.update(moments.unique().head(2).to_list())

    @property
    def conventions(self) -> Conventions:
        shifted = {name for name, days in self._midnights.items() if len(days) > 1}
        return Conventions(dict(self.marks), dict(self.orders), self._known.utc | shifted)

    def finish(self) -> None:
        """The whole file was seen.

        Raises:
            RereadError: what it showed changes values that were read before.
            SndsOmopError: SO-216, its columns show both orders, and one column none.
        """
        self._follow_orders()
        self._follow_marks()
        found = self.conventions
        if self._late or found.utc != self._known.utc:
            raise RereadError(found)

    @property
    def order_by_column(self) -> dict[str, str]:
        """What each column of numeric dates shows: ``day``, ``month`` or ``open``.

        One that shows none has the day first where another column of the file has.
        """
        others = "day" if {*self.orders.values()} == {"day"} else "open"
        return dict.fromkeys(sorted(self._open), others) | dict(self.orders)

    def _follow_orders(self) -> None:
        """Dates that do not show their order have that of the other columns."""
        self._follow_month_starts()
        shown = {*self.orders.values()}
        following = sorted(self._open - self.orders.keys())
        if "month" not in shown or not following:
            return
        if len(shown) > 1:
            raise _contradiction(following[0], "orders")
        self.orders.update(dict.fromkeys(following, "month"))
        self._late = True

    def _follow_month_starts(self) -> None:
        """Months that one order alone makes firsts of a month have it.

        Raises:
            SndsOmopError: SO-216, it is that of the month, and other columns have the day first.
        """
        for name, seen in self._starts.items():
            if name in self.orders or len(seen) != 1:
                continue
            (order,) = seen
            if order is None:
                continue
            if order == "month" and "day" in self.orders.values():
                raise _contradiction(name, "orders")
            self.orders[name] = order
            self._late |= order == "month"

    def _follow_marks(self) -> None:
        """Numbers that do not show their mark have that of the other columns."""
        shown = {*self.marks.values()} - {"?"}
        following = sorted((self._points | self._undecided - self._open) - self.marks.keys())
        if len(shown) == 1:
            (mark,) = shown
            self.marks.update(dict.fromkeys(following, mark))
            self._late |= bool(following)
        else:
            doubtful = self._points & {*following} & (self._bare if not shown else self._points)
            self.marks.update(dict.fromkeys(sorted(doubtful), "?"))
            self._late |= bool(doubtful)


def _any_day(values: pl.Series, order: Order) -> bool:
    """Whether some value is a day in this order alone; 31/02 and 02/31 are none."""
    likely = values.filter(values.str.contains(_ORDERS[order])).to_frame()
    if likely.is_empty():
        return False
    days = Days(MONTH_STYLES if order == "month" else DATE_STYLES)
    return bool(likely.select(days.any_of(pl.col(values.name)).is_not_null().any()).item())


def midnights_in_utc(moments: pl.Series, zone: str) -> bool:
    """Whether moments without zone, taken for UTC, are all midnights of the zone, and not of UTC.

    A zone that is UTC shows nothing.
    """
    utc = moments.dt.replace_time_zone("UTC")
    local = utc.dt.convert_time_zone(zone)
    return bool((_midnight(local) & ~_midnight(utc)).all())


def _midnight(moments: pl.Series) -> pl.Series:
    return moments.dt.time().cast(pl.Int64) == 0


def without_blanks(text: pl.Expr) -> pl.Expr:
    """Numbers without the blanks that part groups of three digits."""
    bare = text.str.replace_all(r"\s", "")
    return pl.when(text.str.contains(_SPACED)).then(bare).otherwise(text)


def with_point(text: pl.Expr, mark: Mark | None) -> pl.Expr:
    """Numbers of a column as one writes them for a machine; NULL for those in doubt.

    Args:
        mark: the decimal mark of the column; None when nothing in the file shows it, ``?`` when
            its points are in doubt too.
    """
    bare = without_blanks(text)
    if mark is None or mark == "?":
        sure = pl.when(~bare.str.contains(_EITHER[mark or ","])).then(bare)
        return sure.str.replace(",", ".", literal=True)
    parted = "," if mark == "." else "."
    whole = bare.str.replace_all(parted, "", literal=True)
    plain = pl.when(bare.str.contains(GROUPS[mark])).then(whole).otherwise(bare)
    return plain if mark == "." else plain.str.replace(",", ".", literal=True)


def any_contains(frame: pl.DataFrame, names: Iterable[str], literal: str) -> set[str]:
    """Columns of which some value holds a text."""
    wanted = list(names)
    if not wanted or frame.is_empty():
        return set()
    held = frame.select(pl.col(wanted).str.contains(literal, literal=True).any())
    return {name for name, found in held.row(0, named=True).items() if found}


def _contradiction(name: str, kind: str) -> SndsOmopError:
    clause = _CONTRADICTIONS[kind]
    return SndsOmopError("SO-216", f"{name}: {clause.english}", f"{name} : {clause.french}")
