"""Checks said as one SQL file each: what they read, and their text with names filled in.

In a template ``${cdm.cost}``, ``${audit.balance}`` and ``${lake.ER_PRS_F}`` stand for relations;
``${table}``, ``${field}`` and ``${parameter}`` are the check's own, and may stand inside a name:
``${cdm.<table>}``. A check applies where all its relations exist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from data_quality.checks.model import Check

FOLDER = Path(__file__).resolve().parent / "sql"

_SLOT = re.compile(r"\$\{([^}]+)\}")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


@cache
def template(name: str) -> str | None:
    """The template of a check type, or None when the type has a compiler of its own."""
    file = FOLDER / f"{name}.sql"
    return file.read_text("utf-8") if file.is_file() else None


def _own(check: Check) -> dict[str, str]:
    return {"table": check.table, "field": check.field, "parameter": check.parameter}


def _named(slot: str, own: dict[str, str]) -> str:
    for key, value in own.items():
        slot = slot.replace(f"<{key}>", value)
    return slot


def relations_of(check: Check) -> tuple[str, ...]:
    """Relations that the template of a check reads, as ``room.name``."""
    own = _own(check)
    names = []
    for slot in _SLOT.findall(template(check.name) or ""):
        name = _named(slot, own)
        if "." in name:
            names.append(name)
    return tuple(dict.fromkeys(names))


def render(check: Check, relations: Mapping[str, str]) -> str:
    """The query of a check; KeyError when one of its relations is absent."""
    own = _own(check)

    def fill(match: re.Match[str]) -> str:
        slot = _named(match.group(1), own)
        return relations[slot] if "." in slot else own[slot]

    text = _COMMENT.sub("", template(check.name) or "")
    return _SLOT.sub(fill, text).strip()
