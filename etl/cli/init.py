"""`snds-omop init`."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.console import Console
from etl.errors import SndsOmopError


@click.command()
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.pass_obj
def command(console: Console, force: bool) -> int:
    """Write snds-omop.toml here, with every setting, its default and what it does."""
    from etl.settings import DEFAULT_FILE, settings_template

    path = console.config or Path(DEFAULT_FILE)
    if path.exists() and not force:
        raise SndsOmopError(
            "SO-101",
            "the file exists; --force replaces it",
            "le fichier existe ; --force le remplace",
            where=str(path),
        )
    path.write_text(settings_template(), encoding="utf-8")
    console.say(f"wrote {path}", f"écrit : {path}")
    return console.answer({"path": str(path)})
