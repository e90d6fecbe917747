"""The table of `make faults` leaves no command out without a reason."""

from __future__ import annotations

from pathlib import Path

from tests.faults.machine import faults
from tests.faults.verbs import NOT_RUN, VERBS, commands


def test_each_command_meets_faults() -> None:
    met = {verb.command for verb in VERBS}
    assert met | NOT_RUN.keys() == commands()
    assert not met & NOT_RUN.keys()


def test_names_are_distinct() -> None:
    assert len({verb.name for verb in VERBS}) == len(VERBS)
    columns = [fault.name for fault in faults(6, "shim.so")]
    assert len(set(columns)) == len(columns)


def test_arguments_stay_below_the_place() -> None:
    for verb in VERBS:
        arguments = verb.arguments(Path("/place"), "url")
        assert not any("{" in word for word in arguments), verb.name
        assert arguments[:2] == ["--workspace", f"/place/{verb.workspace}"]
