"""How long a validation takes, and how much sooner it is than one query per check.

    python tests/performance/bench_quality.py [MILLIONS_OF_EVENTS_PER_TABLE]
    python tests/performance/bench_quality.py WORKSPACE [MILLIONS_OF_ROWS]

The first form makes a candidate of arithmetic; the second copies that of a workspace with its
lake, and multiplies persons and all that is theirs until the CDM has so many rows. Prints
seconds, CPU-seconds and peak memory. Not part of the tests.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from data_quality import validate
from data_quality.checks import catalogue
from data_quality.checks.measures import Context, StructureMeasure, measure_of
from data_quality.checks.model import Check
from data_quality.checks.templates import relations_of, template
from data_quality.engine.candidate import Candidate, opened
from data_quality.engine.relations import relations
from data_quality.engine.scans import Scanner, measure_all
from data_quality.words import DUCKDB
from etl.contracts.cdm import CdmField, cdm_tables
from etl.progress import Silent
from etl.settings import EngineSettings, Settings
from etl.workspace import Workspace
from tests.quality_candidate import good_candidate

TODAY = date(2023, 6, 1)


def processor() -> float:
    """Seconds of processor of this process and of those that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def timed(title: str, work: Callable[[], int]) -> float:
    wall, cpu = time.monotonic(), processor()
    queries = work()
    seconds, spent = time.monotonic() - wall, processor() - cpu
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(
        f"{title:32} {seconds:7.1f} s  {spent:7.1f} CPU-s"
        f"  {queries:5} queries  peak {own:.2f} GiB (suites {theirs:.2f})"
    )
    return spent


def at_once(candidate: Candidate, workspace: Workspace, checks: Sequence[Check]) -> int:
    scanner = Scanner(candidate, context_of(candidate, workspace))
    measure_all(scanner, checks, lambda label, n: None)
    return scanner.queries


def one_by_one(candidate: Candidate, workspace: Workspace, checks: Sequence[Check]) -> int:
    context = context_of(candidate, workspace)
    scanner = Scanner(candidate, context)
    for check in checks:
        if template(check.name) and any(n not in context.relations for n in relations_of(check)):
            continue
        measure = measure_of(check, context)
        if not isinstance(measure, StructureMeasure):
            scanner.one_by_one([(check, measure)])
    return scanner.queries


def context_of(candidate: Candidate, workspace: Workspace) -> Context:
    return Context("cdm", DUCKDB, TODAY, relations(candidate, workspace, DUCKDB, TODAY))


POLYMORPHIC = ("cost_event_id", "event_id", "fact_id_1", "fact_id_2", "subject_id")
"""Ids that may be those of several tables."""
PLACES = ("provider", "care_site", "location", "cdm_source", "metadata", "cohort_definition")


def multiplied(source: Workspace, workspace: Workspace, rows: int) -> None:
    """Copy a candidate with its lake; every copy of a person has ids of its own."""
    workspace.create()
    shutil.copyfile(source.candidate, workspace.candidate)
    shutil.copytree(source.lake, workspace.lake, dirs_exist_ok=True)
    own = {
        name
        for name, table in cdm_tables().items()
        if table.group != "vocabulary" and name not in PLACES
    }

    def shifted(field: CdmField) -> str:
        # Row ids fill 53 bits, person numbers far fewer.
        if field.name == "person_id":
            return f"{field.quoted} + k * 1000000"
        if field.primary_key or field.fk_table in own or field.name in POLYMORPHIC:
            return f"{field.quoted} + k * {1 << 54}"
        return field.quoted

    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("set memory_limit = '4GB'")
        copies = max(1, rows // count_rows(connection))
        for name in sorted(own):
            columns = ", ".join(shifted(field) for field in cdm_tables()[name].fields)
            connection.execute(
                f"insert into cdm.{name} select {columns}"
                f" from cdm.{name} cross join range(1, {copies}) as r(k)"
            )


def count_rows(connection: duckdb.DuckDBPyConnection) -> int:
    found = connection.execute(
        "select sum(estimated_size) from duckdb_tables() where schema_name = 'cdm'"
    ).fetchall()
    return int(found[0][0])


def main(arguments: list[str]) -> None:
    engine = EngineSettings(threads=2, memory_limit="4GB")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        if arguments and Path(arguments[0]).is_dir():
            rows = int(float(arguments[1] if len(arguments) > 1 else 30) * 1_000_000)
            multiplied(Workspace(Path(arguments[0])), workspace, rows)
        else:
            events = int(float(arguments[0] if arguments else 1) * 1_000_000) // 60 * 60
            good_candidate(workspace, persons=max(300, events // 20), events=events)
        with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
            rows = count_rows(connection)
            persons = connection.execute("select count(*) from cdm.person").fetchall()[0][0]
        print(f"{rows:,} rows, {persons:,} persons")

        def whole(*, suites: bool) -> int:
            settings = Settings(engine=engine)
            verdict = validate(workspace, settings, progress=Silent(), suites=suites)
            print(dict(verdict.counts))
            return 0

        timed("whole validation, without suites", lambda: whole(suites=False))
        timed("whole validation, with suites", lambda: whole(suites=True))
        dqd = [check for check in catalogue() if check.type.catalogue == "DQD"]
        for title, checks in (("DQD", dqd), ("all", catalogue())):
            spent = []
            for way in (at_once, one_by_one):
                with opened(workspace.candidate, engine, workspace.build / "tmp") as candidate:
                    work = partial(way, candidate, workspace, checks)
                    spent.append(timed(f"{title} checks, {way.__name__}", work))
            print(f"one query per check takes {spent[1] / spent[0]:.1f} times the CPU")


if __name__ == "__main__":
    main(sys.argv[1:])
