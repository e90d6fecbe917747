"""How values are written: days, months, euros."""

from __future__ import annotations

import polars as pl


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
