"""`snds-omop build`."""

from __future__ import annotations

import click

from etl.cli.console import Console


@click.command()
@click.option(
    "--target", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True
)
@click.option("--select", multiple=True, help="dbt selection, e.g. --select +person.")
@click.option("--full-refresh", is_flag=True, help="Keep nothing of a stopped build.")
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
    made = console.workspace.candidate
    console.say(
        f"{report.nodes} nodes in {report.seconds:.1f} s -> {made}",
        f"{report.nodes} nœuds en {report.seconds:.1f} s -> {made}",
    )
    if report.tables is not None:
        console.say(f"Spark's tables: {report.tables}", f"tables de Spark : {report.tables}")
    return console.answer(
        {
            "candidate": console.workspace.candidate,
            "nodes": report.nodes,
            "seconds": round(report.seconds, 1),
            "slowest": dict(report.slowest),
            **({} if report.tables is None else {"tables": report.tables}),
        }
    )
