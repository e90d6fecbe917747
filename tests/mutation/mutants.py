"""Mutants: small changes of the code that a test should refuse: ``make mutants``.

A seed draws places from all areas (:mod:`tests.mutation.places`); each mutant is written into a
copy of the repository and the most relevant tests run there: those nearest to the module by imports
(:mod:`tests.mutation.selection`), or dbt's unit tests of the models that the file reaches. The same
tests must pass on the unchanged code, run once all together. A mutant that no test refuses
survives, and stands in the table. The exit code is 1 when fewer than ``--killed`` percent were
refused, 2 when tests fail without any change.

``python -m tests.mutation.mutants [--seed 2025] [--number 150] [--area gate …] [--killed 95]``
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.dbt_run import NO_TEST
from tests.mutation.places import AREAS, Mutant, places
from tests.mutation.selection import nearest_tests

ROOT = Path(__file__).resolve().parents[2]
SEED = 2025
COPIED = (
    "etl", "data_quality", "dbt_project", "mappings", "vocabularies", "tests", "docs",
    "pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md", "CITATION.cff",
)  # fmt: skip
_LIMIT = 900
_BUILD = "from tests.mutation.dbt_run import build; build()"
_TEST = "import sys; from tests.mutation.dbt_run import test; sys.exit(test(sys.argv[1:]))"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``status``: killed, survived, or untested when no test reaches the place."""

    mutant: Mutant
    status: str
    seconds: float

    @property
    def is_killed(self) -> bool:
        return self.status == "killed"


def draw(seed: int, number: int, areas: list[str]) -> list[Mutant]:
    """The same seed draws the same places of the same code, from every area alike."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    every = [one for one in places(ROOT) if one.area in areas]
    by_area = {area: [one for one in every if one.area == area] for area in areas}
    for found in by_area.values():
        chance.shuffle(found)
    drawn: list[Mutant] = []
    while len(drawn) < min(number, len(every)):
        for area in areas:
            if by_area[area] and len(drawn) < number:
                drawn.append(by_area[area].pop())
    return drawn


def models_of(copy: Path, path: str) -> list[str]:
    """The model of a file, or every model that calls one of a file's macros, through macros too."""
    file = copy / path
    if "/models/" in path:
        return [file.stem]
    texts = {one: one.read_text("utf-8") for one in (copy / "dbt_project").rglob("*.sql")}
    names, models = set(re.findall(r"macro\s+(\w+)\s*\(", texts[file])), set[str]()
    while True:
        called = re.compile(rf"\b(?:{'|'.join(sorted(names))})\s*\(")
        callers = {one for one, text in texts.items() if called.search(text)}
        models |= {one.stem for one in callers if "models" in one.parts}
        more = {
            name
            for one in callers
            if "macros" in one.parts
            for name in re.findall(r"macro\s+(\w+)\s*\(", texts[one])
        }
        if more <= names:
            return sorted(models)
        names |= more


def run(copy: Path, *arguments: str, limit: int | None = _LIMIT, is_shown: bool = False) -> int:
    try:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=copy,
            capture_output=not is_shown,
            timeout=limit,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return 1


def chosen(copy: Path, path: str) -> list[str]:
    """Test files of a module, or models that a file of SQL reaches; empty when nothing does."""
    return nearest_tests(copy, path) if path.endswith(".py") else models_of(copy, path)


def command(suffix: str, names: list[str]) -> tuple[str, ...]:
    if suffix == ".py":
        return ("-m", "pytest", "-q", "-x", "-n", "0", *names)
    return ("-c", _TEST, *names)


def fail_unchanged(copy: Path, drawn: list[Mutant]) -> list[str]:
    """Kinds of code whose tests fail before any change."""
    failed = []
    for suffix in (".py", ".sql"):
        names = {
            name for one in drawn if one.path.endswith(suffix) for name in chosen(copy, one.path)
        }
        if not names:
            continue
        # what fails is shown: it must be repaired first
        code = run(copy, *command(suffix, sorted(names)), limit=None, is_shown=True)
        if code not in (0, NO_TEST):
            failed.append(suffix)
    return failed


def judge(copy: Path, mutant: Mutant) -> Outcome:
    """Run what is relevant on the changed file, and put the file back."""
    begun = time.monotonic()
    names = chosen(copy, mutant.path)
    file = copy / mutant.path
    text = file.read_text("utf-8")
    file.write_text(mutant.applied(text), encoding="utf-8")
    try:
        code = run(copy, *command(file.suffix, names)) if names else NO_TEST
    finally:
        file.write_text(text, encoding="utf-8")
    status = "survived" if code == 0 else "untested" if code == NO_TEST else "killed"
    return Outcome(mutant, status, time.monotonic() - begun)


def table(outcomes: list[Outcome], seed: int) -> str:
    """Survivors as Markdown, after the share of each area."""
    lines = [f"# Mutants of seed {seed}", "", "| area | drawn | killed |", "|---|---|---|"]
    drawn = Counter(one.mutant.area for one in outcomes)
    killed = Counter(one.mutant.area for one in outcomes if one.is_killed)
    lines += [f"| {area} | {number} | {killed[area]} |" for area, number in sorted(drawn.items())]
    lines += ["", "| status | mutant |", "|---|---|"]
    lines += [f"| {one.status} | {one.mutant.name} |" for one in outcomes if not one.is_killed]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--number", type=int, default=150)
    parser.add_argument("--area", nargs="+", choices=[*AREAS], default=[*AREAS])
    parser.add_argument("--killed", type=float, default=95)
    options = parser.parse_args()
    drawn = draw(options.seed, options.number, options.area)
    copy = ROOT / "build" / "mutants"
    shutil.rmtree(copy, ignore_errors=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            copy.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy / name)
    if any(one.path.endswith(".sql") for one in drawn) and run(copy, "-c", _BUILD):
        print("the build that unit tests of dbt need failed")
        return 2
    if failed := fail_unchanged(copy, drawn):
        print("tests fail without any change of:", *failed)
        return 2
    outcomes = []
    for rank, mutant in enumerate(drawn, 1):
        outcomes.append(judge(copy, mutant))
        last = outcomes[-1]
        print(
            f"{rank}/{len(drawn)} {last.status:9} {last.seconds:6.1f} s {mutant.name}", flush=True
        )
    report = ROOT / "build" / f"mutants-{options.seed}.md"
    report.write_text(table(outcomes, options.seed), encoding="utf-8")
    share = 100 * sum(one.is_killed for one in outcomes) / max(1, len(outcomes))
    print(f"{share:.1f} % of {len(outcomes)} killed; survivors: {report}")
    return 0 if share >= options.killed else 1


if __name__ == "__main__":
    sys.exit(main())
