"""``snds-omop validate``: check the candidate and apply the gate."""

from __future__ import annotations

import click

from etl.cli import words_fr
from etl.cli.console import Console
from etl.cli.verdict import print_verdict, verdict_answer


@click.command("validate")
@click.pass_obj
def command(console: Console) -> int:
    """Check the candidate and apply the gate.

    Exit code 0 when the candidate is accepted, 3 when the gate refuses it.
    """
    from data_quality import validate

    with console.workspace.locked(), console.progress("Checking", "Contrôle") as progress:
        verdict = validate(console.workspace, console.settings, progress=progress)
    for name, path in verdict.files.items():
        console.say(f"{name}: {path}")
    console.say(
        ", ".join(f"{count} {status}" for status, count in verdict.counts.items()),
        ", ".join(f"{count} {words_fr.CHECK[status]}" for status, count in verdict.counts.items()),
    )
    print_verdict(console, verdict)
    return console.answer(verdict_answer(verdict), verdict.exit_code)
