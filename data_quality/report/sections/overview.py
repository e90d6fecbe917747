"""Sections 1 to 3: verdict, three rates, map of domains."""

from __future__ import annotations

from typing import Any

from data_quality.gate import reason_text
from data_quality.report.domains import DOMAINS, domain_of
from data_quality.report.material import Material, Row
from data_quality.report.sections.changes import counted
from data_quality.report.shown import Shown
from data_quality.report.tables import Table, table
from data_quality.report.words import Words

FIRST_REASONS = 3
CATEGORIES = ("Conformance", "Completeness", "Plausibility")
CONTEXTS = ("Verification", "Validation")
SEVERITIES = ("fatal", "convention", "characterization")


def verdict(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """The decision, its reasons, and what it is about."""
    reasons = _reasons(material, words, shown)
    start, end = _window(material)
    persons = material.number("rows", "person")
    years = material.number("person_years", "observation_period")
    waived = material.results.filter(material.results["waiver_owner"].is_not_null())
    return {
        "accepted": bool(material.verdict["accepted"]),
        "reasons": reasons[:FIRST_REASONS],
        "more": reasons[FIRST_REASONS:],
        "gaps": _gaps(material, words),
        "facts": [
            (words("verdict.source"), material.source("cdm_source_name") or "–"),
            (words("verdict.population"), _population(material, words)),
            (words("verdict.date"), material.source("cdm_release_date") or "–"),
            (words("verdict.vocabulary"), material.source("vocabulary_version") or "–"),
            (words("verdict.period"), f"{start} – {end}" if start else "–"),
            (words("verdict.persons"), shown.count(persons)),
            (words("verdict.person_years"), shown.count(years)),
            (words("verdict.previous"), material.previous or words("verdict.none")),
            (words("verdict.catalogue"), str(material.verdict["catalogue_version"])),
        ],
        "waived": [
            {
                "owner": row["waiver_owner"],
                "expires": row["waiver_expires"].isoformat(),
                "check": row["check_id"],
            }
            for row in waived.to_dicts()
        ],
    }


def _population(material: Material, words: Words) -> str:
    """The declared population, with the share of it that was drawn."""
    population = material.verdict.get("population")
    if not population:
        return words("verdict.not_declared")
    name = words(f"populations.{population}")
    fraction = material.verdict.get("sampling_fraction")
    return f"{name} ({100 * fraction:g} %)" if fraction else name


def _gaps(material: Material, words: Words) -> list[str]:
    """What is missing, what of the SNDS was not delivered at all, and what no delivery can know."""
    found = list(material.verdict.get("gaps_by_language", {}).get(words.language, []))
    if absent := material.verdict.get("undelivered"):
        found.append(words("verdict.undelivered", tables=", ".join(absent)))
    found.extend(material.verdict.get("notes_by_language", {}).get(words.language, []))
    return found


def _reasons(material: Material, words: Words, shown: Shown) -> list[str]:
    """The gate's reasons, with small counts hidden."""
    by_id = {row["check_id"]: row for row in material.rows()}
    reasons = []
    for ground in material.verdict["grounds"]:
        if not ground["counted"]:
            reasons.append(
                reason_text(ground["kind"], ground["check"], ground["values"], words.language)
            )
            continue
        row = by_id[ground["check"]]
        check = material.checks[ground["check"]]
        reasons.append(
            reason_text(
                ground["kind"],
                ground["check"],
                {**ground["values"], "error": row["error"] or ""},
                words.language,
                check=check,
                counts=(
                    counted(row, "violated", check, shown),
                    counted(row, "denominator", check, shown),
                ),
            )
        )
    return reasons


def _window(material: Material) -> tuple[str, str]:
    """First and last month of observation: days of a person are not shown."""
    start = [row["label"] for row in material.figure("observation_start")]
    end = [row["label"] for row in material.figure("observation_end")]
    return (start[0][:7], end[0][:7]) if start and end else ("", "")


def rates(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """How many checks pass, counted in the three ways that people compare."""
    dqd = [row for row in material.rows() if row["catalogue"] == "DQD"]
    judged = material.judged()
    bad = sum(row["status"] in ("fail", "error") for row in dqd)
    passed = sum(row["status"] == "pass" for row in judged)
    failed = sum(row["status"] == "fail" for row in judged)
    errors = sum(row["status"] == "error" for row in judged)
    absent = sum(row["status"] == "not applicable" for row in judged)
    applicable = passed + failed
    return {
        "tiles": [
            {
                "key": "dqd",
                "value": shown.percent(100 * (len(dqd) - bad) / len(dqd)),
                "detail": words("rates.of", part=shown.plain(bad), whole=shown.plain(len(dqd))),
            },
            {
                "key": "applicable",
                "value": shown.percent(100 * passed / applicable) if applicable else "–",
                "detail": words(
                    "rates.of", part=shown.plain(failed), whole=shown.plain(applicable)
                ),
            },
            {
                "key": "errors",
                "value": shown.plain(errors),
                "detail": words("rates.absent", count=shown.plain(absent)),
            },
        ],
        "table": table(
            "checks_by_severity",
            (words("severity"), words("pass"), words("fail"), words("error"), words("absent")),
            [
                (
                    words(f"severities.{severity}"),
                    *(
                        shown.plain(
                            sum(r["severity"] == severity and r["status"] == s for r in judged)
                        )
                        for s in ("pass", "fail", "error", "not applicable")
                    ),
                )
                for severity in SEVERITIES
            ],
            (1, 2, 3, 4),
        ),
    }


def heat_map(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """Failed over applicable, by domain and by Kahn category and context."""
    judged = material.judged()
    lines = []
    rows = []
    for domain in DOMAINS:
        of_domain = [row for row in judged if domain_of(row) == domain]
        cells = [
            _cell([r for r in of_domain if (r["category"], r["context"]) == (category, context)])
            | {"category": category, "context": context}
            for category in CATEGORIES
            for context in CONTEXTS
        ]
        lines.append({"domain": domain, "label": words(f"domains.{domain}"), "cells": cells})
        rows.append((words(f"domains.{domain}"), *(str(cell["text"]) for cell in cells)))
    head = [
        f"{words(f'categories.{category}')}, {words(f'contexts.{context}')}"
        for category in CATEGORIES
        for context in CONTEXTS
    ]
    csv: Table = table("map", (words("domain"), *head), rows)
    return {"lines": lines, "table": csv}


def _cell(rows: list[Row]) -> dict[str, Any]:
    applicable = [row for row in rows if row["status"] != "not applicable"]
    failed = [row for row in applicable if row["status"] == "fail"]
    errors = sum(row["status"] == "error" for row in applicable)
    if not applicable:
        return {"text": "", "level": "none", "failed": 0}
    worst = next((s for s in SEVERITIES if any(row["severity"] == s for row in failed)), "")
    return {
        "text": f"{len(failed) + errors}/{len(applicable)}",
        "level": "error" if errors else worst or "good",
        "failed": len(failed) + errors,
    }
