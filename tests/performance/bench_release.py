"""Seconds a release takes, step by step, on a candidate of many rows.

Run by hand: `python tests/performance/bench_release.py [ROWS]`: visits, drugs and conditions of
ROWS rows each, for ROWS / 50 persons.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from data_quality.cohorts import cohort_entries, run_cohorts
from etl import release
from etl.publish.parquet import publish_parquet
from etl.publish.share import publish_share
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import ROWS, accept, build_candidate


def main(rows: int) -> None:
    workspace = Workspace(Path(tempfile.mkdtemp()) / "workspace")
    build_candidate(workspace)
    persons = max(120, rows // 50)
    sizes = {
        "person": persons,
        "observation_period": persons,
        "visit_occurrence": rows,
        "condition_occurrence": rows,
        "drug_exposure": rows,
    }
    with duckdb.connect(str(workspace.candidate)) as connection:
        for name, size in sizes.items():
            columns = ROWS[name][1]
            values = ", ".join(
                sql.replace("i % 120", f"i % {persons}").replace("i * 2", "(i % 1000)")
                for sql in columns.values()
            )
            connection.execute(f"delete from cdm.{name}")
            connection.execute(
                f"insert into cdm.{name} ({', '.join(columns)}) "
                f"select {values} from range({size}) as numbers(i)"
            )
    accept(workspace)
    settings = Settings()
    steps = {
        "cohorts": lambda: run_cohorts(workspace, settings),
        "release": lambda: release.create(workspace, settings),
        "verify": lambda: release.verify(
            release.find(workspace, "current"), release.signing_key(workspace).public_key()
        ),
        "parquet": lambda: publish_parquet(
            workspace,
            release.find(workspace, "current"),
            workspace.root / "parquet",
            settings.engine,
        ),
        "share": lambda: publish_share(
            workspace,
            release.find(workspace, "current"),
            workspace.root / "share",
            settings,
            cohort_entries=cohort_entries,
        ),
    }
    for name, step in steps.items():
        begun, cpu = time.perf_counter(), time.process_time()
        step()
        spent = time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(
            f"{name}: {time.perf_counter() - begun:.1f} s, {spent:.1f} CPU-s, peak {peak:.1f} GiB"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
