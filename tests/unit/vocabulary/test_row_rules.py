"""Rules of a line at their bounds: the last value that passes, the first that does not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from etl.vocabulary.catalogue import catalogue
from etl.vocabulary.mapping_file import MappingRow
from etl.vocabulary.row_rules import Known, between_lines, of_line, of_target
from etl.vocabulary.targets import Target

ACTS, DIAGNOSES = catalogue()["SNDS_CCAM"], catalogue()["SNDS_CIM10"]
STRUCTURAL = next(one for one in catalogue().values() if one.kind == "structural")
COLON = Target(4249893, "Colonoscopy", "Procedure", "SNOMED", True, True, "A")


def row(**changes: Any) -> MappingRow:
    """A good line: written by one person, approved by another."""
    dates = {"createdOn": changes.pop("created", ""), "statusSetOn": changes.pop("decided", "")}
    known: dict[str, Any] = {
        "file": Path("a.usagi.csv"), "line": 2, "source_code": "HHQE002", "source_name": "name",
        "source_frequency": 0, "match_score": 0.0, "status": "APPROVED", "equivalence": "EQUAL",
        "status_set_by": "bea", "concept_id": 4249893, "concept_name": "Colonoscopy",
        "domain_id": "Procedure", "mapping_type": "MAPS_TO", "comment": "", "created_by": "anna",
        "method": "", "evidence": "", "reviewer": "bea", "lookup": "", "gives_event": "",
        "note": "", "text": dates,
    }  # fmt: skip
    return MappingRow(**known | changes)


def codes(one: MappingRow, vocabulary: Any = ACTS, **options: Any) -> list[str]:
    return [found.code for found in of_line(vocabulary, one, **options)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"source_name": "n" * 255}, []), ({"source_name": "n" * 256}, ["SO-421"]),
        ({"source_name": " "}, ["SO-421"]),
        ({"concept_id": 0, "lookup": "list"}, []), ({"concept_id": 0}, ["SO-423"]),
        ({"concept_id": 0, "status": "UNCHECKED"}, []),
        ({"equivalence": "UNMATCHED"}, ["SO-423"]), ({"equivalence": "WIDER"}, []),
        ({"equivalence": "UNREVIEWED", "status": "UNCHECKED"}, []),
        ({"status": "IGNORED"}, ["SO-423"]), ({"status": "IGNORED", "concept_id": 0}, []),
        # a code that is ignored without a target needs no author; every decision needs the others
        ({"status": "IGNORED", "concept_id": 0, "created_by": " "}, []),
        ({"status": "IGNORED", "concept_id": 0, "created_by": "", "reviewer": ""}, ["SO-424"]),
        ({"status": "IGNORED", "created_by": ""}, ["SO-423", "SO-424"]),
        ({"created_by": ""}, ["SO-424"]), ({"reviewer": " "}, ["SO-424"]),
        ({"status_set_by": " "}, ["SO-424"]),
        ({"created_by": "Bea "}, ["SO-424"]), ({"status_set_by": "ANNA"}, ["SO-424"]),
        ({"reviewer": "anna"}, ["SO-424"]), ({"status_set_by": "carl"}, []),
        ({"status": "FLAGGED", "created_by": "", "reviewer": ""}, []),
        ({"created": "5", "decided": "5"}, []), ({"created": "5", "decided": "4"}, ["SO-434"]),
        ({"created": "5", "decided": "0"}, []), ({"created": "5"}, []), ({"decided": "5"}, []),
        ({"created": "1.5", "decided": "5"}, ["SO-434"]),
        ({"created": "1", "decided": "x"}, ["SO-434"]),
    ],
)  # fmt: skip
def test_a_line(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(row(**changes)) == expected


def test_one_person_may_do_all_by_a_setting_but_names_are_needed() -> None:
    alone = row(created_by="bea")
    assert codes(alone) == ["SO-424"]
    assert codes(alone, one_person=True) == []
    assert codes(row(created_by=""), one_person=True) == ["SO-424"]


def test_codes_of_a_list_of_values_keep_their_form() -> None:
    """A structural code is not brought into a form, and may have fifty characters."""
    wide = replace(STRUCTURAL, code_pattern=re.compile(r"[a-zA-Z. ]+"))
    assert codes(row(source_code="a. b"), wide) == []
    assert codes(row(source_code="a" * 50), wide) == []
    assert codes(row(source_code="a" * 51), wide) == ["SO-421"]
    assert codes(row(source_code="7"), wide) == ["SO-421"]
    assert codes(row(source_code="hhqe002")) == ["SO-421"]
    assert codes(row(source_code="HHQE02")) == ["SO-421"]


def test_a_diagnosis_that_is_ignored_is_answered_by_its_parent() -> None:
    ignored = {"status": "IGNORED", "concept_id": 0}
    assert codes(row(source_code="E119", **ignored), DIAGNOSES) == ["SO-437"]
    assert codes(row(source_code="E119", status="UNCHECKED"), DIAGNOSES) == []
    assert codes(row(**ignored)) == []


def known(*targets: Target, real: bool = False) -> Known:
    return Known({one.concept_id: one for one in targets}, {}, real)


def findings(
    one: MappingRow, about: Known | None = None, vocabulary: Any = ACTS
) -> list[tuple[str, str]]:
    about = about or known(COLON)
    return [(found.code, found.severity) for found in of_target(vocabulary, one, about)]


@pytest.mark.parametrize(
    ("concept_id", "expected"),
    [
        (0, []), (-1, [("SO-435", "error")]), (1, [("SO-431", "error")]),
        (1_999_999_999, [("SO-431", "error")]), (2_000_000_000, [("SO-435", "error")]),
        (2**31, [("SO-435", "error")]), (4249893, []),
    ],
)  # fmt: skip
def test_ids_of_athena(concept_id: int, expected: list[tuple[str, str]]) -> None:
    """OMOP: ids from 2,000,000,000 on are those of a site."""
    assert findings(row(concept_id=concept_id)) == expected


def test_a_target_that_is_not_there_is_graded_by_the_vocabulary() -> None:
    waiting = {"concept_id": 1, "status": "UNCHECKED"}
    assert findings(row(**waiting)) == []
    assert findings(row(concept_id=1), known(real=True)) == [("SO-425", "error")]
    assert findings(row(**waiting), known(real=True)) == [("SO-425", "warning")]


@pytest.mark.parametrize(
    ("standard", "valid", "words"),
    [(True, True, ""), (False, True, "is not standard"), (True, False, "is deprecated"),
     (False, False, "is deprecated")],
)  # fmt: skip
def test_a_target_that_cannot_be_used(*, standard: bool, valid: bool, words: str) -> None:
    about = known(replace(COLON, standard=standard, valid=valid))
    found = [(one.code, one.message) for one in of_target(ACTS, row(), about)]
    assert found == ([("SO-426", f"4249893 {words}")] if words else [])


def test_domains_of_a_target() -> None:
    """A line that names no domain has that of its target, which must be one of events."""
    assert findings(row(domain_id="")) == []
    assert findings(row(domain_id="Drug")) == [("SO-427", "error")]
    route = known(replace(COLON, domain_id="Route"))
    assert findings(row(domain_id=""), route) == [("SO-427", "error")]
    assert findings(row(domain_id="Route"), route) == [("SO-427", "error")]
    assert findings(row(domain_id="", mapping_type="MAPS_TO_VALUE"), route) == []
    domain = STRUCTURAL.default_domain.split("|")[0]
    fits = known(replace(COLON, domain_id=domain))
    assert findings(row(domain_id=""), fits, STRUCTURAL) == []
    other = known(replace(COLON, domain_id="No such"))
    assert findings(row(domain_id=""), other, STRUCTURAL) == [("SO-427", "error")]
    several = replace(STRUCTURAL, default_domain="Visit|Type Concept")
    typed = known(replace(COLON, domain_id="Type Concept"))
    assert findings(row(domain_id=""), typed, several) == []


def test_a_name_that_changed_is_a_warning_of_a_real_vocabulary() -> None:
    assert findings(row(concept_name="Other")) == []
    real = known(COLON, real=True)
    assert findings(row(concept_name="Other"), real) == [("SO-428", "warning")]
    assert findings(row(concept_name="COLONOSCOPY"), real) == []
    assert findings(row(concept_name=""), real) == []


def between(*rows: MappingRow, structural: bool = False) -> list[tuple[str, int]]:
    return [(one.code, int(one.where[-1])) for one in between_lines([*rows], structural=structural)]


def two(first: dict[str, Any], second: dict[str, Any]) -> tuple[MappingRow, MappingRow]:
    usual = {"equivalence": "WIDER"}
    return row(line=2, **usual | first), row(line=3, **usual | {"concept_id": 7} | second)


def test_two_lines_of_one_code() -> None:
    assert between(row(line=2), row(line=3)) == [("SO-420", 3)]
    assert between(row(line=2), row(line=3, mapping_type="MAPS_TO_UNIT")) == []
    assert between(row(line=2), row(line=3), row(line=4)) == [("SO-420", 3), ("SO-420", 4)]
    assert between(*two({}, {})) == []
    assert between(*two({}, {}), structural=True) == [("SO-430", 3)]
    assert between(*two({"equivalence": "EQUAL"}, {})) == [("SO-430", 3)]
    assert between(*two({}, {"equivalence": "EQUAL"})) == [("SO-430", 3)]
    assert between(*two({"status": "UNCHECKED"}, {"equivalence": "EQUAL"})) == []
    assert between(*two({}, {"mapping_type": "MAPS_TO_UNIT"}), structural=True) == []


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [("Condition", "Measurement", True), ("Drug", "Procedure", True), ("Drug", "Condition", False),
     ("Drug", "Device", False), ("Drug", "Drug", True), ("Device", "Procedure", True)],
)  # fmt: skip
def test_domains_that_one_code_may_reach(one: str, other: str, *, together: bool) -> None:
    for rows in (two({"domain_id": one}, {"domain_id": other}),
                 two({"domain_id": other}, {"domain_id": one})):  # fmt: skip
        assert between(*rows) == ([] if together else [("SO-430", 3)])


def test_a_code_is_ignored_or_approved() -> None:
    first, second = two({}, {"status": "IGNORED", "concept_id": 0})
    assert between(first, second) == [("SO-430", 3)]
    assert between(second) == []
    assert between(replace(first, status="UNCHECKED"), second) == []


def test_a_value_needs_the_question_that_it_answers() -> None:
    value = {"mapping_type": "MAPS_TO_VALUE"}
    for domain, codes_ in (("Observation", []), ("Measurement", []), ("Condition", []),
                           ("Drug", [("SO-432", 3)])):  # fmt: skip
        assert between(*two({"domain_id": domain}, value)) == codes_
    assert between(*two({"status": "UNCHECKED"}, value)) == [("SO-432", 3)]
    assert between(*two({}, value | {"status": "UNCHECKED"})) == []
