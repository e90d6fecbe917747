"""Options that several commands on a delivery share."""

from __future__ import annotations

from pathlib import Path

import click

delivery_input = click.option(
    "--input",
    "input_dir",
    required=True,
    type=click.Path(path_type=Path),
    help="Delivery directory, looked at with its sub-folders.",
)
delivery_year = click.option(
    "--year",
    type=click.IntRange(2005, 2099),
    help="Year of the files whose name holds a literal `aa` (T_MCOaaB).",
)
delivery_declaration = click.option(
    "--declaration",
    type=click.Path(path_type=Path, dir_okay=False),
    help="In place of delivery.toml in the delivery's folder.",
)
