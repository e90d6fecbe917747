"""Clean deliveries of several seeds, each built and judged: none may be refused.

    python tests/performance/clean_seeds.py [SEEDS] [PERSONS]

Prints, for each seed, the verdict and the SNDS checks that failed. Not part of the tests.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import polars as pl

from data_quality import validate
from etl.cli import execute
from etl.progress import Silent
from etl.settings import Settings
from etl.workspace import Workspace


def built(seed: int, persons: int, folder: Path) -> Workspace:
    """A workspace with the candidate of a clean delivery."""
    workspace = Workspace(folder / "workspace")
    delivery = str(folder / "delivery")
    base = ["--quiet", "--workspace", str(workspace.root)]
    synth = ["synth", "--output", delivery, "--persons", str(persons), "--seed", str(seed)]
    for verb in (synth, ["stage", "--input", delivery], ["vocab", "load"], ["build"]):
        if code := execute([*base, *verb]):
            raise RuntimeError(f"seed {seed}: {verb[0]} ended with {code}")
    return workspace


def judge(seed: int, persons: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        workspace = built(seed, persons, Path(folder))
        verdict = validate(workspace, Settings(), progress=Silent(), suites=False)
        failed = pl.read_parquet(verdict.files["results"]).filter(
            pl.col("status") == "fail", pl.col("catalogue") == "SNDS"
        )
        outcome = "accepted" if verdict.accepted else "REFUSED"
        print(f"seed {seed}: {outcome}; {', '.join(failed['check_id']) or 'no SNDS check failed'}")
        return verdict.accepted


def main(seeds: int, persons: int) -> int:
    accepted = sum(judge(seed, persons) for seed in range(1, seeds + 1))
    print(f"{accepted} of {seeds} accepted")
    return int(accepted != seeds)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(numbers + [20, 200][len(numbers) :])))
