"""The difference of two releases as one HTML page: no network, no count below the minimum.

The conclusion comes first; every word of the page is in one language, names of columns, settings
and checks apart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from etl.release.difference_words import WORDS


def write_difference(
    difference: dict[str, Any], folder: Path, lang: str, minimum_count: int
) -> list[Path]:
    """Write the exact JSON and the masked page; return both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{difference['before']}_{difference['after']}"
    page, data = folder / f"{stem}.{lang}.html", folder / f"{stem}.json"
    data.write_text(json.dumps(difference, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    page.write_text(render(difference, lang, minimum_count), encoding="utf-8")
    return [page, data]


def render(difference: dict[str, Any], lang: str, minimum_count: int) -> str:
    """The page, in French or English.

    Args:
        difference: what :func:`etl.release.difference.difference` gave.
        lang: ``fr`` or ``en``.
        minimum_count: smallest count that may be shown (``privacy.minimum_count``).
    """

    def shown(count: int | None) -> Markup:
        if count is None:
            return Markup("–")
        if 0 < count < minimum_count:
            return Markup("&lt;&nbsp;{}").format(minimum_count)
        between = "," if lang == "en" else "\u202f"
        return Markup(f"{count:,}".replace(",", between))  # noqa: S704 - digits only

    words = WORDS[lang]

    def named(key: object) -> str:
        """A word of the comparison in the language of the page; names of columns stay.

        The value of a setting may be a list or a table of its own.
        """
        if isinstance(key, list):
            return ", ".join(named(part) for part in key) or "–"
        if isinstance(key, dict):
            return json.dumps(key, ensure_ascii=False, sort_keys=True)
        return str(words["names"].get(key, key)) if key is not None else "–"

    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    environment.filters["shown"] = shown
    environment.filters["named"] = named
    template = environment.get_template("difference.html.j2")
    return template.render(
        d=difference,
        t=words,
        lang=lang,
        minimum=minimum_count - 1,
        conclusion=conclusion(difference),
    )


def conclusion(difference: dict[str, Any]) -> str:
    """``same``, ``examine`` or ``usual``: what the differences ask of their reader.

    To be examined: a fatal check or a convention that fails since, a distribution that shifted, a
    table that has no row any more.
    """
    checks = difference["checks"]
    grave = [row for row in checks["new_failures"] if row["severity"] != "characterization"]
    shifted = [
        row for row in difference["drift"]["distributions"] if row["level"] in ("shift", "watch")
    ]
    emptied = [row for row in difference["tables"] if row["before"] and not row["after"]]
    if grave or shifted or emptied:
        return "examine"
    changed = difference["tables"] or difference["identity"] or any(checks.values())
    return "usual" if changed else "same"
