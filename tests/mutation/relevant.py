"""The tests that run the changed lines, quickest first: recorded once per file of tests."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.mutation.selection import file_of, importers, module_of, nearest_tests
from tests.mutation.warm import Warm

Reached = list[tuple[str, set[int]]]
"""Lines of files."""
SECONDS = 90.0
LONGEST = 1500.0
"""Of one file of tests, in seconds."""
MOST_UNIT = 10
_CACHES = ("cache", "lru_cache", "cached_property")


@dataclass(frozen=True)
class Recorded:
    """What was recorded of these files of tests; ``kept`` outlives the copy of the repository.

    A record holds until the file, a ``conftest.py`` above it, or a module that it ran changes.
    """

    copy: Path
    kept: Path
    files: tuple[str, ...]

    def record(self, warm: Warm) -> None:
        """Run the files of which no record holds, each by itself."""
        missing = [file for file in self.files if not self._holds(file)]
        for rank, file in enumerate(missing, 1):
            print(f"lines of {file} ({rank} of {len(missing)})", flush=True)
            raw = self.kept / "raw"
            shutil.rmtree(raw, ignore_errors=True)
            raw.mkdir(parents=True)
            environment = {
                "MUTANTS_REACH": str(raw),
                "PYTHONPATH": f"{self.copy}{os.pathsep}{self.copy / 'tests/mutation/site'}",
            }
            arguments = ["-q", "-n", "0", "-p", "tests.mutation.reach", file]
            warm.run(arguments, LONGEST, environment)
            written = [json.loads(one.read_text("utf-8")) for one in sorted(raw.glob("*.json"))]
            self.keep(file, _merged(written))
            shutil.rmtree(raw)

    def keep(self, file: str, tests: Mapping[str, Mapping[str, Any]]) -> None:
        """Write the record of a file of tests."""
        ran = sorted({path for one in tests.values() for path in one["lines"]})
        record = {"code": {path: self._hash(path) for path in ran}, "tests": tests}
        self._kept(file).parent.mkdir(parents=True, exist_ok=True)
        self._kept(file).write_text(json.dumps(record), encoding="utf-8")

    def _holds(self, file: str) -> bool:
        if not self._kept(file).is_file():
            return False
        record = json.loads(self._kept(file).read_text("utf-8"))
        return all(self._hash(path) == known for path, known in record["code"].items())

    def _hash(self, path: str) -> str:
        file = self.copy / path
        return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file.is_file() else ""

    @cached_property
    def tests(self) -> dict[str, dict[str, Any]]:
        """Test -> seconds, its wide fixtures and theirs, whether it failed, lines of each path."""
        found: dict[str, dict[str, Any]] = {}
        for file in self.files:
            found |= json.loads(self._kept(file).read_text("utf-8"))["tests"]
        return found

    @property
    def failed(self) -> list[str]:
        return sorted(test for test, one in self.tests.items() if one["failed"])

    def seconds(self, name: str) -> float:
        """Of a test, or of all tests of a file, with what they wait for."""
        return sum(
            float(one["seconds"]) + sum(one["fixtures"].values())
            for test, one in self.tests.items()
            if test == name or test.startswith(f"{name}::")
        )

    def running(self, reached: Reached) -> list[str]:
        """Tests that run one of these lines, quickest first, as many as fit into the time."""
        running = [
            (not test.startswith("tests/unit/"), self.seconds(test), test)
            for test, one in self.tests.items()
            if not one["failed"]
            and any(lines.intersection(one["lines"].get(path, ())) for path, lines in reached)
        ]
        chosen, seconds, ready = list[str](), 0.0, set[str]()
        for _, _, test in sorted(running):
            one = self.tests[test]
            took = one["seconds"] + sum(
                took for name, took in one["fixtures"].items() if name not in ready
            )
            if not chosen or seconds + took <= SECONDS:
                chosen.append(test)
                seconds += took
                ready |= set(one["fixtures"])
        return chosen

    def _kept(self, file: str) -> Path:
        above = [*(self.copy / file).parents][: file.count("/")]
        texts = [self.copy / file, *(one / "conftest.py" for one in above)]
        digest = hashlib.sha256()
        for path in texts:
            digest.update(path.read_bytes() if path.is_file() else b"")
        return self.kept / f"{file.replace('/', '.')}-{digest.hexdigest()[:16]}.json"


def relevant(recorded: Recorded, path: str, line: int) -> list[str]:
    """Tests for a change in this line.

    A line of a function asks for the tests that run its statement; one that runs at import, or in a
    function that keeps its answer, for those that run what mentions its name, here or in a module
    that imports this one. Where none does, the nearest files of tests are asked.
    """
    tree = ast.parse((recorded.copy / path).read_text("utf-8"))
    lines, names = _lines_of(tree, line)
    reached: Reached = [(path, lines)]
    for module in sorted(importers(recorded.copy)[module_of(path)]) if names else ():
        file = file_of(recorded.copy, module)
        if not file.startswith("tests/"):
            reached.append(
                (file, _mentioning(ast.parse((recorded.copy / file).read_text()), names))
            )
    return recorded.running(reached) or [
        file
        for file in nearest_tests(recorded.copy, path)
        if file in recorded.files
        and not any(test in recorded.failed for test in recorded.tests if test.startswith(file))
        and recorded.seconds(file) <= SECONDS
    ]


def _lines_of(tree: ast.Module, line: int) -> tuple[set[int], set[str]]:
    """Lines of the statement of this line, or of what mentions its names, which are given then."""
    functions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and _first(node) <= line <= _last(node)
    ]
    if functions:
        function = functions[-1]
        body = set(range(function.body[0].lineno, _last(function) + 1))
        is_kept = any(_named(one) in _CACHES for one in function.decorator_list)
        if is_kept:
            names = {function.name}
            return body | _mentioning(tree, names), names
        if line < function.body[0].lineno:
            return body, set()
        return _lines_of_statement(function, line), set()
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
    return _mentioning(tree, names), names


def _mentioning(tree: ast.Module, names: set[str]) -> set[int]:
    return {
        number
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and names & _mentioned(one)
        for number in range(one.body[0].lineno, _last(one) + 1)
    }


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
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} | {
        one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)
    }


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
            "fixtures": {one: seconds.get(one, 0.0) for one in fixtures.get(test, [])},
            "lines": {
                path: sorted(set().union(*numbers))
                for path, numbers in _by_path(lines, [test, *fixtures.get(test, [])])
            },
        }
        for test, took in seconds.items()
        if not test.startswith("fixture ")
    }


def _by_path(
    lines: dict[str, dict[str, set[int]]], contexts: list[str]
) -> Iterator[tuple[str, list[set[int]]]]:
    found = defaultdict[str, list[set[int]]](list)
    for context in contexts:
        for path, numbers in lines.get(context, {}).items():
            found[path].append(numbers)
    yield from found.items()
