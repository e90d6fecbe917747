"""What `run` and `demo` print while :mod:`etl.pipeline` works, and what they answer as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl import unchanged
from etl.clauses import numbered
from etl.cli import words_fr
from etl.cli.console import Console
from etl.cli.site import warn_site
from etl.cli.verdict import print_checks, print_reports, print_verdict, verdict_answer
from etl.pipeline import Outcome, Quality, Step, Verdict, run
from etl.progress import Progress

if TYPE_CHECKING:
    from etl.loaders import StageReport
    from etl.settings import Settings
    from etl.transform import BuildReport
    from etl.workspace import Workspace

_TITLES: dict[Step, tuple[str, str]] = {
    "stage": ("1/4 stage", "1/4 chargement"),
    "build": ("2/4 build", "2/4 construction"),
    "validate": ("3/4 validate", "3/4 contrôle"),
    "release": ("4/4 release", "4/4 version"),
}
# A delivery that is what its names state loses a small part of its rows to rules.
_MUCH = 0.5


def run_pipeline(
    console: Console, input_dir: Path, *, year: int | None, declaration: Path | None = None
) -> int:
    """Run the sequence under the lock of the workspace; return the exit code.

    Nothing is done when neither the delivery nor anything else changed since the last release.
    """
    workspace, settings = console.workspace, console.settings
    with workspace.locked():
        delivery = unchanged.delivery_digest(input_dir, declaration, year=year)
        record = unchanged.recall(workspace, "run")
        if record and record.digest == unchanged.run_digest(workspace, settings, delivery):
            release = record.answer["release"]["id"]
            console.say(
                f"nothing changed: release {release} is current",
                f"rien n'a changé : la version {release} est en service",
            )
            return console.answer(_as_unchanged(record.answer))
        outcome = run(
            workspace,
            settings,
            input_dir,
            quality=Quality(_validate, _count_cohorts),
            listener=Printer(console),
            year=year,
            declaration=declaration,
        )
        answer = as_dict(outcome)
        if outcome.release is not None:
            digest = unchanged.run_digest(workspace, settings, delivery)
            unchanged.remember(workspace, "run", unchanged.Record(digest, answer))
    if outcome.release is not None:
        _print_release(console, answer)
        _print_summary(console, outcome)
        warn_site(console)
        _print_next(console)
    return console.answer(answer, outcome.exit_code)


def _validate(workspace: Workspace, settings: Settings, progress: Progress) -> Verdict:
    from data_quality import validate

    return validate(workspace, settings, progress=progress)


def _count_cohorts(workspace: Workspace, settings: Settings) -> object:
    from data_quality.cohorts import run_cohorts

    return run_cohorts(workspace, settings)


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints each step on a console."""

    console: Console

    @contextmanager
    def step(self, step: Step) -> Iterator[Progress]:
        with self.console.progress(*_TITLES[step]) as progress:
            yield progress

    def staged(self, report: StageReport) -> None:
        from etl.cli.stage import show

        show(self.console, report)

    def demo_vocabulary(self) -> None:
        self.console.warn(
            "vocabulary: the demo one. Codes it does not know get concept 0; load a bundle with "
            "`snds-omop vocab load --athena PATH` before you analyse.",
            "vocabulaire : celui de démonstration. Les codes qu'il ignore ont le concept 0 ; "
            "chargez un lot par `snds-omop vocab load --athena CHEMIN` avant toute analyse.",
        )

    def built(self, report: BuildReport | None) -> None:
        if report is None:
            self.console.say(
                "2/4 build: the candidate is up to date",
                "2/4 construction : la candidate est à jour",
            )

    def judged(self, verdict: Verdict, dispositions: Mapping[str, int]) -> None:
        console = self.console
        print_verdict(console, verdict)
        _print_dispositions(console, dispositions)
        print_checks(console, verdict)
        print_reports(console, verdict)


