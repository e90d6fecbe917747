"""Tests of a module, nearest first: those that import it, then those that import what imports it.

Names that a package hands on are followed to the module that defines them, and modules of `tests`
that prepare data are followed as any other.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

FOLDERS = ("etl", "data_quality", "tests")
FARTHEST = 3
MOST_UNIT = 8
MOST_INTEGRATION = 2


def module_of(path: str) -> str:
    """``etl/audit/__init__.py`` is the module ``etl.audit``."""
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


@cache
def importers(root: Path) -> dict[str, set[str]]:
    """Module -> modules that import it, each known by its full name."""
    paths = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    trees = {
        module_of(path.relative_to(root).as_posix()): ast.parse(path.read_text("utf-8"))
        for path in paths
    }
    handed_on = {
        (package, alias.asname or alias.name): f"{node.module}.{alias.name}"
        for package, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    found = defaultdict[str, set[str]](set)
    for module, tree in trees.items():
        for name in _imported(tree):
            defined = _defined_in(name, handed_on, set(trees))
            if defined and defined != module:
                found[defined].add(module)
    for module in trees:
        folder, _, name = module.rpartition(".")
        if folder == "etl.cli":  # a command is imported when it is called
            found[module].add(folder)
        if name == "conftest":  # its fixtures are used without an import
            found[module] |= {one for one in trees if one.startswith(f"{folder}.")} - {module}
    return found


def file_of(root: Path, module: str) -> str:
    """The path that :func:`module_of` made the name from."""
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if (root / path).is_dir() else f"{path}.py"


def _text(root: Path, module: str) -> str:
    return (root / file_of(root, module)).read_text("utf-8")


def _imported(tree: ast.Module) -> list[str]:
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def _defined_in(name: str, handed_on: dict[tuple[str, str], str], modules: set[str]) -> str | None:
    """The module itself, or the one that a package took the name from; None outside of the code."""
    for _ in range(len(modules)):
        package, _, last = name.rpartition(".")
        if name in modules:
            return name
        if (package, last) not in handed_on:
            return package if package in modules else None
        name = handed_on[package, last]
    return None


def nearest_tests(root: Path, path: str, most: int = MOST_UNIT) -> list[str]:
    """Files of ``tests/unit``, at most ``most``, then two of ``tests/integration``, nearest first.

    Of two files as near, that of the folder that bears the name of the package comes first, then
    that which mentions the module. Modules farther than three imports are followed only as long as
    no test was found.
    """
    reached = {module_of(path): 0}
    edge, distance = [module_of(path)], 0
    found: list[tuple[int, bool, bool, str]] = []
    mentioned = re.compile(rf"\b{module_of(path).rpartition('.')[2]}\b")
    area = path.split("/")[1 if path.startswith("etl/") else 0]
    while edge and (distance < FARTHEST or not found):
        distance += 1
        edge = sorted({one for module in edge for one in importers(root)[module]} - set(reached))
        reached |= dict.fromkeys(edge, distance)
        found += [
            (distance, f".{area}." not in module, not mentioned.search(_text(root, module)), module)
            for module in edge
            if module.rpartition(".")[2].startswith("test_")
        ]
    near = [module for *_, module in sorted(found)]
    unit = [module for module in near if module.startswith("tests.unit.")][:most]
    others = [module for module in near if module.startswith("tests.integration.")]
    return [f"{module.replace('.', '/')}.py" for module in unit + others[:MOST_INTEGRATION]]
