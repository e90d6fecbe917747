"""Checks a candidate, writes what was found, and lets the gate decide."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from data_quality import dqd, figures, results
from data_quality.checks.catalogue import CATALOGUE_VERSION, catalogue
from data_quality.checks.measures import Context, measure_of
from data_quality.checks.model import Result, Severity, Status
from data_quality.completeness import (
    FutureDay,
    Shortfall,
    future_days,
    measure_shortfalls,
    undelivered,
    with_accepted,
)
from data_quality.engine.alone import alone
from data_quality.engine.candidate import Candidate, opened
from data_quality.engine.impact import source_files, with_impact
from data_quality.engine.relations import relations
from data_quality.engine.scans import Scanner, measure_all
from data_quality.engine.statuses import decide
from data_quality.figures import measure_figures
from data_quality.gate import (
    Judgement,
    Policy,
    Reason,
    gap_text,
    judge,
    judge_suites,
    read_policy,
    read_waivers,
)
from data_quality.report.rendering import report_path, write_reports
from data_quality.suites import outcomes
from data_quality.suites.outcomes import Suites
from data_quality.texts import LANGUAGES, text
from data_quality.words import DUCKDB
from etl.clauses import of_system
from etl.delivery.declaration import recorded
from etl.errors import EXIT_GATE, EXIT_OK, SndsOmopError
from etl.faults import RESOURCES, as_error
from etl.progress import Progress
from etl.release.candidate import VERDICT_FILE, fingerprint
from etl.settings import Settings
from etl.vocabulary.snapshot import require_bound_snapshot
from etl.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate decided, and where it is written."""

    accepted: bool
    reasons_by_language: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int]
    """Checks by status, superseded ones left out, as the report counts them."""
    failures: Mapping[str, int]
    """Failed checks by severity; their sum is the failed ones of `counts`."""
    files: Mapping[str, Path]
    gaps_by_language: Mapping[str, tuple[str, ...]]
    """What is missing beyond the thresholds, accepted gaps included."""
    undelivered: tuple[str, ...]
    """Main tables of the SNDS without a row."""
    notes_by_language: Mapping[str, tuple[str, ...]]
    """What was found in the delivery that refuses nothing."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the candidate was refused, in English."""
        return self.reasons_by_language["en"]

    @property
    def exit_code(self) -> int:
        return EXIT_OK if self.accepted else EXIT_GATE


AFTER = 3
"""The suites, and the reports, count as a third of the checks each: with 1,000 persons they take
three quarters of the time; on large data the checks are nearly all of it."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a candidate."""

    results: list[Result]
    figures: pl.DataFrame
    persons: int
    source: dict[str, Any]
    """The row of ``cdm_source``."""
    queries: int
    shortfalls: tuple[Shortfall, ...] = ()
    undelivered: tuple[str, ...] = ()
    """Main tables of the SNDS without a row."""
    future: tuple[FutureDay, ...] = ()


