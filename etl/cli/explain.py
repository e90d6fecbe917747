"""`snds-omop explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from etl.cli import words_fr
from etl.cli.console import Console
from etl.errors import SndsOmopError

if TYPE_CHECKING:
    from etl.audit.explain import Explanation, Tracer


@click.command()
@click.argument("what", nargs=-1, required=True)
@click.option("--source", is_flag=True, help="WHAT is SNDS_TABLE FILE LINE instead of TABLE ID.")
@click.option(
    "--page/--no-page", default=True, help="Draw the timeline of `person ID` as a static page."
)
@click.option(
    "--release", "release_id", default="", metavar="ID", help="Rows of a release, or `current`."
)
@click.pass_obj
def command(
    console: Console, what: tuple[str, ...], source: bool, page: bool, release_id: str
) -> int:
    """Trace a CDM row to its file and line, or a line to its CDM rows.

    It shows one person's row: for use inside the closed zone only. `person ID` also draws the
    person's timeline; of a real person only if the setting privacy.person_pages allows it (exit 5).

    \b
    Examples: snds-omop explain drug_exposure 1477179342061632
              snds-omop explain --source ER_PHA_F ER_PHA_F_2019.csv 12
              snds-omop explain person 1
              snds-omop explain --release 20240131-1a2b3c4d drug_exposure 1477179342061632
    """
    drawn: dict[str, str] = {}
    if not source:
        _require_order(*_parts(what, "TABLE ID"))
    with _tracer(console, release_id) as tracer:
        if source:
            table, file, line = _parts(what, "SNDS_TABLE FILE LINE")
            explanation = tracer.source_row(table, file, _number(line))
        else:
            table, cdm_id = _parts(what, "TABLE ID")
            if page and table.lower() == "person" and not release_id:
                drawn["page"] = _draw(console, _number(cdm_id))
            explanation = tracer.cdm_row(table.lower(), _number(cdm_id))
    _tell(console, explanation)
    if drawn:
        console.say(f"  timeline: {drawn['page']}", f"  frise : {drawn['page']}")
    return console.answer({**explanation.as_dict(), **drawn})


def _tracer(console: Console, release_id: str) -> Tracer:
    """Of the candidate, or of a release."""
    from etl.audit.explain import Tracer

    if not release_id:
        return Tracer(console.workspace)
    from etl import release
    from etl.release.explanation import ReleaseTracer

    return ReleaseTracer(console.workspace, release.find(console.workspace, release_id))


def _draw(console: Console, person_id: int) -> str:
    """The person's page; refused for a real person. The audit log names who drew one, not whom."""
    from etl.audit.timeline import write_timeline
    from etl.release import audit_log

    path = write_timeline(console.workspace, console.settings, person_id, console.lang)
    audit_log.append(console.workspace, "explain person")
    return str(path)


def _parts(what: tuple[str, ...], names: str) -> tuple[str, ...]:
    if len(what) != len(names.split()):
        raise SndsOmopError("SO-100", f"give {names}", f"donnez {names}", where="snds-omop explain")
    return what


def _require_order(table: str, cdm_id: str) -> None:
    if table.isdigit() and not cdm_id.isdigit():
        raise SndsOmopError(
            "SO-100",
            f"the table comes first: snds-omop explain {cdm_id} {table}",
            f"la table vient d'abord : snds-omop explain {cdm_id} {table}",
            where="snds-omop explain",
        )


def _number(text: str) -> int:
    if not text.isdigit():
        raise SndsOmopError(
            "SO-100",
            "an id or a line is a whole number",
            "un identifiant ou une ligne est un nombre entier",
            where="snds-omop explain",
        )
    return int(text)


def _tell(console: Console, explanation: Explanation) -> None:
    console.say(explanation.asked)
    row = explanation.source
    if explanation.quarantine:
        found = explanation.quarantine
        place = f"{found['file']}:{found['line']}"
        console.say(
            f"  {place} is in quarantine: {found['reason']}",
            f"  {place} est en quarantaine : {found['reason']}",
        )
    if row is None:
        return
    place = f"{row.source_table}, {row.file}:{row.line}"
    console.say(f"  from {place}", f"  vient de {place}")
    console.say(f"  {_pairs(row.values)}")
    english, french = (
        f", {row.rule_id} {title}" if row.rule_id else ""
        for title in (row.rule_title, row.rule_title_fr)
    )
    if row.disposition:
        console.say(
            f"  disposition: {row.disposition}{english}",
            f"  devenir : {words_fr.DISPOSITION.get(row.disposition, row.disposition)}{french}",
        )
    if row.carrier:
        console.say(f"  carried by {row.carrier}", f"  portée par {row.carrier}")
    if explanation.merged:
        others = ", ".join(explanation.merged)
        console.say(f"  merged into it: {others}", f"  fusionnées avec elle : {others}")
    for given in explanation.cdm_rows:
        pairs = _pairs({name: value for name, value in given.items() if name != "table"})
        console.say(f"  gave {given['table']}: {pairs}", f"  a donné {given['table']} : {pairs}")
    if not explanation.cdm_rows:
        console.say("  gave no CDM row of its own", "  n'a donné aucune ligne CDM à elle seule")


def _pairs(values: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())
