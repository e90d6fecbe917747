"""The tests that run the changed lines, quickest first: recorded once per file of tests."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.mutation.selection import nearest_tests

SECONDS = 150.0
MOST_UNIT = 6
_CACHES = ("cache", "lru_cache", "cached_property")


@dataclass(frozen=True)
class Recorded:
    """What was recorded of these files of tests; ``kept`` outlives the copy of the repository."""

    copy: Path
    kept: Path
    files: tuple[str, ...]

    @cached_property
    def code(self) -> str:
        digest = hashlib.sha256()
        for folder in ("etl", "data_quality"):
            for path in sorted((self.copy / folder).rglob("*.py")):
                digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def record(self) -> None:
        """Run the files that were not recorded with this code."""
        missing = [file for file in self.files if not self._kept(file).is_file()]
        if not missing:
            return
        raw = self.kept / "raw"
        shutil.rmtree(raw, ignore_errors=True)
        raw.mkdir(parents=True)
        environment = os.environ | {
            "MUTANTS_REACH": str(raw),
            "PYTHONPATH": f"{self.copy}{os.pathsep}{self.copy / 'tests/mutation/site'}",
        }
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-n",
                "0",
                "-p",
                "tests.mutation.reach",
                *missing,
            ],
            cwd=self.copy,
            env=environment,
            check=False,
        )
        found = _merged(json.loads(file.read_text("utf-8")) for file in sorted(raw.glob("*.json")))
        for file in missing:
            self._kept(file).parent.mkdir(parents=True, exist_ok=True)
            tests = {test: one for test, one in found.items() if test.startswith(f"{file}::")}
            self._kept(file).write_text(json.dumps(tests), encoding="utf-8")
        shutil.rmtree(raw)

    @cached_property
    def tests(self) -> dict[str, dict[str, Any]]:
        """Test -> seconds, whether it failed, and the lines of each path that it runs."""
        found: dict[str, dict[str, Any]] = {}
        for file in self.files:
            found |= json.loads(self._kept(file).read_text("utf-8"))
        return found

    @property
    def failed(self) -> list[str]:
        return sorted(test for test, one in self.tests.items() if one["failed"])

    def seconds(self, name: str) -> float:
        """Of a test, or of all tests of a file."""
        return sum(
            float(one["seconds"])
            for test, one in self.tests.items()
            if test == name or test.startswith(f"{name}::")
        )

    def running(self, path: str, lines: set[int]) -> list[str]:
        """Tests that run one of these lines, quickest first, as many as fit into the time."""
        running = [
            (not test.startswith("tests/unit/"), one["seconds"], test)
            for test, one in self.tests.items()
            if not one["failed"] and lines.intersection(one["lines"].get(path, ()))
        ]
        chosen, seconds = list[str](), 0.0
        for _, took, test in sorted(running):
            if not chosen or seconds + took <= SECONDS:
                chosen.append(test)
                seconds += took
        return chosen

    def _kept(self, file: str) -> Path:
        text = hashlib.sha256((self.copy / file).read_bytes()).hexdigest()[:16]
        return self.kept / self.code / f"{file.replace('/', '.')}-{text}.json"


def relevant(recorded: Recorded, path: str, line: int) -> list[str]:
    """Tests for a change in this line.

    A line of a function asks for the tests that run its statement; one that runs at import, or in a
    function that keeps its answer, for those that run what mentions its name, and for the nearest
    files of tests.
    """
    lines, is_at_import = _lines_of(ast.parse((recorded.copy / path).read_text("utf-8")), line)
    found = recorded.running(path, lines)
    if is_at_import or not found:
        found += [
            file
            for file in nearest_tests(recorded.copy, path)
            if file in recorded.files
            and not any(test in recorded.failed for test in recorded.tests if test.startswith(file))
        ]
    return found


def _lines_of(tree: ast.Module, line: int) -> tuple[set[int], bool]:
    """Lines of the statement of this line, or of the functions that its value reaches."""
    functions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and _first(node) <= line <= _last(node)
    ]
    if functions:
        function = functions[-1]
        body = set(range(function.body[0].lineno, _last(function) + 1))
        is_kept = any(_named(one) in _CACHES for one in function.decorator_list)
        if line < function.body[0].lineno:
            return body, is_kept
        return _lines_of_statement(function, line), is_kept
    names = {
        node.id
        for one in tree.body
        if one.lineno <= line <= _last(one)
        for node in ast.walk(one)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } | {one.name for one in tree.body if isinstance(one, ast.ClassDef) and line in _span(one)}
    for _ in range(3):  # constants made of constants
        names |= {
            target.id
            for one in tree.body
            if isinstance(one, ast.Assign) and names & _mentioned(one)
            for target in one.targets
            if isinstance(target, ast.Name)
        }
    return {
        number
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and names & _mentioned(one)
        for number in range(one.body[0].lineno, _last(one) + 1)
    }, True


def _lines_of_statement(function: ast.FunctionDef, line: int) -> set[int]:
    """The innermost statement; of one that holds others only its head."""
    found = set[int]()
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function and line in _span(node):
            found = _span(node)
    return found or {line}


def _span(node: ast.stmt) -> set[int]:
    inner = [
        one.lineno
        for field in ("body", "orelse", "finalbody")
        for one in getattr(node, field, [])
        if isinstance(one, ast.stmt)
    ]
    if isinstance(node, ast.ClassDef) or not inner:
        return set(range(node.lineno, _last(node) + 1))
    return set(range(node.lineno, max(node.lineno + 1, min(inner))))


def _mentioned(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _named(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _first(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _merged(written: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """One record per test, with the lines of its fixtures and of the programs that it started."""
    lines = defaultdict[str, dict[str, set[int]]](lambda: defaultdict(set))
    fixtures: dict[str, list[str]] = {}
    seconds: dict[str, float] = {}
    failed = set[str]()
    for one in written:
        fixtures |= one["fixtures"]
        seconds |= one["seconds"]
        failed |= set(one["failed"])
        for context, by_path in one["lines"].items():
            for path, numbers in by_path.items():
                lines[context][path] |= set(numbers)
    return {
        test: {
            "seconds": took,
            "failed": test in failed,
            "lines": {
                path: sorted(set().union(*numbers))
                for path, numbers in _by_path(lines, [test, *fixtures.get(test, [])])
            },
        }
        for test, took in seconds.items()
    }


def _by_path(
    lines: dict[str, dict[str, set[int]]], contexts: list[str]
) -> Iterator[tuple[str, list[set[int]]]]:
    found = defaultdict[str, list[set[int]]](list)
    for context in contexts:
        for path, numbers in lines.get(context, {}).items():
            found[path].append(numbers)
    yield from found.items()
