"""What checks, reasons and statuses are called, in French and English."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from data_quality.checks.benchmarks import benchmarks
from data_quality.checks.catalogue import HERE
from data_quality.checks.model import Check
from data_quality.files import read_yaml

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")

_GENERAL = Path(__file__).resolve().parent / "texts.yml"
_SEX = {"fr": {"male": "masculin", "female": "féminin"}}
_WORDS = {
    "en": {"tomorrow": "tomorrow", "next year": "next year"},
    "fr": {"tomorrow": "demain", "next year": "l'an prochain"},
}


@cache
def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = read_yaml(path)
    return loaded


def check_text(check: Check, part: Literal["title", "rule", "remedy"], language: Language) -> str:
    """One sentence on a check."""
    text: str = _load(HERE / "texts.yml")[check.name][language][part]
    parameter = check.parameter
    parameter = _SEX.get(language, {}).get(parameter, parameter)
    parameter = _WORDS[language].get(parameter, parameter)
    if check.name == "nationalFigure":
        figure = next(one for one in benchmarks() if one.name == parameter)
        parameter = figure.label_fr if language == "fr" else figure.label_en
    return text.format(
        table=check.table,
        field=check.field,
        parameter=parameter.replace(" ", ", ") if check.concepts else parameter,
        concepts=", ".join(str(concept) for concept in check.concepts),
    )


def text(key: str, language: Language, **values: object) -> str:
    """A sentence of ``texts.yml`` by its dotted key."""
    node: Any = _load(_GENERAL)
    for part in key.split("."):
        node = node[part]
    sentence: str = node[language]
    return sentence.format(**values)
