"""Mutants of dbt models, one of each model at a time: dbt starts once for all of them.

Inputs of dbt's unit tests are written in the tests, so a change of a model is seen by its own tests
only: a round changes one place in every model drawn, runs all their tests, and puts the files back.
``python -m tests.mutation.together --seed 7 --number 200`` draws from the models; ``--null`` takes
every null-safe comparison of models, changed to the plain one that a NULL escapes.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.mutation import dbt_run
from tests.mutation.mutants import ROOT, copied, run, wilson
from tests.mutation.places import Mutant, places

_NULL_SAFE = re.compile(r"\bis (?P<not>not )?distinct from\b", re.IGNORECASE)
_JUDGED = re.compile(r"\d+ of \d+ (PASS|FAIL|ERROR)(?: \d+)? (\w+)::(\w+)")
_RUN = "import sys; from tests.mutation.together import tests; tests(sys.argv[1:])"
_PASSED = "PASS"


def tests(models: Sequence[str]) -> None:
    """Run dbt's unit tests of these models here; the outcome is read from the log."""
    sys.exit(dbt_run.test(models))


def unsafe(root: Path) -> list[Mutant]:
    """Null-safe comparisons of models that a plain ``<>`` or ``=`` takes the place of."""
    found = []
    for path in sorted((root / "dbt_project" / "models").rglob("*.sql")):
        text, name = path.read_text("utf-8"), path.relative_to(root).as_posix()
        code = re.sub(r"--[^\n]*|\{#.*?#\}", lambda one: " " * len(one[0]), text, flags=re.DOTALL)
        for match in _NULL_SAFE.finditer(code):
            line = text.count("\n", 0, match.start()) + 1
            after = "=" if match["not"] else "<>"
            found.append(Mutant("null", name, line, *match.span(), match[0], after))
    return found


def rounds(drawn: Sequence[Mutant]) -> Iterator[list[Mutant]]:
    """One mutant of each file at a time."""
    left = list(drawn)
    while left:
        of_file = {one.path: one for one in reversed(left)}
        yield list(of_file.values())
        left = [one for one in left if one is not of_file[one.path]]


@contextmanager
def changed(copy: Path, together: Sequence[Mutant]) -> Iterator[None]:
    texts = {one.path: (copy / one.path).read_text("utf-8") for one in together}
    try:
        for one in together:
            (copy / one.path).write_text(one.applied(texts[one.path]), encoding="utf-8")
        yield
    finally:
        for path, text in texts.items():
            (copy / path).write_text(text, encoding="utf-8")


def outcomes(copy: Path, models: Sequence[str]) -> dict[str, set[str]]:
    """Outcomes of the unit tests by model; a model without any is absent."""
    log = copy / "build" / "kept" / "workspace" / "build" / "logs" / "dbt.log"
    start = log.stat().st_size if log.is_file() else 0
    run(copy, "-c", _RUN, *models)
    found: dict[str, set[str]] = {}
    with log.open("rb") as lines:
        lines.seek(start)
        for status, model, _ in _JUDGED.findall(lines.read().decode("utf-8", "replace")):
            found.setdefault(model, set()).add(status)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--null", action="store_true", help="null-safe comparisons, all of them")
    options = parser.parse_args()
    if options.null:
        drawn = unsafe(ROOT)
    else:
        every = [one for one in places(ROOT) if "/models/" in one.path and one.path[-4:] == ".sql"]
        chance = random.Random(options.seed)  # noqa: S311 - not for secrets
        drawn = chance.sample(every, min(options.number, len(every)))
    copy = copied("together")
    if run(copy, "-c", "from tests.mutation.dbt_run import build; build()"):
        print("the build that unit tests of dbt need failed")
        return 2
    sound = outcomes(copy, sorted({Path(one.path).stem for one in drawn}))
    broken = sorted(model for model, seen in sound.items() if seen != {_PASSED})
    if broken:
        print("unit tests of dbt fail without any change:", *broken)
        return 2
    killed = judged = 0
    for together in rounds(drawn):
        with changed(copy, together):
            seen = outcomes(copy, [Path(one.path).stem for one in together])
        for one in together:
            statuses = seen.get(Path(one.path).stem, set())
            status = "untested" if not statuses else "killed"
            if statuses == {_PASSED}:
                status = "survived"
            killed, judged = killed + (status == "killed"), judged + 1
            print(f"{judged}/{len(drawn)} {status:9} {one.name}", flush=True)
    low, high = wilson(killed, max(1, judged))
    print(f"{killed} of {judged} killed ({low:.0f} to {high:.0f} %)")
    return 0 if killed == judged else 1


if __name__ == "__main__":
    sys.exit(main())
