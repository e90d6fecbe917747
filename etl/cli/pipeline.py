"""What `run` and `demo` print while :mod:`etl.pipeline` works, and what they answer as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl import unchanged
from etl.cli import words_fr
from etl.cli.console import Console
from etl.cli.verdict import print_verdict, verdict_answer
from etl.pipeline import Outcome, Quality, Step, Verdict, run
from etl.progress import Progress

if TYPE_CHECKING:
    from etl.loaders import StageReport
    from etl.settings import Settings
    from etl.transform import BuildReport
    from etl.workspace import Workspace

_TITLES: dict[Step, str] = {
    "stage": "1/4 stage",
    "build": "2/4 build",
    "validate": "3/4 validate",
    "release": "4/4 release",
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
        with self.console.progress(_TITLES[step]) as progress:
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
                "2/4 build: the candidate is up to date", "2/4 build : la candidate est à jour"
            )

    def judged(self, verdict: Verdict, dispositions: Mapping[str, int]) -> None:
        console = self.console
        print_verdict(console, verdict)
        _print_dispositions(console, dispositions)
        failures = {severity: count for severity, count in verdict.failures.items() if count}
        failed = ", ".join(f"{count} {severity}" for severity, count in failures.items())
        failed_fr = ", ".join(
            f"{count} {words_fr.SEVERITY[one]}" for one, count in failures.items()
        )
        console.say(
            f"  checks that fail: {failed or 0}", f"  contrôles en échec : {failed_fr or 0}"
        )
        for name, path in verdict.files.items():
            console.say(f"  {name}: {path}")


def _print_dispositions(console: Console, dispositions: Mapping[str, int]) -> None:
    """Rows by what became of them; a warning when rules excluded most of them."""
    console.say(
        "  staged rows: " + ", ".join(f"{count} {name}" for name, count in dispositions.items()),
        "  lignes chargées : "
        + ", ".join(
            f"{count} {words_fr.DISPOSITION.get(name, name)}{'s' if count > 1 else ''}"
            for name, count in dispositions.items()
        ),
    )
    judged = sum(count for name, count in dispositions.items() if name != "context")
    excluded = dispositions.get("excluded", 0)
    if judged and excluded / judged > _MUCH:
        console.warn(
            f"Rules excluded {excluded} of {judged} rows. See which, and why, in the ledger of the "
            "report before you use this candidate.",
            f"Des règles ont écarté {excluded} lignes sur {judged}. Voyez lesquelles et "
            "pourquoi dans le grand livre du rapport avant de vous servir de cette candidate.",
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
    released, seconds = answer["release"], answer["seconds"]
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
    console.say("Next:", "Ensuite :")
    for arguments in ("explain person 1", "report", "release list"):
        console.say(f"  {console.command(arguments)}")
