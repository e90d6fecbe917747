"""A command runs in a child, so that an end that no code can catch still has a name.

A native library that finds no memory ends its process (DuckDB by SIGSEGV, Polars by SIGABRT,
OpenBLAS by exit 1, the loader of glibc by exit 127); the kernel ends the largest process of a full
machine (SIGKILL). The parent holds no engine and outlives them all.
"""

from __future__ import annotations

import _thread
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from etl.children import end_with_parent
from etl.clauses import Clause
from etl.errors import SndsOmopError

IS_POSSIBLE = sys.platform == "linux"
"""The kernel of Linux is asked who sent a signal, and to end the child with its parent."""

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP)
_SENT_BY_KERNEL = 128
"""``SI_KERNEL``: a key of the terminal, which the child was sent too."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended."""

    exit_code: int | None
    """What it answered; None when something ended it."""
    error: SndsOmopError | None = None
    """Why it was ended, where that is known; else it is a bug of an engine."""
    name: str = ""
    """Of the signal."""


def supervised(work: Callable[[], int], report: Callable[[Ended], int]) -> int:
    """Do the work in a child; its exit code, or what ``report`` makes of its end.

    Signals for the parent reach the child; the child ends with the parent, whatever ends that.
    Where no child can be made, the work is done here.
    """
    if not IS_POSSIBLE:
        return work()
    watched = {signal.SIGCHLD, *_PASSED_ON}
    parent = os.getpid()
    try:
        answer, answered = os.pipe()
    except OSError:
        return work()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    try:
        child = os.fork()
    except OSError:  # no memory or no process left: the work may still succeed
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return work()
    if child == 0:
        end_with_parent()
        sys.unraisablehook = _ignored
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if os.getppid() != parent:
            os._exit(_by_signal("SIGKILL").exit_code)
        try:
            return work()
        finally:
            # From here on Ctrl-C cuts what Python still does, without its trace.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            # Not written by a library that leaves the process.
            os.write(answered, b".")
    os.close(answered)
    status = _wait(child, watched)
    has_answered = select.select([answer], [], [], 0)[0] and os.read(answer, 1)
    # a signal that came after the child's end has nothing left to end
    while signal.sigtimedwait(watched, 0) is not None:
        pass
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    ended = _ended(status, has_answered=bool(has_answered))
    return report(ended) if ended.exit_code is None else ended.exit_code


def _ignored(one: sys.UnraisableHookArgs) -> None:
    """Ctrl-C in a finaliser, such as those of imports, is printed by Python and lost: again."""
    if one.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(one)
        return
    # Later, from another thread: now, it would be lost once more.
    threading.Timer(0.02, _thread.interrupt_main).start()


def _wait(child: int, watched: set[signal.Signals]) -> int:
    """The status of the child, once it ended."""
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status
        noted = signal.sigwaitinfo(watched)
        if noted.si_signo != signal.SIGCHLD and noted.si_code != _SENT_BY_KERNEL:
            os.kill(child, noted.si_signo)


def _ended(status: int, *, has_answered: bool) -> Ended:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0 and has_answered:
        return Ended(code)
    name = _name(-code) if code < 0 else f"exit {code}"
    if code < 0 and -code not in _CRASHES:
        return Ended(None, _by_signal(name), name)
    limit = _address_space()
    return Ended(None, None if limit is None else _no_memory(limit, name), name)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals
        return f"signal {number}"


def _address_space() -> int | None:
    """Bytes that a process may have (``ulimit -v``); None without a limit."""
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if most == resource.RLIM_INFINITY else most


def interrupted() -> SndsOmopError:
    """Ctrl-C."""
    return SndsOmopError(
        "SO-910",
        "what was being written is not kept, what was finished is",
        "ce qui s'écrivait n'est pas gardé, ce qui était fini l'est",
    )


def _no_memory(limit: int, name: str) -> SndsOmopError:
    amount = limit >> 20
    what = Clause(
        f"an engine ended ({name}) below the limit of {amount} MiB of `ulimit -v`",
        f"un moteur s'est arrêté ({name}) sous la limite de {amount} Mio de `ulimit -v`",
    )
    return SndsOmopError("SO-908", *what)


def _by_signal(name: str) -> SndsOmopError:
    if name == "SIGINT":
        return interrupted()
    if name == "SIGBUS":
        what = Clause(
            "a file that was read is gone or cut, or its disk is full (SIGBUS)",
            "un fichier en cours de lecture a disparu ou est tronqué, ou son disque est plein"
            " (SIGBUS)",
        )
    elif name == "SIGKILL":
        what = Clause(
            "by SIGKILL, from a person, a scheduler or the kernel of a machine without memory",
            "par SIGKILL, d'une personne, d'un ordonnanceur ou du noyau d'une machine sans mémoire",
        )
    elif name == "SIGXCPU":
        what = Clause("the time limit of `ulimit -t`", "limite de temps de `ulimit -t`")
    else:
        what = Clause(f"by {name}", f"par {name}")
    return SndsOmopError("SO-911", *what)
