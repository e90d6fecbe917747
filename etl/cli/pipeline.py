"""The road of `run` and `demo`: stage, vocabulary, build, validate, release."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from etl.cli import words_fr
from etl.cli.console import Console
from etl.errors import CATALOGUE, SndsOmopError


def run_pipeline(console: Console, input_dir: Path, *, year: int | None) -> int:
    """From delivery files to a release; each step skips what is already done.

    Returns:
        0, or 3 when the gate refused, or 4 when a file was refused.
    """
    begun = time.monotonic()
    with console.workspace.locked():
        staged = _stage(console, input_dir, year)
        if staged["refused"]:
            return console.answer({"stage": staged}, CATALOGUE["SO-210"].exit_code)
        changed = set(staged["files"]) - {"unchanged", "ignored"}
        vocabulary = _vocabulary(console, is_stale=bool(changed))
        built = _build(console)
        validated, exit_code = _validate(console)
        outcome: dict[str, Any] = {
            "stage": staged,
            "vocabulary": vocabulary,
            "build": built,
            "validate": validated,
        }
        if exit_code:
            return console.answer(outcome, exit_code)
        outcome["release"] = _release(console)
    outcome["seconds"] = round(time.monotonic() - begun, 1)
    _tell(console, outcome)
    return console.answer(outcome)


def _stage(console: Console, input_dir: Path, year: int | None) -> dict[str, Any]:
    from etl.cli.stage import tell
    from etl.loaders import stage

    with console.progress("1/4 stage") as progress:
        report = stage(input_dir, console.workspace, console.settings, year=year, progress=progress)
    tell(console, report)
    if not report.refused and not report.rows["staged"] and not report.counts.get("unchanged"):
        raise SndsOmopError(
            "SO-109", "nothing to load", "il n'y a rien à charger", where=str(input_dir)
        )
    return {
        "files": report.counts,
        "rows": report.rows,
        "refused": [file.name for file in report.refused],
        "ignored": [file.name for file in report.of("ignored")],
    }


def _vocabulary(console: Console, *, is_stale: bool) -> dict[str, Any]:
    """A real bundle stays; without one the demo vocabulary is loaded, and said to be a demo.

    Args:
        is_stale: files changed, the drug packs (IR_PHA_R) perhaps among them.
    """
    from etl.vocabulary import load_demo, loaded_version

    version = loaded_version(console.workspace)
    if version is None or (version.is_demo and is_stale):
        load_demo(console.workspace, console.settings)
        console.warn(
            "vocabulary: the demo one. Codes it does not know get concept 0; load a bundle with "
            "`snds-omop vocab load --athena PATH` before you analyse.",
            "vocabulaire : celui de démonstration. Les codes qu'il ignore ont le concept 0 ; "
            "chargez un lot par `snds-omop vocab load --athena CHEMIN` avant toute analyse.",
        )
        version = loaded_version(console.workspace)
    return {"version": version.vocabulary_version if version else None}


def _build(console: Console) -> dict[str, Any]:
    from etl.cli.build import scope, tell
    from etl.transform import build, is_current

    if is_current(console.workspace, console.settings):
        console.say("2/4 build: the candidate is up to date", "2/4 build : la candidate est à jour")
        return {"nodes": 0, "up_to_date": True}
    with console.progress("2/4 build") as progress:
        report = build(console.workspace, console.settings, progress=progress)
    tell(console, report)
    return {"nodes": report.nodes, "seconds": round(report.seconds, 1), **scope(report)}


def _validate(console: Console) -> tuple[dict[str, Any], int]:
    from data_quality import validate

    with console.progress("3/4 validate") as progress:
        verdict = validate(console.workspace, console.settings, progress=progress)
    if not verdict.accepted:
        console.warn(
            "The gate refused; the candidate stays aside and no release was made:",
            "Le contrôle a refusé ; la candidate reste de côté et aucune version n'est faite :",
        )
        for reason in verdict.reasons_by_language[console.lang]:
            console.warn(f"- {reason}")
    fates = _fates(console)
    failures = {severity: count for severity, count in verdict.failures.items() if count}
    failed = ", ".join(f"{count} {severity}" for severity, count in failures.items())
    failed_fr = ", ".join(f"{count} {words_fr.SEVERITY[one]}" for one, count in failures.items())
    console.say(f"  checks that fail: {failed or 0}", f"  contrôles en échec : {failed_fr or 0}")
    files = {name: str(path) for name, path in verdict.files.items()}
    for name, path in files.items():
        console.say(f"  {name}: {path}")
    return {
        "accepted": verdict.accepted,
        "reasons": list(verdict.reasons),
        "counts": dict(verdict.counts),
        "failures": dict(verdict.failures),
        "rows": fates,
        "files": files,
    }, verdict.exit_code


# Rules set aside a small part of a delivery that is what it seems to be.
_MUCH = 0.5


def _fates(console: Console) -> dict[str, int]:
    """What became of the staged rows, told; loudly when rules set most of them aside."""
    import duckdb

    with duckdb.connect(str(console.workspace.candidate), read_only=True) as candidate:
        fates: dict[str, int] = dict(
            candidate.execute(
                "select disposition, sum(n_rows)::bigint as n_rows from audit.ledger "
                "group by disposition order by n_rows desc, disposition"
            ).fetchall()
        )
    console.say(
        "  staged rows: " + ", ".join(f"{count} {fate}" for fate, count in fates.items()),
        "  lignes chargées : "
        + ", ".join(
            f"{count} {words_fr.DISPOSITION.get(fate, fate)}{'s' if count > 1 else ''}"
            for fate, count in fates.items()
        ),
    )
    judged = sum(count for fate, count in fates.items() if fate != "context")
    excluded = fates.get("excluded", 0)
    if judged and excluded / judged > _MUCH:
        console.warn(
            f"Rules excluded {excluded} of {judged} rows. See which, and why, in the ledger of the "
            "report before you use this candidate.",
            f"Des règles ont écarté {excluded} lignes sur {judged}. Voyez lesquelles et "
            "pourquoi dans le grand livre du rapport avant de vous servir de cette candidate.",
        )
    return fates


def _release(console: Console) -> dict[str, Any]:
    from data_quality.cohorts import run_cohorts
    from etl import release

    with console.progress("4/4 release") as progress:
        run_cohorts(console.workspace, console.settings)
        made = release.create(console.workspace, console.settings, progress=progress)
    return {
        "id": made.id,
        "new": made.is_new,
        "path": str(made.path),
        "database": str(made.database),
    }


def _tell(console: Console, outcome: dict[str, Any]) -> None:
    released, seconds = outcome["release"], outcome["seconds"]
    console.say()
    console.say(
        f"Release {released['id']} is current ({seconds} s).",
        f"La version {released['id']} est en service ({seconds} s).",
    )
    console.say(f"  CDM       {released['database']}")
    console.say(
        f"  manifest  {released['path']}/MANIFEST.json",
        f"  manifeste {released['path']}/MANIFEST.json",
    )
    console.say(
        f"  quality   {released['path']}/quality/", f"  qualité   {released['path']}/quality/"
    )
    console.say(
        "Next: snds-omop explain person 1 · snds-omop report · snds-omop release list",
        "Ensuite : snds-omop explain person 1 · snds-omop report · snds-omop release list",
    )
