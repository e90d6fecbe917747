"""CPU of the characterisation, by rows of the CDM: the time must grow in proportion, at most.

python tests/performance/bench_characterisation.py [MILLIONS_OF_EVENTS_PER_TABLE …]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import duckdb

from etl.contracts.cdm import cdm_tables
from etl.release.results import compute
from etl.workspace import Workspace
from tests.quality_candidate import good_candidate

LIMIT = 10.0  # CPU-seconds for a million rows


def measure(events: int) -> tuple[int, float]:
    """Rows of the CDM, and CPU-seconds of its characterisation."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        good_candidate(workspace, persons=max(300, events // 40), events=events)
        with duckdb.connect(":memory:", config={"threads": 2}) as connection:
            connection.execute(f"attach '{workspace.candidate}' as candidate (read_only)")
            connection.execute("attach ':memory:' as release")
            connection.execute("create schema release.cdm")
            connection.execute("create schema release.results")
            for name in cdm_tables():
                connection.execute(f"create table release.cdm.{name} as from candidate.cdm.{name}")
            rows = sum(
                connection.execute(f"select count(*) from release.cdm.{name}").fetchall()[0][0]
                for name, table in cdm_tables().items()
                if table.group != "vocabulary"
            )
            began = time.process_time()
            compute(connection, "release")
            return rows, time.process_time() - began


def main(arguments: list[str]) -> int:
    sizes = [float(size) for size in arguments] or [0.04, 0.12, 0.4]
    good = True
    for size in sizes:
        rows, cpu = measure(int(size * 1_000_000) // 60 * 60)
        share = cpu / rows * 1_000_000
        good &= rows < 500_000 or share <= LIMIT
        print(f"characterisation: {rows:,} CDM rows, {cpu:.2f} CPU-s, {share:.2f} per million rows")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
