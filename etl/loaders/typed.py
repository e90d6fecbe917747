"""Columns of a typed file (Parquet, SAS) as the text that a contract casts."""

from __future__ import annotations

import polars as pl

from etl.contracts.models import ColumnType
from etl.loaders.casts import EXACT_FLOAT
from etl.loaders.dates import PARIS, local_day


def as_text(
    name: str, dtype: pl.DataType, wanted: ColumnType, zone: str = PARIS, *, utc: bool = False
) -> pl.Expr | None:
    """A typed column (Parquet) as the text its contract can cast; None when it cannot be read.

    A code stored as a number comes back as digits; ``pad`` puts its lost zeros back in staging.

    Args:
        zone: time zone in which an instant has its day.
        utc: moments without zone are instants in UTC.
    """
    column = pl.col(name)
    if dtype == pl.String:
        return column
    if dtype == pl.Null or dtype.is_integer():
        return column.cast(pl.String)
    if dtype.is_decimal():
        return _unparted(column.cast(pl.String).str.replace(r"\.0+$", ""))
    if dtype.is_float():
        whole = (column.round() == column) & (column.abs() < EXACT_FLOAT)
        digits = column.cast(pl.Int64, strict=False).cast(pl.String)
        fraction = _unparted(column.cast(pl.String))
        return pl.when(whole).then(digits).when(column.is_not_nan()).then(fraction)
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("1")).when(~column).then(pl.lit("0"))
    if isinstance(dtype, pl.Datetime) and (utc or dtype.time_zone is not None):
        column = local_day(
            column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            if dtype.time_zone is not None
            else column,
            zone,
        )
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        pattern = "%Y%m" if wanted == "month" else "%Y-%m-%d"
        return column.dt.strftime(pattern)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    return None


def _unparted(number: pl.Expr) -> pl.Expr:
    """A number of a typed column so that its three decimals are not taken for thousands."""
    return number.str.replace(r"(\.\d{3})$", "${1}0")
