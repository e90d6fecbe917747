"""Texts of the report, by language; a missing text is an error, not a blank."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from data_quality.files import read_yaml
from data_quality.texts import Language

FILE = Path(__file__).resolve().parent / "words.yml"


@cache
def _all() -> dict[str, Any]:
    loaded: dict[str, Any] = read_yaml(FILE)
    return loaded


class Words:
    """``words("verdict.accepted")`` in the language chosen; ``{name}`` filled from keywords."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        node: Any = _all()
        for part in key.split("."):
            node = node[part]
        text: str = node[self.language]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        node: Any = _all()
        for part in key.split("."):
            if not isinstance(node, dict) or part not in node:
                return False
            node = node[part]
        return True


def keys(node: Any = None, prefix: str = "") -> list[str]:
    """All keys, for the test that both languages have the same texts."""
    node = _all() if node is None else node
    if not isinstance(node, dict) or set(node) & {"en", "fr"}:
        return [prefix]
    return [key for name, part in node.items() for key in keys(part, f"{prefix}.{name}".strip("."))]
