"""Mutants: small changes of the code that a test should refuse: ``make mutants``.

A seed draws places from all areas (:mod:`tests.mutation.places`); each mutant is written into a
copy of the repository and the most relevant tests run there: those that run the changed line
(:mod:`tests.mutation.relevant`), or dbt's unit tests of the models that the file reaches. What no
unit test of Python refuses meets the nearest integration tests, unless ``--quick``.

The same tests run on the unchanged code first, all together; those of Python that fail there judge
nothing and are listed, those of dbt must pass. A mutant that no test refuses survives, and stands
in the table. The exit code is 1 when fewer than ``--killed`` percent were refused, 2 when the unit
tests of dbt fail without any change.

``python -m tests.mutation.mutants [--seed 2025] [--number 150] [--area gate …] [--only py]``
"""

from __future__ import annotations

import argparse
import math
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from tests.mutation.dbt_run import NO_TEST
from tests.mutation.places import AREAS, Mutant, places
from tests.mutation.relevant import MOST_UNIT, Recorded, relevant
from tests.mutation.selection import nearest_tests
from tests.mutation.warm import Warm

ROOT = Path(__file__).resolve().parents[2]
SEED = 2025
COPIED = (
    "etl", "data_quality", "dbt_project", "mappings", "vocabularies", "tests", "docs",
    "pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md", "CITATION.cff",
)  # fmt: skip
# need a server, a browser or minutes, and no module has them alone
SERVERS = (
    "test_clients_achilles", "test_clients_circe", "test_publish_postgres", "test_quality_browser",
    "test_publish_postgres_kill", "test_postgres_refusals", "test_publish_webapi", "test_spark",
)  # fmt: skip
# folders of tests that start commands or walk through all modules: only for what has no others
OF_EVERYTHING = ("cli", "cohorts", "core")
QUICKEST = 6
_LIMIT = 900
_PYTEST = ("-q", "-x", "-n", "0")
_NO_SUCH_TEST = 4
_BUILD = "from tests.mutation.dbt_run import build; build()"
_TEST = "import sys; from tests.mutation.dbt_run import test; sys.exit(test(sys.argv[1:]))"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``status``: killed, survived, or untested when no test reaches the place."""

    mutant: Mutant
    status: str
    seconds: float
    by: str = ""
    """The test of Python that refused it."""

    @property
    def is_killed(self) -> bool:
        return self.status == "killed"


def draw(seed: int, number: int, areas: list[str], suffix: str = "") -> list[Mutant]:
    """The same seed draws the same places of the same code, from every area alike."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    every = [one for one in places(ROOT) if one.area in areas and one.path.endswith(suffix)]
    by_area = {area: [one for one in every if one.area == area] for area in areas}
    for found in by_area.values():
        chance.shuffle(found)
    drawn: list[Mutant] = []
    while len(drawn) < min(number, len(every)):
        for area in areas:
            if by_area[area] and len(drawn) < number:
                drawn.append(by_area[area].pop())
    return drawn


def copied(name: str) -> Path:
    """A new copy of the repository below ``build``, where files may be changed."""
    copy = ROOT / "build" / name
    shutil.rmtree(copy, ignore_errors=True)
    for one in COPIED:
        source = ROOT / one
        if source.is_dir():
            shutil.copytree(source, copy / one, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            copy.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy / one)
    shared = ROOT.parent / "shared"
    if shared.is_dir() and not (copy.parent / "shared").exists():
        (copy.parent / "shared").symlink_to(shared)
    return copy


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


def run(copy: Path, *arguments: str, limit: float | None = _LIMIT) -> int:
    """Exit code; 1 when the time is over. Programs that a test starts use the copy as well."""
    try:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy)},
            capture_output=limit is not None,
            timeout=limit,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return 1


def recorded(copy: Path, drawn: list[Mutant], kind: str, warm: Warm) -> Recorded:
    """What the tests of this kind (unit, integration) near to the drawn modules run."""
    files = {
        file
        for path in {one.path for one in drawn if one.path.endswith(".py")}
        for file in _own(nearest_tests(copy, path, MOST_UNIT))
        if file.startswith(f"tests/{kind}/") and Path(file).stem not in SERVERS
    }
    found = Recorded(copy, ROOT / "build" / "reach", tuple(sorted(files)))
    found.record(warm)
    if found.failed:
        print("tests that fail without any change judge nothing:", *found.failed, sep="\n  ")
    return found


def _own(files: list[str]) -> list[str]:
    """Without the tests of everything, where there are others: they take minutes to record."""
    own = [file for file in files if file.split("/")[2] not in OF_EVERYTHING]
    return own if any(file.startswith("tests/unit/") for file in own) else files


def is_broken(copy: Path, drawn: list[Mutant]) -> bool:
    """Whether unit tests of dbt fail before any change."""
    names = {
        name for one in drawn if one.path.endswith(".sql") for name in models_of(copy, one.path)
    }
    # what fails is shown: it must be repaired first
    return bool(names) and run(copy, "-c", _TEST, *sorted(names), limit=None) not in (0, NO_TEST)


