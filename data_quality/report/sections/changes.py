"""Section 4: what changed since the release in use."""

from __future__ import annotations

from typing import Any

from data_quality.checks.catalogue import CATALOGUE_VERSION
from data_quality.checks.model import Check
from data_quality.report.material import Material, Row
from data_quality.report.shown import Shown
from data_quality.report.tables import table
from data_quality.report.words import Words
from data_quality.texts import check_text

WORSE = 1.1
"""A failure is reported as worse (or better) when its share moved by a tenth at least."""
LONGEST = 60


def changes(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """New, worse, better and corrected failures, those that touch most persons first."""
    before = material.before
    if before is None:
        return {"why": words("changes.first"), "persons": []}
    persons = _persons(material, words, shown)
    if before.catalogue_version != CATALOGUE_VERSION:
        why = words("changes.catalogue", version=before.catalogue_version)
        return {"why": why, "persons": persons}
    earlier = {row["check_id"]: row for row in before.results.to_dicts()}
    found: list[tuple[str, Row, Row]] = []
    for row in material.judged():
        was = earlier.get(row["check_id"])
        if was is not None and (kind := _kind(was, row)):
            found.append((kind, was, row))
    order = ["new", "worse", "better", "corrected"]
    found.sort(key=lambda item: (order.index(item[0]), -(item[2]["persons"] or 0)))
    rows = [_line(kind, was, row, material, words, shown) for kind, was, row in found]
    return {
        "why": "",
        "persons": persons,
        "since": before.id,
        "counts": [
            (kind, words(f"changes.{kind}"), shown.plain(sum(k == kind for k, _, _ in found)))
            for kind in order
        ],
        "table": table(
            "changes",
            (
                words("changes.kind"),
                words("check"),
                words("where"),
                words("changes.before"),
                words("changes.after"),
                words("persons"),
            ),
            rows[:LONGEST],
            (3, 4, 5),
        ),
        "more": max(0, len(rows) - LONGEST),
    }


def _persons(material: Material, words: Words, shown: Shown) -> list[tuple[str, str]]:
    """Persons new, gone and renumbered, and rows that left for excluded persons."""
    found = [
        (words(f"changes.persons_{row['label']}"), shown.count(row["value"]))
        for row in material.figure("person_changes")
    ]
    withdrawn = [row["value"] for row in material.figure("balance") if row["label"] == "withdrawn"]
    return [*found, (words("changes.rows_withdrawn"), shown.count(sum(withdrawn)))]


def _kind(was: Row, now: Row) -> str:
    failed_before, fails_now = was["status"] == "fail", now["status"] == "fail"
    if fails_now and not failed_before:
        return "new"
    if failed_before and now["status"] == "pass":
        return "corrected"
    if fails_now and now["share"] > was["share"] * WORSE:
        return "worse"
    if fails_now and now["share"] * WORSE < was["share"]:
        return "better"
    return ""


def _line(
    kind: str, was: Row, now: Row, material: Material, words: Words, shown: Shown
) -> tuple[str, ...]:
    check = material.checks[now["check_id"]]
    return (
        words(f"changes.{kind}"),
        check_text(check, "title", words.language),
        where(now),
        shared(was, check, shown),
        shared(now, check, shown),
        shown.count(now["persons"]),
    )


def counted(row: Row, name: str, check: Check, shown: Shown) -> str:
    """A count of a result: hidden when few, unless it counts things."""
    if check.type.counts == "things":
        return shown.plain(row[name])
    return shown.count(row[name])


def shared(row: Row, check: Check, shown: Shown) -> str:
    """The share at fault of a result."""
    if check.type.counts == "things":
        return shown.percent(100 * row["share"])
    return shown.share(row["violated"], row["denominator"])


def where(row: Row) -> str:
    """The place of a result: table and column, or what else distinguishes it."""
    place = ".".join(part for part in (row["table_name"], row["field_name"]) if part)
    if row["concept_ids"]:
        return f"{place} ({row['concept_ids']})"
    return place or str(row["parameter"] or "–")
