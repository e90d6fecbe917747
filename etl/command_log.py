"""One log file per command in ``workspace/logs/``: JSON lines, without values, with durations.

A record states names, counts, codes and seconds. The text of an exception never enters it: an
engine quotes data there. Records wait in memory until the workspace exists; a command that makes
none (``--help``, ``synth``) leaves no file.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl import __version__
from etl.errors import SndsOmopError

KEPT = 200
"""Log files kept in a workspace; the oldest are removed."""


@dataclass
class CommandLog:
    """Records of one command.

    Args:
        folder: ``logs`` of the workspace; written once its parent exists.
        is_detailed: with ``--debug``: each unit of work, and where an exception arose.
    """

    folder: Path
    is_detailed: bool = False
    begun: float = field(default_factory=time.monotonic)
    _name: str = "none"
    _waiting: list[str] = field(default_factory=list)
    _file: Path | None = None

    def begin(self, command: str) -> None:
        """The first record: the verb alone, for an option or argument may hold a value."""
        self._name = command
        self.note("begin", command=command, version=__version__, process=os.getpid())

    def note(self, event: str, **facts: Any) -> None:
        """Add a record; ``facts`` are names and numbers of ours."""
        record = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        self._waiting.append(json.dumps(record | facts, ensure_ascii=False))
        self._write()

    def detail(self, event: str, **facts: Any) -> None:
        """The same, kept with ``--debug`` only."""
        if self.is_detailed:
            self.note(event, **facts)

    def fault(self, error: BaseException) -> None:
        """An exception by its kind and code; with ``--debug`` also the places it came through."""
        facts: dict[str, Any] = {"kind": type(error).__name__}
        if isinstance(error, SndsOmopError):
            facts |= {"code": error.code, "title": error.kind.title}
        self.note("error", **facts)
        if self.is_detailed:
            frames = traceback.extract_tb(error.__traceback__)
            places = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames]
            self.note("trace", places=places)

    def end(self, exit_code: int) -> None:
        """The last record: how it ended, and what it took."""
        seconds = round(time.monotonic() - self.begun, 3)
        used = os.times()
        own, children = used.user + used.system, used.children_user + used.children_system
        cpu = round(own + children, 3)
        self.note("end", exit_code=exit_code, seconds=seconds, cpu_seconds=cpu)

    def _write(self) -> None:
        if self._file is None:
            if not self.folder.parent.is_dir():
                return
            self._file = self._create()
            if self._file is None:
                return
        # A log must not stop the work: what a full disk refuses waits for the next record.
        with suppress(OSError), self._file.open("a", encoding="utf-8") as handle:
            handle.write("".join(f"{line}\n" for line in self._waiting))
            handle.flush()
            self._waiting.clear()

    def _create(self) -> Path | None:
        """A new file; None on a disk that refuses: a log must not stop the work."""
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        path = self.folder / f"{moment}-{self._name}-{os.getpid()}.jsonl"
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            path.touch(mode=0o600)
            for old in sorted(self.folder.glob("*.jsonl"))[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            return None
        return path