def judge(copy: Path, mutant: Mutant, known: Recorded, warm: Warm) -> Outcome:
    """Run what is relevant on the changed file, and put the file back."""
    begun = time.monotonic()
    is_python = mutant.path.endswith(".py")
    names = relevant(known, mutant.path, mutant.line) if is_python else models_of(copy, mutant.path)
    file = copy / mutant.path
    text, times = file.read_text("utf-8"), file.stat()
    file.write_text(mutant.applied(text), encoding="utf-8")
    # Compiled code is known by seconds and length: each mutant has a second of its own.
    os.utime(file, (times.st_atime, 2 * 10**9 + mutant.start))
    by = ""
    try:
        if not names:
            code = NO_TEST
        elif is_python:
            code, by = _tested(known, names, warm)
        else:
            code = run(copy, "-c", _TEST, *names)
    finally:
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    status = "survived" if code == 0 else "untested" if code == NO_TEST else "killed"
    return Outcome(mutant, status, time.monotonic() - begun, by)


def _tested(known: Recorded, names: list[str], warm: Warm) -> tuple[int, str]:
    """Exit code of pytest and the test that failed: the quickest ones first, then the others."""
    code = NO_TEST
    for part in (names[:QUICKEST], names[QUICKEST:]):
        if not part:
            continue
        # ten times what the tests took: a loop without end is killed too
        limit = 60 + 10 * sum(known.seconds(name) for name in part)
        answer = warm.run([*_PYTEST, *part], limit)
        if answer.code == _NO_SUCH_TEST:  # the change renamed a parameter: all tests of the files
            files = sorted({name.partition("::")[0] for name in part})
            answer = warm.run([*_PYTEST, *files], limit + 10 * sum(map(known.seconds, files)))
        code = answer.code
        if code not in (0, NO_TEST):
            return code, answer.failed[0] if answer.failed else ""
    return code, ""


def checked(outcomes: list[Outcome], warm: Warm) -> list[Outcome]:
    """A test that fails alone without any change has refused nothing: its mutants are untested."""
    wrong = {
        by
        for by in sorted({one.by for one in outcomes if one.by})
        if warm.run([*_PYTEST, by], _LIMIT).code not in (0, NO_TEST)
    }
    if wrong:
        print("tests that fail when they run alone:", *sorted(wrong), sep="\n  ")
    return [replace(one, status="untested") if one.by in wrong else one for one in outcomes]


def wilson(killed: int, number: int) -> tuple[float, float]:
    """Bounds of a share in percent, 95 % confidence, without continuity correction."""
    z, share = 1.959964, killed / number
    middle = share + z * z / (2 * number)
    half = z * math.sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    below = 1 + z * z / number
    return 100 * (middle - half) / below, 100 * (middle + half) / below


def judged(copy: Path, drawn: list[Mutant], known: Recorded, warm: Warm) -> list[Outcome]:
    outcomes = []
    for rank, mutant in enumerate(drawn, 1):
        last = judge(copy, mutant, known, warm)
        outcomes.append(last)
        what = f"{last.status:9} {last.seconds:6.1f} s {mutant.name} {last.by}"
        print(f"{rank}/{len(drawn)} {what}", flush=True)
    return outcomes


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
    parser.add_argument("--only", choices=["py", "sql"], default="")
    parser.add_argument("--quick", action="store_true", help="unit tests only")
    parser.add_argument("--killed", type=float, default=95)
    options = parser.parse_args()
    drawn = draw(options.seed, options.number, options.area, options.only)
    copy = copied("mutants")
    if any(one.path.endswith(".sql") for one in drawn) and run(copy, "-c", _BUILD):
        print("the build that unit tests of dbt need failed")
        return 2
    if is_broken(copy, drawn):
        print("unit tests of dbt fail without any change")
        return 2
    warm = Warm(copy)
    outcomes = judged(copy, drawn, recorded(copy, drawn, "unit", warm), warm)
    left = [one.mutant for one in outcomes if not one.is_killed and one.mutant.path[-3:] == ".py"]
    if left and not options.quick:
        print("integration tests of what is left", flush=True)
        known = recorded(copy, left, "integration", warm)
        again = {one.mutant: one for one in judged(copy, left, known, warm)}
        outcomes = [
            again[one.mutant] if one.mutant in again and again[one.mutant].is_killed else one
            for one in outcomes
        ]
    outcomes = checked(outcomes, warm)
    warm.close()
    report = ROOT / "build" / f"mutants-{options.seed}.md"
    report.write_text(table(outcomes, options.seed), encoding="utf-8")
    killed = sum(one.is_killed for one in outcomes)
    share = 100 * killed / max(1, len(outcomes))
    low, high = wilson(killed, max(1, len(outcomes)))
    print(f"{share:.1f} % of {len(outcomes)} killed ({low:.0f} to {high:.0f}); survivors: {report}")
    return 0 if share >= options.killed else 1


if __name__ == "__main__":
    sys.exit(main())
