"""What a command costs: wall time, CPU, peak memory and spill, read from the operating system."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb
import polars as pl

_SAMPLING_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, GiB and bytes of one command (or the medians of several runs of it)."""

    wall: float
    cpu: float
    peak_gib: float
    spill_bytes: int = 0

    @staticmethod
    def middle(costs: Sequence[Cost]) -> Cost:
        """Median of each figure."""
        return Cost(
            wall=median(cost.wall for cost in costs),
            cpu=median(cost.cpu for cost in costs),
            peak_gib=median(cost.peak_gib for cost in costs),
            spill_bytes=int(median(cost.spill_bytes for cost in costs)),
        )


def run(
    command: Sequence[str | Path], *, spill: Path | None = None, output: Path | None = None
) -> Cost:
    """Run a command to its end, alone in its process.

    Args:
        spill: a folder in which the engine puts what does not fit in memory; its largest size
            is noted, looked at five times a second.
        output: a file for the standard output of the command.

    Raises:
        RuntimeError: it failed; the message has the end of its output.
    """
    largest = 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal largest
        while spill and not ended.wait(_SAMPLING_SECONDS):
            largest = max(largest, size_of(spill))

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.perf_counter()
    with (
        (output or Path(os.devnull)).open("wb") as answer,
        subprocess.Popen(
            [str(part) for part in command], stdout=answer, stderr=subprocess.PIPE
        ) as process,
    ):
        errors = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    ended.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError(errors.decode(errors="replace")[-2000:])
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20, largest)


def snds_omop(*arguments: str | Path) -> list[str | Path]:
    """The command line of the product, with this interpreter."""
    return [sys.executable, "-m", "etl", *arguments, "--quiet"]


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += (Path(folder) / name).stat().st_size
            except FileNotFoundError:  # a spill file that was just removed
                continue
    return total


def machine() -> dict[str, str | int]:
    """What the figures were measured on; nothing that names the machine itself."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": cpu,
        "cores": os.cpu_count() or 1,
        "memory_gib": round(memory),
        "system": platform.system(),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "polars": pl.__version__,
    }
