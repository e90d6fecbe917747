"""``snds-omop synth``: a coherent synthetic SNDS and its answer key."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from etl.cli.console import Console
from etl.cli.shape import seconds


@click.command(help="Write a coherent synthetic SNDS with its answer key (answers/).")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to write; created if need be.",
)
@click.option(
    "--persons",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Number of made-up persons.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--years", default="2018-2022", show_default=True, help="YYYY-YYYY or YYYY.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["csv", "csv.gz", "parquet"]),
    default="csv",
    show_default=True,
)
@click.option(
    "--simplified", is_flag=True, help="The simplified datamart (NS_PRS_F…) in place of DCIR."
)
@click.option(
    "--faults",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="TOML file of faults: doses of planted cases, files to damage.",
)
@click.pass_obj
def command(
    console: Console,
    output: Path,
    persons: int,
    seed: int,
    years: str,
    file_format: str,
    simplified: bool,
    faults: Path | None,
) -> int:
    """Write the files, then rows by table and the time taken."""
    from etl.synthetic import generate
    from etl.synthetic.faults import read_faults
    from etl.synthetic.options import FileFormat, parse_years

    first, last = parse_years(years)
    with console.progress("synth") as progress:
        report = generate(
            output,
            persons=persons,
            seed=seed,
            years=range(first, last + 1),
            file_format=cast(FileFormat, file_format),
            simplified=simplified,
            progress=progress,
            faults=read_faults(faults) if faults else None,
        )
    for name, rows in report.by_table().items():
        console.say(f"{name:<12} {rows:>14,}")
    console.say(
        f"{report.persons:,} persons in {report.seconds:.1f} s: {report.output}",
        f"{console.number(report.persons)} personnes en {seconds(report.seconds, 'fr')} : "
        f"{report.output}",
    )
    return console.answer(
        {
            "output": str(report.output),
            "persons": report.persons,
            "rows": report.rows,
            "seconds": round(report.seconds, 1),
        }
    )
