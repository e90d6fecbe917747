"""How long a validation takes, and how much sooner it is than one query per check.

    python tests/performance/bench_quality.py [MILLIONS_OF_EVENTS_PER_TABLE]

Prints seconds, CPU-seconds and peak memory. Not part of the tests.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

from data_quality import validate
from data_quality.checks import catalogue
from data_quality.checks.measures import Context, StructureMeasure, measure_of
from data_quality.checks.templates import relations_of, template
from data_quality.engine.candidate import Candidate, opened
from data_quality.engine.relations import relations
from data_quality.engine.scans import Scanner, measure_all
from data_quality.words import DUCKDB
from etl.cli.console import Silent
from etl.settings import EngineSettings, Settings
from etl.workspace import Workspace
from tests.quality_candidate import good_candidate

TODAY = date(2023, 6, 1)


def timed(title: str, work: Callable[[], int]) -> float:
    wall, cpu = time.monotonic(), time.process_time()
    queries = work()
    seconds = time.monotonic() - wall
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(
        f"{title:32} {seconds:7.1f} s  {time.process_time() - cpu:7.1f} CPU-s"
        f"  {queries:5} queries  peak {own:.2f} GiB (suites {theirs:.2f})"
    )
    return seconds


def at_once(candidate: Candidate, workspace: Workspace) -> int:
    scanner = Scanner(candidate, context_of(candidate, workspace))
    measure_all(scanner, catalogue(), lambda label, n: None)
    return scanner.queries


def one_by_one(candidate: Candidate, workspace: Workspace) -> int:
    context = context_of(candidate, workspace)
    scanner = Scanner(candidate, context)
    for check in catalogue():
        if template(check.name) and any(n not in context.relations for n in relations_of(check)):
            continue
        measure = measure_of(check, context)
        if not isinstance(measure, StructureMeasure):
            scanner.one_by_one([(check, measure)])
    return scanner.queries


def context_of(candidate: Candidate, workspace: Workspace) -> Context:
    return Context("cdm", DUCKDB, TODAY, relations(candidate, workspace, DUCKDB, TODAY))


def main(millions: float) -> None:
    events = int(millions * 1_000_000) // 60 * 60
    persons = max(300, events // 20)
    engine = EngineSettings(threads=2, memory_limit="4GB")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        good_candidate(workspace, persons=persons, events=events)
        with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
            rows = connection.execute(
                "select sum(estimated_size) from duckdb_tables() where schema_name = 'cdm'"
            ).fetchall()[0][0]
        print(f"{rows:,} rows, {persons:,} persons over five years")

        def whole(*, suites: bool) -> int:
            settings = Settings(engine=engine)
            validate(workspace, settings, progress=Silent(), suites=suites)
            return 0

        timed("whole validation, without suites", lambda: whole(suites=False))
        timed("whole validation, with suites", lambda: whole(suites=True))
        with opened(workspace.candidate, engine, workspace.build / "tmp") as candidate:
            together = timed("checks at once", lambda: at_once(candidate, workspace))
        with opened(workspace.candidate, engine, workspace.build / "tmp") as candidate:
            apart = timed("one query per check", lambda: one_by_one(candidate, workspace))
        print(f"one query per check takes {apart / together:.1f} times as long")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1)
