"""``snds-omop report``: write the steward report again and state where it is."""

from __future__ import annotations

import click

from etl.cli.console import Console


@click.command("report")
@click.pass_obj
def command(console: Console) -> int:
    """Write the steward report of the last validation and show where it is.

    One HTML file a language: it opens in any browser and asks the network for nothing.
    """
    from data_quality.report.rendering import write_reports

    with console.workspace.locked():
        written = write_reports(console.workspace, console.settings)
    # The language asked for comes first.
    for language in sorted(written, key=lambda name: name != console.lang):
        console.say(str(written[language]))
    return console.answer({f"report_{language}": str(path) for language, path in written.items()})
