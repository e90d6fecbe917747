"""How values are written: days, months, euros."""

from __future__ import annotations

from functools import cache

import polars as pl

from etl.synthetic.catalogue import read


def text_day(name: str) -> pl.Expr:
    """Days from 1970 as a date."""
    return pl.col(name).cast(pl.Int32).cast(pl.Date)


def month(name: str) -> pl.Expr:
    """Days from 1970 as YYYYMM."""
    return text_day(name).dt.strftime("%Y%m")


def year_text(name: str) -> pl.Expr:
    return text_day(name).dt.strftime("%Y")


def month_text(name: str) -> pl.Expr:
    return text_day(name).dt.strftime("%m")


def cents(name: str) -> pl.Expr:
    """Whole cents as euros."""
    return pl.col(name) / 100


@cache
def _ucd13() -> dict[str, str]:
    """3400 8, the seven digits and the check digit of EAN 13, as 3400 9 and CIP7."""
    found = {}
    for code in read("codes_ucd")["ucd7"]:
        digits = f"34008{code}"
        total = sum(int(one) * (3 if place % 2 else 1) for place, one in enumerate(digits))
        found[code] = f"{digits}{-total % 10}"
    return found


def ucd(of: str = "text", turn: pl.Expr | None = None) -> pl.Expr:
    """A UCD on thirteen digits: zeros before its seven, or the code 34008 every third time."""
    rank = pl.int_range(pl.len()) if turn is None else turn
    long = pl.col(of).replace_strict(_ucd13(), default=None, return_dtype=pl.String)
    return pl.when(rank % 3 == 2).then(long).otherwise(pl.lit("000000") + pl.col(of))
