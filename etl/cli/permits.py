"""`snds-omop release extract` and `end-permit`: parts of a release for the holders of permits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import click

from etl.cli.console import Console


@click.command("extract")
@click.option(
    "--permit",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file: number, holder, expiry; persons, period, tables, precision.",
)
@click.option(
    "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="New folder."
)
@click.option("--release", "release_id", default="current", show_default=True, help="Parent.")
@click.pass_obj
def extract(console: Console, path: Path, output: Path, release_id: str) -> int:
    """Write the part of a release that a permit grants, under random ids of its own.

    What the permit does not grant is absent. The map of ids stays in state/.
    """
    from data_quality.cohorts import cohort_entries
    from data_quality.standalone import check_extract, check_remade
    from etl import release
    from etl.release.extract import extract as write_extract
    from etl.release.extract import read_permit
    from etl.release.withdrawal import settle_withdrawal

    permit = read_permit(path)
    permit.require_valid(_today())
    release.find(console.workspace, release_id)  # without a release, no workspace is made
    with console.workspace.locked(), console.progress("extract", "extrait") as progress:
        judge = partial(check_remade, console.workspace, console.settings)
        settle_withdrawal(console.workspace, console.settings, judge)
        made = write_extract(
            console.workspace,
            release.find(console.workspace, release_id),
            permit,
            output.resolve(),
            console.settings,
            today=_today(),
            cohorts=cohort_entries,
            judge=partial(check_extract, console.workspace, console.settings),
            progress=progress,
        )
    extracted = made.extract
    persons, rows = f"{extracted.persons:,}", f"{extracted.rows:,}"
    console.say(
        f"extract {extracted.id} for permit {extracted.permit}: {persons} persons, {rows} rows of "
        f"release {extracted.release} in {output}; {made.withdrawn} persons are excluded",
        f"extrait {extracted.id} pour l'autorisation {extracted.permit} : {_french(persons)} "
        f"personnes, {_french(rows)} lignes de la version {extracted.release} dans {output} ; "
        f"{made.withdrawn} personnes sont exclues",
    )
    if made.chosen.unknown:
        console.warn(
            f"{made.chosen.unknown} of {made.chosen.listed} rows of the list name no person of the "
            "release, or several",
            f"{made.chosen.unknown} ligne(s) de la liste sur {made.chosen.listed} ne désignent "
            "aucune personne de la version, ou plusieurs",
        )
    return console.answer(
        {
            "extract": extracted.id,
            "release": extracted.release,
            "permit": extracted.permit,
            "persons": extracted.persons,
            "rows": extracted.rows,
            "listed": made.chosen.listed,
            "unknown": made.chosen.unknown,
            "withdrawn": made.withdrawn,
            "output": str(made.output),
        }
    )


@click.command("end-permit")
@click.argument("number")
@click.pass_obj
def end_permit(console: Console, number: str) -> int:
    """Destroy the maps of ids of the extracts of permit NUMBER; the holder destroys the rest."""
    from etl.release import audit_log
    from etl.release.extract import end_permit as end

    with console.workspace.locked():
        ended = end(console.workspace, number, _today())
        audit_log.append(console.workspace, f"release end-permit {number}")
    for one in ended:
        console.say(
            f"extract {one.id}: its map of ids is destroyed; {one.holder} has to destroy the copy",
            f"extrait {one.id} : sa table d'identifiants est détruite ; {one.holder} doit détruire "
            "la copie",
        )
    return console.answer({"permit": number, "extracts": [one.id for one in ended]})


def listed(console: Console) -> list[dict[str, Any]]:
    """Show the extracts that were made, the oldest first; those whose permit is over are marked."""
    from etl.errors import SndsOmopError
    from etl.release.extract import read_extracts

    today = _today()
    rows: list[dict[str, Any]] = []
    try:
        made = read_extracts(console.workspace).made
    except SndsOmopError as error:  # the list of releases needs no record of extracts
        console.warn(error.line(), error.line("fr"))
        return rows
    for one in made:
        state = "ended" if one.ended else "expired" if one.is_expired(today) else "valid"
        day = one.expires.isoformat()
        about = f"{one.id}  {one.permit}  {one.holder}"
        english = {"ended": "ended", "expired": f"EXPIRED on {day}", "valid": f"until {day}"}
        french = {"ended": "close", "expired": f"EXPIRÉE le {day}", "valid": f"jusqu'au {day}"}
        console.say(
            f"  extract {about}, permit {english[state]}, of release {one.release}",
            f"  extrait {about}, autorisation {french[state]}, de la version {one.release}",
        )
        rows.append(_row(one.model_dump(mode="json"), state))
    return rows


def _row(found: Mapping[str, Any], state: str) -> dict[str, Any]:
    names = ("id", "permit", "holder", "expires", "release", "made_at", "persons", "rows")
    return {**{name: found[name] for name in names}, "state": state}


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the day of the person who decides


def _french(number: str) -> str:
    return number.replace(",", "\u202f")
