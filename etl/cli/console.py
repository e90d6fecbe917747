"""Where the texts of a command go: people on stderr or the terminal, machines on stdout."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.cli.heartbeat import heartbeat
from etl.cli.shape import number, seconds, shaped
from etl.command_log import CommandLog
from etl.errors import EXIT_BUG, SndsOmopError
from etl.progress import Progress

if TYPE_CHECKING:
    import click

    from etl.settings import Settings
    from etl.workspace import Workspace


class _Logged:
    """A progress that only the log sees: the sum of units and, with `--debug`, each of them."""

    def __init__(self, log: CommandLog) -> None:
        self.done = 0
        self._log = log

    def total(self, amount: int) -> None:
        return

    def advance(self, amount: int, label: str = "") -> None:
        self.done += amount
        self._log.detail("unit", name=label, amount=amount)


@dataclass
class Console:
    """Options common to all verbs, and the only place that prints."""

    workspace_root: Path = Path("workspace")
    config: Path | None = None
    lang: str = "en"
    as_json: bool = False
    quiet: bool = False
    debug: bool = False
    log: CommandLog | None = None

    @cached_property
    def workspace(self) -> Workspace:
        from etl.workspace import Workspace

        return Workspace(self.workspace_root.resolve())

    @cached_property
    def settings(self) -> Settings:
        from etl.configuration import load_settings

        return load_settings(self.config)

    def bind_polars(self) -> None:
        """Polars takes its number of threads once, from the environment, when it is imported."""
        try:
            threads = self.settings.engine.threads
        except SndsOmopError:  # the verb that needs settings reports it: not all do
            return
        os.environ.setdefault("POLARS_MAX_THREADS", str(threads))

    def say(self, text: str = "", french: str | None = None, *, tone: str = "") -> None:
        """A line for people, in their language; on stderr when stdout belongs to JSON."""
        if not self.quiet:
            stream = sys.stderr if self.as_json else sys.stdout
            print(shaped(self._chosen(text, french), stream, tone), file=stream, flush=True)

    def warn(self, text: str, french: str | None = None, *, tone: str = "") -> None:
        """The same on stderr, and never silenced."""
        print(shaped(self._chosen(text, french), sys.stderr, tone), file=sys.stderr, flush=True)  # noqa: T201

    def number(self, value: int) -> str:
        """A number in the language of the command."""
        return number(value, self.lang)

    def _chosen(self, text: str, french: str | None) -> str:
        return text if french is None or self.lang == "en" else french

    def command(self, arguments: str) -> str:
        """A command line to type next, for the workspace of this one."""
        where = self.workspace_root
        workspace = "" if where == Path("workspace") else f"--workspace {shlex.quote(str(where))} "
        return f"snds-omop {workspace}{arguments}"

    def answer(self, result: dict[str, Any], exit_code: int = 0) -> int:
        """The command's one JSON object (``--json`` only). Returns the exit code."""
        if self.as_json:
            payload = {"exit_code": exit_code, **result}
            print(json.dumps(payload, ensure_ascii=False, default=str), flush=True)  # noqa: T201
        return exit_code

    @contextmanager
    def progress(self, title: str, french: str | None = None) -> Iterator[Progress]:
        """A bar on a terminal, a plain line with the time taken elsewhere."""
        begun = time.monotonic()
        log = self.log or CommandLog(self.workspace.logs)
        units = _Logged(log)
        with self._drawn(self._chosen(title, french), units) as progress:
            yield progress
        log.note("step", name=title, units=units.done, seconds=round(time.monotonic() - begun, 3))

    @contextmanager
    def _drawn(self, title: str, units: _Logged) -> Iterator[Progress]:
        begun = time.monotonic()
        if self.quiet:
            yield units
            return
        if not sys.stderr.isatty():
            with heartbeat(units, self.say, title) as beating:
                yield beating
            taken = time.monotonic() - begun
            self.say(f"{title}: {seconds(taken, 'en')}", f"{title} : {seconds(taken, 'fr')}")
            return
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[label]}"),
        )
        with RichProgress(*columns, console=RichConsole(stderr=True)) as bar:
            task = bar.add_task(title, total=None, label="")

            class _Bar:
                def total(self, amount: int) -> None:
                    bar.update(task, total=amount)

                def advance(self, amount: int, label: str = "") -> None:
                    bar.update(task, advance=amount, label=label)
                    units.advance(amount, label)

            yield _Bar()
            finished = bar.tasks[0].total or 1
            bar.update(task, total=finished, completed=finished, label="")

    def fail(self, error: SndsOmopError) -> None:
        """An error with a code: one line, or one JSON object."""
        self._log_fault(error)
        if self.debug:
            traceback.print_exception(error, file=sys.stderr)
        message = error.line(self.lang)
        self.warn(message)
        self.answer({"error": error.code, "message": message}, error.exit_code)

    def _log_fault(self, error: BaseException) -> None:
        if self.log is not None:
            self.log.fault(error)

    def refuse(self, error: click.ClickException) -> None:
        """Wrong usage; who gives no command is shown which there are."""
        from etl.cli.usage import is_bare, usage_error

        if is_bare(error) and not self.as_json:
            error.show(file=sys.stderr)
        else:
            self.fail(usage_error(error))

    def crash(self, error: BaseException | str) -> None:
        """A bug, or the signal of one. Only the kind is shown: a message may hold a value."""
        kind = error if isinstance(error, str) else type(error).__name__
        if not isinstance(error, str):
            self._log_fault(error)
            if self.debug:
                traceback.print_exception(error, file=sys.stderr)
        self.warn(
            f"SO-900 unexpected {kind}: this is a bug. Run again with --debug and report it.",
            f"SO-900 {kind} inattendu : c'est un défaut. Relancez avec --debug et signalez-le.",
        )
        self.answer({"error": "SO-900", "message": kind}, EXIT_BUG)
