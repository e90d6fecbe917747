"""The command line: one file per verb, loaded only when asked for, so that help is instant."""

from __future__ import annotations

import importlib
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from etl import __version__
from etl.cli.console import Console
from etl.cli.help_fr import HelpContext
from etl.cli.supervision import Ended, interrupted, supervised
from etl.command_log import CommandLog
from etl.errors import EXIT_BUG, EXIT_USAGE, SndsOmopError
from etl.faults import as_error, is_interrupt

# Verb -> one line of help, in the order a newcomer meets them. The module is etl.cli.<verb>.
VERBS = {
    "demo": "Synthetic SNDS to a finished release, in one go.",
    "run": "Real files to a release; resumes where it stopped.",
    "init": "Write a commented configuration file.",
    "doctor": "Check machine, versions, vocabulary and workspace.",
    "profile": "Look at a delivery without loading it.",
    "synth": "Write a coherent synthetic SNDS with its answer key.",
    "stage": "Load delivery files into the lake.",
    "vocab": "Load, check and measure vocabularies and mappings.",
    "build": "Transform the lake into a candidate CDM with dbt.",
    "validate": "Check the candidate and apply the gate.",
    "report": "Show where the steward report is.",
    "release": "Create, list, compare, promote, roll back, verify releases.",
    "publish": "PostgreSQL, Parquet, metadata, share pack.",
    "study": "Cohort definitions on a release, aggregates out.",
    "persons": "Exclude persons who object, or lift it.",
    "explain": "Trace a CDM row to its file and line, or back.",
}


GLOBAL_OPTIONS = """\b
Global options, before or after the command:
  --workspace DIR  Folder of lake, state, build, quality and releases.
  --config FILE    Settings; default: ./snds-omop.toml.
  --lang fr|en     Language of what is printed.
  --json           One JSON object on stdout; rest on stderr.
  --quiet          Errors only.
  --debug          Full trace of an error."""


def _with_global_options(command: click.Command) -> click.Command:
    """The help of a command, and of its own commands, names what every command takes."""
    command.epilog = GLOBAL_OPTIONS
    command.context_class = HelpContext
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            # else click cuts it in the middle of a word
            inner.short_help = (inner.help or "").partition("\n\n")[0]
            _with_global_options(inner)
    return command


class LazyGroup(click.Group):
    """Imports a verb's module when it is called; ``--help`` imports none."""

    context_class = HelpContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        return _with_global_options(importlib.import_module(f"etl.cli.{cmd_name}").command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("workspace"),
    show_default=True,
    help="Folder of lake, state, build, quality and releases.",
)
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Default: ./snds-omop.toml."
)
@click.option(
    "--lang",
    type=click.Choice(["fr", "en"]),
    default="en",
    show_default=True,
    help="Language of what is printed.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout; rest on stderr.")
@click.option("--quiet", is_flag=True, help="Errors only.")
@click.option("--debug", is_flag=True, help="Full trace of an error.")
@click.version_option(__version__, prog_name="snds-omop")
@click.pass_context
def cli(
    ctx: click.Context,
    workspace: Path,
    config: Path | None,
    lang: str,
    as_json: bool,
    quiet: bool,
    debug: bool,
) -> None:
    """From raw SNDS files to releases of the OMOP CDM 5.4.

    Exit codes: 0 done, 1 a bug, 2 usage or configuration, 3 the quality gate refused,
    4 the input broke its contract, 5 the privacy guard refused, 130 interrupted.
    """
    console = ctx.ensure_object(Console)
    console.workspace_root = workspace
    console.config = config
    console.lang = lang
    console.as_json = as_json
    console.quiet = quiet
    console.debug = debug
    console.log = CommandLog(console.workspace.logs, is_detailed=debug)
    console.log.begin(ctx.invoked_subcommand or "none")
    console.bind_polars()


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the documented code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(_globals_first(arguments)))


def run(arguments: list[str]) -> int:
    """The same in a child, so that an engine that crashes ends no more than the child."""

    def work() -> int:
        try:
            return execute(arguments)
        except KeyboardInterrupt as error:  # before the verb, or a second one
            return _failed(interrupted(), error, _plain(arguments))

    return supervised(work, lambda ended: _report(ended, arguments))


def _report(ended: Ended, arguments: list[str]) -> int:
    console = _plain(arguments)
    if ended.error is None:
        console.crash(ended.name)
        return EXIT_BUG
    console.fail(ended.error)
    return ended.error.exit_code


def _plain(arguments: list[str]) -> Console:
    """Errors must answer as JSON too, even when parsing the options failed."""
    return Console(
        as_json="--json" in arguments, debug="--debug" in arguments, lang=_language(arguments)
    )


def execute(arguments: list[str]) -> int:
    """Run the command line; return the exit code instead of leaving the process."""
    console = _plain(arguments)
    exit_code = _execute(arguments, console)
    if console.log is not None:
        console.log.end(exit_code)
    return exit_code


def _execute(arguments: list[str], console: Console) -> int:
    try:
        outcome: Any = cli.main(
            args=arguments, prog_name="snds-omop", standalone_mode=False, obj=console
        )
    except (click.exceptions.Abort, KeyboardInterrupt) as error:
        return _failed(interrupted(), error, console)
    except click.ClickException as error:
        console.refuse(error)
        return EXIT_USAGE
    except click.exceptions.Exit as error:
        return error.exit_code
    except SystemExit:
        raise
    except BaseException as error:  # a panic of Rust is no Exception
        if is_interrupt(error):
            return _failed(interrupted(), error, console)
        coded = as_error(error, console.workspace_root.absolute())
        if coded is None and isinstance(error, SndsOmopError):
            coded = error
        if coded is not None:
            return _failed(coded, error, console)
        console.crash(error)
        return EXIT_BUG
    return outcome if isinstance(outcome, int) else 0


def _failed(coded: SndsOmopError, error: BaseException, console: Console) -> int:
    if coded is not error:
        coded.__cause__ = error
    console.fail(coded)
    return coded.exit_code


def _language(arguments: list[str]) -> str:
    """What was asked for, even when the rest cannot be read."""
    asked = "--lang=fr" in arguments or ("--lang", "fr") in pairwise(arguments)
    return "fr" if asked else "en"


_GLOBAL_FLAGS = {"--json", "--quiet", "--debug"}
_GLOBAL_VALUES = {"--workspace", "--config", "--lang"}


def _globals_first(arguments: list[str]) -> list[str]:
    """Let global options stand after the verb too: `snds-omop run --input X --json`."""
    first: list[str] = []
    rest: list[str] = []
    iterator = iter(arguments)
    for argument in iterator:
        name = argument.partition("=")[0]
        if argument in _GLOBAL_FLAGS or (name in _GLOBAL_VALUES and "=" in argument):
            first.append(argument)
        elif argument in _GLOBAL_VALUES:
            first.extend([argument, *([value] if (value := next(iterator, None)) else [])])
        else:
            rest.append(argument)
    return first + rest
