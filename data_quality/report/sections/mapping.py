"""Section 7: codes without a standard concept, by volume."""

from __future__ import annotations

from typing import Any

import polars as pl

from data_quality.figures import CODED_TABLES
from data_quality.report.geometry import Scale, polyline
from data_quality.report.material import Material
from data_quality.report.shown import Shown
from data_quality.report.tables import table
from data_quality.report.words import Words
from etl.contracts.labels import column_label

TOP = 20
WIDTH, HEIGHT = 260.0, 96.0


def unmapped(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """For each kind of event, the ranking of unmapped codes with its cumulative curve."""
    before = material.before
    earlier = _counts(before.figures, "unmapped") if before else {}
    blocks = []
    for name in CODED_TABLES:
        total, mapped = _records(material, name)
        if not total or shown.is_hidden(total):
            continue
        missing = total - mapped
        codes = [
            (str(row["label"]), *str(row["detail"]).partition("|")[::2], float(row["value"]))
            for row in material.figure("unmapped")
            if row["table_name"] == name
        ]
        codes.sort(key=lambda code: (-code[3], code[0]))
        # A code that few persons carry is not shown, however many records they have.
        persons = _counts(material.figures, "unmapped_persons")
        shown_codes = [c for c in codes if persons.get((name, c[0]), 0) >= shown.minimum][:TOP]
        covered = sum(code[3] for code in shown_codes)
        rows = []
        running = 0.0
        for code, vocabulary, label, n in shown_codes:
            running += n
            was = earlier.get((name, code))
            rows.append(
                (
                    code or words("unmapped.empty"),
                    vocabulary,
                    label or column_label(code, words.language),
                    shown.count(n),
                    shown.share(running, missing),
                    _moved(n, was, shown, words) if before else "",
                )
            )
        blocks.append(
            {
                "label": words(f"tables.{name}"),
                "mapped": shown.share(mapped, total),
                "records": shown.count(total),
                "sentence": words(
                    "unmapped.covers",
                    count=shown.plain(len(shown_codes)),
                    share=shown.share(covered, missing),
                )
                if shown_codes
                else words("unmapped.nothing"),
                "curve": _curve([code[3] for code in shown_codes], missing),
                "table": table(
                    f"unmapped_{name}",
                    (
                        words("unmapped.code"),
                        words("unmapped.vocabulary"),
                        words("unmapped.label"),
                        words("rows"),
                        words("unmapped.cumulated"),
                        words("unmapped.change"),
                    ),
                    rows,
                    (3, 4, 5),
                ),
            }
        )
    return {"blocks": blocks, "width": WIDTH, "height": HEIGHT}


def _records(material: Material, name: str) -> tuple[float, float]:
    def total(figure: str) -> float:
        return float(sum(r["value"] for r in material.figure(figure) if r["table_name"] == name))

    return total("records_by_year"), total("mapped_by_year")


def _counts(figures: pl.DataFrame, figure: str) -> dict[tuple[str, str], float]:
    return {
        (row["table_name"], row["label"]): row["value"]
        for row in figures.filter(pl.col("figure") == figure).to_dicts()
    }


def _moved(now: float, was: float | None, shown: Shown, words: Words) -> str:
    if was is None:
        return words("unmapped.new")
    if shown.is_hidden(abs(now - was)) or now == was:
        return "="
    sign = "+" if now > was else "−"
    return f"{sign}{shown.count(abs(now - was))}"


def _curve(counts: list[float], missing: float) -> str:
    """Share of the unmapped records that the first codes explain."""
    if not missing or not counts:
        return ""
    across = Scale(0, len(counts), 0, WIDTH)
    up = Scale(0, 1, HEIGHT, 0)
    running = 0.0
    points = [(across(0), up(0))]
    for rank, n in enumerate(counts, start=1):
        running += n
        points.append((across(rank), up(running / missing)))
    return polyline(points)
