"""`snds-omop publish`: PostgreSQL, Parquet, metadata, share pack."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.completion import release_option
from etl.cli.console import Console

_release = release_option("Release to publish.")


@click.group()
def command() -> None:
    """Publish a verified release: PostgreSQL, Parquet, metadata, share pack."""


@command.command()
@click.option("--url", required=True, help="postgresql://user@host/database; PGPASSWORD works.")
@click.option("--cdm-schema", default="cdm", show_default=True)
@click.option(
    "--vocabulary-schema", help="Default: the schema of the CDM, where R packages look for it."
)
@click.option("--results-schema", default="results", show_default=True)
@click.option(
    "--webapi",
    is_flag=True,
    help="Also create the results tables that WebAPI fills, and write the SQL that registers the "
    "source.",
)
@click.option(
    "--ids",
    type=click.Choice(["bigint", "official"]),
    default="bigint",
    show_default=True,
    help="Type of ids; `official` (INTEGER) is refused, with the reason.",
)
@_release
@click.pass_obj
def postgres(
    console: Console,
    url: str,
    cdm_schema: str,
    vocabulary_schema: str | None,
    results_schema: str,
    webapi: bool,
    ids: str,
    release_id: str,
) -> int:
    """Load a PostgreSQL database: rows, checks, keys, indexes, then one atomic switch."""
    from etl import release
    from etl.publish.postgres import database_of, publish_postgres
    from etl.publish.postgres_schema import Schemas, require_wide_ids
    from etl.publish.site import require_site
    from etl.publish.webapi import write_registration

    require_wide_ids(ids)
    found = release.find(console.workspace, release_id)
    if webapi:
        require_site(console.workspace, found)
    schemas = Schemas(cdm_schema, vocabulary_schema, results_schema)
    with console.workspace.locked(), console.progress("publish postgres") as progress:
        done = publish_postgres(
            console.workspace,
            found,
            url,
            console.settings.engine,
            schemas=schemas,
            progress=progress,
            webapi=webapi,
        )
    console.say(
        f"release {found.id}: {done.tables} tables, {done.rows:,} rows are in PostgreSQL",
        f"version {found.id} : {done.tables} tables, {console.number(done.rows)} lignes sont dans "
        "PostgreSQL",
    )
    answer: dict[str, object] = {
        "release": found.id,
        "tables": done.tables,
        "rows": done.rows,
        "resumed": done.resumed,
    }
    if webapi:
        file = write_registration(
            console.workspace.root / "webapi" / f"{found.id}.sql",
            found.manifest.identity,
            database_of(url),
            schemas,
        )
        console.say(
            f"run {file} in WebAPI's database, then open /WebAPI/source/refresh",
            f"exécutez {file} dans la base de WebAPI, puis ouvrez /WebAPI/source/refresh",
        )
        answer["registration"] = str(file)
    return console.answer(answer)


@command.command()
@click.option(
    "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="New folder."
)
@_release
@click.pass_obj
def parquet(console: Console, output: Path, release_id: str) -> int:
    """Write one folder of Parquet per table."""
    from etl import release
    from etl.publish.parquet import publish_parquet

    found = release.find(console.workspace, release_id)
    with console.workspace.locked(), console.progress("publish parquet") as progress:
        rows = publish_parquet(
            console.workspace, found, output.resolve(), console.settings.engine, progress
        )
    console.say(
        f"release {found.id}: {rows:,} rows in {output}",
        f"version {found.id} : {console.number(rows)} lignes dans {output}",
    )
    return console.answer({"release": found.id, "rows": rows, "output": str(output)})


@command.command()
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The steward's file; default: <workspace>/steward.toml.",
)
@click.option(
    "--new-answers",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a file of questions for the steward, and stop.",
)
@click.option(
    "--check",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Check a record edited by hand (Turtle or JSON-LD), and stop.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder; default: <workspace>/metadata/<release>.",
)
@_release
@click.pass_obj
def metadata(
    console: Console,
    answers: Path | None,
    new_answers: Path | None,
    check: Path | None,
    output: Path | None,
    release_id: str,
) -> int:
    """Write the HealthDCAT-AP record, the variables and the data dictionaries."""
    from etl import release
    from etl.publish.metadata.publication import check_record, publish_metadata
    from etl.publish.metadata.steward import write_template

    if new_answers:
        write_template(new_answers, console.lang)
        console.say(
            f"answer the questions in {new_answers}", f"répondez aux questions dans {new_answers}"
        )
        return console.answer({"answers": str(new_answers)})
    if check:
        unverified = check_record(check)
        console.say(f"{check} meets the shapes", f"{check} respecte les contraintes")
        _name_unverified(console, unverified)
        return console.answer({"checked": str(check), "unverified": list(unverified)})
    found = release.find(console.workspace, release_id)
    folder = output or console.workspace.root / "metadata" / found.id
    with console.workspace.locked(), console.progress("publish metadata"):
        written = publish_metadata(
            console.workspace, found, folder, console.settings, answers=answers
        )
    for file in written.files:
        console.say(str(file))
    if not written.validated:
        console.say(
            "pySHACL is not installed: the record was not checked against the shapes",
            "pySHACL n'est pas installé : la notice n'a pas été comparée aux contraintes",
        )
    _name_unverified(console, written.unverified)
    return console.answer(
        {
            "release": found.id,
            "files": [str(file) for file in written.files],
            "validated": written.validated,
            "unverified": list(written.unverified),
        }
    )


def _name_unverified(console: Console, terms: tuple[str, ...]) -> None:
    if terms:
        console.say(
            f"not verified, their lists are not held: {', '.join(terms)}",
            f"non vérifié, faute de ces listes : {', '.join(terms)}",
        )


@command.command()
@click.option(
    "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="New folder."
)
@click.option(
    "--add",
    "additions",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A table of your own to take along, if the guard finds nothing in it; repeatable.",
)
@_release
@click.pass_obj
def share(console: Console, output: Path, additions: tuple[Path, ...], release_id: str) -> int:
    """Write aggregates that may leave: small counts hidden, the rest rounded.

    Exit code 5 when a file holds a small count or could identify a person.
    """
    from etl.address_space import OF_SCIPY, require_room

    require_room(OF_SCIPY)
    from data_quality.cohorts import cohort_entries, cohorts
    from etl import release
    from etl.publish.share import publish_share

    found = release.find(console.workspace, release_id)
    with console.workspace.locked(), console.progress("publish share"):
        shared = publish_share(
            console.workspace,
            found,
            output.resolve(),
            console.settings,
            cohort_entries=cohort_entries,
            titles={cohort.id: dict(cohort.title.items()) for cohort in cohorts()},
            additions=additions,
        )
    console.say(
        f"release {found.id}: {shared.rows:,} aggregates in {output}",
        f"version {found.id} : {console.number(shared.rows)} agrégats dans {output}",
    )
    shown, held, primary, complementary = (
        console.number(sum(numbers[kind] for numbers in shared.report.values()))
        for kind in ("shown", "held", "primary", "complementary")
    )
    console.say(
        f"cells shown: {shown}, of which {held} with the value of an earlier pack; "
        f"hidden by the rule: {primary}; hidden for protection: {complementary}",
        f"cellules montrées : {shown}, dont {held} avec la valeur d'un lot précédent ; "
        f"cachées par la règle : {primary} ; cachées pour la protection : {complementary}",
    )
    return console.answer(
        {"release": found.id, "output": str(output), "rows": shared.rows, "report": shared.report}
    )


@command.command()
@click.option(
    "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder."
)
@_release
@click.pass_obj
def ares(console: Console, output: Path, release_id: str) -> int:
    """Write the data folder that OHDSI's Ares reads: exact counts, for use inside.

    A folder that holds earlier releases keeps them; its indexes are written again.
    """
    from etl import release
    from etl.publish.inside import publish_ares

    found = release.find(console.workspace, release_id)
    with console.workspace.locked(), console.progress("publish ares"):
        written = publish_ares(console.workspace, found, output.resolve(), console.settings)
    console.say(
        f"release {found.id}: {written.rows:,} files in {output}",
        f"version {found.id} : {console.number(written.rows)} fichiers dans {output}",
    )
    return console.answer({"release": found.id, "output": str(output), "files": written.rows})


@command.command()
@click.option(
    "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder."
)
@_release
@click.pass_obj
def network(console: Console, output: Path, release_id: str) -> int:
    """Write the files of CatalogueExport (EHDEN) and DashboardExport (DARWIN EU), for use inside.

    Small counts are left out and others rounded up as these tools do; what leaves without another
    review is the pack of `publish share`.
    """
    from etl import release
    from etl.publish.inside import publish_network

    found = release.find(console.workspace, release_id)
    with console.workspace.locked(), console.progress("publish network"):
        written = publish_network(console.workspace, found, output.resolve(), console.settings)
    for file in written.files:
        console.say(str(file))
    return console.answer(
        {"release": found.id, "files": [str(f) for f in written.files], "rows": written.rows}
    )
