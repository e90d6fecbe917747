"""``snds-omop vocab``: load, check and measure vocabularies and mappings."""

from __future__ import annotations

from pathlib import Path

import click

from etl.clauses import Clause
from etl.cli import words_fr
from etl.cli.console import Console
from etl.errors import EXIT_INPUT

_FOLDER = click.Path(path_type=Path, file_okay=False)
_PATH = click.Path(path_type=Path)


@click.group(name="vocab")
def command() -> None:
    """Load, check and measure vocabularies and mappings."""


@command.command()
@click.option(
    "--athena", type=_PATH, help="Bundle of Athena: a folder or a zip. Default: the demo."
)
@click.pass_obj
def load(console: Console, athena: Path | None) -> int:
    """Write the vocabulary and the resolution tables to the lake."""
    from etl.vocabulary import load_athena, load_demo

    workspace = console.workspace
    with workspace.locked(), console.progress("vocabulary", "vocabulaire"):
        if athena:
            loaded = load_athena(workspace, athena, console.settings)
        else:
            loaded = load_demo(workspace, console.settings)
    for warning in loaded.warnings:
        console.warn(warning.say(console.lang))
    concepts = f"{console.number(loaded.rows['concept'])} concepts"
    console.say(
        f"{loaded.vocabulary_version}: {concepts}", f"{loaded.vocabulary_version} : {concepts}"
    )
    return console.answer(
        {
            "vocabulary_version": loaded.vocabulary_version,
            "is_demo": loaded.is_demo,
            "rows": loaded.rows,
            "warnings": [warning.say(console.lang) for warning in loaded.warnings],
        }
    )


@command.command()
@click.option("--nomenclatures", type=_FOLDER, help="Value tables of the SNDS: do codes exist?")
@click.pass_obj
def check(console: Console, nomenclatures: Path | None) -> int:
    """Check every mapping file; against the loaded vocabulary too when it is a real one."""
    from etl.vocabulary.check import check as check_all
    from etl.vocabulary.findings import errors
    from etl.vocabulary.nomenclature import read_nomenclatures

    held = read_nomenclatures(nomenclatures) if nomenclatures else None
    one_person = console.settings.mappings.one_person
    findings = check_all(console.workspace, held, one_person=one_person)
    broken = errors(findings)
    for finding in findings:
        console.warn(finding.line(console.lang))
    console.say(
        f"{len(broken)} errors, {len(findings) - len(broken)} warnings",
        f"{len(broken)} erreurs, {len(findings) - len(broken)} avertissements",
    )
    rows = [
        {
            "code": one.code,
            "severity": one.severity,
            "where": one.where,
            "message": one.clause.say(console.lang),
        }
        for one in findings
    ]
    return console.answer({"findings": rows}, EXIT_INPUT if broken else 0)


@command.command()
@click.option("--by-year", is_flag=True, help="One line per year.")
@click.option("--output", type=_PATH, help="A CSV file; counts under the minimum are hidden.")
@click.option("--reference", type=_PATH, help="National counts instead: a folder or a CSV file.")
@click.option("--missing", type=_PATH, help="With --reference: a CSV file of codes without target.")
@click.pass_obj
def coverage(
    console: Console,
    by_year: bool,
    output: Path | None,
    reference: Path | None,
    missing: Path | None,
) -> int:
    """How much of the candidate reaches a standard concept, by code and by record.

    With --reference: how much of the country's care would, by published counts of each code.
    """
    from etl.vocabulary.coverage import (
        read_codes,
        read_parts,
        shareable,
        summarise,
        visits_without_act,
        write_rows,
    )
    from etl.vocabulary.masking import masked, text

    if reference:
        return _national(console, reference, output, missing)
    if missing:
        raise click.UsageError("--missing needs --reference")
    codes = read_codes(console.workspace, by_year=by_year)
    lines = summarise(read_parts(console.workspace), codes, by_year=by_year)
    rows = shareable(lines, console.settings.privacy.minimum_count)
    for row in rows:
        precise, broad, empty = (
            Clause(f"{row[column]} %", f"{row[column]} %")
            if row[column]
            else Clause("hidden", "masqué")
            for column in ("percent_precise", "percent_wider", "percent_uninformative")
        )
        place = f"{row['domain']:<22}{row['source_vocabulary']:<12}{row['source_year']:<6}"
        codes_share = row["percent_codes"]
        console.say(
            f"{place}records: precise {precise.english:<10} wider {broad.english:<10} "
            f"uninformative {empty.english:<10} codes {codes_share} %",
            f"{place}lignes : précises {precise.french:<10} larges {broad.french:<10} "
            f"non informatives {empty.french:<10} codes {codes_share} %",
        )
    acts = visits_without_act(console.workspace)
    counts = masked([n_records for _, n_records in acts], console.settings.privacy.minimum_count)
    without_act = {kind: text(count) for (kind, _), count in zip(acts, counts, strict=True)}
    if without_act:
        shown = ", ".join(f"{kind} {count}" for kind, count in without_act.items())
        console.say(
            f"visits without a procedure (no code names the act, lines): {shown}",
            f"recours sans acte (aucun code ne nomme l'acte, lignes) : {shown}",
        )
    if output:
        write_rows(output, rows)
        console.say(f"written: {output}", f"écrit : {output}")
    return console.answer({"coverage": rows, "visits_without_act": without_act})


