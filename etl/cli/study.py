"""`snds-omop study`: cohort definitions on a release, aggregates out."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.completion import release_option
from etl.cli.console import Console

_release = release_option("Release to study.")


@click.group()
def command() -> None:
    """Run cohort definitions on a release; only protected aggregates come out."""


@command.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--cohorts",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="The same as an argument: a file of CIRCE JSON or SQL, or a folder; repeatable.",
)
@click.option(
    "--share",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the archive; default: <workspace>/studies.",
)
@click.option("--name", default="study", show_default=True, help="Begins the name of the archive.")
@click.option(
    "--prior-observation",
    type=click.IntRange(0, 3653),
    default=365,
    show_default=True,
    help="Days of observation before a person is at risk of a first entry.",
)
@click.option(
    "--accept",
    multiple=True,
    type=click.Choice(["concepts", "empty"]),
    help="Go on although the vocabulary lacks concepts, or a cohort is empty; repeatable.",
)
@click.option(
    "--url",
    help="A PostgreSQL server that `publish postgres` filled with the release makes the cohorts.",
)
@click.option("--cdm-schema", default="cdm", show_default=True)
@click.option("--vocabulary-schema", help="Default: the schema of the CDM.")
@click.option("--results-schema", default="results", show_default=True)
@_release
@click.pass_obj
def run(
    console: Console,
    paths: tuple[Path, ...],
    cohorts: tuple[Path, ...],
    folder: Path | None,
    name: str,
    prior_observation: int,
    accept: tuple[str, ...],
    url: str | None,
    cdm_schema: str,
    vocabulary_schema: str | None,
    results_schema: str,
    release_id: str,
) -> int:
    """Attrition, counts by age, sex and year, incidence and prevalence of cohorts.

    PATHS are files of CIRCE JSON (ATLAS, PhenotypeLibrary) or SQL, or folders of them. The archive
    holds a summarised_result of omopgenerics and a signed manifest. Exit code 5 when a definition
    or a result could identify a person.
    """
    from etl.address_space import OF_SCIPY, require_room

    # before what loads scipy
    require_room(OF_SCIPY)
    from etl import release
    from etl.publish.postgres_schema import Schemas
    from etl.study.run import run_study

    found = release.find(console.workspace, release_id)
    with console.workspace.locked(), console.progress("study run") as progress:
        study = run_study(
            console.workspace,
            found,
            [*paths, *cohorts],
            (folder or console.workspace.root / "studies").resolve(),
            console.settings,
            name=name,
            prior_observation=prior_observation,
            accept=accept,
            progress=progress,
            url=url,
            schemas=Schemas(cdm_schema, vocabulary_schema, results_schema),
        )
    console.say(
        f"release {found.id}: {len(study.cohorts)} cohorts, {study.rows:,} rows in {study.file}",
        f"version {found.id} : {len(study.cohorts)} cohortes, {console.number(study.rows)} lignes "
        f"dans {study.file}",
    )
    shown, held, primary, complementary = (
        console.number(study.report[kind]) for kind in ("shown", "held", "primary", "complementary")
    )
    console.say(
        f"counts shown: {shown}, of which {held} with the value of an earlier pack; "
        f"hidden by the rule: {primary}; hidden for protection: {complementary}",
        f"effectifs montrés : {shown}, dont {held} avec la valeur d'un lot précédent ; "
        f"cachés par la règle : {primary} ; cachés pour la protection : {complementary}",
    )
    return console.answer(
        {
            "release": found.id,
            "file": str(study.file),
            "cohorts": list(study.cohorts),
            "rows": study.rows,
            "report": dict(study.report),
            "absent_concepts": {name: list(ids) for name, ids in study.absent.items()},
        }
    )


@command.command()
@click.argument("archives", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="New CSV file: a summarised_result of all sites and of the pool.",
)
@click.pass_obj
def pool(console: Console, archives: tuple[Path, ...], output: Path) -> int:
    """Add up the ARCHIVES of one study that several sites sent.

    What one site hides stays hidden in the pool. Compare the printed fingerprint of each site with
    the one that it states elsewhere.
    """
    from etl.study.pool import pool as add_up
    from etl.study.pool import read_archive

    read = [read_archive(path) for path in archives]
    rows = add_up(read, output)
    for one in read:
        console.say(f"{one.site}: {one.manifest['release_id']}, {one.fingerprint}")
    console.say(
        f"{len(read)} sites, {rows:,} pooled rows in {output}",
        f"{len(read)} sites, {console.number(rows)} lignes agrégées dans {output}",
    )
    return console.answer(
        {
            "output": str(output),
            "rows": rows,
            "sites": {one.site: one.fingerprint for one in read},
        }
    )


@command.command()
@click.option("--year", type=click.IntRange(2006, 2100), help="Default: the last one observed.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder; default: <workspace>/targeting/<release>-<year>.",
)
@_release
@click.pass_obj
def targeting(console: Console, year: int | None, output: Path | None, release_id: str) -> int:
    """Count ten published SNDS algorithms three ways, and explain each difference.

    Raw tables of the lake by SQL, the CDM by source concepts, the CDM by standard concepts: what
    the mapping lost. Exact counts, for use inside.
    """
    from etl import release
    from etl.study.targeting.counting import Counted
    from etl.study.targeting.report import run_targeting

    found = release.find(console.workspace, release_id)
    folder = output or console.workspace.root / "targeting" / f"{found.id}-{year or 'last'}"
    with console.workspace.locked(), console.progress("study targeting") as progress:
        done = run_targeting(
            console.workspace, found, folder.resolve(), console.settings, year, progress
        )

    def line(one: Counted) -> str:
        return f"{one.algorithm}: {one.raw} / {one.source} / {one.standard}"

    console.say(
        f"release {found.id}, year {done.year}: raw / source concepts / standard concepts",
        f"version {found.id}, année {done.year} : brut / concepts source / concepts standard",
    )
    for one in done.counted:
        console.say(line(one))
    console.say(f"report: {folder}", f"rapport : {folder}")
    return console.answer(
        {
            "release": found.id,
            "year": done.year,
            "output": str(folder),
            "algorithms": {
                one.algorithm: {"raw": one.raw, "source": one.source, "standard": one.standard}
                for one in done.counted
            },
        }
    )
