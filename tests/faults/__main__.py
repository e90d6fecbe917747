"""`make faults`: each verb on a full disk, under limits and on a read-only disk, and its remedy.

    python -m tests.faults [--verbs share,stage] [--sizes 4]

The disk is a tmpfs of the workspace's size and a little more, mounted as root or in a namespace of
its own (``unshare -rm``); it is really full. Limits of file size, memory and open files are those
of the kernel. Each cell of the table is one run: its exit code and code, then the same command with
the fault removed, which must succeed. Quota, damaged disks and network folders are not made here.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl.release.manifest import MANIFEST_FILE
from tests.faults.verbs import VERBS, Verb, prepare

KIB = 1024
MIB = 1024 * KIB
ALLOWED = (0, 2)
"""Exit codes under a fault: it was not met, or it was named."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered."""

    code: int
    """Exit code; negative for a signal."""
    text: str

    @property
    def named(self) -> str:
        """The first code of ours in the text."""
        place = self.text.find("SO-")
        return self.text[place : place + 6] if place >= 0 else ""

    @property
    def fault(self) -> str:
        """Why this answer is not accepted; empty when it is."""
        if self.code not in ALLOWED:
            return f"exit {self.code}"
        if "Traceback" in self.text or "panicked" in self.text:
            return "traceback"
        if self.code and not self.named:
            return "no code"
        return ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a machine lacks."""

    name: str
    limit: Callable[[], None] = lambda: None
    """Set in the child before the command."""
    free: int | None = None
    """Bytes that are free on the disk; None for enough."""
    is_read_only: bool = False


def address_space(extra: int) -> Callable[[], None]:
    """Memory of the process as it is, and so much more."""

    def limit() -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + extra
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    return limit


def limited(kind: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (most, most))


def faults(sizes: int) -> list[Fault]:
    """The columns of the table."""
    steps = [0, 64 * KIB, 512 * KIB, 2 * MIB, 6 * MIB, 16 * MIB][:sizes]
    return [
        *(Fault(f"disk+{size // KIB}K", free=size) for size in steps),
        Fault("file 64K", limited(resource.RLIMIT_FSIZE, 64 * KIB)),
        Fault("memory", address_space(48 * MIB)),
        Fault("files 24", limited(resource.RLIMIT_NOFILE, 24)),
        Fault("read-only", is_read_only=True),
    ]


def run(arguments: Sequence[str], limit: Callable[[], None] = lambda: None) -> Answer:
    """One command in a child of this process, which has imported the program already."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                os.setpgid(0, 0)
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                limit()
                from etl.cli import run as command

                code = command(list(arguments))
                sys.stdout.flush()
                sys.stderr.flush()
            except BaseException as error:
                os.write(2, f"Traceback {type(error).__name__}".encode())
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return Answer(os.waitstatus_to_exitcode(status), output.read().decode(errors="replace"))


@contextmanager
def disk(place: Path) -> Iterator[None]:
    """A tmpfs of its own."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def remount(place: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", place], check=True)


def used(place: Path) -> int:
    found = os.statvfs(place)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def meet(verb: Verb, fault: Fault, template: Path, place: Path) -> tuple[str, str]:
    """One cell: what it shows, and why it is not accepted."""
    with disk(place):
        shutil.copytree(template, place, symlinks=True, dirs_exist_ok=True)
        arguments = verb.arguments(place)
        if fault.free is not None:
            remount(place, f"size={used(place) + fault.free + 4 * KIB}")
        if fault.is_read_only:
            remount(place, "ro")
        answer = run(arguments, fault.limit)
        remount(place, "rw,size=1g")
        why = answer.fault or partial(place)
        again = run(arguments)
        if again.code not in verb.usual and not (answer.code == 0 and verb.is_once):
            why = why or f"then exit {again.code} {again.named}"
        if why:
            print(f"\n{verb.name}, {fault.name}: {why}\n{answer.text[-800:]}\n{again.text[-400:]}")
    return f"{answer.code} {answer.named}".strip(), why


def partial(place: Path) -> str:
    """A release that is visible and not whole."""
    for release in (place / "workspace" / "releases").glob("2*"):
        if not release.is_symlink() and not (release / MANIFEST_FILE).is_file():
            return "partial release"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbs", default="", help="names, with commas; default: all")
    parser.add_argument("--sizes", type=int, default=4, help="points at which the disk is full")
    parser.add_argument("--template", type=Path, help="workspace made once and used again")
    options = parser.parse_args()
    if os.geteuid() != 0:
        command = ["unshare", "-rm", sys.executable, "-m", "tests.faults", *sys.argv[1:]]
        os.execvp("unshare", command)  # noqa: S606
    chosen = [v for v in VERBS if not options.verbs or v.name in options.verbs.split(",")]
    columns = faults(options.sizes)
    bad = count = 0
    with tempfile.TemporaryDirectory(prefix="snds-omop-faults-") as folder:
        template = options.template or Path(folder) / "template"
        place = Path(folder) / "disk"
        if not template.exists():
            prepare(template)
        import etl.cli  # noqa: F401 - once, before the children

        print("verb".ljust(18), *(fault.name.ljust(11) for fault in columns), flush=True)
        for verb in chosen:
            print(verb.name.ljust(18), end=" ", flush=True)
            for fault in columns:
                shown, why = meet(verb, fault, template, place)
                place.rmdir()
                count += 1
                bad += bool(why)
                print(("! " * bool(why) + shown).ljust(11), end=" ", flush=True)
            print()
    print(f"{count} runs, {bad} not accepted")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
