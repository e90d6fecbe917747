"""`snds-omop init`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from etl.cli.console import Console
from etl.errors import SndsOmopError

POPULATIONS = ("national", "esnd", "targeted", "unknown")
_QUESTION = "Population of the delivery (national; esnd, the sample of 2 %; targeted)"
_QUESTION_FR = (
    "Population de la livraison (national ; esnd, l'échantillon de 2 % ; targeted, ciblée)"
)
_DECLARED = """# Put it into the delivery's folder, or give it by --declaration.
# À placer dans le dossier de la livraison, ou à donner par --declaration.
population = "{population}"
"""


@click.command()
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option(
    "--population",
    type=click.Choice(POPULATIONS),
    help="Who is in the delivery: asked in a terminal when it is not given.",
)
@click.pass_obj
def command(console: Console, force: bool, population: str | None) -> int:
    """Write snds-omop.toml here, with every setting, its default and what it does.

    With a population, write a delivery.toml as well, which declares it; `unknown` writes none.
    """
    from etl.configuration import DEFAULT_FILE, settings_template
    from etl.delivery.declaration import FILE

    path = console.config or Path(DEFAULT_FILE)
    declaration = path.with_name(FILE)
    if population is None and sys.stdin.isatty() and not console.as_json and not console.quiet:
        population = click.prompt(
            _QUESTION_FR if console.lang == "fr" else _QUESTION,
            type=click.Choice(POPULATIONS),
            default="unknown",
            err=True,
        )
    written = [path]
    if population not in (None, "unknown"):
        written.append(declaration)
    for file in written:
        _check_free(file, force)
    path.write_text(settings_template(), encoding="utf-8")
    if declaration in written:
        declaration.write_text(_DECLARED.format(population=population), encoding="utf-8")
    for file in written:
        console.say(f"wrote {file}", f"écrit : {file}")
    return console.answer({"path": str(path), "written": [str(file) for file in written]})


def _check_free(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise SndsOmopError(
            "SO-101",
            "the file exists; --force replaces it",
            "le fichier existe ; --force le remplace",
            where=str(path),
        )
