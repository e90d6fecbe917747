"""Values are immutable: dataclasses are frozen and have slots, but for a few."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# The generator fills tables column by column.
FOLDERS = ("etl", "data_quality")
LEFT_OUT = ROOT / "etl" / "synthetic"
OTHERS = {
    # they keep what they computed
    "CheckedBlock": {"frozen"},
    "Material": {"frozen"},
    # they collect
    "Project": {"slots"},
    "Console": set(),
    "CommandLog": set(),
    "Shape": {"slots"},
    "Figures": {"slots"},
    "Missing": {"slots"},
    "Counted": {"slots"},
    "Scanner": {"slots"},
    "Shown": {"slots"},
}


def declared() -> dict[str, set[str]]:
    """Options that are true, by name of the dataclass."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {
        node.name: {
            keyword.arg
            for keyword in getattr(decorator, "keywords", [])
            if keyword.arg and getattr(keyword.value, "value", False)
        }
        for path in paths
        if LEFT_OUT not in path.parents
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if ast.unparse(decorator).startswith("dataclass")
    }


def test_values_are_frozen_and_have_slots() -> None:
    found = declared()
    assert len(found) > 100
    expected = {name: {"frozen", "slots"} for name in found} | OTHERS
    assert found == expected
