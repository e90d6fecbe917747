"""``snds-omop stage``: delivery files to the lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.console import Console
from etl.errors import CATALOGUE, EXIT_OK, SndsOmopError

if TYPE_CHECKING:
    from etl.loaders import StageReport


@click.command(name="stage")
@click.option(
    "--input",
    "input_dir",
    required=True,
    type=click.Path(path_type=Path),
    help="Delivery directory, looked at with its sub-folders.",
)
@click.option(
    "--year",
    type=click.IntRange(2005, 2099),
    help="Year of the files whose name holds a literal `aa` (T_MCOaaB).",
)
@click.pass_obj
def command(console: Console, input_dir: Path, year: int | None) -> int:
    """Load delivery files into the lake.

    Files that did not change are left alone. A file that cannot be trusted is refused whole, the
    others are loaded, and the exit code is 4.
    """
    from etl.loaders import stage

    with console.workspace.locked(), console.progress("staging") as progress:
        report = stage(input_dir, console.workspace, console.settings, year=year, progress=progress)
    tell(console, report)
    exit_code = CATALOGUE["SO-210"].exit_code if report.refused else EXIT_OK
    return console.answer({"stage": report.model_dump(mode="json")}, exit_code)


def tell(console: Console, report: StageReport) -> None:
    """One line per problem, then the totals."""
    unknown = [file for file in report.of("ignored") if file.message.startswith("SO-234")]
    if unknown:
        names = ", ".join(sorted(file.name for file in unknown))
        console.say(f"SO-234 {len(unknown)} names not known, left aside: {names}")
    for file in report.files:
        if file.status == "refused":
            console.warn(file.message)
        elif file.message and file not in unknown:
            console.say(file.message)
        for notice in file.notices:
            console.say(notice.line(file.name))
    counts = ", ".join(f"{count} {status}" for status, count in sorted(report.counts.items()))
    rows = report.rows
    console.say(f"files: {counts}")
    console.say(
        f"rows: {rows['read']} read, {rows['staged']} staged, {rows['quarantined']} in quarantine"
    )
    for file in report.of("removed"):
        console.say(f"removed: {file.name} is no longer delivered, its rows left the lake")
    if report.refused:
        console.warn(SndsOmopError("SO-210", f"{len(report.refused)} files").line())
