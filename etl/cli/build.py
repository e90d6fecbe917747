"""`snds-omop build`."""

from __future__ import annotations

import click

from etl import unchanged
from etl.cli import words_fr
from etl.cli.console import Console
from etl.cli.shape import seconds


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
    with console.workspace.locked():
        is_whole = not select and not full_refresh and target == "duckdb"
        if is_whole and _is_current(console):
            console.say(
                "nothing changed: the candidate is up to date",
                "rien n'a changé : la candidate est à jour",
            )
            return console.answer(
                {"candidate": console.workspace.candidate, "nodes": 0, "up_to_date": True}
            )
        # Imported for a build only: what did not change must not wait for it.
        from etl.transform import build
        from etl.transform.linked import outcomes

        with console.progress("build") as progress:
            report = build(
                console.workspace,
                console.settings,
                progress=progress,
                target=target,
                select=select,
                full_refresh=full_refresh,
            )
    if select:
        names = ", ".join(report.models)
        console.say(f"built: {names}", f"construits : {names}")
    made = console.workspace.candidate
    console.say(
        f"{report.nodes} nodes in {report.seconds:.1f} s -> {made}",
        f"{report.nodes} nœuds en {seconds(report.seconds, 'fr')} -> {made}",
    )
    linked = outcomes(console.workspace)
    for crosswalk, outcome, n in linked:
        console.say(
            f"crosswalk {crosswalk}: {n} external ids, {outcome}",
            f"appariement {crosswalk} : {n} identifiants externes, {words_fr.OUTCOME[outcome]}",
        )
    if report.tables is not None:
        console.say(f"Spark's tables: {report.tables}", f"tables de Spark : {report.tables}")
    return console.answer(
        {
            "candidate": console.workspace.candidate,
            "nodes": report.nodes,
            "seconds": round(report.seconds, 1),
            "slowest": dict(report.slowest),
            **({"crosswalks": [list(one) for one in linked]} if linked else {}),
            **({"models": list(report.models)} if select else {}),
            **({} if report.tables is None else {"tables": report.tables}),
        }
    )


def _is_current(console: Console) -> bool:
    """By names, sizes and times when they are recorded, else by content."""
    record = unchanged.recall(console.workspace, "build")
    if record is not None:
        digest = unchanged.build_digest(console.workspace, console.settings)
        if record.digest == digest:
            return True
    from etl.transform import is_current

    return console.workspace.candidate.is_file() and is_current(console.workspace, console.settings)
