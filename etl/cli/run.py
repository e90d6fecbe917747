"""`snds-omop run`."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.console import Console


@click.command()
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
@click.option(
    "--declaration",
    type=click.Path(path_type=Path, dir_okay=False),
    help="In place of delivery.toml in the delivery's folder.",
)
@click.pass_obj
def command(console: Console, input_dir: Path, year: int | None, declaration: Path | None) -> int:
    """Real files to a release: stage, build, validate, release.

    Run it again after an interruption: what is done is not done twice.

    Example: snds-omop run --input /data/delivery --workspace /data/omop
    """
    from etl.cli.pipeline import run_pipeline

    return run_pipeline(console, input_dir, year=year, declaration=declaration)
