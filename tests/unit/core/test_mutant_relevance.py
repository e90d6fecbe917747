"""Which tests judge a changed line: those that run it, the quickest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mutation.mutants import wilson
from tests.mutation.places import in_python
from tests.mutation.relevant import SECONDS, Recorded, relevant
from tests.mutation.selection import importers

CODE = """\
from functools import cache

LIMIT = 10
WIDE = LIMIT * 2


def is_small(
    number: int, least: int = 0
) -> bool:
    if number < least:
        return False
    return (
        number
        <= WIDE
    )


@cache
def words() -> list[str]:
    return ["one"]


def other() -> int:
    return 1
"""
QUICK, SLOW = "tests/unit/a/test_a.py::test_quick", "tests/unit/a/test_a.py::test_slow"
FAILED, FAR = "tests/unit/a/test_a.py::test_failed", "tests/integration/test_b.py::test_far"


def record(
    seconds: float, *lines: int, failed: bool = False, path: str = "etl/a.py", **fixtures: float
) -> dict[str, Any]:
    return {
        "seconds": seconds, "failed": failed, "fixtures": fixtures, "lines": {path: [*lines]}
    }  # fmt: skip


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    copy = tmp_path / "copy"
    files = ("tests/unit/a/test_a.py", "tests/integration/test_b.py")
    for name in ("etl/a.py", *files):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(CODE if name == "etl/a.py" else "import etl.a\n", "utf-8")
    found = Recorded(copy, tmp_path / "kept", files)
    tests = {
        SLOW: record(2.0, 10, 12, 13, 14),
        QUICK: record(1.0, 10, 11),
        FAILED: record(0.1, 10, 11, 12, 13, 14, 20, 24, failed=True),
        FAR: record(0.5, 10, 12),
    }
    for file in files:
        found.keep(file, {test: one for test, one in tests.items() if test.startswith(file)})
    return found


def test_a_line_is_judged_by_the_tests_that_run_its_statement(recorded: Recorded) -> None:
    """Unit tests come before others; what fails unchanged judges nothing."""
    assert relevant(recorded, "etl/a.py", 10) == [QUICK, SLOW, FAR]
    assert relevant(recorded, "etl/a.py", 11) == [QUICK]
    assert relevant(recorded, "etl/a.py", 14) == [SLOW, FAR]


def test_a_default_is_judged_by_all_that_run_the_function(recorded: Recorded) -> None:
    assert relevant(recorded, "etl/a.py", 8) == [QUICK, SLOW, FAR]


@pytest.mark.parametrize("line", [3, 4])
def test_a_constant_is_judged_where_its_name_is_read(recorded: Recorded, line: int) -> None:
    """Through constants made of it."""
    assert relevant(recorded, "etl/a.py", line) == [QUICK, SLOW, FAR]


def test_a_constant_is_judged_in_the_modules_that_import_it(recorded: Recorded) -> None:
    code = "from etl import a\n\ndef twice() -> int:\n    return 2 * a.LIMIT\n"
    (recorded.copy / "etl" / "b.py").write_text(code, "utf-8")
    importers.cache_clear()
    recorded.tests[SLOW] = record(0.5, 4, path="etl/b.py")
    assert relevant(recorded, "etl/a.py", 3) == [SLOW, QUICK, FAR]


def test_a_kept_answer_is_judged_by_those_who_ask_for_it(recorded: Recorded) -> None:
    """The one who asked first ran the line; the next one finds what it kept."""
    code = CODE.replace("    return 1\n", "    return len(words())\n")
    (recorded.copy / "etl" / "a.py").write_text(code, "utf-8")
    recorded.tests[SLOW]["lines"]["etl/a.py"] = [24]
    assert relevant(recorded, "etl/a.py", 20) == [SLOW]


def test_a_fixture_is_waited_for_once(recorded: Recorded) -> None:
    recorded.tests[QUICK] = record(1.0, 10, built=SECONDS - 4)
    recorded.tests[SLOW] = record(2.0, 10, built=SECONDS - 4)
    assert recorded.seconds(SLOW) == SECONDS - 2
    assert relevant(recorded, "etl/a.py", 10) == [QUICK, SLOW, FAR]


@pytest.mark.parametrize(
    "changed", ["etl/a.py", "tests/unit/a/test_a.py", "tests/unit/conftest.py"]
)
def test_a_record_holds_until_its_tests_or_what_they_run_change(
    recorded: Recorded, changed: str
) -> None:
    assert recorded._holds("tests/unit/a/test_a.py")
    (recorded.copy / "etl" / "b.py").write_text("another module\n", "utf-8")
    assert recorded._holds("tests/unit/a/test_a.py")
    (recorded.copy / changed).write_text("# changed\n", "utf-8")
    assert not recorded._holds("tests/unit/a/test_a.py")


def test_a_line_that_no_test_runs_has_the_nearest_files(recorded: Recorded) -> None:
    assert relevant(recorded, "etl/a.py", 24) == ["tests/integration/test_b.py"]


def test_as_many_tests_as_the_time_allows_and_always_one(recorded: Recorded) -> None:
    recorded.tests[QUICK]["seconds"] = SECONDS - 1
    assert relevant(recorded, "etl/a.py", 10) == [SLOW, FAR]
    recorded.tests[SLOW]["seconds"] = 1
    assert relevant(recorded, "etl/a.py", 10) == [SLOW, QUICK]
    recorded.tests[QUICK]["seconds"] = SECONDS + 1
    assert relevant(recorded, "etl/a.py", 11) == [QUICK]


def test_bounds_of_a_share_are_those_of_wilson() -> None:
    """Newcombe 1998, Statistics in Medicine 17:857-872, table I: 81 of 263 and 0 of 20."""
    assert [round(bound / 100, 4) for bound in wilson(81, 263)] == [0.2553, 0.3662]
    assert [round(bound / 100, 4) for bound in wilson(0, 20)] == [0.0, 0.1611]


def test_what_changes_nothing_that_a_test_could_see_is_no_mutant() -> None:
    code = "\n".join([
        "from dataclasses import dataclass",
        "@dataclass(frozen=True)",
        "class One: ...",
        "def f(a: Literal[1], b: int = 2) -> Literal[3]:",
        "    return [x for x, y in zip(a, b, strict=True) if x < 4]",
        "if TYPE_CHECKING and 5:",
        "    import json",
    ])  # fmt: skip
    assert [(code[start:end], after) for start, end, after in in_python(code)] == [
        ("2", "3"), ("<", "<="), ("4", "5")
    ]  # fmt: skip
