"""What the gate reads, and the order and words of its reasons, on a few results each."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_quality.checks.catalogue import catalogue
from data_quality.checks.model import Check, Result, Severity, Status
from data_quality.gate import (
    Declared,
    Judgement,
    Policy,
    Reason,
    Waiver,
    judge,
    judge_suites,
    main_concept,
    read_policy,
    read_waivers,
)
from etl.errors import SndsOmopError

LEDGER = next(one for one in catalogue() if one.id == "release_ledgerresidual")
FIGURE = next(one for one in catalogue() if one.name == "nationalFigure")


def test_the_policy_that_is_shipped_and_its_defaults(tmp_path: Path) -> None:
    """Errors refuse and a ledger is required, unless a site writes otherwise."""
    (tmp_path / "policy.yml").write_text("", encoding="utf-8")
    assert read_policy(tmp_path) == Policy()
    assert (Policy().refuse_errors, Policy().require_ledger) == (True, True)
    assert Policy().mapped_floor_from == 0
    (tmp_path / "policy.yml").write_text("refuse_errors: false\n", encoding="utf-8")
    assert not read_policy(tmp_path).refuse_errors
    assert Policy(mapped_floor={"person": 0}, mapped_floor_from=0).mapped_floor == {"person": 0}
    for bad in ({"mapped_floor": {"person": 101}}, {"mapped_floor": {"person": -1}},
                {"mapped_floor_from": -1}):  # fmt: skip
        with pytest.raises(ValueError, match=r"less|greater"):
            Policy.model_validate(bad)
    with pytest.raises(ValueError, match="frozen"):
        Policy().refuse_errors = False  # type: ignore[misc]


@pytest.mark.parametrize("name", ["check", "owner", "reason"])
def test_a_waiver_states_all_of_it(name: str) -> None:
    known: dict[str, Any] = {"check": "c", "owner": "o", "reason": "r", "expires": "2025-01-01"}
    assert Waiver.model_validate(known).expires == date(2025, 1, 1)
    with pytest.raises(ValueError, match=name):
        Waiver.model_validate(known | {name: ""})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- check: a\n owner: [", r"line 2, column 2"),
        ("- check: a\n  owner: 'x\n", r"line 3, column 1"),
        ("check: a\n", "a list of waivers"),
        ("- {check: release_ledgerresidua, owner: o, reason: r, expires: 2025-01-01}\n",
         "waiver 1 names a check that does not exist; did you mean release_ledgerresidual"),
        ("- {check: zzz, owner: o, reason: r, expires: 2025-01-01}\n", "does not exist$"),
        ("- {check: release_ledgerresidual, owner: o, reason: r, expires: 2025-01-01}\n- {}\n",
         "waiver 2: "),
    ],
)  # fmt: skip
def test_a_file_of_waivers_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "waivers.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SndsOmopError, match=words.removesuffix("$")) as caught:
        read_waivers(tmp_path, [LEDGER.id, f"{LEDGER.id}s", FIGURE.id])
    assert str(caught.value).count("?") == words.count("did you mean")
    assert caught.value.code == "SO-303"
    assert ("did you mean" in str(caught.value)) == ("did you mean" in words)


def failed(one: Check) -> Result:
    return Result(one, Status.FAIL, violated=1, denominator=10)


def first(severity: Severity) -> Check:
    return next(
        one for one in catalogue()
        if one.type.severity is severity and not one.type.superseded_by and one.id != LEDGER.id
    )  # fmt: skip


def test_reasons_come_worst_first() -> None:
    """No ledger, then what is fatal, then errors; what a waiver's day refuses comes last."""
    fatal, other = first(Severity.FATAL), first(Severity.CONVENTION)
    day = date(2025, 1, 1)
    late = Waiver(check=fatal.id, owner="o", reason="r", expires=date(2024, 1, 1))
    results = [
        Result(other, Status.ERROR, error="x"), failed(fatal), Result(LEDGER, Status.NOT_APPLICABLE)
    ]  # fmt: skip
    found = judge(results, Policy(), [late], persons=0, today=day)
    assert [one.kind for one in found.reasons] == [
        "no_person", "no_ledger", "fatal", "error", "waiver_expired"
    ]  # fmt: skip
    assert not found.accepted
    assert found.waived == {}


