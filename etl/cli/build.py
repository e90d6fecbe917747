"""`snds-omop build`."""

from __future__ import annotations

import click

from etl.cli.console import Console


@click.command()
@click.option(
    "--target", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True
)
@click.option("--select", multiple=True, help="dbt selection, e.g. --select +person.")
@click.option("--full-refresh", is_flag=True, help="Rebuild incremental models from nothing.")
@click.pass_obj
def command(console: Console, target: str, select: tuple[str, ...], full_refresh: bool) -> int:
    """Transform the lake into a candidate CDM with dbt.

    Example: snds-omop build --select +drug_exposure
    """
    from etl.transform import build

    with console.workspace.locked(), console.progress("build") as progress:
        report = build(
            console.workspace,
            console.settings,
            progress=progress,
            target=target,
            select=select,
            full_refresh=full_refresh,
        )
    console.say(f"{report.nodes} nodes in {report.seconds:.1f} s -> {console.workspace.candidate}")
    return console.answer(
        {
            "candidate": console.workspace.candidate,
            "nodes": report.nodes,
            "seconds": round(report.seconds, 1),
            "slowest": dict(report.slowest),
        }
    )
