"""Runs the algorithms on a release and writes what a steward reads: tables and two pages.

Numbers are exact: the folder is for use inside the zone.
"""

# ruff: noqa: S608 - SQL is made of names of this package.

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.loaders.manifest import Delivery
from etl.progress import Progress, Silent
from etl.publish.source import CATALOG, opened
from etl.publish.writers import write_json, write_table
from etl.release import audit_log
from etl.release.store import Release
from etl.resources import mappings_dir
from etl.settings import Settings
from etl.study.targeting import cdm, counting, raw
from etl.study.targeting.counting import Counted
from etl.study.targeting.criteria import Algorithm, algorithms
from etl.workspace import Workspace

REASONS: Mapping[str, Clause] = {
    "not_in_cdm": Clause(
        "raw persons who are not in the CDM, or who are one person there",
        "personnes des tables brutes absentes du CDM, ou qui n'y sont qu'une personne",
    ),
    "code_without_concept": Clause(
        "the vocabulary has no concept for their code",
        "le vocabulaire n'a pas de concept pour leur code",
    ),
    "other_domain": Clause(
        "their code is in another domain than conditions, where no place is kept",
        "leur code est d'un autre domaine que les diagnostics, où aucune place n'est gardée",
    ),
    "place_merged": Clause(
        "the diagnosis stands in a stronger place of the stay, which alone is kept (R32)",
        "le diagnostic figure à une place plus forte du séjour, seule gardée (R32)",
    ),
    "other_product": Clause(
        "found in rows of another table of the SNDS",
        "trouvées par des lignes d'une autre table du SNDS",
    ),
    "other_stay": Clause(
        "found when codes need not meet in one stay",
        "trouvées si les codes n'ont pas à se rencontrer dans un séjour",
    ),
    "other_date": Clause("found at another date", "trouvées à une autre date"),
    "fewer_days": Clause("found with fewer days", "trouvées avec moins de jours"),
    counting.RULE: Clause(
        "rows excluded by a rule (below), or a reason that was not found",
        "lignes exclues par une règle (ci-dessous), ou raison non trouvée",
    ),
    "gained": Clause(
        "found by source concepts and not by the raw query",
        "trouvées par les concepts source et non par la requête brute",
    ),
    "no_standard_concept": Clause(
        "their codes map to no standard concept of the algorithm",
        "leurs codes n'ont aucun concept standard de l'algorithme",
    ),
    "pack_unknown": Clause(
        "the size of a pack is unknown to standard concepts",
        "la taille du conditionnement est inconnue des concepts standard",
    ),
    "place_not_kept": Clause(
        "the place of the diagnosis is not kept by its status concept",
        "la place du diagnostic n'est pas gardée par le concept de statut",
    ),
    counting.WIDER: Clause(
        "other codes map to the same concept or one below it (codes in the table)",
        "d'autres codes ont le même concept ou un plus précis (codes dans le tableau)",
    ),
    "added_product": Clause(
        "standard concepts do not separate other care (SSR, HAD, psychiatry, ALD)",
        "les concepts standard ne séparent pas d'autres soins (SSR, HAD, psychiatrie, ALD)",
    ),
}


@dataclass(frozen=True, slots=True)
class Targeted:
    """What was written."""

    folder: Path
    year: int
    counted: tuple[Counted, ...]


def run_targeting(
    workspace: Workspace,
    release: Release,
    folder: Path,
    settings: Settings,
    year: int | None = None,
    progress: Progress | None = None,
) -> Targeted:
    """Count every algorithm three ways; write tables and pages.

    Args:
        folder: a new or empty folder.
        year: the year ``n``; None: the last one that the release observes wholly.

    Raises:
        SndsOmopError: SO-114 for a folder that holds something, SO-166 when the lake is not the
            one that the release was made of, SO-903 and SO-904 for a changed release.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SndsOmopError(
            "SO-114", "it would be overwritten", "il serait écrasé", where=str(folder)
        )
    _require_lake(workspace, release)
    progress = progress or Silent()
    listed = algorithms()
    with opened(workspace, release, settings.engine) as source:
        connection = source.connection
        raw.attach_lake(connection, workspace.lake)
        raw.prepare(connection)
        chosen = year if year is not None else _last_year(connection)
        progress.total(len(listed))
        counted = []
        for one in listed:
            counted.append(counting.count(connection, one, chosen))
            progress.advance(1, one.algorithm)
        rules = {one.algorithm: _rules(connection, one) for one in listed}
    folder.mkdir(parents=True, exist_ok=True)
    _write_tables(folder, counted, rules)
    for lang in ("en", "fr"):
        page = _page(lang, release, chosen, listed, counted, rules)
        (folder / f"targeting_{lang}.md").write_text(page, encoding="utf-8")
    audit_log.append(workspace, "study targeting", release=release.id, rows_out=len(counted))
    return Targeted(folder, chosen, tuple(counted))


def _require_lake(workspace: Workspace, release: Release) -> None:
    """The raw tables must be those that the release was made of, file by file."""
    now = {one.sha256 for one in Delivery.load(workspace.manifest).files}
    then = {one.sha256 for one in release.manifest.inputs if one.fate == "loaded"}
    if now != then:
        raise SndsOmopError(
            "SO-166",
            f"{len(now - then)} files were staged since, {len(then - now)} are gone",
            f"{len(now - then)} fichiers chargés depuis, {len(then - now)} absents",
            where=release.id,
        )


def _last_year(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute(
        "select year(max(observation_period_end_date) + 1) - 1 "
        f"from {CATALOG}.cdm.observation_period"
    ).fetchone()
    return int(row[0]) if row and row[0] else 0


def _rules(
    connection: duckdb.DuckDBPyConnection, algorithm: Algorithm
) -> list[tuple[str, str, int]]:
    """Rows of the algorithm's tables that a rule excluded: rule, table, rows."""
    tables = {name for one in algorithm.criteria for name in cdm.TABLES[one.source]}
    return [
        (str(rule), str(table), int(rows))
        for rule, table, rows in connection.execute(
            f"""
            select rule_id, source_table, sum(n_rows)::bigint
            from {CATALOG}.audit.ledger
            where
                rule_id is not null and disposition in ('excluded', 'cancelled', 'merged')
                and source_table in (select unnest($1::varchar[]))
            group by all
            order by 1, 2
            """,
            [sorted(tables)],
        ).fetchall()
    ]


