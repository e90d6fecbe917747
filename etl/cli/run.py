"""`snds-omop run`."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.console import Console
from etl.cli.options import delivery_declaration, delivery_input, delivery_year


@click.command()
@delivery_input
@delivery_year
@delivery_declaration
@click.pass_obj
def command(console: Console, input_dir: Path, year: int | None, declaration: Path | None) -> int:
    """Real files to a release: stage, build, validate, release.

    Run it again after an interruption: what is done is not done twice.

    Example: snds-omop run --input /data/delivery --workspace /data/omop
    """
    from etl.cli.pipeline import run_pipeline

    return run_pipeline(console, input_dir, year=year, declaration=declaration)
