"""What finding concepts costs in a build, in CPU time: issue by hand or with ``make bench``.

Three things resolve codes: loading the vocabulary (once per vocabulary), the two models that make
the list of codes and their concepts, and the join of that list with every event. The first is a
command of its own. The other two run inside the build: their compiled SQL is run again here, alone,
on the candidate that the build left; the join is what the model of events costs more with the list
than with an empty one. All is given as a share of the CPU time of the whole build.

    python tests/performance/bench_resolution.py --persons 2000 10000
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path
from statistics import median

import duckdb

from etl.workspace import Workspace
from tests.performance.measure import run, snds_omop

MODELS = ("int_code__used", "int_code__resolved")
EVENTS = "int_event__routed"
LIST = '"intermediate"."int_code__resolved"'
GOAL = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, nargs="+", default=[2000, 10_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    for persons in options.persons:
        with tempfile.TemporaryDirectory(prefix="bench-resolution-") as folder:
            measure(persons, options.repeats, Path(folder))


def measure(persons: int, repeats: int, folder: Path) -> None:
    """Build once, then run what resolves codes again, alone; medians are printed."""
    delivery, room = folder / "delivery", folder / "workspace"
    run(snds_omop("synth", "--output", delivery, "--persons", str(persons), "--seed", "11"))
    own = ["--workspace", room]
    run(snds_omop(*own, "stage", "--input", delivery))
    load = median(run(snds_omop(*own, "vocab", "load")).cpu for _ in range(repeats))
    build = median(run(snds_omop(*own, "build", "--full-refresh")).cpu for _ in range(repeats))
    models, events = alone(Workspace(room), repeats)
    print(f"\n{persons:,} persons, {events:,} events: the build takes {build:.1f} CPU-s")
    inside = sum(models.values())
    for name, seconds in models.items():
        print(f"  {name:28}{seconds:8.2f} CPU-s {100 * seconds / build:6.1f} %")
    print(f"  {'inside the build':28}{inside:8.2f} CPU-s {100 * inside / build:6.1f} %")
    share = 100 * (inside + load) / (build + load)
    print(f"  {'loading the demo vocabulary':28}{load:8.2f} CPU-s, once per vocabulary")
    print(f"  with it: {share:.1f} % of load and build; {'met' if share < GOAL else 'MISSED'}")


def alone(workspace: Workspace, repeats: int) -> tuple[dict[str, float], int]:
    """CPU seconds of each model of resolution and of the join, and the number of events."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"attach '{workspace.candidate}' as candidate (read_only)")
        connection.execute("use candidate")
        spent = {
            name: median(cpu(connection, compiled(workspace, name)) for _ in range(repeats))
            for name in MODELS
        }
        joined = compiled(workspace, EVENTS)
        listed = f'select * from "candidate".{LIST}'
        if listed not in joined:
            raise RuntimeError(f"{EVENTS} no longer reads {LIST}: this bench must follow it")
        bare = joined.replace(listed, f"{listed} where false")
        spent["join with the events"] = max(
            0.0,
            median(cpu(connection, joined) for _ in range(repeats))
            - median(cpu(connection, bare) for _ in range(repeats)),
        )
        events = connection.execute(f"select count(*) from intermediate.{EVENTS}").fetchall()
    return spent, int(events[0][0])


def compiled(workspace: Workspace, model: str) -> str:
    """What dbt ran for a model."""
    found = list((workspace.build / "target" / "compiled").glob(f"**/{model}.sql"))
    if len(found) != 1:
        raise RuntimeError(f"{model} was compiled {len(found)} times")
    return found[0].read_text(encoding="utf-8")


def cpu(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    """CPU seconds of making a table of a query, all threads together."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    connection.execute(f"create or replace temp table made as {sql}")
    after = resource.getrusage(resource.RUSAGE_SELF)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


if __name__ == "__main__":
    main()
