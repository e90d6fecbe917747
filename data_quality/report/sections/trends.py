"""Sections 8 and 10: trends over releases, and continuity over months."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import polars as pl

from data_quality.checks.catalogue import CATALOGUE_VERSION
from data_quality.figures import CODED_TABLES, EVENT_TABLES
from data_quality.report.geometry import Scale, area, polyline, round_top
from data_quality.report.material import Material
from data_quality.report.shown import Shown
from data_quality.report.tables import table
from data_quality.report.words import Words

LONGEST = 12
"""Most releases of a trend."""
SPARK = (180.0, 36.0)
MONTHS = (640.0, 110.0)
NEIGHBOURS = 6
Months = dict[str, float]


@dataclass(frozen=True, slots=True)
class Point:
    """One release of a trend."""

    release: str
    catalogue: str
    vocabulary: str
    figures: pl.DataFrame
    results: pl.DataFrame


def trends(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """Sparklines of what matters, with a mark where catalogue or vocabulary changed."""
    points = [
        Point(p.id, p.catalogue_version, p.vocabulary_version, p.figures, p.results)
        for p in material.past
    ][-LONGEST:]
    points.append(
        Point(
            words("trends.candidate"),
            CATALOGUE_VERSION,
            material.source("vocabulary_version"),
            material.figures,
            material.results,
        )
    )
    lines = [
        _line(words("verdict.persons"), [_rows(p, "person") for p in points], shown.count),
        *(
            _line(words(f"tables.{name}"), [_rows(p, name) for p in points], shown.count)
            for name in ("visit_occurrence", *CODED_TABLES)
            if any(_rows(p, name) for p in points)
        ),
        *(
            _line(
                words("trends.mapped", table=words(f"tables.{name}")),
                [_mapped(p, name) for p in points],
                lambda share: shown.percent(share),
                (0, 100),
            )
            for name in CODED_TABLES
            if any(_rows(p, name) for p in points)
        ),
        *(
            _line(
                words("trends.failures", severity=words(f"severities.{severity}")),
                [_failures(p, severity) for p in points],
                lambda count: shown.plain(count),
            )
            for severity in ("fatal", "convention", "characterization")
        ),
    ]
    across = Scale(0, max(1, len(points) - 1), 2, SPARK[0] - 2)
    breaks = [
        across(i)
        for i in range(1, len(points))
        if (points[i].catalogue, points[i].vocabulary)
        != (points[i - 1].catalogue, points[i - 1].vocabulary)
    ]
    return {
        "several": len(points) > 1,
        "lines": lines,
        "breaks": breaks,
        "size": SPARK,
        "table": table(
            "trends",
            (words("trends.figure"), *(p.release for p in points)),
            [(line["label"], *line["texts"]) for line in lines],
            tuple(range(1, len(points) + 1)),
        ),
    }


def _line(
    label: str,
    values: Sequence[float],
    formatted: Callable[[float], str],
    bounds: tuple[float, float] | None = None,
) -> dict[str, Any]:
    low, high = bounds or (0, round_top(max(values)))
    across = Scale(0, max(1, len(values) - 1), 2, SPARK[0] - 2)
    up = Scale(low, high, SPARK[1] - 3, 3)
    points = [(across(i), up(value)) for i, value in enumerate(values)]
    return {
        "label": label,
        "texts": [formatted(value) for value in values],
        "points": polyline(points),
        "last": points[-1],
    }


def _rows(point: Point, name: str) -> float:
    found = point.figures.filter((pl.col("figure") == "rows") & (pl.col("table_name") == name))[
        "value"
    ]
    return float(found[0]) if len(found) else 0.0


def _mapped(point: Point, name: str) -> float:
    def total(figure: str) -> float:
        kept = point.figures.filter((pl.col("figure") == figure) & (pl.col("table_name") == name))
        return float(kept["value"].sum())

    whole = total("records_by_year")
    return round(100 * total("mapped_by_year") / whole, 1) if whole else 0.0


def _failures(point: Point, severity: str) -> float:
    return float(
        point.results.filter(
            (pl.col("status") == "fail")
            & (pl.col("severity") == severity)
            & (pl.col("superseded_by") == "")
        ).height
    )


def continuity(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """Records by month and kind of event, with the band of earlier releases."""
    window = sorted(
        row["label"][:7]
        for name in ("observation_start", "observation_end")
        for row in material.figure(name)
    )
    if len(window) != 2:
        return {"plots": [], "size": MONTHS, "table": None}
    months = _calendar(window[0], window[1])
    plots = []
    rows = []
    for name in EVENT_TABLES:
        counts = _by_month(material.figures, name)
        if not counts:
            continue
        values = [counts.get(month, 0.0) for month in months]
        past = [_by_month(release.figures, name) for release in material.past]
        persons = _by_month(material.figures, name, "persons_by_month")
        low = _low_months([persons.get(month, 0.0) for month in months])
        plots.append(_plot(words(f"tables.{name}"), months, values, past, low, shown))
        rows += [
            (words(f"tables.{name}"), month, shown.count(value))
            for month, value in zip(months, values, strict=True)
        ]
    head = (words("trends.figure"), words("continuity.month"), words("rows"))
    return {"plots": plots, "size": MONTHS, "table": table("months", head, rows, (2,))}


def _by_month(figures: pl.DataFrame, name: str, figure: str = "records_by_month") -> Months:
    kept = figures.filter((pl.col("figure") == figure) & (pl.col("table_name") == name))
    return {row["label"][:7]: row["value"] for row in kept.to_dicts()}


def _calendar(first: str, last: str) -> list[str]:
    year, month = int(first[:4]), int(first[5:7])
    months = []
    while f"{year}-{month:02d}" <= last:
        months.append(f"{year}-{month:02d}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months


def _plot(
    label: str,
    months: list[str],
    values: list[float],
    past: list[Months],
    low: list[int],
    shown: Shown,
) -> dict[str, Any]:
    width, height = MONTHS
    drawn = [shown.safe(value) for value in values]
    bands = [
        [shown.safe(release[month]) for release in past if month in release] for month in months
    ]
    top = round_top(max([*drawn, *(n for band in bands for n in band)], default=1))
    across = Scale(0, max(1, len(months) - 1), 44, width - 6)
    up = Scale(0, top, height - 18, 6)
    points = [(across(i), up(value)) for i, value in enumerate(drawn)]
    upper = [(across(i), up(max(band))) for i, band in enumerate(bands) if band]
    lower = [(across(i), up(min(band))) for i, band in enumerate(bands) if band]
    return {
        "label": label,
        "points": polyline(points),
        "band": area(upper, lower) if len(upper) > 1 else "",
        "years": [(across(i), month[:4]) for i, month in enumerate(months) if month[5:] == "01"],
        "top": shown.plain(top),
        "top_y": up(top),
        "base_y": up(0),
        "low": [points[i] for i in low],
        "low_months": [months[i] for i in low],
    }


def _low_months(values: list[float]) -> list[int]:
    """Months with less than half of their neighbours' persons, as in the check of continuity."""
    found = []
    for i, value in enumerate(values):
        around = values[max(0, i - NEIGHBOURS) : i + NEIGHBOURS + 1]
        usual = median(around)
        if value < 0.5 * usual and usual - value > 4 * math.sqrt(usual):
            found.append(i)
    return found