def test_only_waivers_of_what_fails_are_shown() -> None:
    fatal = first(Severity.FATAL)
    waiver = Waiver(check=fatal.id, owner="o", reason="r", expires=date(2025, 1, 1))
    for result, waived in ((failed(fatal), {fatal.id: waiver}), (Result(fatal, Status.PASS), {})):
        found = judge([result], Policy(), [waiver], persons=1, today=date(2025, 1, 1))
        assert found.accepted
        assert found.waived == waived


def test_a_check_that_another_replaces_gives_no_reason() -> None:
    replaced = next(one for one in catalogue() if one.type.superseded_by)
    for one in (failed(replaced), Result(replaced, Status.ERROR, error="x")):
        found = judge([one], Policy(refuse_severities=frozenset(Severity)), [], persons=1,
                      today=date(2025, 1, 1))  # fmt: skip
        assert found.accepted


@pytest.mark.parametrize(
    ("suite", "reasons", "kinds"),
    [
        ("release.gate", [Reason("fatal")], ["fatal"]),
        ("release.gate", [], ["suite"]),
        ("cdm.person", [Reason("fatal")], ["fatal", "suite"]),
    ],
)
def test_suites_of_the_release_repeat_the_gate(
    suite: str, reasons: list[Reason], kinds: list[str]
) -> None:
    declared = Declared(suite, "expect_x", "c", True, "", Status.FAIL)
    found = judge_suites(Judgement(tuple(reasons), {}), [declared], [])
    assert [one.kind for one in found.reasons] == kinds


MAPPED = next(
    one
    for one in catalogue()
    if (one.name, one.field) == ("standardConceptRecordCompleteness", "drug_concept_id")
    and one.table == "drug_exposure"
)
FLOOR = Policy(mapped_floor={"drug_exposure": 80})


@pytest.mark.parametrize(
    ("result", "refused"),
    [
        (Result(MAPPED, Status.FAIL, violated=50, denominator=100), True),
        (Result(MAPPED, Status.ERROR, violated=50, denominator=100), False),
        (Result(MAPPED, Status.NOT_APPLICABLE, violated=50, denominator=100), False),
        (Result(MAPPED, Status.PASS, violated=0, denominator=0), False),
    ],
)
def test_a_floor_judges_what_was_counted(result: Result, *, refused: bool) -> None:
    found = judge([result], replace_policy(FLOOR), [], persons=1, today=date(2025, 1, 1))
    assert ("mapping" in [one.kind for one in found.reasons]) is refused
    waiver = Waiver(check=MAPPED.id, owner="o", reason="r", expires=date(2025, 1, 1))
    found = judge([result], replace_policy(FLOOR), [waiver], persons=1, today=date(2025, 1, 1))
    assert "mapping" not in [one.kind for one in found.reasons]


def replace_policy(policy: Policy) -> Policy:
    return policy.model_copy(update={"refuse_errors": False, "refuse_severities": frozenset()})


def test_what_the_reason_of_a_floor_states() -> None:
    result = Result(MAPPED, Status.PASS, violated=333, denominator=1000)
    (reason,) = judge([result], FLOOR, [], persons=1, today=date(2025, 1, 1)).reasons
    assert reason.values == {"domain": "drug_exposure", "share": "66.7", "floor": "80"}


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("drug_exposure", "drug_concept_id"), ("condition_occurrence", "condition_concept_id"),
        ("drug_era", "drug_concept_id"), ("measurement", "measurement_concept_id"),
    ],
)  # fmt: skip
def test_the_column_of_the_concept_of_an_event(table: str, column: str) -> None:
    assert main_concept(table) == column


def test_counts_of_a_reason_have_the_signs_of_the_language() -> None:
    fatal = first(Severity.FATAL)
    result = Result(fatal, Status.FAIL, violated=1234, denominator=1_234_567)
    reason = Reason("fatal", fatal.id, result=result)
    assert "1,234" in reason.say("en")
    assert "1 234" in reason.say("fr")
    assert reason.say("fr") != reason.say("en")
