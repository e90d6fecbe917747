"""Decides: a candidate goes out, or it does not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_quality.checks.model import Check, Result, Severity, Status
from data_quality.completeness import Shortfall, Thresholds
from data_quality.texts import Language, check_text, text
from etl.clauses import joined, of_model, same
from etl.errors import SndsOmopError

HERE = Path(__file__).resolve().parent
NEVER_WAIVED = frozenset({"release_ledgerresidual"})


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Policy(_Strict):
    """What the gate refuses."""

    refuse_severities: frozenset[Severity] = frozenset({Severity.FATAL})
    refuse_new_severities: frozenset[Severity] = frozenset({Severity.FATAL, Severity.CONVENTION})
    refuse_errors: bool = True
    require_ledger: bool = True
    mapped_floor: Mapping[str, Annotated[float, Field(ge=0, le=100)]] = {}
    mapped_floor_from: int = Field(0, ge=0, description="records below which a rate is not judged")
    completeness: Thresholds = Thresholds()


class Waiver(_Strict):
    """A failure that a person accepts for a time."""

    check: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    expires: date


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause of a refusal: its kind, and what its sentence needs."""

    kind: str
    check_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    result: Result | None = None

    def say(self, language: Language) -> str:
        """The reason with its exact counts: for the closed zone, not for a report."""
        if self.result is None:
            return reason_text(self.kind, self.check_id, self.values, language)
        counts = (
            _grouped(self.result.violated, language),
            _grouped(self.result.denominator, language),
        )
        values = {**self.values, "error": self.result.error}
        return reason_text(
            self.kind, self.check_id, values, language, check=self.result.check, counts=counts
        )


def reason_text(
    kind: str,
    check_id: str,
    values: Mapping[str, str],
    language: Language,
    *,
    check: Check | None = None,
    counts: tuple[str, str] = ("", ""),
) -> str:
    """One reason as a sentence; ``counts`` are rows at fault and rows looked at, as text."""
    named: dict[str, str] = {"check": check_id, **values}
    if check is not None:
        named |= {
            "title": check_text(check, "title", language),
            "subject": check_text(check, "rule", language).rstrip("."),
            "count": counts[0],
            "denominator": counts[1],
        }
    return text(f"reason.{kind}", language, **named)


