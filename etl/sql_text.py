"""Texts and files as SQL: the one place that quotes them for DuckDB."""

from __future__ import annotations

import glob
from pathlib import Path


def literal(text: Path | str) -> str:
    """A text, or a path, as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def parquet_rows(*files: Path) -> str:
    """SQL of the rows of Parquet files; ``[``, ``*`` and ``?`` of their names are plain."""
    names = ", ".join(literal(glob.escape(str(file))) for file in files)
    return f"read_parquet([{names}], hive_partitioning = false)"
