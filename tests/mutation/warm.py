"""A warm process: it has loaded what tests import from elsewhere, and forks for each run of tests.

``python -m tests.mutation.warm`` reads one request per line, ``{"arguments": […], "limit": 60,
"environment": {…}}``, and answers with ``{"code": 1, "failed": [test, …]}``; ``code`` is the exit
code of pytest, or 1 with no test named when the limit, in seconds, is over. It loads no module of
this repository: each run reads them as they are on the disk.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

# Not polars, whose threads would be missing after a fork.
LOADED = (
    "pytest", "duckdb", "pydantic", "pydantic_settings", "hypothesis", "scipy.optimize",
    "scipy.sparse", "babel", "sqlglot", "jinja2", "rich", "cryptography", "dbt.cli.main",
    "dbt.adapters.duckdb", "great_expectations",
)  # fmt: skip


class Answer(NamedTuple):
    """What came of one run: exit code of pytest and the tests that failed."""

    code: int
    failed: list[str]


class Warm:
    """The process, as its owner sees it; it starts at the first run."""

    def __init__(self, copy: Path, loaded: Iterable[str] = LOADED) -> None:
        self._copy, self._loaded = copy, loaded
        self._process: subprocess.Popen[str] | None = None

    def run(
        self, arguments: Iterable[str], limit: float, environment: Mapping[str, str] | None = None
    ) -> Answer:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.mutation.warm", *self._loaded],
                cwd=self._copy,
                env=os.environ | {"PYTHONPATH": str(self._copy), "OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        request = {
            "arguments": [*arguments], "limit": limit, "environment": dict(environment or {})
        }  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Answer(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait()
            self._process = None


class _Failed:
    """A plugin of pytest that gives the names of tests that failed."""

    def __init__(self) -> None:
        self.tests: list[str] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.tests.append(report.nodeid)


def _tested(arguments: list[str]) -> Answer:
    import pytest

    failed = _Failed()
    code = pytest.main(arguments, plugins=[failed])
    return Answer(int(code), failed.tests)


def _forked(request: Mapping[str, Any]) -> Answer:
    """The answer of a child, which is ended with all that it started once it has answered."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # requests are not for tests
        os.environ.update(request["environment"])
        try:
            answer = _tested(request["arguments"])
        except BaseException:  # what a test could not catch is a failure of it
            answer = Answer(1, [])
        sys.stdout.flush()
        with contextlib.suppress(Exception):
            _record_ended()
        os.write(writing, json.dumps(answer._asdict()).encode())
        os._exit(0)
    os.close(writing)
    try:
        return _received(reading, time.monotonic() + request["limit"])
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _record_ended() -> None:
    """Lines are written when a process ends; this one ends without its handlers."""
    reach = sys.modules.get("tests.mutation.reach")
    if reach is not None:
        reach.write()


def _received(reading: int, until: float) -> Answer:
    text = b""
    while (left := until - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            part = os.read(reading, 65536)
            text += part
            if not part:
                break
            with contextlib.suppress(ValueError):
                return Answer(**json.loads(text))
    return Answer(1, [])


def serve(requests: IO[str], answers: IO[str], loaded: Iterable[str]) -> None:
    """Load these modules, then answer until the requests end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in loaded:
            importlib.import_module(module)
    for line in requests:
        answers.write(json.dumps(_forked(json.loads(line))._asdict()) + "\n")
        answers.flush()


if __name__ == "__main__":
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    log = os.open("warm.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    serve(sys.stdin, own, sys.argv[1:])