def _print_dispositions(console: Console, dispositions: Mapping[str, int]) -> None:
    """Rows by what became of them; a warning when rules excluded most of them."""
    console.say(
        "  staged rows: "
        + ", ".join(f"{console.number(count)} {name}" for name, count in dispositions.items()),
        "  lignes chargées : "
        + ", ".join(
            f"{console.number(count)} {words_fr.DISPOSITION.get(name, name)}"
            f"{'s' if count > 1 else ''}"
            for name, count in dispositions.items()
        ),
    )
    judged = sum(count for name, count in dispositions.items() if name != "context")
    excluded = dispositions.get("excluded", 0)
    if judged and excluded / judged > _MUCH:
        console.warn(
            f"Rules excluded {console.number(excluded)} of {console.number(judged)} rows. See "
            "which, and why, in the ledger of the report before you use this candidate.",
            f"Des règles ont écarté {console.number(excluded)} lignes sur "
            f"{console.number(judged)}. Voyez lesquelles et pourquoi dans le grand livre du "
            "rapport avant de vous servir de cette candidate.",
        )


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """The outcome for ``--json``; steps that were not reached are left out."""
    stage, verdict, built = outcome.stage, outcome.verdict, outcome.build
    answer: dict[str, Any] = {
        "stage": {
            "files": stage.counts,
            "rows": stage.rows,
            "refused": [file.name for file in stage.refused],
            "set_aside": [file.name for file in stage.of("set aside")],
            "not_data": [file.name for file in stage.of("not data")],
        }
    }
    if verdict is None:
        return answer
    build: dict[str, Any] = {"nodes": 0, "up_to_date": True}
    if built is not None:
        build = {"nodes": built.nodes, "seconds": round(built.seconds, 1)}
    answer |= {
        "vocabulary": {"version": outcome.vocabulary},
        "build": build,
        "validate": verdict_answer(verdict) | {"rows": dict(outcome.dispositions or {})},
    }
    if outcome.release is not None:
        made = outcome.release
        answer["release"] = {
            "id": made.id,
            "new": made.is_new,
            "path": str(made.path),
            "database": str(made.database),
        }
        answer["seconds"] = round(outcome.seconds, 1)
    return answer


def _as_unchanged(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the run that did the work, as it is when nothing is left to do."""
    files: Counter[str] = Counter()
    for fate, count in answer["stage"]["files"].items():
        files["unchanged" if fate == "staged" else fate] += count
    return {
        **answer,
        "stage": {**answer["stage"], "files": dict(files)},
        "build": {"nodes": 0, "up_to_date": True},
        "release": {**answer["release"], "new": False},
        "up_to_date": True,
    }


def _print_release(console: Console, answer: Mapping[str, Any]) -> None:
    released, seconds = answer["release"], round(answer["seconds"])
    console.say()
    console.say(
        f"Release {released['id']} is current ({seconds} s).",
        f"La version {released['id']} est en service ({seconds} s).",
        tone="good",
    )
    console.say(f"  CDM:      {released['database']}", f"  CDM :      {released['database']}")
    console.say(
        f"  manifest: {released['path']}/MANIFEST.json",
        f"  manifeste : {released['path']}/MANIFEST.json",
    )
    console.say(
        f"  quality:  {released['path']}/quality/", f"  qualité :   {released['path']}/quality/"
    )


def _print_summary(console: Console, outcome: Outcome) -> None:
    """The whole in two sentences, which may be read to someone as they stand."""
    verdict, release = outcome.verdict, outcome.release
    if verdict is None or release is None:
        return
    persons = next((one.rows for one in release.manifest.tables if one.table == "person"), 0)
    applied = verdict.counts["pass"] + verdict.counts["fail"]
    rows = outcome.dispositions or {}
    number = console.number
    held = numbered(persons, ("person", "persons"), ("personne", "personnes"))
    console.say(
        f"It holds {held.english}. Of {number(sum(rows.values()))} "
        f"rows loaded, {number(rows.get('event', 0))} gave an event; every other row is accounted "
        f"for. Of {number(applied)} checks that apply, {number(verdict.counts['fail'])} fail, and "
        "none of them is a reason to refuse the release.",
        f"Elle contient {held.french}. Sur "
        f"{number(sum(rows.values()))} lignes chargées, {number(rows.get('event', 0))} ont donné "
        "un événement ; chacune des autres est justifiée. Sur "
        f"{number(applied)} contrôles applicables, {number(verdict.counts['fail'])} sont en échec, "
        "et aucun n'est un motif de refus.",
    )


def _print_next(console: Console) -> None:
    console.say("Next:", "Ensuite :")
    for arguments in ("explain person 1", "report", "release list"):
        console.say(f"  {console.command(arguments)}")
