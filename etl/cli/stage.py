"""``snds-omop stage``: delivery files, or tables of a database, to the lake."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from etl.clauses import Clause
from etl.cli import words_fr
from etl.cli.console import Console
from etl.cli.options import delivery_declaration
from etl.errors import CATALOGUE, EXIT_OK, SndsOmopError, headed

if TYPE_CHECKING:
    from etl.loaders import StageReport
    from etl.loaders.shards import Shard


@click.command(name="stage")
@click.option(
    "--input",
    "input_dir",
    type=click.Path(path_type=Path),
    help="Delivery directory, looked at with its sub-folders.",
)
@click.option(
    "--from-db",
    "url",
    envvar="SNDS_OMOP_FROM_DB",
    help="postgresql://user@host/database or oracle://user@host:1521/?service_name=NAME, "
    "instead of --input; from the variable SNDS_OMOP_FROM_DB, a password stays unseen.",
)
@click.option(
    "--tables", default="", help="With --from-db: names, separated by commas (default: all)."
)
@click.option("--schema", help="With --from-db: owner of the tables.")
@click.option(
    "--again", is_flag=True, help="With --from-db: read also flux months and years already there."
)
@click.option(
    "--year",
    type=click.IntRange(2005, 2099),
    help="Year of the files or tables whose name holds a literal `aa` (T_MCOaaB).",
)
@delivery_declaration
@click.option(
    "--shard",
    metavar="I/N",
    help="Read only the I-th of N shares of the files, outside the lake; N machines do so at once, "
    "then `stage` without it puts them together.",
)
@click.pass_obj
def command(
    console: Console,
    input_dir: Path | None,
    url: str | None,
    tables: str,
    schema: str | None,
    again: bool,
    year: int | None,
    declaration: Path | None,
    shard: str | None,
) -> int:
    """Load delivery files, or tables of a database, into the lake.

    Files that did not change are left alone. A file that cannot be trusted is refused whole, the
    others are loaded, and the exit code is 4.
    """
    from etl.loaders import stage
    from etl.loaders.shards import Shard

    if input_dir is not None and (tables or schema or again):
        raise SndsOmopError(
            "SO-100",
            "--tables, --schema and --again go with --from-db",
            "--tables, --schema et --again vont avec --from-db",
            where="snds-omop stage",
        )
    source = click.get_current_context().get_parameter_source("url")
    if input_dir is not None and source is ParameterSource.COMMANDLINE:
        raise SndsOmopError(
            "SO-100",
            "give --input or --from-db, not both: one after the other, in two commands",
            "donnez --input ou --from-db, pas les deux : l'un après l'autre, en deux commandes",
            where="snds-omop stage",
        )
    if input_dir is None and (declaration is not None or shard is not None):
        raise SndsOmopError(
            "SO-100",
            "--declaration and --shard go with --input",
            "--declaration et --shard vont avec --input",
            where="snds-omop stage",
        )
    if input_dir is None and not url:
        raise SndsOmopError(
            "SO-100",
            "give --input DIR or --from-db URL",
            "donnez --input DOSSIER ou --from-db URL",
            where="snds-omop stage",
        )
    if input_dir is not None and shard is not None:
        return _shard(console, Shard.parse(shard), input_dir, year, declaration)
    with console.workspace.locked(), console.progress("staging", "chargement") as progress:
        if input_dir is not None:
            report = stage(
                input_dir,
                console.workspace,
                console.settings,
                year=year,
                declaration=declaration,
                progress=progress,
            )
        else:
            from etl.loaders.stage_database import stage_database

            report = stage_database(
                url or "",
                console.workspace,
                console.settings,
                tables=[name.strip() for name in tables.split(",") if name.strip()],
                schema=schema,
                year=year,
                again=again,
                progress=progress,
            )
    return _answer(console, report)


def _answer(console: Console, report: StageReport) -> int:
    show(console, report)
    exit_code = CATALOGUE["SO-210"].exit_code if report.refused else EXIT_OK
    return console.answer({"stage": report.model_dump(mode="json")}, exit_code)


def _shard(
    console: Console, shard: Shard, input_dir: Path, year: int | None, declaration: Path | None
) -> int:
    """Only the workspace of the shard is held: other shards run at once."""
    from etl.delivery.inventory import delivery_root
    from etl.loaders.stage_shard import stage_shard

    delivery_root(input_dir)  # no folder is made for a delivery that is not there
    with (
        shard.workspace(console.workspace).locked(),
        console.progress("staging", "chargement") as progress,
    ):
        report = stage_shard(
            input_dir,
            console.workspace,
            console.settings,
            shard,
            year=year,
            declaration=declaration,
            progress=progress,
        )
    code = _answer(console, report)
    command = console.command(f"stage --input {shlex.quote(str(input_dir))}")
    console.say(
        f"When all {shard.number} shards have ended: {command}",
        f"Quand les {shard.number} parts sont finies : {command}",
    )
    return code


def _tell_replaced(console: Console, report: StageReport) -> None:
    """What the data holder withdrew or changed, by table and year."""
    found = report.difference
    if report.replaced is None or found is None:
        return
    console.say(
        f"replaced: {report.replaced}; person keys {found.keys_before} before, "
        f"{found.keys_after} now, {found.keys_shared} in both",
        f"remplacée : {report.replaced} ; clés de personnes {found.keys_before} avant, "
        f"{found.keys_after} maintenant, {found.keys_shared} dans les deux",
    )
    for one in found.tables:
        if one.withdrawn or one.added:
            name = f"{one.table} {one.year or ''}".strip()
            console.say(
                f"  {name}: {one.before} rows before, {one.withdrawn} withdrawn or changed, "
                f"{one.added} new or changed",
                f"  {name} : {one.before} lignes avant, {one.withdrawn} retirées ou modifiées, "
                f"{one.added} nouvelles ou modifiées",
            )


# Unknown names are listed, but not all of them: a delivery may hold many other files.
_NAMES_SHOWN = 10


def show(console: Console, report: StageReport) -> None:
    """One line per problem, then the totals."""
    from etl.loaders.report import elsewhere

    unused = [*report.of("not data"), *report.of("set aside")]
    unused = [file for file in unused if file.code in ("SO-234", "SO-237")]
    for code, what, what_fr in (
        ("SO-234", "files without data", "fichiers sans données"),
        ("SO-237", "files of tables without use", "fichiers de tables sans usage"),
    ):
        names = sorted(file.name for file in unused if file.code == code)
        shown, rest = ", ".join(names[:_NAMES_SHOWN]), len(names) - _NAMES_SHOWN
        if names:
            console.say(
                f"{code} {what} ({console.number(len(names))}): {shown}"
                + (f" and {rest} more (--json names all)" if rest > 0 else ""),
                f"{code} {what_fr} ({console.number(len(names))}) : {shown}"
                + (f" et {rest} autres (--json les nomme tous)" if rest > 0 else ""),
            )
    known = elsewhere(report.files)
    for folder, files in sorted(known.items()):
        count = console.number(len(files))
        again = Clause(
            f"{count} files are those of {folder}; they were not loaded twice",
            f"{count} fichiers sont ceux de {folder} ; ils n'ont pas été chargés deux fois",
        )
        console.say(headed("SO-209", again, console.lang))
    for file in report.files:
        if file.staged_from:
            continue
        if file.error and file.status == "refused":
            console.warn(file.error.line(console.lang))
        elif file.error and file not in unused:
            console.say(file.error.line(console.lang))
        for notice in file.notices:
            console.say(notice.line(file.name, console.lang))
    counts = sorted(report.counts.items())
    rows = {name: console.number(count) for name, count in report.rows.items()}
    console.say(
        "files: " + ", ".join(f"{console.number(count)} {status}" for status, count in counts),
        "fichiers : "
        + ", ".join(f"{console.number(count)} {words_fr.FILE[status]}" for status, count in counts),
    )
    console.say(
        f"rows: {rows['read']} read, {rows['staged']} staged, {rows['quarantined']} in quarantine",
        f"lignes : {rows['read']} lues, {rows['staged']} chargées, "
        f"{rows['quarantined']} en quarantaine",
    )
    for name in report.unfinished:
        console.say(
            f"shard {name} had not finished: what it had not read was read here",
            f"la part {name} n'était pas finie : ce qu'elle n'avait pas lu l'a été ici",
        )
    if report.from_shards:
        console.say(
            f"shards had read {console.number(report.from_shards)} of these files",
            f"des parts avaient lu {console.number(report.from_shards)} de ces fichiers",
        )
    _tell_replaced(console, report)
    if report.withdrawn and report.withdrawn.rows + report.withdrawn.quarantined:
        console.say(
            f"withdrawn: {report.withdrawn.rows + report.withdrawn.quarantined} rows of excluded "
            f"persons, {report.withdrawn.keys} keys of theirs that were new",
            f"retirées : {report.withdrawn.rows + report.withdrawn.quarantined} lignes de "
            f"personnes exclues, dont {report.withdrawn.keys} clés nouvelles",
        )
    for file in report.of("removed"):
        console.say(
            f"removed: {file.name} is no longer delivered, its rows left the lake",
            f"retiré : {file.name} n'est plus livré, ses lignes ont quitté le lac",
        )
    if report.refused:
        console.warn(
            SndsOmopError(
                "SO-210", f"{len(report.refused)} files", f"{len(report.refused)} fichier(s)"
            ).line(console.lang)
        )
