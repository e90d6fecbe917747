"""A CDM small enough to be counted by hand, attached to a connection as a release is."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from etl.contracts.cdm import cdm_tables

# concept id, name, domain, vocabulary, class, standard, code (evidence: the reference of concepts)
CONCEPTS = [
    (8507, "MALE", "Gender", "Gender", "Gender", "S", "M"),
    (8532, "FEMALE", "Gender", "Gender", "Gender", "S", "F"),
    (316139, "Heart failure", "Condition", "SNOMED", "Disorder", "S", "84114007"),
    (4249893, "Colonoscopy", "Procedure", "SNOMED", "Procedure", "S", "73761001"),
]


def tiny_cdm(
    persons: Iterable[tuple[int, int, str]],
    periods: Iterable[tuple[int, str, str]],
    conditions: Iterable[tuple[int, int, str]] = (),
) -> duckdb.DuckDBPyConnection:
    """A connection with the catalogue ``release`` in use.

    Args:
        persons: id, concept of sex, day of birth.
        periods: person, first and last day of observation.
        conditions: person, concept, day.
    """
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as release")
    connection.execute("create schema release.cdm")
    for name, table in cdm_tables().items():
        columns = ", ".join(f"{field.quoted} {field.type}" for field in table.fields)
        connection.execute(f"create table release.cdm.{name} ({columns})")
    connection.execute("use release")
    connection.executemany(
        "insert into cdm.concept by name select $1 as concept_id, $2 as concept_name, "
        "$3 as domain_id, $4 as vocabulary_id, $5 as concept_class_id, $6 as standard_concept, "
        "$7 as concept_code",
        CONCEPTS,
    )
    connection.execute(
        "insert into cdm.concept_ancestor select concept_id, concept_id, 0, 0 from cdm.concept"
    )
    for person, sex, birth in persons:
        connection.execute(
            "insert into cdm.person by name select $1 as person_id, $2 as gender_concept_id, "
            "year($3::date) as year_of_birth, month($3::date) as month_of_birth, "
            "day($3::date) as day_of_birth",
            [person, sex, birth],
        )
    for number, (person, first, last) in enumerate(periods, start=1):
        connection.execute(
            "insert into cdm.observation_period by name select $1 as observation_period_id, "
            "$2 as person_id, $3::date as observation_period_start_date, "
            "$4::date as observation_period_end_date",
            [number, person, first, last],
        )
    for number, (person, concept, day) in enumerate(conditions, start=1):
        connection.execute(
            "insert into cdm.condition_occurrence by name select $1 as condition_occurrence_id, "
            "$2 as person_id, $3 as condition_concept_id, $4::date as condition_start_date",
            [number, person, concept, day],
        )
    return connection
