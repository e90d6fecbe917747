"""Sections 5 and 6: failures by cause, where they come from, and every check."""

from __future__ import annotations

from typing import Any

from data_quality.report.domains import cause_of, domain_of
from data_quality.report.material import Material, Row
from data_quality.report.sections.changes import counted, shared, where
from data_quality.report.sections.overview import SEVERITIES
from data_quality.report.shown import Shown
from data_quality.report.tables import Table, table
from data_quality.report.words import Words
from data_quality.texts import check_text

DIMENSIONS = ("year", "type", "file")
LONGEST = 12
"""Most bars of one drill-down; the rest is shown as others."""


def failures(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """Failed checks and checks that could not run, grouped by likely cause, worst first."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in material.judged():
        if row["status"] in ("fail", "error"):
            groups.setdefault(cause_of(row), []).append(row)
    cards = [_card(cause, rows, material, words, shown) for cause, rows in groups.items()]
    cards.sort(key=lambda card: (card["rank"], -card["persons"], -len(card["lines"])))
    return {"cards": cards}


def _card(
    cause: tuple[str, str], rows: list[Row], material: Material, words: Words, shown: Shown
) -> dict[str, Any]:
    family, subject = cause
    first = material.checks[rows[0]["check_id"]]
    if words.has(f"causes.{family}"):
        title = words(f"causes.{family}", subject=subject)
    else:
        title = check_text(first, "title", words.language)
    severities = [row["severity"] for row in rows if row["status"] == "fail"]
    worst = next((s for s in SEVERITIES if s in severities), "error")
    rows = sorted(rows, key=lambda row: -(row["persons"] or 0))
    return {
        "title": title,
        "severity": worst,
        "rank": SEVERITIES.index(worst) if worst in SEVERITIES else -1,
        "persons": max((row["persons"] or 0) for row in rows),
        "count": shown.plain(len(rows)),
        "remedy": list(
            dict.fromkeys(
                check_text(material.checks[row["check_id"]], "remedy", words.language)
                for row in rows
            )
        ),
        "lines": [_line(row, material, words, shown) for row in rows],
        "domains": sorted({domain_of(row) for row in rows}),
        "categories": sorted({row["category"] for row in rows}),
        "table": _table(family, subject, rows, material, words, shown),
    }


def _line(row: Row, material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    check = material.checks[row["check_id"]]
    error = row["status"] == "error"
    release = row["first_seen"] or words("failures.this_release")
    return {
        "id": row["check_id"],
        "rule": check_text(check, "rule", words.language),
        "severity": row["severity"],
        "status": row["status"],
        "threshold": words("failures.at_most", share=shown.threshold(row["threshold"])),
        "violated": words("failures.could_not_run", kind=row["error"])
        if error
        else counted(row, "violated", check, shown),
        "denominator": "" if error else counted(row, "denominator", check, shown),
        "share": "" if error else shared(row, check, shown),
        "persons": shown.count(row["persons"]),
        "person_share": _person_share(row, material, shown),
        "first_seen": "" if error else release,
        "owner": row["waiver_owner"] or "",
        "expires": row["waiver_expires"].isoformat() if row["waiver_expires"] else "",
        "note": check.note_fr if words.language == "fr" else check.note,
        "sql": row["sql"] or "",
        "domain": domain_of(row),
        "category": row["category"],
    }


def _person_share(row: Row, material: Material, shown: Shown) -> str:
    total = material.number("rows", "person")
    if row["persons"] is None or not total:
        return ""
    return shown.share(row["persons"], total)


def _table(
    family: str, subject: str, rows: list[Row], material: Material, words: Words, shown: Shown
) -> Table:
    lines = [_line(row, material, words, shown) for row in rows]
    names = ("id", "rule", "threshold", "violated", "denominator", "share", "persons", "first_seen")
    return table(
        f"failures_{family}{'_' + subject if subject else ''}",
        tuple(words(f"failures.{name}") for name in names),
        [tuple(line[name] for name in names) for line in lines],
    )


def origins(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """For each failed check, its rows by year, by kind of record and by source file."""
    labels = {row["label"]: row["detail"] for row in material.figure("type_label")}
    by_check: dict[str, dict[str, list[tuple[str, int]]]] = {}
    for row in material.details.to_dicts():
        label = row["label"]
        if row["dimension"] == "type":
            label = labels.get(label, label)
        by_check.setdefault(row["check_id"], {}).setdefault(row["dimension"], []).append(
            (label or words("origins.unknown"), row["rows"])
        )
    entries = []
    csv: list[tuple[str, str, str, str]] = []
    for row in material.judged():
        found = by_check.get(row["check_id"])
        if not found or row["status"] != "fail":
            continue
        check = material.checks[row["check_id"]]
        dimensions = []
        for name in DIMENSIONS:
            bars = _bars(found.get(name, []), name, words, shown)
            if bars:
                dimensions.append({"label": words(f"origins.{name}"), "bars": bars})
                csv += [
                    (row["check_id"], words(f"origins.{name}"), bar["label"], bar["text"])
                    for bar in bars
                ]
        entries.append(
            {
                "title": check_text(check, "title", words.language),
                "where": where(row),
                "id": row["check_id"],
                "severity": row["severity"],
                "dimensions": dimensions,
            }
        )
    head = (words("check"), words("origins.dimension"), words("origins.label"), words("rows"))
    return {"entries": entries, "table": table("origins", head, csv, (3,))}


def _bars(
    found: list[tuple[str, int]], name: str, words: Words, shown: Shown
) -> list[dict[str, Any]]:
    """Bars of one dimension; the longest first but for years, small ones as one."""
    ordered = sorted(found) if name == "year" else sorted(found, key=lambda item: -item[1])
    kept = [item for item in ordered if item[1] >= shown.minimum][:LONGEST]
    others = sum(n for _, n in ordered) - sum(n for _, n in kept)
    if others > 0:
        kept.append((words("origins.others"), others))
    top = max((shown.safe(n) for _, n in kept), default=0) or 1
    return [
        {
            "label": label,
            "text": shown.count(n),
            "width": round(100 * shown.safe(n) / top, 1),
        }
        for label, n in kept
    ]


def every_check(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """All checks with their status, for the filters and for the CSV."""
    rows = []
    lines = []
    for row in material.judged():
        check = material.checks[row["check_id"]]
        measured = row["status"] in ("pass", "fail")
        cells = (
            words(f"statuses.{row['status'].replace(' ', '_')}"),
            words(f"severities.{row['severity']}"),
            check_text(check, "title", words.language),
            where(row),
            counted(row, "violated", check, shown) if measured else "",
            counted(row, "denominator", check, shown) if measured else "",
            shared(row, check, shown) if measured else "",
            shown.threshold(row["threshold"]),
        )
        rows.append((row["check_id"], *cells))
        lines.append(
            {
                "cells": cells,
                "status": row["status"],
                "severity": row["severity"],
                "category": row["category"],
                "context": row["context"],
                "domain": domain_of(row),
                "id": row["check_id"],
                "why": row["not_applicable_reason"] or "",
            }
        )
    head = (
        words("status"),
        words("severity"),
        words("check"),
        words("where"),
        words("failures.violated"),
        words("failures.denominator"),
        words("failures.share"),
        words("failures.threshold"),
    )
    csv = table("checks", (words("failures.id"), *head), rows, (5, 6, 7, 8))
    return {"head": head, "lines": lines, "table": csv}
