"""`snds-omop doctor`."""

from __future__ import annotations

import click

from etl.cli.console import Console
from etl.errors import EXIT_USAGE


@click.command()
@click.pass_obj
def command(console: Console) -> int:
    """Check machine, versions, vocabulary and workspace; show what to correct."""
    from etl.audit.doctor import examine

    findings = examine(console.workspace, console.settings)
    for finding in findings:
        subject, detail = finding.subject, finding.detail
        console.say(
            f"{'ok  ' if finding.is_good else 'FIX '} {subject.english}: {detail.english}",
            f"{'ok  ' if finding.is_good else 'À CORRIGER'} {subject.french} : {detail.french}",
        )
    good = all(finding.is_good for finding in findings)
    return console.answer(
        {"good": good, "findings": [finding.as_dict(console.lang) for finding in findings]},
        0 if good else EXIT_USAGE,
    )