def _national(console: Console, reference: Path, output: Path | None, missing: Path | None) -> int:
    from etl.vocabulary.coverage import write_rows
    from etl.vocabulary.national import measure, read_references

    lines, open_codes = measure(console.workspace, read_references(reference))
    rows = [
        {
            "reference": line.title.say(console.lang),
            "source_vocabulary": line.source_vocabulary,
            "codes": str(line.n_codes),
            "records": str(line.n_records),
            "percent_precise": f"{line.precise:.1f}",
            "percent_wider": f"{line.wider:.1f}",
            "percent_mapped": f"{line.mapped:.1f}",
            "percent_uninformative": f"{line.uninformative:.1f}",
        }
        for line in lines
    ]
    for row in rows:
        place = f"{row['source_vocabulary']:<8}{row['reference']}"
        console.say(
            f"{place}: precise {row['percent_precise']} %, wider {row['percent_wider']} %, "
            f"uninformative {row['percent_uninformative']} %",
            f"{place} : précis {row['percent_precise']} %, larges {row['percent_wider']} %, "
            f"non informatifs {row['percent_uninformative']} %",
        )
    left = [
        {
            "source_vocabulary": code.source_vocabulary,
            "source_code": code.source_code,
            "n_records": str(code.n_records),
            "percent": f"{code.percent:.3f}",
        }
        for code in open_codes
    ]
    for path, table in ((output, rows), (missing, left)):
        if path:
            write_rows(path, table)
            console.say(f"written: {path}", f"écrit : {path}")
    return console.answer({"coverage": rows, "codes_without_target": len(left)})


@command.command()
@click.option("--wider", is_flag=True, help="Also codes that only reach a wider concept.")
@click.option("--suggest", "with_candidates", is_flag=True, help="Add lexical candidates.")
@click.option("--output", type=_FOLDER, help="Default: quality/mapping of the workspace.")
@click.pass_obj
def unmapped(console: Console, wider: bool, with_candidates: bool, output: Path | None) -> int:
    """Write what is left to map, one Usagi file per vocabulary, most frequent first."""
    from etl.vocabulary.coverage import write_rows
    from etl.vocabulary.suggest import suggest as find
    from etl.vocabulary.worklist import natures_without_visit, open_codes, usagi_rows

    codes = open_codes(console.workspace, wider=wider)
    candidates: dict[str, list[str]] = {}
    if with_candidates:
        found = find(console.workspace, codes)
        candidates = {code: [one.text for one in several] for code, several in found.items()}
    codes += natures_without_visit(console.workspace)
    files = usagi_rows(codes, console.settings.privacy.minimum_count, candidates)
    folder = output or console.workspace.quality / "mapping"
    for vocabulary, rows in files.items():
        write_rows(folder / f"{vocabulary}.todo.csv", rows)
        console.say(
            f"{vocabulary}: {len(rows)} code{'s' if len(rows) > 1 else ''} to look at",
            f"{vocabulary} : {len(rows)} code{'s' if len(rows) > 1 else ''} à regarder",
        )
    if files:
        console.say(f"written: {folder}", f"écrit : {folder}")
    else:
        console.say(
            "every code reaches a standard concept", "chaque code mène à un concept standard"
        )
    return console.answer(
        {"folder": folder, "codes": {name: len(rows) for name, rows in files.items()}}
    )


