"""Whatever ends a command, the one who called it is given a code, and no child stays."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="commands run in a child on Linux")

_SCRIPT = """
import ctypes, os, signal, sys, time
import etl.cli

def execute(arguments):
    print(os.getpid(), flush=True)
    {work}

etl.cli.execute = execute
etl.cli.main({arguments})
"""
_LEAVES = "ctypes.CDLL(None).exit(1)"
"""As OpenBLAS does where it finds no memory."""


_LOST = r"exec('class Lost:\n def __del__(self): raise KeyboardInterrupt\nLost()\ntime.sleep(50)')"
"""Ctrl-C in a finaliser: Python prints it and goes on."""


def started(work: str, *arguments: str, limit: int | None = None) -> subprocess.Popen[str]:
    """A process of the command line whose work is what is given."""

    def below() -> None:
        # a shell's background jobs, and so the tests, may ignore these
        for number in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    script = _SCRIPT.format(work=work, arguments=[*arguments, "doctor"])
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=below,
    )


def ended(work: str, *arguments: str, limit: int | None = None) -> tuple[int, str, str]:
    process = started(work, *arguments, limit=limit)
    out, err = process.communicate(timeout=60)
    return process.returncode, out.partition("\n")[2], err


def killed(number: signal.Signals) -> str:
    return f"os.kill(os.getpid(), {int(number)})"


@pytest.mark.parametrize("code", [0, 1, 2, 5, 127, 130])
def test_what_the_command_answers_is_passed_on(code: int) -> None:
    assert ended(f"return {code}", limit=4 << 30) == (code, "", "")


ENDS = {
    "crash": (killed(signal.SIGSEGV), None, 1, "SO-900", "SIGSEGV"),
    "crash below a limit": (killed(signal.SIGSEGV), 4 << 30, 2, "SO-908", "4096 MiB"),
    "abort below a limit": (killed(signal.SIGABRT), 4 << 30, 2, "SO-908", "SIGABRT"),
    "exit of a library": (_LEAVES, None, 1, "SO-900", "exit 1"),
    "exit of a library below a limit": (_LEAVES, 4 << 30, 2, "SO-908", "exit 1"),
    "kill": (killed(signal.SIGKILL), None, 2, "SO-911", "SIGKILL"),
    "kill below a limit": (killed(signal.SIGKILL), 4 << 30, 2, "SO-911", "SIGKILL"),
    "interrupt before the work": (killed(signal.SIGINT), None, 130, "SO-910", "interrupted"),
    "interrupt in a finaliser": (_LOST, None, 130, "SO-910", "interrupted"),
    "file cut under a reader": (killed(signal.SIGBUS), None, 2, "SO-911", "SIGBUS"),
    "time limit": (killed(signal.SIGXCPU), None, 2, "SO-911", "ulimit -t"),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_end_that_is_no_answer_has_a_code(end: str) -> None:
    work, limit, exit_code, code, name = ENDS[end]
    found, out, err = ended(work, limit=limit)
    assert (found, out) == (exit_code, "")
    assert err.startswith(code) and name in err


def test_such_an_end_answers_in_json_and_in_french() -> None:
    found, out, err = ended(killed(signal.SIGKILL), "--json", "--lang", "fr")
    answer = json.loads(out)
    assert (found, answer["exit_code"], answer["error"]) == (2, 2, "SO-911")
    assert "arrêtée de l'extérieur" in answer["message"] and answer["message"] in err


@pytest.fixture
def waiting() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A command that works for a minute, and the process that does it."""
    process = started("time.sleep(60)")
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def _is_gone(process: int) -> bool:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not Path(f"/proc/{process}").exists()


def test_a_person_who_ends_it_is_answered(waiting: tuple[subprocess.Popen[str], int]) -> None:
    process, child = waiting
    assert child != process.pid
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2 and err.startswith("SO-911") and "SIGTERM" in err
    assert _is_gone(child)


def test_an_interrupt_of_the_parent_reaches_the_child() -> None:
    process = started("try: time.sleep(60)\n    except KeyboardInterrupt: return 130\n    return 0")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    process.communicate()


def test_an_interrupt_from_the_terminal_arrives_once() -> None:
    """The terminal sends it to both; a second one would cut the answer to the first."""
    script = _SCRIPT.format(
        work="end = time.monotonic() + 2\n"
        "    signal.signal(signal.SIGINT, lambda *_: seen.append(1)); seen = []\n"
        "    print('ready', flush=True)\n"
        "    while time.monotonic() < end: time.sleep(0.1)\n"
        "    return 40 + len(seen)",
        arguments=["doctor"],
    )
    child, terminal = os.forkpty()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", script])  # noqa: S606
    printed = b""
    while b"ready" not in printed:
        printed += os.read(terminal, 100)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 41


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT])
def test_the_child_does_not_outlive_its_parent(
    number: signal.Signals, waiting: tuple[subprocess.Popen[str], int]
) -> None:
    process, child = waiting
    process.send_signal(number)
    process.wait(timeout=20)
    assert _is_gone(child)


def test_a_key_after_the_end_of_the_work_leaves_no_trace() -> None:
    """Ctrl-C between the end of the child and that of the parent: the answer stands."""
    script = """
import os, signal, etl.cli
from etl.cli import supervision

wait = supervision._wait

def waited(child, watched):
    status = wait(child, watched)
    os.kill(os.getpid(), signal.SIGINT)
    return status

supervision._wait = waited
etl.cli.execute = lambda arguments: 0
etl.cli.main(["doctor"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
