"""``snds-omop profile``: look at a delivery without loading it."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.console import Console
from etl.cli.options import delivery_declaration, delivery_input, delivery_year
from etl.errors import CATALOGUE, EXIT_OK


@click.command(name="profile")
@delivery_input
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of what is written (default: WORKSPACE/profile).",
)
@delivery_year
@delivery_declaration
@click.pass_obj
def command(
    console: Console,
    input_dir: Path,
    output: Path | None,
    year: int | None,
    declaration: Path | None,
) -> int:
    """Look at a delivery in one pass, without loading it.

    Writes profile_fr.html, profile_en.html, profile.json and a proposed delivery.toml. Exit code 4
    when a file would be refused.
    """
    from data_quality.report.profile_page import profile_page
    from data_quality.texts import LANGUAGES
    from etl.delivery.declaration import FILE, read_declaration
    from etl.delivery.inventory import delivery_root
    from etl.delivery.profile import profile
    from etl.delivery.proposal import proposed

    root = delivery_root(input_dir)
    declared = read_declaration(root, declaration)
    with console.progress("profile", "profil") as progress:
        found = profile(
            root,
            console.settings.input,
            year=year,
            declaration=declared,
            advance=progress.advance,
            total=progress.total,
        )
    folder = output or console.workspace.root / "profile"
    folder.mkdir(parents=True, exist_ok=True)
    written = {"json": folder / "profile.json", "declaration": folder / FILE}
    written["json"].write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    written["declaration"].write_text(proposed(found), encoding="utf-8")
    for language in LANGUAGES:
        written[language] = folder / f"profile_{language}.html"
        written[language].write_text(profile_page(found, language), encoding="utf-8")
    refused = found.of("refused")
    for file in refused:
        console.warn(file.message, file.message_fr)
    for path in written.values():
        console.say(str(path))
    return console.answer(
        {
            "files": {fate: len(found.of(fate)) for fate in sorted({f.fate for f in found.files})},
            "refused": [file.name for file in refused],
            "missing_years": found.missing_years,
            "missing_months": found.missing_months,
            "written": {name: str(path) for name, path in written.items()},
        },
        CATALOGUE["SO-210"].exit_code if refused else EXIT_OK,
    )