@command.command()
@click.option("--output", type=_FOLDER, help="Default: quality/mapping of the workspace.")
@click.pass_obj
def suggest(console: Console, output: Path | None) -> int:
    """Write lexical candidates for unmapped codes; a person must approve each of them."""
    from etl.vocabulary.mapping_file import write_mapping_file
    from etl.vocabulary.suggest import suggest as find
    from etl.vocabulary.suggest import suggestion_rows
    from etl.vocabulary.worklist import open_codes

    codes = open_codes(console.workspace)
    with console.progress("suggestions"):
        found = find(console.workspace, codes)
    folder = output or console.workspace.quality / "mapping"
    counts = {}
    for vocabulary in sorted({code.vocabulary_id for code in codes}):
        members = [code for code in codes if code.vocabulary_id == vocabulary]
        rows = suggestion_rows(members, found)
        write_mapping_file(folder / f"{vocabulary}.suggested.csv", rows)
        counts[vocabulary] = len(rows)
        console.say(
            f"{vocabulary}: {len(rows)} of {len(members)} codes have a candidate",
            f"{vocabulary} : {len(rows)} codes sur {len(members)} ont une proposition",
        )
    return console.answer({"folder": folder, "suggested": counts})


@command.command(name="import")
@click.argument("export", type=_PATH)
@click.option("--vocabulary", required=True, help="For example SNDS_CCAM.")
@click.option("--project", is_flag=True, help="Into the project's file, not the site's own.")
@click.pass_obj
def import_(console: Console, export: Path, vocabulary: str, project: bool) -> int:
    """Take in a file exported by Usagi; refused whole when a line breaks a rule."""
    from etl.vocabulary.exchange import import_usagi

    with console.workspace.locked():
        taken = import_usagi(
            console.workspace,
            export,
            vocabulary,
            into_project=project,
            one_person=console.settings.mappings.one_person,
        )
    console.say(
        f"{taken} codes taken in; run `snds-omop vocab load` to use them",
        f"{taken} codes repris ; lancez `snds-omop vocab load` pour vous en servir",
    )
    return console.answer({"codes": taken})


@command.command()
@click.option("--output", type=_FOLDER, required=True, help="Folder of the SSSOM files.")
@click.pass_obj
def export(console: Console, output: Path) -> int:
    """Write approved mappings as SSSOM, one file per vocabulary."""
    from etl.vocabulary.exchange import export_sssom
    from etl.vocabulary.mappings import site_mappings

    counts = export_sssom(output, site_mappings(console.workspace))
    console.say(
        f"{sum(counts.values())} mappings in {len(counts)} files: {output}",
        f"{sum(counts.values())} alignements dans {len(counts)} fichiers : {output}",
    )
    return console.answer({"mappings": counts})


@command.command()
@click.pass_obj
def register(console: Console) -> int:
    """Give ids to codes of the project's mapping files that have none (for maintainers)."""
    from etl import __version__
    from etl.vocabulary.register import register_mapped_codes

    counts = register_mapped_codes(__version__)
    console.say(f"{sum(counts.values())} new ids", f"{sum(counts.values())} nouveaux identifiants")
    return console.answer({"new_ids": counts})


@command.command()
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.option("--output", type=_PATH, help="A CSV file of what changed.")
@click.pass_obj
def diff(console: Console, old: Path, new: Path, output: Path | None) -> int:
    """What a new vocabulary changes for approved mappings (bundles, or lake/vocabulary)."""
    from etl.vocabulary.coverage import write_rows
    from etl.vocabulary.diff import change_rows, compare, totals

    changes = compare(console.workspace, console.settings, old, new)
    minimum = console.settings.privacy.minimum_count
    rows = change_rows(changes, minimum)
    for state, (codes, records) in totals(changes).items():
        english = f"{state:<18}{codes:>7,} mappings"
        french = f"{words_fr.MAPPING[state]:<18}{console.number(codes):>7} alignements"
        if records is not None and not 0 < records < minimum:
            english += f", {records:,} records"
            french += f", {console.number(records)} lignes"
        console.say(english, french)
    if output:
        write_rows(output, rows)
        console.say(f"written: {output}", f"écrit : {output}")
    return console.answer({"changes": rows})