def reasons(one: Counted) -> list[tuple[str, str, int]]:
    """Step (``raw → source`` or ``source → standard``), reason, persons with their sign."""
    first, second = "raw → source", "source → standard"
    found = [(first, "not_in_cdm", -one.not_in_cdm)]
    found += [(first, reason, -number) for reason, number in one.lost.items()]
    found.append((first, "gained", one.gained))
    found += [(second, reason, -number) for reason, number in one.unmapped.items()]
    found += [
        (second, "added_product" if reason == counting.OTHER_PRODUCT else reason, number)
        for reason, number in one.added.items()
    ]
    return [entry for entry in found if entry[2]]


def _write_tables(
    folder: Path,
    counted: Sequence[Counted],
    rules: Mapping[str, Sequence[tuple[str, str, int]]],
) -> None:
    write_table(
        folder / "counts.csv",
        ["algorithm", "raw", "source_concepts", "standard_concepts"],
        [[one.algorithm, one.raw, one.source, one.standard] for one in counted],
    )
    write_table(
        folder / "differences.csv",
        ["algorithm", "step", "reason", "persons"],
        [[one.algorithm, *entry] for one in counted for entry in reasons(one)],
    )
    write_table(
        folder / "missing_codes.csv",
        ["algorithm", "criterion", "code", "source_concepts", "mapped"],
        [
            [one.algorithm, code.criterion, code.code, code.source_concepts, code.mapped]
            for one in counted
            for code in one.missing
        ],
    )
    write_table(
        folder / "other_codes.csv",
        ["algorithm", "code", "persons"],
        [[one.algorithm, *entry] for one in counted for entry in one.others],
    )
    write_table(
        folder / "rules.csv",
        ["algorithm", "rule_id", "source_table", "rows"],
        [[name, *entry] for name, entries in rules.items() for entry in entries],
    )
    write_json(
        folder / "targeting.json",
        {
            one.algorithm: {
                "raw": one.raw,
                "source_concepts": one.source,
                "standard_concepts": one.standard,
                "balances": one.balances,
            }
            for one in counted
        },
    )


def _page(
    lang: str,
    release: Release,
    year: int,
    listed: Sequence[Algorithm],
    counted: Sequence[Counted],
    rules: Mapping[str, Sequence[tuple[str, str, int]]],
) -> str:
    english = lang == "en"
    titles = {one.algorithm: one.title_en if english else one.title_fr for one in listed}
    named = _rule_titles(lang)
    lines = [
        "# Targeting algorithms, counted three ways"
        if english
        else "# Algorithmes de ciblage, comptés de trois façons",
        "",
        (
            f"Release {release.id}, year {year}. Exact counts: this page stays in the zone."
            if english
            else f"Version {release.id}, année {year}. Effectifs exacts : cette page reste dans la "
            "zone."
        ),
        "",
        "| algorithm | raw SNDS | source concepts | standard concepts |"
        if english
        else "| algorithme | SNDS brut | concepts source | concepts standard |",
        "|---|---:|---:|---:|",
        *(f"| {titles[one.algorithm]} | {one.raw} | {one.source} | {one.standard} |"
          for one in counted),
    ]  # fmt: skip
    for one in counted:
        lines += ["", f"## {titles[one.algorithm]}", ""]
        lines += [
            f"- {step}, {number:+d}{'' if english else ' '}: {REASONS[reason].say(lang)}"
            for step, reason, number in reasons(one)
        ] or ["- no difference" if english else "- aucune différence"]
        if one.others:
            codes = ", ".join(f"{code} ({number})" for code, number in one.others)
            lines.append(f"- other codes: {codes}" if english else f"- autres codes : {codes}")
        absent = [code.code for code in one.missing if not code.source_concepts]
        unmapped = [code.code for code in one.missing if code.source_concepts]
        if absent:
            codes = ", ".join(dict.fromkeys(absent))
            lines.append(
                f"- not in the vocabulary: {codes}"
                if english
                else f"- absents du vocabulaire : {codes}"
            )
        if unmapped:
            codes = ", ".join(dict.fromkeys(unmapped))
            lines.append(
                f"- not all mapped: {codes}" if english else f"- pas tous alignés : {codes}"
            )
        lines += [
            f"- {table}, {rule}{'' if english else ' '}: {rows} "
            f"{'rows' if english else 'lignes'} ({named.get(rule, '')})"
            for rule, table, rows in rules[one.algorithm]
        ]
    return "\n".join(lines) + "\n"


def _rule_titles(lang: str) -> dict[str, str]:
    path = mappings_dir() / "rules" / "snds_rules.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["rule_id"]: row[f"title_{lang}"] for row in csv.DictReader(handle)}
