"""Mutants are judged in forks of a warm process: each sees the files as they are at that time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutation import mutants, warm
from tests.mutation.mutants import Outcome, checked, judge
from tests.mutation.places import Mutant, in_python
from tests.mutation.relevant import Recorded
from tests.mutation.warm import Answer, Warm

CODE = "def is_small(number: int) -> bool:\n    return number < 3\n"
TESTS = """\
from etl.a import is_small

def test_small() -> None:
    assert is_small(2)

def test_bound() -> None:
    assert not is_small(3)

def test_alone() -> None:
    assert is_small(3)
"""
FILE = "tests/test_a.py"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository of one function, and the process that is started in it."""
    for name, text in {"etl/__init__.py": "", "etl/a.py": CODE, FILE: TESTS}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "tests" / "mutation").mkdir()
    shutil.copyfile(warm.__file__, tmp_path / "tests" / "mutation" / "warm.py")
    return tmp_path


@pytest.fixture
def process(copy: Path) -> Iterator[Warm]:
    found = Warm(copy, loaded=["pytest"])
    yield found
    found.close()


def known(copy: Path, *tests: str) -> Recorded:
    recorded = Recorded(copy, copy / "kept", (FILE,))
    lines = {"etl/a.py": [2]}
    recorded.keep(FILE, {
        f"{FILE}::{test}": {"seconds": 0.1, "failed": False, "fixtures": {}, "lines": lines}
        for test in tests
    })  # fmt: skip
    return recorded


def drawn() -> list[Mutant]:
    return [
        Mutant("area", "etl/a.py", 2, start, end, CODE[start:end], after)
        for start, end, after in in_python(CODE)
    ]


def test_each_mutant_is_judged_on_its_own_text(copy: Path, process: Warm) -> None:
    """Both have the length of the code, and follow each other within a second."""
    outcomes = [
        judge(copy, one, known(copy, "test_small", "test_bound"), process) for one in drawn()
    ]
    assert [(one.mutant.after, one.status) for one in outcomes] == [
        ("<=", "killed"),
        ("4", "killed"),
    ]
    assert {one.by for one in outcomes} == {f"{FILE}::test_bound"}
    outcomes = [judge(copy, one, known(copy, "test_small"), process) for one in drawn()]
    assert [one.status for one in outcomes] == ["survived", "survived"]
    assert (copy / "etl" / "a.py").read_text("utf-8") == CODE


def test_the_quickest_judge_first_and_the_others_too(
    copy: Path, process: Warm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutants, "QUICKEST", 1)
    outcome = judge(copy, drawn()[0], known(copy, "test_small", "test_bound"), process)
    assert outcome.status == "killed"


def test_what_fails_without_a_change_has_refused_nothing(copy: Path, process: Warm) -> None:
    right, wrong = drawn()
    outcomes = [
        Outcome(right, "killed", 1.0, f"{FILE}::test_bound"),
        Outcome(wrong, "killed", 1.0, f"{FILE}::test_alone"),
    ]
    assert [one.status for one in checked(outcomes, process)] == ["killed", "untested"]


def test_a_run_without_an_end_is_ended(copy: Path, process: Warm) -> None:
    (copy / FILE).write_text("def test_long():\n    while True: pass\n", encoding="utf-8")
    assert process.run(["-q", FILE], 3.0) == Answer(1, [])
    (copy / FILE).write_text("def test_short(): pass\n", encoding="utf-8")
    assert process.run(["-q", FILE], 60.0) == Answer(0, [])
