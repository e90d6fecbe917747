"""Part of section 2: what came of the declared suites."""

from __future__ import annotations

import polars as pl

from data_quality.report.material import Material
from data_quality.report.shown import Shown
from data_quality.report.tables import Table, table
from data_quality.report.words import Words

LAYERS = ("source", "lake", "cdm", "release")


def suites(material: Material, words: Words, shown: Shown) -> Table | None:
    """Expectations by layer and status; None when the suites were not run."""
    if material.suites is None:
        return None
    rows = []
    for layer in LAYERS:
        of_layer = material.suites.filter(pl.col("layer") == layer)
        counts = [
            of_layer.filter(pl.col("status") == status).height
            for status in ("pass", "fail", "error")
        ]
        rows.append((words(f"suites.{layer}"), *(shown.plain(count) for count in counts)))
    head = (words("suites.layer"), words("pass"), words("fail"), words("error"))
    return table("suites", head, rows, (1, 2, 3))
