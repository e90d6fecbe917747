"""``snds-omop vocab``: load, check and measure vocabularies and mappings."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.console import Console


@click.group(name="vocab")
def command() -> None:
    """Load, check and measure vocabularies and mappings."""


@command.command()
@click.option(
    "--athena",
    type=click.Path(path_type=Path),
    help="Bundle of Athena: a folder or a zip. Default: the demo vocabulary.",
)
@click.pass_obj
def load(console: Console, athena: Path | None) -> int:
    """Write the vocabulary and the resolution tables to the lake."""
    from etl.vocabulary import load_athena, load_demo

    workspace = console.workspace
    with workspace.locked(), console.progress("vocabulary"):
        if athena:
            loaded = load_athena(workspace, athena, console.settings)
        else:
            loaded = load_demo(workspace, console.settings)
    for warning in loaded.warnings:
        console.warn(warning)
    console.say(f"{loaded.vocabulary_version}: {loaded.rows['concept']:,} concepts")
    return console.answer(
        {
            "vocabulary_version": loaded.vocabulary_version,
            "is_demo": loaded.is_demo,
            "rows": loaded.rows,
            "warnings": loaded.warnings,
        }
    )
