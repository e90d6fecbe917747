"""Long steps without a terminal state what is done, and stop when the work ends."""

from __future__ import annotations

import threading
from pathlib import Path

from etl.cli.console import Console
from etl.cli.heartbeat import Heartbeat, heartbeat
from etl.progress import Silent


def test_a_line_comes_while_the_work_goes_on() -> None:
    lines: list[tuple[str, str]] = []
    heard = threading.Event()

    def show(english: str, french: str) -> None:
        lines.append((english, french))
        heard.set()

    with heartbeat(Silent(), show, "2/4 build", every=0.01) as progress:
        progress.total(4)
        progress.advance(1)
        heard.clear()
        assert heard.wait(10)
    english, french = lines[-1]
    assert english.startswith("2/4 build: 25 % after 0 s, about ")
    assert french.startswith("2/4 build : 25 % après 0 s, encore ")


def test_no_line_comes_after_the_work() -> None:
    lines: list[str] = []
    with heartbeat(Silent(), lambda english, _: lines.append(english), "x", every=0.005):
        pass
    count = len(lines)
    threading.Event().wait(0.05)
    assert len(lines) == count


def test_nothing_is_guessed_before_the_first_unit() -> None:
    progress = Heartbeat(Silent())
    assert progress.state()[1:] == (None, None)
    progress.total(10)
    assert progress.state()[1:] == (None, None)
    progress.advance(10)
    assert progress.state()[1:] == (100, 0.0)


def test_the_next_command_names_the_workspace() -> None:
    assert Console().command("report") == "snds-omop report"
    elsewhere = Console(workspace_root=Path("/data/my omop"))
    assert elsewhere.command("report") == "snds-omop --workspace '/data/my omop' report"
