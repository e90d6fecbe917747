"""The gate's verdict and what was not delivered, as ``run`` and ``validate`` print them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl.cli.console import Console

if TYPE_CHECKING:
    from etl.pipeline import Verdict


def print_verdict(console: Console, verdict: Verdict) -> None:
    """The decision first, then its reasons, then what is missing without being one."""
    reasons = verdict.reasons_by_language[console.lang]
    if verdict.accepted:
        console.say("Accepted", "Acceptée")
    elif len(reasons) == 1:
        console.warn(f"Refused, because {reasons[0]}", f"Refusée, car {reasons[0]}")
    else:
        console.warn(
            f"Refused, because of {len(reasons)} reasons, the gravest first:",
            f"Refusée, pour {len(reasons)} raisons, la plus grave d'abord :",
        )
        for reason in reasons:
            console.warn(f"- {reason}")
    for gap in verdict.gaps_by_language[console.lang]:
        if gap not in reasons:
            console.say(f"  missing: {gap}", f"  manque : {gap}")
    if verdict.undelivered:
        tables = ", ".join(verdict.undelivered)
        console.say(f"  not delivered: {tables}", f"  tables qui n'ont pas été livrées : {tables}")


def verdict_answer(verdict: Verdict) -> dict[str, Any]:
    """The verdict for ``--json``."""
    return {
        "accepted": verdict.accepted,
        "reasons": list(verdict.reasons),
        "gaps": list(verdict.gaps_by_language["en"]),
        "undelivered": list(verdict.undelivered),
        "counts": dict(verdict.counts),
        "failures": dict(verdict.failures),
        "files": {name: str(path) for name, path in verdict.files.items()},
    }