def check_candidate(
    candidate: Candidate,
    workspace: Workspace,
    policy: Policy,
    *,
    today: date,
    progress: Progress,
) -> Findings:
    """Run the whole catalogue; one result per check, in its order."""
    checks = catalogue()
    readable = relations(candidate, workspace, DUCKDB, today)
    context = Context(candidate.inventory.schema, DUCKDB, today, readable)
    scanner = Scanner(candidate, context)
    progress.total(len(checks) + 2 * (len(checks) // AFTER))
    measured = measure_all(scanner, checks, lambda label, n: progress.advance(n, label))
    decided = decide(checks, measured, candidate.inventory.tables, context.relations)
    files = source_files(scanner)
    return Findings(
        [
            with_impact(scanner, replace(result, sql=_sql(result, context)), files)
            for result in decided
        ],
        measure_figures(candidate, readable),
        _persons(candidate),
        _cdm_source(candidate),
        scanner.queries,
        with_accepted(
            measure_shortfalls(candidate.rows, readable, policy.completeness),
            recorded(workspace).gaps,
            today,
        ),
        undelivered(candidate.rows, readable),
        future_days(candidate.rows, readable, today),
    )


def _sql(result: Result, context: Context) -> str:
    try:
        return alone(result.check, measure_of(result.check, context), context)
    except KeyError:
        return ""


def validate(
    workspace: Workspace,
    settings: Settings,
    *,
    progress: Progress,
    today: date | None = None,
    suites: bool = True,
) -> Verdict:
    """Check ``build/candidate.duckdb`` and decide.

    Writes in ``quality/``: the steward reports, ``results.parquet``, ``details.parquet``,
    ``figures.parquet``, ``suites.parquet``, ``dq-result.json`` and ``verdict.json``; and in the
    candidate ``audit.quality_result``.

    Args:
        workspace: where the candidate lies and results go.
        settings: engine limits and the smallest count that may be shown.
        progress: receives the number of checks done.
        today: the day that dates and waivers are judged from; default today.
        suites: also declare and run the Great Expectations suites (some ten seconds more).

    Raises:
        SndsOmopError: SO-106 without a candidate, SO-122 when its vocabulary was changed,
            SO-303 for a policy or waivers that cannot be read, SO-103 when the results cannot be
            written.
    """
    started = datetime.now(UTC)
    today = today or started.date()
    policy = read_policy(workspace.root)
    waivers = read_waivers(workspace.root, (check.id for check in catalogue()))
    require_bound_snapshot(workspace)
    history = results.read_history(workspace.current)
    with ExitStack() as stack:
        candidate = stack.enter_context(
            opened(workspace.candidate, settings.engine, workspace.build / "tmp")
        )
        declared = (
            stack.enter_context(Suites(workspace, settings.engine, today)) if suites else None
        )
        findings = check_candidate(candidate, workspace, policy, today=today, progress=progress)
        # Closed before the results are put into it, and before the suites open it.
        candidate.connection.close()
        found = findings.results
        judgement = judge(
            found,
            policy,
            waivers,
            persons=findings.persons,
            today=today,
            previous=history.comparable(),
            shortfalls=findings.shortfalls,
        )
        if history.damaged:
            lost = Reason("history", values={"release": history.release})
            judgement = Judgement((*judgement.reasons, lost), judgement.waived)
        table = results.table_of(
            found, persons=findings.persons, waived=judgement.waived, history=history
        )
        files = _files(workspace)
        with _writing(workspace):
            # No verdict may outlive the results it was drawn from.
            files["verdict"].unlink(missing_ok=True)
            (workspace.quality / outcomes.FILE).unlink(missing_ok=True)
            table.write_parquet(files["results"])
            results.details_of(found).write_parquet(files["details"])
            findings.figures.write_parquet(files["figures"])
            results.write_audit(workspace.candidate, files["results"])
            if declared is not None:
                progress.advance(0, "Great Expectations")
                judgement = _with_suites(declared, workspace, judgement, found)
                files["suites"] = workspace.quality / outcomes.FILE
            progress.advance(len(found) // AFTER, "report")
            document = dqd.document(
                found, started=started, ended=datetime.now(UTC), cdm_source=findings.source
            )
            dqd.write(files["dqd"], document)
            verdict = _verdict(findings, judgement, files)
            _write_verdict(workspace, verdict, judgement, findings)
            write_reports(workspace, settings)
            progress.advance(len(found) // AFTER)
    return verdict


def _files(workspace: Workspace) -> dict[str, Path]:
    return {
        **{f"report_{language}": report_path(workspace, language) for language in LANGUAGES},
        "results": workspace.quality / results.FILE,
        "details": workspace.quality / results.DETAILS,
        "figures": workspace.quality / figures.FILE,
        "dqd": workspace.quality / dqd.FILE,
        "verdict": workspace.quality / VERDICT_FILE,
    }


@contextmanager
def _writing(workspace: Workspace) -> Iterator[None]:
    """Turns an error of the disk into one of the catalogue, with its remedy."""
    where = str(workspace.quality)
    try:
        workspace.quality.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        lacking = as_error(error)
        code = lacking.code if lacking and lacking.code in RESOURCES else "SO-103"
        raise SndsOmopError(code, *of_system(error), where=where) from error
    except duckdb.IOException as error:
        found = as_error(error)
        raise SndsOmopError(
            found.code if found else "SO-103",
            "the candidate cannot be used",
            "la version candidate est inutilisable",
            where=str(workspace.candidate),
        ) from error


def _with_suites(
    declared: Suites, workspace: Workspace, judgement: Judgement, found: list[Result]
) -> Judgement:
    """The judgement with what the suites add; suites that cannot run are a reason to refuse."""
    try:
        table = declared.outcomes()
    except outcomes.SuitesStoppedError as error:
        stopped = Reason("suites_stopped", values={"error": str(error)})
        return Judgement((*judgement.reasons, stopped), judgement.waived)
    outcomes.write(table, workspace.quality)
    return judge_suites(judgement, outcomes.declared(table), found)


def _verdict(findings: Findings, judgement: Judgement, files: Mapping[str, Path]) -> Verdict:
    found = [result for result in findings.results if not result.check.type.superseded_by]
    failed = [result for result in found if result.status is Status.FAIL]
    return Verdict(
        accepted=judgement.accepted,
        reasons_by_language={
            language: tuple(reason.say(language) for reason in judgement.reasons)
            for language in LANGUAGES
        },
        counts={str(status): sum(r.status is status for r in found) for status in Status},
        failures={
            str(severity): sum(r.check.type.severity is severity for r in failed)
            for severity in Severity
        },
        files=files,
        gaps_by_language={
            language: tuple(gap_text(gap, language) for gap in findings.shortfalls)
            for language in LANGUAGES
        },
        undelivered=findings.undelivered,
        notes_by_language={
            language: tuple(
                text(f"reason.future_{one.kind}", language, what=one.what)
                for one in findings.future
            )
            for language in LANGUAGES
        },
    )


def _write_verdict(
    workspace: Workspace, verdict: Verdict, judgement: Judgement, findings: Findings
) -> None:
    content = {
        "accepted": verdict.accepted,
        "reasons": list(verdict.reasons),
        "reasons_by_language": dict(verdict.reasons_by_language),
        "grounds": [
            {
                "kind": reason.kind,
                "check": reason.check_id,
                "values": dict(reason.values),
                "counted": reason.result is not None,
            }
            for reason in judgement.reasons
        ],
        "waived": sorted(judgement.waived),
        "gaps": [asdict(gap) | {"what": gap.what} for gap in findings.shortfalls],
        "gaps_by_language": dict(verdict.gaps_by_language),
        "undelivered": list(verdict.undelivered),
        "notes_by_language": dict(verdict.notes_by_language),
        "population": recorded(workspace).population,
        "sampling_fraction": recorded(workspace).fraction,
        "counts": dict(verdict.counts),
        "failures": dict(verdict.failures),
        "catalogue_version": CATALOGUE_VERSION,
        "cdm_source": {
            name: str(value) for name, value in findings.source.items() if value is not None
        },
        "candidate": fingerprint(workspace.candidate),
    }
    written = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    verdict.files["verdict"].write_text(written + "\n", encoding="utf-8")


def _persons(candidate: Candidate) -> int:
    if not candidate.inventory.has("person", "person_id"):
        return 0
    table = f"{candidate.inventory.schema}.person"
    return int(candidate.rows(f"select count(*) from {table}")[0][0])


def _cdm_source(candidate: Candidate) -> dict[str, Any]:
    columns = list(candidate.inventory.tables.get("cdm_source", {}))
    if not columns:
        return {}
    table = f"{candidate.inventory.schema}.cdm_source"
    rows = candidate.rows(f"select * from {table} limit 1")
    return dict(zip(columns, rows[0], strict=True)) if rows else {}
