"""An answer on one change in seconds: ``make check MODEL=name`` or ``make check FILE=path``.

A model: it is compiled, built on a kept build of no rows, and its unit tests of dbt run; the kept
build (``build/kept``) is made at the first call. A file of Python: ruff, mypy and the unit tests
that import it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.mutation.mutants import ROOT
from tests.mutation.selection import nearest_tests


def model(name: str) -> int:
    from tests.mutation import dbt_run

    if not dbt_run.kept().candidate.is_file():
        print("the kept build is made once", flush=True)
        dbt_run.build()
    results = dbt_run.run_selected(name)
    for result in results:
        node = result.node
        print(f"{result.status!s:8} {node.resource_type:9} {node.name}")
    return int(any(str(result.status) not in ("success", "pass") for result in results))


def file(path: str) -> int:
    """Every step runs, whatever the ones before it found."""
    chosen = [one for one in nearest_tests(ROOT, path) if one.startswith("tests/unit/")]
    steps = [
        ["ruff", "check", path],
        ["ruff", "format", "--check", path],
        ["mypy", *([] if path.startswith(("etl/", "data_quality/")) else [path])],
        ["pytest", "-q", "-n", "0", *([path] if path.startswith("tests/") else chosen)],
    ]
    return max(
        subprocess.run([sys.executable, "-m", *step], cwd=ROOT, check=False).returncode
        for step in steps
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    one = parser.add_mutually_exclusive_group(required=True)
    one.add_argument("--model")
    one.add_argument("--file")
    options = parser.parse_args()
    begun = time.monotonic()
    if options.model:
        code = model(options.model)
    else:
        code = file(Path(options.file).resolve().relative_to(ROOT).as_posix())
    print(f"{'good' if code == 0 else 'NOT good'} after {time.monotonic() - begun:.1f} s")
    return int(code != 0)


if __name__ == "__main__":
    sys.exit(main())
