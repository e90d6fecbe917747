"""`make faults`: each verb on a machine that lacks something, killed, interrupted; and its remedy.

    python -m tests.faults [--verbs share,stage] [--faults disk,quota] [--sizes 4] [--kills 10]

Each cell of the first table is one run: its exit code and code, then the same command with the
fault removed, which must succeed. The second table kills each verb (SIGKILL) and interrupts it
(SIGINT) at random moments of its usual duration; the last run must succeed, and no process may be
left.

The disk is a tmpfs, mounted as root or in a namespace of its own (``unshare -rm``); it is really
full. Quota and network folders are simulated (``shim.c``). Damaged disks are not made here.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from etl.faults import RESOURCES
from etl.release.manifest import MANIFEST_FILE
from tests import postgres_server
from tests.faults.child import ALLOWED, Answer, adopt, run
from tests.faults.machine import KIB, PRELOAD, Fault, disk, faults, remount, shim, used
from tests.faults.verbs import VERBS, Verb, prepare


@dataclass(slots=True)
class Session:
    """One call of `make faults`."""

    template: Path
    place: Path
    url: str = ""
    runs: int = 0
    bad: list[str] = field(default_factory=list)

    def reject(self, verb: Verb, what: str, why: str, *answers: Answer) -> None:
        """Note a cell that is not accepted, and show why at once."""
        texts = "\n".join(one.text[-600:] for one in answers)
        self.bad.append(f"{verb.name}, {what}: {why}")
        print(f"{self.bad[-1]}\n{texts}", file=sys.stderr, flush=True)


def meet(session: Session, verb: Verb, fault: Fault) -> str:
    """One cell of the first table."""
    place = session.place
    with disk(place):
        shutil.copytree(session.template, place, symlinks=True, dirs_exist_ok=True)
        arguments = verb.arguments(place, session.url)
        if fault.free is not None:
            remount(place, f"size={used(place) + fault.free + 4 * KIB}")
        if fault.is_read_only:
            remount(place, "ro")
        answer = run(arguments, lambda: fault.limit(place))
        remount(place, "rw,size=1g")
        why = answer.fault({*ALLOWED, *verb.usual}, uncoded=verb.usual) or partial(place)
        session.runs += 1
        again = answer
        if answer.code not in verb.usual or answer.named in RESOURCES or why:
            again = run(arguments)
            if again.code not in verb.usual:
                why = why or f"then exit {again.code} {again.named}"
        if why:
            session.reject(verb, fault.name, why, answer, again)
    return ("! " if why else "") + f"{answer.code} {answer.named}".strip()


def end(session: Session, verb: Verb, by: signal.Signals, times: int, seed: int) -> str:
    """One cell of the second table: ended so many times, and run once more."""
    moments = random.Random(f"{seed} {verb.name} {by}")  # noqa: S311 - moments, no keys
    place, met, finished = session.place, 0, 0
    with disk(place):
        shutil.copytree(session.template, place, symlinks=True, dirs_exist_ok=True)
        arguments = verb.arguments(place, session.url)
        usual = run(arguments).seconds
    allowed = {-signal.SIGKILL} if by == signal.SIGKILL else {130}
    answers: list[Answer] = []
    with ExitStack() as stack:
        stack.enter_context(disk(place))
        shutil.copytree(session.template, place, symlinks=True, dirs_exist_ok=True)
        for number in range(times):
            answer = run(arguments, after=moments.uniform(0, usual), by=by)
            session.runs += 1
            why = (
                ""
                if answer.code == -signal.SIGKILL
                else answer.fault({*allowed, *verb.usual}, uncoded=verb.usual)
            )
            if answer.left:
                why = "a process is left"
            if answer.code in allowed:
                met += 1
            else:
                finished += 1
                if verb.is_once:
                    stack.close()
                    stack.enter_context(disk(place))
                    shutil.copytree(session.template, place, symlinks=True, dirs_exist_ok=True)
            if why := why or partial(place):
                session.reject(verb, f"{by.name} {number + 1}", why, answer)
                answers.append(answer)
        again = run(arguments)
        if again.code not in verb.usual:
            session.reject(verb, by.name, f"then exit {again.code} {again.named}", again)
            answers.append(again)
        if verb.workspace == "workspace":
            verified = run([*arguments[:4], "release", "verify", "current"])
            if verified.code:
                session.reject(verb, by.name, f"verify: exit {verified.code}", verified)
                answers.append(verified)
    return ("! " if answers else "") + f"{met} of {met + finished}"


def partial(place: Path) -> str:
    """A release that is visible and not whole."""
    for release in (place / "workspace" / "releases").glob("2*"):
        if not release.is_symlink() and not (release / MANIFEST_FILE).is_file():
            return "partial release"
    return ""


def table(session: Session, verbs: list[Verb], columns: list[Fault]) -> None:
    print("\nverb".ljust(19), *(fault.name.ljust(11) for fault in columns), flush=True)
    for verb in verbs:
        print(verb.name.ljust(18), end=" ", flush=True)
        for fault in columns:
            print(meet(session, verb, fault).ljust(11), end=" ", flush=True)
        print(flush=True)


def ends(session: Session, verbs: list[Verb], times: int, seed: int) -> None:
    """Kills and interrupts that met the command while it ran, of those that were sent."""
    print("\nverb".ljust(19), "killed".ljust(11), "interrupted", flush=True)
    for verb in verbs:
        count = max(1, times // 3) if verb.is_slow else times
        killed = end(session, verb, signal.SIGKILL, count, seed)
        interrupted = end(session, verb, signal.SIGINT, count, seed)
        print(verb.name.ljust(18), killed.ljust(11), interrupted, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbs", default="", help="names, with commas; default: all")
    parser.add_argument("--faults", default="", help="how names of columns begin; default: all")
    parser.add_argument("--sizes", type=int, default=4, help="points at which the disk is full")
    parser.add_argument(
        "--kills", type=int, default=10, help="and as many interrupts, of each verb"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--template", type=Path, help="workspaces made once and used again")
    options = parser.parse_args()
    again = [sys.executable, "-m", "tests.faults", *sys.argv[1:]]
    if os.geteuid() != 0:
        os.execvp("unshare", ["unshare", "-rm", *again])  # noqa: S606
    with tempfile.TemporaryDirectory(prefix="snds-omop-faults-") as name, ExitStack() as stack:
        folder = Path(name)
        # Taken away at once: a server that is started here runs without it.
        library = os.environ.pop(PRELOAD, None)
        if library is None:
            if made := shim(folder):
                environment = os.environ | {PRELOAD: str(made)}
                return subprocess.run(again, env=environment, check=False).returncode
            print("no C compiler: quota and network folders are left out")
        chosen = [v for v in VERBS if not options.verbs or v.name in options.verbs.split(",")]
        begins = tuple(options.faults.split(","))
        columns = [one for one in faults(options.sizes, library) if one.name.startswith(begins)]
        session = Session(options.template or folder / "template", folder / "disk")
        if not session.template.exists():
            prepare(session.template)
        if any(verb.name == "postgres" for verb in chosen):
            if postgres_server.binaries() is None:
                print("no PostgreSQL server: publish postgres is left out")
                chosen = [verb for verb in chosen if verb.name != "postgres"]
            else:
                session.url = stack.enter_context(postgres_server.running())
        # Once, before the children; their threads start with the first use.
        os.environ.setdefault("POLARS_MAX_THREADS", "2")
        import duckdb  # noqa: F401
        import polars  # noqa: F401

        import etl.cli  # noqa: F401

        adopt()
        if columns:
            table(session, chosen, columns)
        if options.kills:
            ends(session, chosen, options.kills, options.seed)
        print("", *session.bad, sep="\n")
        print(f"{session.runs} runs, {len(session.bad)} not accepted")
    return min(len(session.bad), 1)


if __name__ == "__main__":
    sys.exit(main())
