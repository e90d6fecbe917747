"""`snds-omop explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from etl.cli.console import Console

if TYPE_CHECKING:
    from etl.audit.explain import Explanation


@click.command()
@click.argument("what", nargs=-1, required=True)
@click.option("--source", is_flag=True, help="WHAT is SNDS_TABLE FILE LINE instead of TABLE ID.")
@click.pass_obj
def command(console: Console, what: tuple[str, ...], source: bool) -> int:
    """Trace a CDM row to its file and line, or a line to its CDM rows.

    It shows one person's row: for use inside the closed zone only.

    \b
    Examples: snds-omop explain drug_exposure 1477179342061632
              snds-omop explain --source ER_PHA_F ER_PHA_F_2019.csv 12
    """
    from etl.audit.explain import Tracer

    with Tracer(console.workspace) as tracer:
        if source:
            table, file, line = _parts(what, "SNDS_TABLE FILE LINE")
            explanation = tracer.source_row(table, file, _number(line))
        else:
            table, cdm_id = _parts(what, "TABLE ID")
            explanation = tracer.cdm_row(table.lower(), _number(cdm_id))
    _tell(console, explanation)
    return console.answer(explanation.as_dict())


def _parts(what: tuple[str, ...], names: str) -> tuple[str, ...]:
    if len(what) != len(names.split()):
        raise click.UsageError(f"give {names}")
    return what


def _number(text: str) -> int:
    if not text.isdigit():
        raise click.UsageError("an id or a line is a whole number")
    return int(text)


def _tell(console: Console, explanation: Explanation) -> None:
    console.say(explanation.asked)
    row = explanation.source
    if explanation.quarantine:
        found = explanation.quarantine
        console.say(f"  {found['file']}:{found['line']} is in quarantine: {found['reason']}")
    if row is None:
        return
    console.say(f"  from {row.source_table}, {row.file}:{row.line}")
    console.say(f"  {_pairs(row.values)}")
    rule = f", {row.rule_id} {row.rule_title}" if row.rule_id else ""
    console.say(f"  disposition: {row.disposition}{rule}")
    if row.carrier:
        console.say(f"  carried by {row.carrier}")
    if explanation.merged:
        console.say(f"  merged into it: {', '.join(explanation.merged)}")
    for given in explanation.cdm_rows:
        table = given["table"]
        console.say(f"  gave {table}: {_pairs({k: v for k, v in given.items() if k != 'table'})}")
    if not explanation.cdm_rows:
        console.say("  gave no CDM row of its own")


def _pairs(values: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())
