"""``snds-omop persons``: exclude persons who object, lift an exclusion, list the exclusions."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from pathlib import Path

import click

from etl.cli.console import Console
from etl.errors import SndsOmopError

_GROUND = re.compile(r"[A-Za-z][A-Za-z-]{0,39}")
_LIST = click.option(
    "--list",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="CSV whose header names person columns as delivered, or person_id.",
)


@click.group(name="persons")
def command() -> None:
    """Exclude persons who object, from everything that is kept and from what comes later."""


@command.command("exclude")
@_LIST
@click.option(
    "--ground", default="objection", show_default=True, help="One word, for the audit log."
)
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Of the decision; default: today."
)
@click.option(
    "--keep-unknown",
    is_flag=True,
    help="Keep rows that name no person staged here: a later delivery may bring them.",
)
@click.pass_obj
def exclude(
    console: Console, path: Path, ground: str, day: datetime | None, keep_unknown: bool
) -> int:
    """Remove the persons of a list, with all their rights, from everything that is kept.

    Lake, quarantine, registry and candidate lose their rows; kept releases are made again without
    them. Only keyed hashes remain, so that a later delivery does not bring the persons back.
    """
    from data_quality.standalone import check_remade
    from etl.release.withdrawal import exclude

    if not _GROUND.fullmatch(ground):
        raise SndsOmopError(
            "SO-100",
            "--ground is one word of letters, which identifies no person",
            "--ground est un mot en lettres, qui n'identifie personne",
            where="snds-omop persons exclude",
        )
    when = day.date() if day else date.today()  # noqa: DTZ011 - the day of the person who decides
    with console.workspace.locked(), console.progress("withdrawal", "retrait"):
        done = exclude(
            console.workspace,
            console.settings,
            path,
            ground=ground,
            day=when,
            keep_unknown=keep_unknown,
            judge=partial(check_remade, console.workspace, console.settings),
        )
    console.say(
        f"persons: {done.persons} excluded by {done.rows} rows ({done.repeated} repeated, "
        f"{done.unknown} of no person staged here); {done.excluded} in all",
        f"personnes : {done.persons} exclues par {done.rows} lignes ({done.repeated} répétées, "
        f"{done.unknown} d'aucune personne chargée ici) ; {done.excluded} en tout",
    )
    console.say(
        f"rows: {done.screened.rows} left the lake, {done.screened.quarantined} the quarantine; "
        f"{done.screened.links} links of other persons became NULL",
        f"lignes : {done.screened.rows} ont quitté le lac, {done.screened.quarantined} la "
        f"quarantaine ; {done.screened.links} liens d'autres personnes sont devenus NULL",
    )
    for made in done.releases:
        console.say(
            f"release {made.old} was destroyed; {made.new} replaces it without {made.persons}",
            f"la version {made.old} a été détruite ; {made.new} la remplace sans {made.persons}",
        )
        if made.refused:
            console.warn(
                f"the gate refuses {made.new}: nothing is published from it",
                f"le contrôle refuse {made.new} : rien n'en est publié",
            )
    for one in done.published:
        console.warn(
            f"published before, to be acted on by a person: {one}",
            f"publié auparavant, à traiter par une personne : {one}",
        )
    console.say(
        "next: `snds-omop build`, `validate`, `release`",
        "ensuite : `snds-omop build`, `validate`, `release`",
    )
    return console.answer({"exclusion": {**asdict(done), "screened": done.screened.model_dump()}})


@command.command("readmit")
@_LIST
@click.pass_obj
def readmit(console: Console, path: Path) -> int:
    """Lift the exclusion of the persons of a list; the next delivery brings them back."""
    from etl.release.withdrawal import readmit

    with console.workspace.locked():
        persons = readmit(console.workspace, path)
    console.say(
        f"persons: {persons} no longer excluded; the next `snds-omop stage` brings them back, "
        "under a new person_id",
        f"personnes : {persons} ne sont plus exclues ; le prochain `snds-omop stage` les ramène, "
        "sous un nouveau person_id",
    )
    return console.answer({"readmitted": persons})


@command.command("list")
@click.pass_obj
def list_(console: Console) -> int:
    """Show the exclusions by day and ground; no key is kept that could be shown."""
    from etl.loaders.withdrawn import read_withdrawn

    persons = read_withdrawn(console.workspace).persons
    rows = [
        {"number": one.number, "day": one.day.isoformat(), "ground": one.ground} for one in persons
    ]
    for one in persons:
        console.say(
            f"{one.number}  {one.day.isoformat()}  {one.ground}  {len(one.keys)} keys",
            f"{one.number}  {one.day.isoformat()}  {one.ground}  {len(one.keys)} clés",
        )
    if not persons:
        console.say("no person is excluded", "aucune personne n'est exclue")
    return console.answer({"excluded": rows})
