"""What a machine may lack, made for one command: kernel limits, small disks, answers of a shim.

The disk is a tmpfs that is really full. Limits of file size, memory and open files are those of the
kernel. A quota and a network folder that goes away are answers of ``shim.c``, compiled by gcc.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KIB = 1024
MIB = 1024 * KIB
PRELOAD = "LD_PRELOAD"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a machine lacks."""

    name: str
    limit: Callable[[Path], None] = lambda _: None
    """Set in the child before the command; its argument is the place of the data."""
    free: int | None = None
    """Bytes that are free on the disk; None for enough."""
    is_read_only: bool = False


def address_space(extra: int) -> Callable[[Path], None]:
    """Memory of the process as it is, and so much more."""

    def limit(_: Path) -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + extra
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    return limit


def limited(kind: int, most: int) -> Callable[[Path], None]:
    return lambda _: resource.setrlimit(kind, (most, most))


def answered(library: str, most: int, number: int, *, operations: bool) -> Callable[[Path], None]:
    """Below the place, each write after so many bytes, or each operation after so many, fails."""

    def limit(place: Path) -> None:
        os.environ["SNDS_TEST_FAULT"] = f"{most} {number} {int(operations)} {place}"
        os.environ[PRELOAD] = library
        shim = ctypes.CDLL(library)
        shim.faults_begin(str(place).encode(), ctypes.c_long(most), number, int(operations))

    return limit


def faults(sizes: int, library: str | None) -> list[Fault]:
    """The columns of the table; without the library neither quota nor network folder."""
    steps = [0, 64 * KIB, 512 * KIB, 2 * MIB, 6 * MIB, 16 * MIB][:sizes]
    made = [
        *(Fault(f"disk+{size // KIB}K", free=size) for size in steps),
        Fault("file 64K", limited(resource.RLIMIT_FSIZE, 64 * KIB)),
        Fault("file 2M", limited(resource.RLIMIT_FSIZE, 2 * MIB)),
        Fault("memory 16M", address_space(16 * MIB)),
        Fault("memory 48M", address_space(48 * MIB)),
        Fault("memory 320M", address_space(320 * MIB)),
        Fault("files 16", limited(resource.RLIMIT_NOFILE, 16)),
        Fault("files 24", limited(resource.RLIMIT_NOFILE, 24)),
        Fault("read-only", is_read_only=True),
    ]
    if library is not None:
        for most in (0, 256 * KIB):
            limit = answered(library, most, errno.EDQUOT, operations=False)
            made.append(Fault(f"quota+{most // KIB}K", limit))
        for most in (20, 300):
            limit = answered(library, most, errno.ESTALE, operations=True)
            made.append(Fault(f"network {most}", limit))
    return made


def shim(folder: Path) -> Path | None:
    """Compile the shim; None without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "snds-omop-faults.so"
    source = Path(__file__).with_name("shim.c")
    options = ["-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run([compiler, *options], check=True)
    return library


@contextmanager
def disk(place: Path) -> Iterator[None]:
    """A tmpfs of its own."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True)
        place.rmdir()


def remount(place: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", place], check=True)


def used(place: Path) -> int:
    found = os.statvfs(place)
    return (found.f_blocks - found.f_bfree) * found.f_frsize
