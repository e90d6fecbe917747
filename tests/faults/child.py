"""One command in a child of this process, which has imported the program already."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

_PR_SET_CHILD_SUBREAPER = 36
LONGEST = 600
"""Seconds after which a command that was not to be ended is: it hangs."""
ALLOWED = (0, 2)
"""Exit codes under a fault: it was not met, or it was named."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered."""

    code: int
    """Exit code; negative for a signal."""
    text: str
    seconds: float
    left: int
    """Processes of the command that outlived it."""

    @property
    def named(self) -> str:
        """The first code of ours in the text."""
        place = self.text.find("SO-")
        return self.text[place : place + 6] if place >= 0 else ""

    def fault(self, allowed: Collection[int], *, uncoded: Collection[int]) -> str:
        """Why this answer is not accepted; empty when it is.

        Args:
            uncoded: exit codes that need no code of ours, for the answer is not of the fault.
        """
        if self.code not in allowed:
            return f"exit {self.code}"
        if "Traceback" in self.text or "panicked" in self.text:
            return "traceback"
        if self.code and self.code not in uncoded and not self.named:
            return "no code"
        return "a process is left" if self.left else ""


def run(
    arguments: Sequence[str],
    limit: Callable[[], None] = lambda: None,
    *,
    after: float | None = None,
    by: signal.Signals = signal.SIGKILL,
) -> Answer:
    """Run a command, and end it after so many seconds by a signal if it still runs then."""
    with tempfile.TemporaryFile() as output:
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            code = 70
            try:
                os.setpgid(0, 0)
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                limit()
                from etl.cli import run as command

                code = command(list(arguments))
                sys.stdout.flush()
                sys.stderr.flush()
            except SystemExit as error:
                code = error.code if isinstance(error.code, int) else 70
            except BaseException as error:
                os.write(2, f"Traceback {type(error).__name__}".encode())
            finally:
                os._exit(code)
        while time.monotonic() < begun + (LONGEST if after is None else after):
            if _has_ended(child):
                break
            time.sleep(0.005 if after else 0.02)
        else:
            os.kill(child, signal.SIGKILL if after is None else by)
        _, status = os.waitpid(child, 0)
        seconds = time.monotonic() - begun
        left = _left(child)
        output.seek(0)
        text = output.read().decode(errors="replace")
        return Answer(os.waitstatus_to_exitcode(status), text, seconds, left)


def adopt() -> None:
    """Become the parent of what a killed command leaves, to see whether it lives."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _has_ended(child: int) -> bool:
    """Without collecting it."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _left(group: int) -> int:
    """1 when a process of the group lives on; they are given a moment to end."""
    for _ in range(100):
        try:
            while os.waitpid(-group, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return 0
        time.sleep(0.05)
    os.killpg(group, signal.SIGKILL)
    return 1
