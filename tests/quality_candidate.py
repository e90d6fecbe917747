"""A candidate that is good by construction: every check of the catalogue passes or does not apply.

Twenty events of each kind a month, over five years, for 300 persons; everything is arithmetic on
row numbers, so that a defect can be put in on purpose and its count known beforehand. Concept ids
and names: the vocabulary reference of the project, evidence A and B; French codes are 2-billion
concepts.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from etl.contracts.cdm import cdm_tables
from etl.workspace import Workspace
from tests.quality_audit import AUDIT
from tests.quality_vocabulary import fill_vocabulary

PERSONS = 300
EVENTS = 1200  # 20 a month over 60 months


Rows = dict[str, tuple[int, dict[str, str]]]


def rows(persons: int, events: int) -> Rows:
    """CDM table -> rows -> column -> SQL over i (0-based row); columns not named are NULL."""
    # The day of event i: as many each month, never in the last days of it.
    day = (
        f"cast(date '2018-01-01' + to_months(cast(i // {events // 60} as integer)) as date)"
        " + cast(i % 27 as integer)"
    )
    person = f"1 + (i * 7) % {persons}"
    visit = "32 * (i + 1)"
    return {
        "location": (3, {"location_id": "i + 1", "state": "'75'", "location_source_value": "'75'"}),
        "care_site": (
            3,
            {
                "care_site_id": "i + 1",
                "location_id": "i + 1",
                "place_of_service_concept_id": "8756",
            },
        ),
        "provider": (
            9,
            {
                "provider_id": "i + 1",
                "specialty_concept_id": "38004446",
                "care_site_id": "1 + i % 3",
                "specialty_source_value": "'01'",
                "specialty_source_concept_id": "0",
            },
        ),
        "person": (
            persons,
            {
                "person_id": "i + 1",
                "gender_concept_id": "if(i % 2 = 0, 8507, 8532)",
                "year_of_birth": "1935 + i % 80",
                "month_of_birth": "1 + i % 12",
                "day_of_birth": "1 + i % 28",
                "race_concept_id": "0",
                "ethnicity_concept_id": "0",
                "location_id": "1 + i % 3",
                "gender_source_value": "if(i % 2 = 0, '1', '2')",
            },
        ),
        "observation_period": (
            persons,
            {
                "observation_period_id": visit,
                "person_id": "i + 1",
                "observation_period_start_date": "date '2018-01-01'",
                "observation_period_end_date": "date '2022-12-30' + if(i % 50 = 0, 0, 1)",
                "period_type_concept_id": "32813",
            },
        ),
        "payer_plan_period": (
            persons,
            {
                "payer_plan_period_id": visit,
                "person_id": "i + 1",
                "payer_plan_period_start_date": "date '2018-01-01'",
                "payer_plan_period_end_date": "date '2022-12-30'",
            },
        ),
        "death": (
            6,
            {
                "person_id": "50 * i + 1",
                "death_date": "date '2022-12-30'",
                "death_type_concept_id": "32815",
                "cause_concept_id": "316139",
                "cause_source_value": "'I50'",
                "cause_source_concept_id": "2000000002",
            },
        ),
        "visit_occurrence": (
            events,
            {
                "visit_occurrence_id": visit,
                "person_id": person,
                "visit_concept_id": "if(i % 4 = 0, 9201, 9202)",
                "visit_start_date": day,
                "visit_end_date": f"{day} + if(i % 4 = 0, 3, 0)",
                "visit_type_concept_id": "32855",
                "provider_id": "1 + i % 9",
                "care_site_id": "1 + i % 3",
                "visit_source_value": "if(i % 4 = 0, 'MCO', 'ACE')",
                "visit_source_concept_id": "0",
            },
        ),
        "visit_detail": (
            events,
            {
                "visit_detail_id": "32 * (i + 1) + 1",
                "person_id": person,
                "visit_detail_concept_id": "if(i % 4 = 0, 9201, 9202)",
                "visit_detail_start_date": day,
                "visit_detail_end_date": f"{day} + if(i % 4 = 0, 3, 0)",
                "visit_detail_type_concept_id": "32855",
                "visit_detail_source_concept_id": "0",
                "visit_occurrence_id": visit,
            },
        ),
        "condition_occurrence": (
            events,
            {
                "condition_occurrence_id": "32 * (i + 1) + 2",
                "person_id": person,
                "condition_concept_id": "[201826, 316139, 440417][1 + i % 3]",
                "condition_start_date": day,
                "condition_type_concept_id": "32855",
                "condition_status_concept_id": "32902",
                "visit_occurrence_id": visit,
                "condition_source_value": "['E11', 'I50', 'I26'][1 + i % 3]",
                "condition_source_concept_id": "2000000001 + i % 3",
            },
        ),
        "drug_exposure": (
            events,
            {
                "drug_exposure_id": "32 * (i + 1) + 3",
                "person_id": person,
                "drug_concept_id": "[1125315, 1503297][1 + i % 2]",
                "drug_exposure_start_date": day,
                "drug_exposure_end_date": f"{day} + 29",
                "drug_type_concept_id": "32869",
                "quantity": "1 + i % 3",
                "days_supply": "30",
                "provider_id": "1 + i % 9",
                "visit_occurrence_id": visit,
                "drug_source_value": "['3400930000001', '3400930000002'][1 + i % 2]",
                "drug_source_concept_id": "2000000011 + i % 2",
            },
        ),
        "procedure_occurrence": (
            events,
            {
                "procedure_occurrence_id": "32 * (i + 1) + 4",
                "person_id": person,
                "procedure_concept_id": "4249893",
                "procedure_date": day,
                "procedure_type_concept_id": "32855",
                "quantity": "1",
                "visit_occurrence_id": visit,
                "procedure_source_value": "'HHQE002'",
                "procedure_source_concept_id": "2000000021",
            },
        ),
        "measurement": (
            events,
            {
                "measurement_id": "32 * (i + 1) + 5",
                "person_id": person,
                "measurement_concept_id": "3016723",
                "measurement_date": day,
                "measurement_type_concept_id": "32810",
                "value_as_number": "0.8 + (i % 5) / 10",
                "unit_concept_id": "8840",
                "visit_occurrence_id": visit,
                "measurement_source_value": "'0592'",
                "measurement_source_concept_id": "2000000031",
                "unit_source_value": "'mg/dL'",
            },
        ),
        "observation": (
            events,
            {
                "observation_id": "32 * (i + 1) + 6",
                "person_id": person,
                "observation_concept_id": "4019967",
                "observation_date": day,
                "observation_type_concept_id": "32855",
                "visit_occurrence_id": visit,
                "observation_source_value": "'Z992'",
                "observation_source_concept_id": "2000000041",
            },
        ),
        "cost": (
            events,
            {
                "cost_id": "32 * (i + 1) + 7",
                "cost_event_id": "32 * (i + 1) + 3",
                "cost_domain_id": "'Drug'",
                "cost_type_concept_id": "32810",
                "currency_concept_id": "0",
                "total_charge": "12.34",
                "total_cost": "12.34",
                "total_paid": "12.34",
                "paid_by_payer": "8.02",
                "paid_by_patient": "4.32",
            },
        ),
        "cdm_source": (
            1,
            {
                "cdm_source_name": "'Synthetic SNDS'",
                "cdm_source_abbreviation": "'SNDS'",
                "cdm_holder": "'test'",
                "source_release_date": "date '2023-01-31'",
                "cdm_release_date": "date '2023-01-31'",
                "cdm_version": "'v5.4'",
                "cdm_version_concept_id": "756265",
                "vocabulary_version": "'demo'",
            },
        ),
    }


_DERIVED = [
    """
    insert into cdm.drug_era
    select 32 * row_number() over (order by person_id, drug_concept_id), person_id, drug_concept_id,
        min(drug_exposure_start_date), max(drug_exposure_end_date), count(*), 0
    from cdm.drug_exposure group by person_id, drug_concept_id
    """,
    """
    insert into cdm.condition_era
    select 32 * row_number() over (order by person_id, condition_concept_id), person_id,
        condition_concept_id, min(condition_start_date), max(condition_start_date), count(*)
    from cdm.condition_occurrence group by person_id, condition_concept_id
    """,
    # Nothing is recorded of a person after death; the last events are shortened to it.
    """
    update cdm.drug_exposure set drug_exposure_end_date = date '2022-12-30'
    where drug_exposure_end_date > date '2022-12-30' and person_id % 50 = 1
    """,
    """
    update cdm.drug_era set drug_era_end_date = date '2022-12-30'
    where drug_era_end_date > date '2022-12-30' and person_id % 50 = 1
    """,
]


def good_candidate(workspace: Workspace, *, persons: int = PERSONS, events: int = EVENTS) -> Path:
    """Write the candidate of a workspace; more events only to measure time."""
    workspace.create()
    workspace.candidate.unlink(missing_ok=True)
    with duckdb.connect(str(workspace.candidate)) as connection:
        _create(connection)
        fill_vocabulary(connection)
        for table, (count, columns) in rows(persons, events).items():
            connection.execute(
                f"insert into cdm.{table} ({', '.join(columns)})"
                f" select {', '.join(columns.values())} from range({count}) as numbers(i)"
            )
        for statement in (*_DERIVED, *AUDIT):
            connection.execute(statement)
    return workspace.candidate


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema cdm")
    for name, table in cdm_tables().items():
        columns = ", ".join(f"{field.quoted} {field.type}" for field in table.fields)
        connection.execute(f"create table cdm.{name} ({columns})")
