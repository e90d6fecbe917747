"""`snds-omop build`."""

from __future__ import annotations

import click

from etl.cli.console import Console


def warn_of_choices(console: Console) -> None:
    """Say aloud what a setting does to counts, where no reader of the result could guess it."""
    if console.settings.rules.psa_policy == "both":
        console.warn(
            "rules.psa_policy is both: hospital care of a pseudonym that two persons share is told "
            "of either. This makes care that did not take place: do not count stays or deaths in "
            "hospital on this CDM (docs/adr/0007)."
            if console.lang == "en"
            else "rules.psa_policy vaut both : les soins hospitaliers d'un pseudonyme commun à "
            "deux personnes sont racontés de l'une et de l'autre. Cela crée des soins qui n'ont "
            "pas eu lieu : ne comptez ni séjours ni décès à l'hôpital sur ce CDM (docs/adr/0007)."
        )


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

    warn_of_choices(console)
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
