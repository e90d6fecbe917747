"""Each reason of the gate at its boundary, judged on results of one check: no build is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from data_quality.checks.catalogue import catalogue
from data_quality.checks.model import Check, Result, Severity, Status
from data_quality.gate import (
    NEVER_WAIVED,
    Declared,
    Policy,
    Previous,
    Waiver,
    judge,
    judge_suites,
)

TODAY = date(2025, 6, 30)


def _check(**facts: object) -> Check:
    """The first check of the catalogue with these facts of its type or place."""
    return next(
        check
        for check in catalogue()
        if not check.type.superseded_by
        and check.id not in NEVER_WAIVED
        and all(getattr(check, name, getattr(check.type, name, None)) == value
                for name, value in facts.items())
    )  # fmt: skip


def _kinds(result: Result, policy: Policy | None = None, **options: object) -> list[str]:
    arguments = {"waivers": (), "persons": 100, "today": TODAY, **options}
    judgement = judge([result], policy or Policy(), **arguments)  # type: ignore[arg-type]
    return [reason.kind for reason in judgement.reasons]


FATAL = _check(severity=Severity.FATAL)
CONVENTION = _check(severity=Severity.CONVENTION)


def _waiver(day: date) -> Waiver:
    return Waiver(check=FATAL.id, owner="A. Person", reason="known", expires=day)


@pytest.mark.parametrize(
    ("expires", "kinds"),
    [
        (date(2025, 7, 1), []),
        (date(2025, 6, 30), []),
        (date(2025, 6, 29), ["fatal", "waiver_expired"]),
    ],
)
def test_a_waiver_holds_on_its_last_day(expires: date, kinds: list[str]) -> None:
    failed = Result(FATAL, Status.FAIL, violated=1, denominator=10)
    assert _kinds(failed, waivers=[_waiver(expires)]) == kinds


def test_a_waiver_of_another_check_waives_nothing() -> None:
    failed = Result(FATAL, Status.FAIL, violated=1, denominator=10)
    other = replace_check(_waiver(TODAY), CONVENTION.id)
    assert _kinds(failed, waivers=[other]) == ["fatal"]


def replace_check(waiver: Waiver, check: str) -> Waiver:
    return waiver.model_copy(update={"check": check})


@pytest.mark.parametrize("persons", [0, 1])
def test_no_person_refuses_and_one_is_enough(persons: int) -> None:
    passed = Result(FATAL, Status.PASS, denominator=10)
    assert _kinds(passed, persons=persons) == ([] if persons else ["no_person"])


@pytest.mark.parametrize(("status", "refuse"), product([*Status], [True, False]))
def test_an_error_refuses_when_the_policy_refuses_errors(status: Status, refuse: bool) -> None:
    result = Result(CONVENTION, status, error="x")
    kinds = _kinds(result, Policy(refuse_errors=refuse))
    assert ("error" in kinds) == (status is Status.ERROR and refuse)


@pytest.mark.parametrize("is_known", [True, False])
def test_only_a_failure_that_the_last_release_did_not_have_is_new(is_known: bool) -> None:
    failed = Result(CONVENTION, Status.FAIL, violated=1, denominator=10)
    previous = Previous("r1", frozenset({CONVENTION.id} if is_known else ()))
    assert _kinds(failed, previous=previous) == ([] if is_known else ["new"])
    assert _kinds(failed) == [], "without a release to compare with, nothing is new"


def test_a_fatal_failure_that_is_not_new_is_fatal_still() -> None:
    failed = Result(FATAL, Status.FAIL, violated=1, denominator=10)
    assert _kinds(failed, previous=Previous("r1", frozenset({FATAL.id}))) == ["fatal"]


MAPPED = _check(
    name="standardConceptRecordCompleteness", table="drug_exposure", field="drug_concept_id"
)


@pytest.mark.parametrize(
    ("violated", "refused"), [(19, False), (20, False), (21, True), (100, True)]
)
def test_a_floor_of_mapping_is_reached_exactly(violated: int, refused: bool) -> None:
    result = Result(MAPPED, Status.PASS, violated=violated, denominator=100)
    policy = Policy(mapped_floor={"drug_exposure": 80})
    assert _kinds(result, policy) == (["mapping"] if refused else [])


@pytest.mark.parametrize(("records", "refused"), [(99, False), (100, True), (101, True)])
def test_a_floor_counts_from_a_number_of_records(records: int, refused: bool) -> None:
    result = Result(MAPPED, Status.PASS, violated=records, denominator=records)
    policy = Policy(mapped_floor={"drug_exposure": 80}, mapped_floor_from=100)
    assert _kinds(result, policy) == (["mapping"] if refused else [])


def test_a_floor_is_of_its_own_table_and_its_main_concept() -> None:
    result = Result(MAPPED, Status.PASS, violated=100, denominator=100)
    assert _kinds(result, Policy(mapped_floor={"condition_occurrence": 80})) == []
    source = Result(
        replace(MAPPED, field="drug_source_concept_id"),
        Status.PASS,
        violated=100,
        denominator=100,
    )
    assert _kinds(source, Policy(mapped_floor={"drug_exposure": 80})) == []


@pytest.mark.parametrize("check_id", sorted(NEVER_WAIVED))
@pytest.mark.parametrize("require", [True, False])
def test_a_ledger_that_cannot_be_judged_refuses(check_id: str, require: bool) -> None:
    check = next(one for one in catalogue() if one.id == check_id)
    kinds = _kinds(Result(check, Status.NOT_APPLICABLE), Policy(require_ledger=require))
    assert kinds == (["no_ledger"] if require else [])


@pytest.mark.parametrize("check_id", sorted(NEVER_WAIVED))
def test_a_residual_of_one_refuses_whoever_waives_it(check_id: str) -> None:
    check = next(one for one in catalogue() if one.id == check_id)
    failed = Result(check, Status.FAIL, violated=1, denominator=100)
    waiver = replace_check(_waiver(TODAY), check_id)
    assert set(_kinds(failed, waivers=[waiver])) == {"fatal", "waiver_refused"}


@pytest.mark.parametrize(
    ("status", "critical", "check_id", "kinds"),
    [
        (Status.PASS, True, "", []),
        (Status.FAIL, True, "", ["suite"]),
        (Status.FAIL, False, "", []),
        (Status.ERROR, False, "", ["suite_error"]),
        (Status.FAIL, True, FATAL.id, []),
    ],
)
def test_a_declared_suite_adds_what_no_check_reported(
    status: Status, critical: bool, check_id: str, kinds: list[str]
) -> None:
    failed = Result(FATAL, Status.FAIL, violated=1, denominator=10)
    waived = judge([failed], Policy(), [_waiver(TODAY)], persons=1, today=TODAY)
    outcome = Declared("cdm.person", "expect_x", "person_id", critical, check_id, status)
    judged = judge_suites(waived, [outcome], [failed])
    assert [reason.kind for reason in judged.reasons] == kinds