def _grouped(number: int, language: Language) -> str:
    return f"{number:,}".replace(",", " " if language == "fr" else ",")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of the gate on a list of results."""

    reasons: tuple[Reason, ...]
    waived: Mapping[str, Waiver]

    @property
    def accepted(self) -> bool:
        return not self.reasons


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        # Its words quote the line: only the place is shown.
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise SndsOmopError(
            "SO-303",
            f"line {line}, column {column}: this is no YAML (indentation, a bracket or a quote)",
            f"ligne {line}, colonne {column} : pas du YAML (retrait, crochet, guillemet)",
            where=str(path),
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SndsOmopError("SO-303", *same(type(error).__name__), where=str(path)) from error


def read_policy(root: Path) -> Policy:
    """The policy of a workspace, or the one shipped with the package.

    Raises:
        SndsOmopError: SO-303 when the file cannot be read or does not fit.
    """
    own = root / "policy.yml"
    path = own if own.exists() else HERE / "policy.yml"
    try:
        return Policy.model_validate(_read(path) or {})
    except ValidationError as error:
        raise SndsOmopError("SO-303", *joined(of_model(error)), where=str(path)) from error


def read_waivers(root: Path, known: Iterable[str]) -> tuple[Waiver, ...]:
    """Waivers shipped with the package, then those of the workspace.

    Raises:
        SndsOmopError: SO-303 when a file cannot be read, does not fit, or names an unknown check.
    """
    known = set(known)
    waivers: list[Waiver] = []
    for path in (HERE / "waivers.yml", root / "waivers.yml"):
        if not path.exists():
            continue
        listed = _read(path)
        if not isinstance(listed, list):
            raise SndsOmopError(
                "SO-303",
                "a list of waivers is expected",
                "une liste de dérogations est attendue",
                where=str(path),
            )
        for number, entry in enumerate(listed, start=1):
            try:
                waiver = Waiver.model_validate(entry)
            except ValidationError as error:
                faults = joined(of_model(error))
                raise SndsOmopError(
                    "SO-303",
                    f"waiver {number}: {faults.english}",
                    f"dérogation {number} : {faults.french}",
                    where=str(path),
                ) from error
            if waiver.check not in known:
                near = get_close_matches(waiver.check, sorted(known), n=1)
                raise SndsOmopError(
                    "SO-303",
                    f"waiver {number} names a check that does not exist"
                    + "".join(f"; did you mean {name}?" for name in near),
                    f"la dérogation {number} nomme un contrôle qui n'existe pas"
                    + "".join(f" ; vouliez-vous dire {name} ?" for name in near),
                    where=str(path),
                )
            waivers.append(waiver)
    return tuple(waivers)


@dataclass(frozen=True, slots=True)
class Declared:
    """What came of one declared expectation, as the gate sees it."""

    suite: str
    expectation: str
    column: str
    critical: bool
    check_id: str
    status: Status


@dataclass(frozen=True, slots=True)
class Previous:
    """What the release before this one failed, if its catalogue compares."""

    release: str = ""
    failed: frozenset[str] = frozenset()


def judge(
    results: Sequence[Result],
    policy: Policy,
    waivers: Iterable[Waiver],
    *,
    persons: int,
    today: date,
    previous: Previous | None = None,
    shortfalls: Iterable[Shortfall] = (),
) -> Judgement:
    """All reasons to refuse, worst first; none means that the candidate is accepted.

    Args:
        results: one per check.
        persons: rows of the person table.
        today: the day on which waivers are read.
        previous: failures of the release in use; None when there is none to compare with.
        shortfalls: what is missing from the delivery; an accepted one is no reason.
    """
    valid, reasons = _waivers(waivers, today, {result.check.id: result for result in results})
    missing = [of_shortfall(one) for one in shortfalls if not one.accepted_by]
    if persons == 0:
        reasons.append(Reason("no_person"))
    for result in results:
        reasons.extend(_of_result(result, policy, valid, previous))
    reasons.extend(_mapping(results, policy, valid))
    order = ["no_person", "no_ledger", "fatal", "error", "mapping", "new"]
    reasons.sort(key=lambda reason: order.index(reason.kind) if reason.kind in order else 9)
    failed = {r.check.id for r in results if r.status is Status.FAIL}
    return Judgement((*missing, *reasons), {key: w for key, w in valid.items() if key in failed})


def of_shortfall(shortfall: Shortfall) -> Reason:
    """What is missing, as a reason: it comes first, the failures of checks follow from it."""
    values = {
        "what": shortfall.what,
        "column": shortfall.column,
        "percent": "" if shortfall.percent is None else f"{shortfall.percent:g}",
    }
    return Reason(f"gap_{shortfall.kind}", values=values)


def gap_text(shortfall: Shortfall, language: Language) -> str:
    """What is missing, with its owner and reason when it is accepted."""
    sentence = of_shortfall(shortfall).say(language)
    if not shortfall.accepted_by:
        return sentence
    return text(
        "reason.gap_accepted",
        language,
        gap=sentence,
        owner=shortfall.accepted_by,
        reason=shortfall.reason,
    )


def _waivers(
    waivers: Iterable[Waiver], today: date, results: Mapping[str, Result]
) -> tuple[dict[str, Waiver], list[Reason]]:
    valid: dict[str, Waiver] = {}
    reasons: list[Reason] = []
    for waiver in waivers:
        result = results.get(waiver.check)
        values = {"owner": waiver.owner, "day": waiver.expires.isoformat()}
        if waiver.check in NEVER_WAIVED:
            reasons.append(Reason("waiver_refused", waiver.check, values))
        elif waiver.expires >= today:
            valid[waiver.check] = waiver
        elif result is not None and result.status is Status.FAIL:
            # A waiver of something that no longer fails may lie there, expired or not.
            reasons.append(Reason("waiver_expired", waiver.check, values))
    return valid, reasons


def _of_result(
    result: Result,
    policy: Policy,
    valid: Mapping[str, Waiver],
    previous: Previous | None,
) -> Iterable[Reason]:
    check = result.check
    if check.id in NEVER_WAIVED and result.status is Status.NOT_APPLICABLE:
        if policy.require_ledger:
            yield Reason("no_ledger")
        return
    if check.type.superseded_by:
        return
    if result.status is Status.ERROR and policy.refuse_errors:
        yield Reason("error", check.id, result=result)
    if result.status is not Status.FAIL or check.id in valid:
        return
    if check.type.severity in policy.refuse_severities:
        yield Reason("fatal", check.id, result=result)
    elif (
        previous is not None
        and check.id not in previous.failed
        and check.type.severity in policy.refuse_new_severities
    ):
        yield Reason("new", check.id, {"release": previous.release}, result)


def judge_suites(
    judgement: Judgement, declared: Iterable[Declared], results: Iterable[Result]
) -> Judgement:
    """The judgement with what the declared suites add to it.

    An expectation that restates a failed check adds no reason of its own: the check gave one, or
    was waived. One that fails where its check passed is a reason.
    """
    failed = {result.check.id for result in results if result.status is Status.FAIL}
    reasons = list(judgement.reasons)
    for outcome in declared:
        values = {
            "suite": outcome.suite,
            "expectation": outcome.expectation,
            "column": outcome.column,
        }
        if outcome.status is Status.ERROR:
            reasons.append(Reason("suite_error", outcome.check_id, values))
        elif outcome.status is Status.FAIL and outcome.critical:
            # The suites of the release repeat the checks of the gate: no reason twice.
            restated = outcome.suite.startswith("release.") and bool(judgement.reasons)
            is_reported = outcome.check_id in failed or restated
            if not is_reported:
                reasons.append(Reason("suite", outcome.check_id, values))
    return Judgement(tuple(reasons), judgement.waived)


def _mapping(
    results: Sequence[Result], policy: Policy, valid: Mapping[str, Waiver]
) -> Iterable[Reason]:
    for result in results:
        check = result.check
        floor = policy.mapped_floor.get(check.table)
        main = check.field == main_concept(check.table)
        if check.name != "standardConceptRecordCompleteness" or floor is None or not main:
            continue
        if check.id in valid:
            continue
        if result.status in (Status.ERROR, Status.NOT_APPLICABLE) or not result.denominator:
            continue
        share = 100 - result.share * 100
        if share < floor and result.denominator >= policy.mapped_floor_from:
            values = {"domain": check.table, "share": f"{share:.1f}", "floor": f"{floor:g}"}
            yield Reason("mapping", check.id, values)


def main_concept(table: str) -> str:
    """The column of the concept of an event (``drug_exposure`` → ``drug_concept_id``)."""
    stem = table.removesuffix("_occurrence").removesuffix("_exposure").removesuffix("_era")
    return f"{stem}_concept_id"
