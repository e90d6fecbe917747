"""Checks written as one SQL file each: what they read, and their text with names filled in.

In a template ``${cdm.cost}``, ``${audit.balance}`` and ``${lake.ER_PRS_F}`` stand for relations;
``${table}``, ``${field}`` and ``${parameter}`` are the check's own, and may stand inside a name:
``${cdm.<table>}``. ``${ids_of_a_table}``, ``${tables_of_dcir}`` and ``${tables_of_hospitals}`` are
what the ids and the contracts state. A check applies where all its relations exist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from data_quality.checks.model import Check
from etl.contracts.registry import contracts
from etl.ids import POSITION_BITS, VARIANTS

FOLDER = Path(__file__).resolve().parent / "sql"

_SLOT = re.compile(r"\$\{([^}]+)\}")
_COMMENT = re.compile(r"^\s*--.*$\n?", re.MULTILINE)


@cache
def template(name: str) -> str | None:
    """The template of a check type, or None when the type has a compiler of its own."""
    file = FOLDER / f"{name}.sql"
    return file.read_text("utf-8") if file.is_file() else None


def slots(text: str) -> tuple[str, ...]:
    """Names of the relations that a text reads, as ``room.name``, each once."""
    return tuple(dict.fromkeys(name for name in _SLOT.findall(text) if "." in name))


def fill(text: str, names: Mapping[str, str]) -> str:
    """The text with its slots filled and without comments; KeyError for an unknown name."""
    return _SLOT.sub(lambda match: names[match.group(1)], _COMMENT.sub("", text)).strip()


@cache
def _provenance() -> dict[str, str]:
    """What a template may ask of CDM ids: how many a source table has, and numbers of tables."""

    def numbers(*products: str) -> str:
        found = sorted(c.number for c in contracts().values() if c.product in products)
        return "(" + ", ".join(map(str, found)) + ")"

    return {
        "${ids_of_a_table}": f"{VARIANTS << POSITION_BITS}.0",
        "${tables_of_dcir}": numbers("dcir", "dcirs"),
        "${tables_of_hospitals}": numbers("mco", "ssr", "had", "rip"),
    }


def _own(check: Check) -> str:
    """The template with the check's own names in place."""
    text = template(check.name) or ""
    for slot, value in _provenance().items():
        text = text.replace(slot, value)
    for name in ("table", "field", "parameter"):
        value = getattr(check, name)
        text = text.replace(f"<{name}>", value).replace(f"${{{name}}}", value)
    return text


def relations_of(check: Check) -> tuple[str, ...]:
    """Relations that the template of a check reads."""
    return slots(_own(check))


def render(check: Check, relations: Mapping[str, str]) -> str:
    """The query of a check; KeyError when one of its relations is absent."""
    return fill(_own(check), relations)
