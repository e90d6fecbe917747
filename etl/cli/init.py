"""`snds-omop init`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from etl.cli.console import Console
from etl.errors import SndsOmopError
from etl.state_file import write_whole

POPULATIONS = ("national", "esnd", "targeted", "unknown")
_QUESTION = "Population of the delivery (national; esnd, the sample of 2 %; targeted)"
_QUESTION_FR = (
    "Population de la livraison (national ; esnd, l'échantillon de 2 % ; targeted, ciblée)"
)
_SITE = {
    "name": ("Name of the source in full", "Nom complet de la source"),
    "abbreviation": (
        "Short name of the site in its network (letters, digits, - and _)",
        "Sigle du site dans son réseau (lettres, chiffres, - et _)",
    ),
    "holder": ("Institution that holds the data", "Organisme responsable des données"),
    "source_date": (
        "Day of the extraction, YYYY-MM-DD (empty: from the data)",
        "Date de l'extraction, AAAA-MM-JJ (vide : d'après les données)",
    ),
}
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
@click.option("--name", help="Name of the source in full.")
@click.option("--abbreviation", help="Short name of the site: letters, digits, - and _.")
@click.option("--holder", help="Institution that holds the data.")
@click.option("--source-date", help="Day of the extraction, YYYY-MM-DD.")
@click.pass_obj
def command(
    console: Console,
    force: bool,
    population: str | None,
    name: str | None,
    abbreviation: str | None,
    holder: str | None,
    source_date: str | None,
) -> int:
    """Write snds-omop.toml here, with every setting, its default and what it does.

    A terminal is asked for the names of the site, which publications for networks need. With a
    population, write a delivery.toml as well, which declares it; `unknown` writes none.
    """
    from etl.configuration import DEFAULT_FILE, settings_template
    from etl.delivery.declaration import FILE

    path = console.config or Path(DEFAULT_FILE)
    declaration = path.with_name(FILE)
    asks = sys.stdin.isatty() and not console.as_json and not console.quiet
    given = {
        "name": name, "abbreviation": abbreviation, "holder": holder, "source_date": source_date,
    }  # fmt: skip
    site = _site(console, given, asks)
    if population is None and asks:
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
    # Whole or not at all: what a full disk cuts must not be found by the next run.
    write_whole(path, settings_template({"source": site}))
    if declaration in written:
        write_whole(declaration, _DECLARED.format(population=population))
    for file in written:
        console.say(f"wrote {file}", f"écrit : {file}")
    return console.answer({"path": str(path), "written": [str(file) for file in written]})


def _site(console: Console, given: dict[str, str | None], asks: bool) -> dict[str, str]:
    """The names of the site, each asked again until it may be used; an empty answer states none.

    Raises:
        SndsOmopError: SO-101 an option that may not be used.
    """
    from pydantic import ValidationError

    from etl.clauses import joined, of_model
    from etl.settings import SourceSettings

    stated: dict[str, str] = {}
    for key, value in given.items():
        answer = value
        while True:
            if answer is None and asks:
                english, french = _SITE[key]
                question = french if console.lang == "fr" else english
                answer = click.prompt(question, default="", show_default=False, err=True)
            if not answer:
                break
            try:
                SourceSettings.model_validate({key: answer})
            except ValidationError as refused:
                error = SndsOmopError("SO-101", *joined(of_model(refused)), where=f"source.{key}")
                if value is not None or not asks:
                    raise error from None
                console.warn(error.line(console.lang))
                answer = None
                continue
            stated[key] = answer
            break
    return stated


def _check_free(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise SndsOmopError(
            "SO-101",
            "the file exists; --force replaces it",
            "le fichier existe ; --force le remplace",
            where=str(path),
        )
