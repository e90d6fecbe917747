"""The gate's verdict and what was not delivered, as ``run`` and ``validate`` print them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl.cli import words_fr
from etl.cli.console import Console

if TYPE_CHECKING:
    from etl.pipeline import Verdict


def print_verdict(console: Console, verdict: Verdict) -> None:
    """The decision first, then its reasons, then what is missing without being one."""
    reasons = verdict.reasons_by_language[console.lang]
    if verdict.accepted:
        console.say("Accepted", "Acceptée", tone="good")
    elif len(reasons) == 1:
        console.warn(f"Refused, because {reasons[0]}", f"Refusée, car {reasons[0]}", tone="bad")
    else:
        console.warn(
            f"Refused, because of {len(reasons)} reasons, the gravest first:",
            f"Refusée, pour {len(reasons)} raisons, la plus grave d'abord :",
            tone="bad",
        )
        for reason in reasons:
            console.warn(f"- {reason}")
    for gap in verdict.gaps_by_language[console.lang]:
        if gap not in reasons:
            console.say(f"  missing: {gap}", f"  manque : {gap}")
    for note in verdict.notes_by_language[console.lang]:
        console.say(f"  noted: {note}", f"  à savoir : {note}")
    if verdict.undelivered:
        tables = ", ".join(verdict.undelivered)
        console.say(f"  not delivered: {tables}", f"  tables qui n'ont pas été livrées : {tables}")


def print_checks(console: Console, verdict: Verdict) -> None:
    """Checks by status, and failures by severity: the same numbers after every command."""
    counts = {status: console.number(count) for status, count in verdict.counts.items()}
    failures = {severity: count for severity, count in verdict.failures.items() if count}
    of = ", ".join(f"{console.number(count)} {one}" for one, count in failures.items())
    of_fr = ", ".join(
        f"{console.number(count)} {words_fr.SEVERITY[one]}" for one, count in failures.items()
    )
    console.say(
        f"  checks: {counts['pass']} pass, {counts['fail']} fail{f' ({of})' if of else ''}, "
        f"{counts['error']} could not run, {counts['not applicable']} do not apply",
        f"  contrôles : {counts['pass']} réussis, {counts['fail']} en échec"
        f"{f' ({of_fr})' if of_fr else ''}, {counts['error']} non exécutés, "
        f"{counts['not applicable']} sans objet",
    )


def print_reports(console: Console, verdict: Verdict) -> None:
    """Where the report is, in the language of the command first; ``--json`` names all files."""
    reports = [name for name in verdict.files if name.startswith("report_")]
    for name in sorted(reports, key=lambda one: one != f"report_{console.lang}"):
        console.say(f"  report:  {verdict.files[name]}", f"  rapport : {verdict.files[name]}")


def verdict_answer(verdict: Verdict) -> dict[str, Any]:
    """The verdict for ``--json``."""
    return {
        "accepted": verdict.accepted,
        "reasons": list(verdict.reasons),
        "gaps": list(verdict.gaps_by_language["en"]),
        "notes": list(verdict.notes_by_language["en"]),
        "undelivered": list(verdict.undelivered),
        "counts": dict(verdict.counts),
        "failures": dict(verdict.failures),
        "files": {name: str(path) for name, path in verdict.files.items()},
    }
