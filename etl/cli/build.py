"""`snds-omop build`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from etl.cli.console import Console

if TYPE_CHECKING:
    from etl.transform import BuildReport


@click.command()
@click.option(
    "--target", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True
)
@click.option("--select", multiple=True, help="dbt selection, e.g. --select +person.")
@click.option("--full-refresh", is_flag=True, help="Build from the whole lake in any case.")
@click.pass_obj
def command(console: Console, target: str, select: tuple[str, ...], full_refresh: bool) -> int:
    """Transform the lake into a candidate CDM with dbt.

    When files were added and nothing else changed, only what they touch is built again.

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
    tell(console, report)
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
            **scope(report),
            **({} if report.tables is None else {"tables": report.tables}),
        }
    )


def tell(console: Console, report: BuildReport) -> None:
    """Say whether all was built or what was touched."""
    if report.merged:
        touched, every = report.merged.touched_rows, report.merged.all_rows
        console.say(
            f"build: {touched:,} of {every:,} rows touched, merged into the candidate",
            f"construction : {touched:,} lignes touchées sur {every:,}, fusionnées",
        )
    elif report.whole_because:
        console.say(
            f"build: from the whole lake, for {report.whole_because.english}",
            f"construction : à partir de tout le lac, car {report.whole_because.french}",
        )


def scope(report: BuildReport) -> dict[str, Any]:
    """For `--json`: rows touched, or why all was built."""
    if report.merged:
        return {"touched_rows": report.merged.touched_rows, "all_rows": report.merged.all_rows}
    return {"whole_because": report.whole_because.english if report.whole_because else None}
