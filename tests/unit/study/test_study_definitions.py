"""What is taken for a cohort definition, and what is refused with which code."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest

from etl.errors import SndsOmopError
from etl.study import circe, sql_cohorts
from etl.study.cohorts import COHORT, absent_concepts, make_cohorts, require_persons
from etl.study.definitions import Definition, concepts_of, read_definitions
from tests.tiny_cdm import tiny_cdm

HEART_FAILURE = 316139


def expression(concept: int = HEART_FAILURE, rules: int = 0) -> dict[str, Any]:
    """First heart failure; with a rule: another one within 30 days after it."""
    item = {"concept": {"CONCEPT_ID": concept}, "includeDescendants": True}
    rule = {
        "name": "again within 30 days",
        "expression": {
            "Type": "ALL",
            "CriteriaList": [
                {
                    "Criteria": {"ConditionOccurrence": {"CodesetId": 0}},
                    "StartWindow": {
                        "Start": {"Days": 1, "Coeff": 1},
                        "End": {"Days": 30, "Coeff": 1},
                        "UseEventEnd": False,
                    },
                    "Occurrence": {"Type": 2, "Count": 1},
                }
            ],
            "DemographicCriteriaList": [],
            "Groups": [],
        },
    }
    return {
        "ConceptSets": [{"id": 0, "name": "heart failure", "expression": {"items": [item]}}],
        "PrimaryCriteria": {
            "CriteriaList": [{"ConditionOccurrence": {"CodesetId": 0}}],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "QualifiedLimit": {"Type": "All"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": [rule] * rules,
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }


def sql(text: str) -> Definition:
    return Definition("c", "c.sql", "sql", text, "")


def cdm() -> Any:
    """Persons 1 and 2 have heart failure twice, within 30 days and later; 3 has it once."""
    days = ("2018-01-01", "2020-12-31")
    return tiny_cdm(
        [(person, 8507, "1950-01-01") for person in range(1, 5)],
        [(person, *days) for person in range(1, 5)],
        [
            (1, HEART_FAILURE, "2019-01-01"), (1, HEART_FAILURE, "2019-01-31"),
            (2, HEART_FAILURE, "2019-01-01"), (2, HEART_FAILURE, "2019-02-01"),
            (3, HEART_FAILURE, "2019-03-01"), (4, 1, "2019-03-01"),
        ],
    )  # fmt: skip


def code_of(action: Any, *arguments: Any) -> str:
    with pytest.raises(SndsOmopError) as caught:
        action(*arguments)
    return caught.value.code


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda one: one,
        lambda one: {"id": 7, "name": "x", "expression": one},
        lambda one: {"id": 7, "expression": json.dumps(one)},
    ],
    ids=["ATLAS", "PhenotypeLibrary", "WebAPI"],
)
def test_the_forms_of_circe_json_are_read(tmp_path: Path, wrapped: Any) -> None:
    path = tmp_path / "Heart failure-1.json"
    path.write_text(json.dumps(wrapped(expression())), encoding="utf-8-sig")
    (found,) = read_definitions([tmp_path])
    assert (found.name, found.kind) == ("heart_failure_1", "circe")
    assert concepts_of(found) == {HEART_FAILURE}
    assert circe.steps_of(found) == ["Qualifying entry events"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "{"), ("a.json", "[]"), ("a.json", '{"ConceptSets": []}'),
        ("a.json", '{"expression": "{"}'), ("a.txt", "select 1"), ("é.sql", "select 1"),
        ("1.sql", "select 1"),
    ],
)  # fmt: skip
def test_what_is_no_definition_is_refused(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert code_of(read_definitions, [path]) == "SO-160"


def test_no_file_an_empty_folder_two_of_one_name_and_other_encodings(tmp_path: Path) -> None:
    assert code_of(read_definitions, []) == "SO-160"
    assert code_of(read_definitions, [tmp_path]) == "SO-160"
    (tmp_path / "a-b.sql").write_text("select 1", encoding="utf-8")
    (tmp_path / "a_b.sql").write_text("select 1", encoding="utf-8")
    assert code_of(read_definitions, [tmp_path]) == "SO-160"
    (tmp_path / "c.sql").write_bytes("select 'é'".encode("latin-1"))
    assert code_of(read_definitions, [tmp_path / "c.sql"]) == "SO-160"


QUERY = (
    "select person_id, condition_start_date as cohort_start_date, "
    "condition_start_date as cohort_end_date from cdm.condition_occurrence"
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select from where (", "SO-160"),
        ("this is no query", "SO-162"),
        ("", "SO-162"),
        (f"{QUERY}; {QUERY}", "SO-162"),
        ("delete from cdm.person", "SO-162"),
        ("create table x as select 1", "SO-162"),
        ("insert into cdm.person select * from cdm.person", "SO-162"),
        ("copy cdm.person to 'x.csv'", "SO-162"),
        ("attach 'x.duckdb'", "SO-162"),
        ("pragma database_list", "SO-162"),
        ("install postgres", "SO-162"),
        ("set memory_limit = '1GB'", "SO-162"),
        ("select * from read_csv('/etc/passwd')", "SO-162"),
        ("select 1 as subject_id from '/etc/passwd'", "SO-162"),
        (QUERY.replace("cdm.condition_occurrence", "audit.lineage"), "SO-162"),
        (QUERY.replace("cdm.condition_occurrence", "duckdb_settings()"), "SO-162"),
        (f"with x as ({QUERY}) select person_id from x", "SO-162"),
        ("select person_source_value from cdm.person", "SO-504"),
        ("select person_id from cdm.person where person_source_value = 'A'", "SO-504"),
        ("select * from cdm.person", "SO-504"),
        ("select p.* from cdm.person as p", "SO-504"),
        ("with x as (select * from person) select person_id from x", "SO-504"),
        ("select note_text from cdm.note", "SO-504"),
        ("select person from cdm.person", "SO-504"),
        ("select columns('.*') from cdm.person", "SO-504"),
        (QUERY.replace("person_id", "person_id, 1 as n"), "SO-162"),
        (QUERY.replace("person_id", "person_id + 100 as person_id"), "SO-162"),
        (QUERY.replace("condition_start_date as cohort_end", "null::date as cohort_end"), "SO-162"),
        (QUERY.replace("condition_start_date as cohort_end",
                       "condition_start_date - 1 as cohort_end"), "SO-162"),
        (QUERY.replace("condition_start_date as cohort_end", "no_such as cohort_end"), "SO-163"),
    ],
)  # fmt: skip
def test_sql_is_refused(text: str, code: str) -> None:
    assert code_of(make_cohorts, cdm(), [sql(text)]) == code


@pytest.mark.parametrize(
    "text",
    [
        QUERY,
        QUERY.replace("cdm.", "").replace("person_id", "person_id as subject_id"),
        f"with x as ({QUERY}) select * from x",
        f"select * from ({QUERY}) where exists (select * from cdm.person)",
        f"{QUERY} where person_id in (select person_id from cdm.person group by 1 "
        "having count(*) = 1)",
        f"{QUERY} -- where\n;",
    ],
)
def test_sql_is_run(text: str) -> None:
    connection = cdm()
    (made,) = make_cohorts(connection, [sql(text)])
    assert made.persons == 4
    rows = connection.execute(f"select count(*) from {COHORT}").fetchone()
    assert rows == (6,)


def test_circe_makes_the_cohort_and_its_attrition(tmp_path: Path) -> None:
    pytest.importorskip("circe", reason="needs ohdsi-circepy (extra `study`)")
    path = tmp_path / "hf.json"
    path.write_text(json.dumps(expression(rules=1)), encoding="utf-8")
    connection = cdm()
    (made,) = make_cohorts(connection, read_definitions([path]))
    # 2 has its second one on the 31st day after the first
    assert made.steps == (("Qualifying entry events", 3), ("again within 30 days", 1))
    rows = connection.execute(
        f"select subject_id, cohort_start_date::varchar, cohort_end_date::varchar from {COHORT}"
    ).fetchall()
    assert rows == [(1, "2019-01-01", "2020-12-31")]
    assert connection.execute("select count(*) from cdm.cohort").fetchone() == (0,)


def test_what_circe_cannot_read_or_run_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("circe", reason="needs ohdsi-circepy (extra `study`)")
    path = tmp_path / "hf.json"
    broken = expression()
    broken["ConceptSets"] = "none"
    path.write_text(json.dumps(broken), encoding="utf-8")
    assert code_of(make_cohorts, cdm(), read_definitions([path])) == "SO-160"
    # circepy 0.3.0 renders VisitDetail with an alias that does not exist
    details = expression()
    details["PrimaryCriteria"]["CriteriaList"] = [{"VisitDetail": {"CodesetId": 0}}]
    path.write_text(json.dumps(details), encoding="utf-8")
    assert code_of(make_cohorts, cdm(), read_definitions([path])) == "SO-163"


def test_concepts_that_the_vocabulary_lacks_are_named(tmp_path: Path) -> None:
    (tmp_path / "known.json").write_text(json.dumps(expression()), encoding="utf-8")
    (tmp_path / "other.json").write_text(json.dumps(expression(201826)), encoding="utf-8")
    assert absent_concepts(cdm(), read_definitions([tmp_path])) == {"other": (201826,)}


def test_an_empty_cohort_is_refused() -> None:
    made = make_cohorts(cdm(), [sql(f"{QUERY} where false")])
    assert code_of(require_persons, made) == "SO-164"


def test_the_extra_is_named_when_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "circe":
            raise ImportError(name)
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    path = tmp_path / "hf.json"
    path.write_text(json.dumps(expression()), encoding="utf-8")
    with pytest.raises(SndsOmopError) as caught:
        make_cohorts(cdm(), read_definitions([path]))
    assert caught.value.code == "SO-110"
    assert "snds-omop[study]" in str(caught.value)
    sql_cohorts.require_harmless(sql(QUERY))  # SQL needs no extra
