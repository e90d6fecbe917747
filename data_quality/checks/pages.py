"""Renders the reference page of the checks: ``python -m data_quality.checks.pages FOLDER``.

One page per language. `make docs` calls it; the pages are built, not committed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from data_quality.checks.benchmarks import benchmarks
from data_quality.checks.catalogue import catalogue, check_types
from data_quality.checks.model import Check, CheckType
from data_quality.texts import LANGUAGES, Language, check_text

PAGES: dict[Language, str] = {
    "en": "en/reference/quality-checks.md",
    "fr": "fr/reference/controles-qualite.md",
}
_NOTICE = "<!-- Rendered by `make docs`: do not edit. -->"
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Quality checks",
        "lead": "Every kind of check, with an example of its rule; tables and columns vary.",
        "dqd": "Checks of OHDSI's DataQualityDashboard 2.8.4",
        "cdm": "Checks of the CDM 5.4 specification",
        "snds": "Checks of the SNDS",
        "head": "| check | number | Kahn category | severity | rule (example) | threshold % |",
        "superseded": "superseded by",
        "figures": "National figures",
        "figure_head": "| figure | published | band | source |",
    },
    "fr": {
        "title": "Contrôles de qualité",
        "lead": "Chaque type de contrôle, avec une règle en exemple ; tables et colonnes varient.",
        "dqd": "Contrôles du DataQualityDashboard 2.8.4 d'OHDSI",
        "cdm": "Contrôles de la spécification du CDM 5.4",
        "snds": "Contrôles du SNDS",
        "head": "| contrôle | nombre | catégorie de Kahn | gravité | règle (exemple) | seuil % |",
        "superseded": "remplacé par",
        "figures": "Chiffres nationaux",
        "figure_head": "| chiffre | publié | bande | source |",
    },
}


def render(language: Language) -> str:
    """The page in one language."""
    return "\n".join(_lines(language)) + "\n"


def _lines(language: Language) -> Iterator[str]:
    words = _WORDS[language]
    by_type: dict[str, list[Check]] = {}
    for check in catalogue():
        by_type.setdefault(check.name, []).append(check)
    yield _NOTICE
    yield f"# {words['title']}"
    yield ""
    yield words["lead"]
    for key in ("DQD", "CDM", "SNDS"):
        yield ""
        yield f"## {words[key.lower()]}"
        yield ""
        yield words["head"]
        yield "|---|---:|---|---|---|---|"
        for kind in check_types().values():
            if kind.catalogue == key:
                yield _row(kind, by_type[kind.name], language)
    yield ""
    yield f"## {words['figures']}"
    yield ""
    yield words["figure_head"]
    yield "|---|---|---|---|"
    for figure in benchmarks():
        label = figure.label_fr if language == "fr" else figure.label_en
        yield (
            f"| {label} | {figure.published:g} {figure.unit} ({figure.year}) |"
            f" {figure.low:g}–{figure.high:g} | {figure.source} |"
        )


def _row(kind: CheckType, checks: list[Check], language: Language) -> str:
    name = f"`{kind.name}`"
    if kind.superseded_by:
        name += f" ({_WORDS[language]['superseded']} {kind.superseded_by})"
    category = " / ".join(part for part in (kind.category, kind.subcategory, kind.context) if part)
    thresholds = Counter(check.threshold or 0 for check in checks)
    limits = ", ".join(f"{value:g}" for value in sorted(thresholds))
    rule = check_text(checks[0], "rule", language).replace("|", "\\|")
    return f"| {name} | {len(checks)} | {category} | {kind.severity} | {rule} | {limits} |"


def write(root: Path) -> None:
    """Write every page below a folder."""
    for language in LANGUAGES:
        path = root / PAGES[language]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(language), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the pages below the folder that the command line names."""
    write(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
