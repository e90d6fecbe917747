"""Section 9: what became of every source row, as a flow."""

from __future__ import annotations

from typing import Any

from data_quality.checks.catalogue import read_rows
from data_quality.report.geometry import ribbon
from data_quality.report.material import Material
from data_quality.report.sections.linkage import linkage
from data_quality.report.shown import Shown
from data_quality.report.tables import table
from data_quality.report.words import Words
from etl.errors import CATALOGUE
from etl.errors_fr import FRENCH
from etl.resources import mappings_dir

WIDTH = 880.0
LEFT, RIGHT = 130.0, 290.0
"""Room for the labels of the two sides."""
NODE = 12.0
GAP = 10.0
TOP_TABLES = 8
DRAWN = 300.0
"""Pixels for all rows, without the gaps."""

DISPOSITIONS = (
    "event",
    "merged",
    "context",
    "cancelled",
    "superseded",
    "excluded",
    "quarantined",
)


def ledger(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """Flow from source tables to dispositions, the balance, and rows taken by each rule."""
    flows: dict[tuple[str, str], float] = {}
    for row in material.figure("ledger"):
        key = (row["table_name"], row["label"])
        flows[key] = flows.get(key, 0.0) + row["value"]
    for row in material.figure("balance"):
        if row["label"] == "quarantined" and row["value"]:
            flows[row["table_name"], "quarantined"] = row["value"]
    flows = {key: n for key, n in flows.items() if n}
    if not flows:
        return {"empty": True}
    return {
        "empty": False,
        "flow": _flow(flows, words, shown),
        "balance": _balance(material, words, shown),
        "rules": _rules(material, words, shown),
        "files": _files(material, words),
        "persons": _persons(material, words, shown),
        "gaps": _gaps(material, words),
        "coverage": _coverage(material, words),
        "crosswalks": linkage(material, words, shown),
    }


def _flow(flows: dict[tuple[str, str], float], words: Words, shown: Shown) -> dict[str, Any]:
    by_table: dict[str, float] = {}
    for (name, _), n in flows.items():
        by_table[name] = by_table.get(name, 0.0) + n
    ranked = sorted(by_table, key=lambda name: -by_table[name])
    named = ranked[:TOP_TABLES]
    others = words("ledger.others", count=shown.plain(len(ranked) - len(named)))
    merged: dict[tuple[str, str], float] = {}
    for (name, disposition), n in flows.items():
        key = (name if name in named else others, disposition)
        merged[key] = merged.get(key, 0.0) + n
    sources = [*named, *([others] if len(ranked) > len(named) else [])]
    known = [d for d in DISPOSITIONS if any(key[1] == d for key in merged)]
    targets = [*known, *sorted({key[1] for key in merged} - set(DISPOSITIONS))]
    # Hidden counts are drawn alike, or they could be measured on the drawing.
    drawn = {key: float(shown.safe(n)) for key, n in merged.items()}
    unit = DRAWN / max(sum(drawn.values()), 1.0)
    left = _stack(sources, [sum(n for k, n in drawn.items() if k[0] == s) for s in sources], unit)
    right = _stack(targets, [sum(n for k, n in drawn.items() if k[1] == t) for t in targets], unit)
    from_left = {name: top for name, (top, _) in left.items()}
    from_right = {name: top for name, (top, _) in right.items()}
    ribbons = []
    for source in sources:
        for target in targets:
            if (source, target) not in merged:
                continue
            n = merged[source, target]
            height = max(drawn[source, target] * unit, 0.6)
            start, end = from_left[source], from_right[target]
            from_left[source] += drawn[source, target] * unit
            from_right[target] += drawn[source, target] * unit
            ribbons.append(
                {
                    "path": ribbon(
                        (LEFT + NODE, round(start, 2), round(start + height, 2)),
                        (WIDTH - RIGHT, round(end, 2), round(end + height, 2)),
                    ),
                    "kind": target if target in DISPOSITIONS else "other",
                    "title": f"{source} → {_disposition(target, words)} : {shown.count(n)}",
                }
            )
    bottom = max(bottom for _, bottom in (*left.values(), *right.values()))
    return {
        "ribbons": ribbons,
        "left": [
            {"label": name, "y": top, "height": max(bottom - top, 1), "x": LEFT}
            for name, (top, bottom) in left.items()
        ],
        "right": [
            {
                "label": _disposition(name, words),
                "count": shown.count(sum(n for k, n in merged.items() if k[1] == name)),
                "kind": name if name in DISPOSITIONS else "other",
                "y": top,
                "height": max(bottom - top, 1),
                "x": WIDTH - RIGHT,
            }
            for name, (top, bottom) in right.items()
        ],
        "width": WIDTH,
        "height": bottom + 12,
        "node": NODE,
    }


def _stack(names: list[str], amounts: list[float], unit: float) -> dict[str, tuple[float, float]]:
    """Top and bottom of each node, one below the other, with room for a label."""
    places = {}
    y = 10.0
    for name, amount in zip(names, amounts, strict=True):
        height = amount * unit
        places[name] = (round(y, 2), round(y + height, 2))
        y += max(height, 14.0) + GAP
    return places


def _disposition(name: str, words: Words) -> str:
    key = f"dispositions.{name}"
    return words(key) if words.has(key) else name


def _balance(material: Material, words: Words, shown: Shown) -> Any:
    by_table: dict[str, dict[str, float]] = {}
    for row in material.figure("balance"):
        by_table.setdefault(row["table_name"], {})[row["label"]] = row["value"]
    names = ("read", "staged", "quarantined", "withdrawn", "disposed")
    rows = [
        (
            name,
            *(shown.count(part.get(column, 0.0)) for column in names),
            _residual(part.get("residual", 0.0), words),
        )
        for name, part in sorted(by_table.items())
    ]
    head = (
        words("ledger.table"),
        *(words(f"ledger.{column}") for column in names),
        words("ledger.residual"),
    )
    return table("ledger", head, rows, (1, 2, 3, 4, 5, 6))


def _files(material: Material, words: Words) -> Any:
    """Files that gave no row, each with its fate and why; those loaded are counted."""
    rows = []
    for row in sorted(material.figure("files"), key=lambda row: (row["label"], row["detail"])):
        fate = words(f"ledger.fate_{row['label'].replace(' ', '_')}")
        if row["label"] == "loaded":
            name, why = words("ledger.n_files", count=int(row["value"])), ""
        else:
            code, _, name = row["detail"].partition(" ")
            known = code in CATALOGUE
            french = words.language == "fr"
            why = f"{code} {FRENCH[code][0] if french else CATALOGUE[code].title}" if known else ""
        rows.append((fate, name, row["table_name"], why))
    head = (*(words(f"ledger.{key}") for key in ("fate", "file", "table", "why")),)
    return table("files", head, rows)


def _gaps(material: Material, words: Words) -> Any:
    """Months of flux without any line; tables that are missing stand next to the verdict."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in material.figure("gaps"):
        if row["label"] == "table":
            continue
        first, _, last = row["detail"].partition("/")
        when = first if not last else f"{first[:7]} – {last[:7]}"
        found.setdefault((row["table_name"], row["label"]), []).append(when)
    rows = [
        (table_name, words(f"ledger.no_{kind}"), ", ".join(sorted(filter(None, when))))
        for (table_name, kind), when in sorted(found.items())
    ]
    head = (words("ledger.table"), words("ledger.gap"), words("ledger.when"))
    return table("gaps", head, rows)


def _coverage(material: Material, words: Words) -> Any:
    """Stretches of months that were delivered whole, in part or not at all, by domain."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in material.figure("coverage"):
        first, _, last = row["detail"].partition("/")
        found.setdefault(row["table_name"], {}).setdefault(row["label"], []).append(
            f"{first[:7]} – {last[:7]}"
        )
    statuses = ("complete", "partial", "absent")
    rows = [
        (
            words(f"ledger.domain_{domain.lower()}"),
            *(", ".join(sorted(by_status.get(status, []))) for status in statuses),
        )
        for domain, by_status in sorted(found.items())
    ]
    head = (words("ledger.domain"), *(words(f"ledger.{status}") for status in statuses))
    return table("coverage", head, rows)


def _persons(material: Material, words: Words, shown: Shown) -> Any:
    """Persons without their hospital care, for PMSI knows the PSA alone."""
    titles = _titles(words)
    rows = [
        (
            f"{row['table_name']} {titles.get(row['table_name'], '')}".strip(),
            words(f"ledger.sex_{row['label']}") if row["label"] in ("1", "2") else "–",
            row["detail"] or "–",
            shown.count(row["value"]),
        )
        for row in material.figure("hospital_person")
    ]
    head = (*(words(f"ledger.{key}") for key in ("rule", "sex", "birth_decade")), words("persons"))
    return table("hospital_persons", head, rows, (3,))


def _residual(residual: float, words: Words) -> str:
    """Zero, or not: the distance from zero would reveal hidden counts."""
    return "0" if residual == 0 else words("ledger.not_zero")


def _titles(words: Words) -> dict[str, str]:
    """What each rule of the register is called, and each reason of quarantine."""
    titles = {code: kind.title for code, kind in CATALOGUE.items()}
    register = mappings_dir() / "rules" / "snds_rules.csv"
    if register.is_file():
        titles |= {row["rule_id"]: row[f"title_{words.language}"] for row in read_rows(register)}
    return titles


def _rules(material: Material, words: Words, shown: Shown) -> Any:
    titles = _titles(words)
    rows = [
        (
            row["table_name"],
            _disposition(row["label"], words),
            f"{row['detail']} {titles.get(row['detail'], '')}".strip(),
            shown.count(row["value"]),
        )
        for row in material.figure("ledger")
        if row["detail"]
    ]
    rows += [
        (
            row["table_name"],
            _disposition("quarantined", words),
            f"{row['label']} {titles.get(row['label'], '')}".strip(),
            shown.count(row["value"]),
        )
        for row in material.figure("quarantine")
    ]
    head = (words("ledger.table"), words("ledger.disposition"), words("ledger.rule"), words("rows"))
    return table("rules", head, rows, (3,))
