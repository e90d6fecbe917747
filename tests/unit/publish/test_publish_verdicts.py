"""Verdicts of checks and zeros: neither reveals of whom there is one."""

from __future__ import annotations

from typing import Any

from etl.publish.ares import dqd_family, passed, shareable_dqd
from etl.publish.cells import Family, Rule
from etl.publish.control import control, remember
from etl.publish.margins import Most
from etl.publish.memory import Memory

RULE = Rule(11)
MOST = Most({"person": 1, "condition_occurrence": 2}, 2)


def check(name: str, violated: int, rows: int, **more: Any) -> dict[str, Any]:
    is_open = rows > 0
    return {
        "checkId": name,
        "checkName": "plausibleGender",
        "cdmTableName": "CONDITION_OCCURRENCE",
        "numViolatedRows": violated,
        "numDenominatorRows": rows,
        "failed": int(violated > 0),
        "passed": int(is_open and not violated),
        "isError": 0,
        "notApplicable": int(not is_open),
        **({} if is_open else {"notApplicableReason": f"{name} is missing"}),
        **more,
    }


def shared(memory: Memory, *checks: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], Memory]:
    dqd = {"CheckResults": list(checks)}
    part = control(dqd_family(dqd, MOST, 11), memory, RULE)
    results = shareable_dqd(dqd, part)["CheckResults"]
    return {one["checkId"]: one for one in results}, remember([part], memory)


def test_a_concept_that_few_have_is_as_absent_as_one_that_nobody_has() -> None:
    few, _ = shared({}, check("one", 0, 1), check("other", 0, 22))
    none, _ = shared({}, check("one", 0, 0), check("other", 0, 22))
    assert few == none
    assert few.keys() == {"other"}


def test_checks_of_the_model_keep_their_verdict() -> None:
    found, _ = shared({}, check("table", 0, 1, checkName="cdmTable"))
    assert found["table"]["passed"] == 1


def test_a_verdict_that_one_person_decides_stays_that_of_the_earlier_pack() -> None:
    """Why: who knows that one person left would know whose row was at fault."""
    before, memory = shared({}, check("many", 0, 220))
    after, _ = shared(memory, check("many", 1, 219))
    assert after == before
    assert after["many"]["passed"] == 1


def test_a_change_of_eleven_persons_changes_the_verdict() -> None:
    _, memory = shared({}, check("many", 0, 220))
    after, _ = shared(memory, check("many", 30, 220))
    assert after["many"]["failed"] == 1
    assert after["many"]["numViolatedRows"] == 30


def test_shares_of_passed_checks_are_those_of_shared_checks() -> None:
    dqd = {
        "CheckResults": [
            check("a", 0, 50, category="Plausibility"),
            check("b", 30, 50, category="Plausibility"),
            check("c", 0, 0, category="Plausibility"),
        ]
    }
    assert passed(dqd, "category", "Plausibility") == 0.5
    assert passed(dqd, "category", "Completeness") is None


def test_zero_is_as_absent_as_hidden_now_and_later() -> None:
    """A cohort of no person, of one and of none again; eleven more are no secret."""
    memory: Memory = {}
    for persons, shown in ((0, None), (1, None), (0, None), (12, 20)):
        part = control(Family.of_persons("cohorts", {("cohort", "x"): persons}), memory, RULE)
        assert part.counts.get(("cohort", "x")) == shown
        assert part.report["complementary"] == 0
        memory = remember([part], memory)


def test_a_zero_that_an_earlier_version_showed_is_shown_no_more() -> None:
    family = Family.of_persons("cohorts", {("cohort", "x"): 0})
    visible = Family("cohorts", family.cells, shows_zero=True)
    memory = remember([control(visible, {}, RULE)], {})
    for persons in (0, 1):
        later = Family.of_persons("cohorts", {("cohort", "x"): persons})
        assert control(later, memory, RULE).counts == {}
