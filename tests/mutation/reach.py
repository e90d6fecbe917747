"""Which test runs which line: recorded once on unchanged code, by test file.

As a plugin of pytest (``-p tests.mutation.reach`` with ``MUTANTS_REACH`` naming a folder) it writes
one JSON file per process: ``lines`` is ``{context: {path: [line, …]}}``, where a context is the id
of a test, or that of a fixture wider than one test, and ``seconds`` knows both; ``fixtures`` belong
to each test, ``failed`` names those that failed. Programs that a test starts find the test in the
environment (``PYTEST_CURRENT_TEST``).
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PREFIXES = tuple(f"{ROOT}{os.sep}{folder}{os.sep}" for folder in ("etl", "data_quality"))
_TRACED_CALLS = 200
"""Of one function in one test: those after it hardly run another line, and cost time."""
_calls: dict[tuple[int, CodeType], int] = defaultdict(int)
_lines: dict[str, set[tuple[str, int]]] = defaultdict(set)
_fixtures: dict[str, list[str]] = {}
_seconds: dict[str, float] = defaultdict(float)
_failed: list[str] = []
_now: set[tuple[str, int]] = _lines[""]


def _trace(frame: FrameType, _event: str, _value: object) -> Callable[..., Any] | None:
    name = frame.f_code.co_filename
    if not name.startswith(_PREFIXES):
        return None
    key = (id(_now), frame.f_code)
    _calls[key] += 1
    if _calls[key] > _TRACED_CALLS:
        return None

    def line(frame: FrameType, event: str, _value: object) -> Callable[..., Any]:
        if event == "line":
            _now.add((name, frame.f_lineno))
        return line

    return line


def _enter(context: str) -> set[tuple[str, int]]:
    """Lines go to this context from now on; those of the former one are given back."""
    global _now
    former, _now = _now, _lines[context]
    return former


def begin() -> None:
    """Record this process until it ends."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    _enter(os.environ.get("MUTANTS_FIXTURE") or test.rpartition(" (")[0])
    threading.settrace(_trace)
    sys.settrace(_trace)
    atexit.register(write)


def write() -> None:
    """What this process ran, as one further file."""
    sys.settrace(None)
    found: dict[str, dict[str, list[int]]] = {}
    for context, lines in list(_lines.items()):
        by_path = defaultdict[str, list[int]](list)
        for path, number in sorted(lines):
            by_path[Path(path).relative_to(ROOT).as_posix()].append(number)
        if by_path:
            found[context] = by_path
    file = Path(os.environ["MUTANTS_REACH"]) / f"{uuid.uuid4().hex}.json"
    written = {"lines": found, "fixtures": _fixtures, "seconds": _seconds, "failed": _failed}
    file.write_text(json.dumps(written), encoding="utf-8")


def pytest_configure() -> None:
    if sys.gettrace() is None:
        begin()


def pytest_unconfigure() -> None:
    sys.settrace(None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    former, begun = _enter(item.nodeid), time.monotonic()
    try:
        return (yield)
    finally:
        _seconds[item.nodeid] += time.monotonic() - begun
        _now_is(former)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Iterator[None]:
    if fixturedef.scope == "function":
        return (yield)
    context = f"fixture {fixturedef.baseid}::{fixturedef.argname}"
    former, begun = _enter(context), time.monotonic()
    os.environ["MUTANTS_FIXTURE"] = context
    try:
        return (yield)
    finally:
        del os.environ["MUTANTS_FIXTURE"]
        took = time.monotonic() - begun
        _seconds[context] = max(_seconds[context], took)
        _seconds[request._pyfuncitem.nodeid] -= took  # others need not wait for it
        _now_is(former)


def pytest_runtest_setup(item: pytest.Item) -> None:
    known = getattr(item, "_fixtureinfo", None)
    for name, defined in known.name2fixturedefs.items() if known else ():
        _fixtures.setdefault(item.nodeid, []).extend(
            f"fixture {one.baseid}::{name}" for one in defined if one.scope != "function"
        )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed.append(report.nodeid)


def _now_is(lines: set[tuple[str, int]]) -> None:
    global _now
    _now = lines
