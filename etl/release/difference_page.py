"""The difference of two releases as one HTML page: no network, no count below the minimum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

# fmt: off
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Difference between releases", "before": "Before", "after": "After",
        "masked": "Counts from 1 to {n} are masked.", "nothing": "Nothing changed.",
        "persons": "Persons", "incoming": "New", "outgoing": "Gone",
        "identity": "Source, vocabulary, code and settings", "tables": "Rows by table",
        "months": "Rows by table and month", "mappings": "Mappings",
        "coverage": "Records by method of mapping", "codes": "Codes that lead elsewhere",
        "records": "Records", "checks": "Checks", "drift": "Distributions",
        "levels": {
            "stable": "stable", "watch": "watch", "shift": "shifted",
            "not comparable": "not comparable",
        },
    },
    "fr": {
        "title": "Différence entre versions", "before": "Avant", "after": "Après",
        "masked": "Les effectifs de 1 à {n} sont masqués.", "nothing": "Rien n’a changé.",
        "persons": "Personnes", "incoming": "Entrées", "outgoing": "Sorties",
        "identity": "Source, vocabulaire, code et réglages", "tables": "Lignes par table",
        "months": "Lignes par table et mois", "mappings": "Alignements",
        "coverage": "Enregistrements par méthode d’alignement",
        "codes": "Codes qui mènent ailleurs",
        "records": "Enregistrements", "checks": "Contrôles", "drift": "Distributions",
        "levels": {
            "stable": "stable", "watch": "à surveiller", "shift": "déplacée",
            "not comparable": "non comparable",
        },
    },
}
# fmt: on


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
        return Markup(f"{count:,}".replace(",", "&nbsp;"))  # noqa: S704 - digits only

    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    environment.filters["shown"] = shown
    template = environment.get_template("difference.html.j2")
    return template.render(d=difference, t=WORDS[lang], lang=lang, minimum=minimum_count - 1)
