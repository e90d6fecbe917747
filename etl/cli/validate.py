"""``snds-omop validate``: check the candidate and apply the gate."""

from __future__ import annotations

import click

from etl.cli.console import Console
from etl.cli.verdict import print_checks, print_reports, print_verdict, verdict_answer


@click.command("validate")
@click.pass_obj
def command(console: Console) -> int:
    """Check the candidate and apply the gate.

    Exit code 0 when the candidate is accepted, 3 when the gate refuses it.
    """
    from data_quality import validate

    with console.workspace.locked(), console.progress("Checking", "Contrôle") as progress:
        verdict = validate(console.workspace, console.settings, progress=progress)
    print_verdict(console, verdict)
    print_checks(console, verdict)
    print_reports(console, verdict)
    return console.answer(verdict_answer(verdict), verdict.exit_code)
