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

PERSONS = 300
EVENTS = 1200  # 20 a month over 60 months

# concept id, name, domain, vocabulary, class, standard, code
CONCEPTS = [
    (0, "No matching concept", "Metadata", "None", "Undefined", None, "No matching concept"),
    (8507, "MALE", "Gender", "Gender", "Gender", "S", "M"),
    (8532, "FEMALE", "Gender", "Gender", "Gender", "S", "F"),
    (9201, "Inpatient Visit", "Visit", "Visit", "Visit", "S", "IP"),
    (9202, "Outpatient Visit", "Visit", "Visit", "Visit", "S", "OP"),
    (8756, "Outpatient Hospital", "Visit", "CMS Place of Service", "Visit", "S", "22"),
    (38004446, "General Practice", "Provider", "Medicare Specialty", "Specialty", "S", "1"),
    (32810, "Claim", "Type Concept", "Type Concept", "Type Concept", "S", "T1"),
    (32813, "Claim enrolment record", "Type Concept", "Type Concept", "Type Concept", "S", "T2"),
    (32815, "Death Certificate", "Type Concept", "Type Concept", "Type Concept", "S", "T3"),
    (32855, "Inpatient claim header", "Type Concept", "Type Concept", "Type Concept", "S", "T4"),
    (32869, "Pharmacy claim", "Type Concept", "Type Concept", "Type Concept", "S", "T5"),
    (32902, "Primary diagnosis", "Condition Status", "Condition Status", "Status", "S", "C1"),
    (
        201826,
        "Type 2 diabetes mellitus",
        "Condition",
        "SNOMED",
        "Clinical Finding",
        "S",
        "44054006",
    ),
    (316139, "Heart failure", "Condition", "SNOMED", "Clinical Finding", "S", "84114007"),
    (440417, "Pulmonary embolism", "Condition", "SNOMED", "Clinical Finding", "S", "59282003"),
    (200962, "Malignant neoplasm of prostate", "Condition", "SNOMED", "Clinical Finding", "S", "9"),
    (4025213, "Male reproductive finding", "Condition", "SNOMED", "Clinical Finding", "S", "8"),
    (1125315, "Acetaminophen", "Drug", "RxNorm", "Ingredient", "S", "161"),
    (1503297, "metformin", "Drug", "RxNorm", "Ingredient", "S", "6809"),
    (3016723, "Creatinine", "Measurement", "LOINC", "Lab Test", "S", "2160-0"),
    (8840, "milligram per deciliter", "Unit", "UCUM", "Unit", "S", "mg/dL"),
    (4249893, "Colonoscopy", "Procedure", "SNOMED", "Procedure", "S", "73761001"),
    (4019967, "Dependence on renal dialysis", "Observation", "SNOMED", "Finding", "S", "105502003"),
    (756265, "OMOP CDM Version 5.4.0", "Metadata", "CDM", "CDM", "S", "CDM v5.4.0"),
    (2000000001, "Diabète de type 2", "Condition", "CIM10", "CIM10 code", None, "E11"),
    (2000000002, "Insuffisance cardiaque", "Condition", "CIM10", "CIM10 code", None, "I50"),
    (2000000003, "Embolie pulmonaire", "Condition", "CIM10", "CIM10 code", None, "I26"),
    (2000000011, "Paracétamol", "Drug", "CIP13", "Presentation", None, "3400930000001"),
    (2000000012, "Metformine", "Drug", "CIP13", "Presentation", None, "3400930000002"),
    (2000000021, "Coloscopie", "Procedure", "CCAM", "CCAM act", None, "HHQE002"),
    (2000000031, "Créatinine", "Measurement", "NABM", "NABM act", None, "0592"),
    (2000000041, "Dialyse", "Observation", "CIM10", "CIM10 code", None, "Z992"),
]
MAPS = [
    (2000000001, 201826),
    (2000000002, 316139),
    (2000000003, 440417),
    (2000000011, 1125315),
    (2000000012, 1503297),
    (2000000021, 4249893),
    (2000000031, 3016723),
    (2000000041, 4019967),
]

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

_AUDIT = [
    "create schema audit",
    "create table audit.ledger (source_table varchar, source_year integer, disposition varchar,"
    " rule_id varchar, n_rows bigint)",
    "insert into audit.ledger select 'ER_PRS_F', year, disposition, rule, n from"
    " (values (2018), (2019), (2020), (2021), (2022)) as y(year),"
    " (values ('event', null, 900), ('cancelled', 'R05', 60), ('excluded', 'R10', 40))"
    " as d(disposition, rule, n)",
    "create table audit.balance as select source_table, source_year,"
    " cast(1010 as bigint) as n_read, cast(1000 as bigint) as n_staged,"
    " cast(10 as bigint) as n_quarantined, cast(0 as bigint) as n_withdrawn,"
    " cast(sum(n_rows) as bigint) as n_disposed,"
    " cast(1000 - sum(n_rows) as bigint) as residual from audit.ledger"
    " group by source_table, source_year",
    "create table audit.money as select source_table, source_year, 'dcir' as product,"
    " 'compulsory' as payer, cast(100.01 as decimal(18, 2)) as amount_in,"
    " cast(90.00 as decimal(18, 2)) as amount_out,"
    " cast(10.01 as decimal(18, 2)) as amount_set_aside, cast(0 as decimal(18, 2)) as residual"
    " from audit.balance",
    "create table audit.rejects as select source_table, source_year, 'SO-221' as reason,"
    " cast(10 as bigint) as n_rows from audit.balance",
    "create table audit.mapping_coverage as select 'Condition' as domain,"
    " 'CIM10' as source_vocabulary, y as source_year, 'approved' as method,"
    " 'EQUAL' as equivalence, cast(3 as bigint) as n_codes, cast(240 as bigint) as n_records"
    " from range(2018, 2023) as t(y)",
    "create table audit.fan_out as select 'drug_exposure' as cdm_table,"
    " 'ER_PRS_F' as source_table, cast(1200 as bigint) as n_source_rows,"
    " cast(1200 as bigint) as n_cdm_rows",
    "create table audit.coverage as select * from (values"
    " ('DCIR', date '2018-01-01', 'complete'), ('DCIR', date '2018-02-01', 'complete'),"
    " ('DCIR', date '2018-03-01', 'partial'), ('DCIR', date '2018-04-01', 'complete'),"
    " ('HOSPITAL', date '2018-01-01', 'absent')) as c (domain, month, status)",
    "create table audit.hospital_person as select * from (values ('R08', '1', 1990, 25),"
    " ('R08', '2', 1990, 4), ('R06', null, null, 33)) as p (rule_id, sex, birth_decade, n_persons)",
    "create table audit.gaps as select 'table not delivered' as gap, 'ER_LOT_F' as source_table,"
    " y as source_year, cast(null as date) as first_month, cast(null as date) as last_month"
    " from range(2018, 2020) as t(y) union all select 'flux without any line', 'ER_PRS_F', null,"
    " date '2020-03-01', date '2020-04-30'",
    "create table audit.files as select 'ER_PRS_F' as source_table, y as source_year,"
    " y - 2018 as file_number, 'ER_PRS_F_' || y || '.csv' as file_name,"
    " repeat('ab', 32) as sha256, cast(1010 as bigint) as rows_read,"
    " cast(1000 as bigint) as rows_staged, cast(10 as bigint) as rows_quarantined,"
    " cast(0 as bigint) as rows_withdrawn,"
    " (y - 2018) * cast(8192 as bigint) as first_row_id,"
    " (y - 2017) * cast(8192 as bigint) - 1 as last_row_id,"
    " 'loaded' as fate, '' as fate_code, cast(1011 as bigint) as n_lines"
    " from range(2018, 2023) as t(y) union all select 'IR_BEN_R', null, 1, 'IR_BEN_R.csv',"
    " repeat('cd', 32), 300, 300, 0, 0, 10 * 8192, 11 * 8192 - 1, 'loaded', '', 301",
    "insert into audit.files"
    " select t, null, null, f, null, 0, 0, 0, 0, null, null, fate, code, 0 from"
    " (values ('IR_NAT_V', 'IR_NAT_V.csv', 'set aside', 'SO-237'),"
    " ('ER_PRS_F', 'copy of/ER_PRS_F_2019.csv', 'duplicate', 'SO-209'),"
    " (null, 'read me.pdf', 'not data', 'SO-234')) as v (t, f, fate, code)",
]


def good_candidate(workspace: Workspace, *, persons: int = PERSONS, events: int = EVENTS) -> Path:
    """Write the candidate of a workspace; more events only to measure time."""
    workspace.create()
    workspace.candidate.unlink(missing_ok=True)
    with duckdb.connect(str(workspace.candidate)) as connection:
        _create(connection)
        _fill_vocabulary(connection)
        for table, (count, columns) in rows(persons, events).items():
            connection.execute(
                f"insert into cdm.{table} ({', '.join(columns)})"
                f" select {', '.join(columns.values())} from range({count}) as numbers(i)"
            )
        for statement in (*_DERIVED, *_AUDIT):
            connection.execute(statement)
    return workspace.candidate


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema cdm")
    for name, table in cdm_tables().items():
        columns = ", ".join(f"{field.quoted} {field.type}" for field in table.fields)
        connection.execute(f"create table cdm.{name} ({columns})")


def _fill_vocabulary(connection: duckdb.DuckDBPyConnection) -> None:
    connection.executemany(
        "insert into cdm.concept select $1, $2, $3, $4, $5, $6, $7,"
        " date '1970-01-01', date '2099-12-31', null",
        CONCEPTS,
    )
    for table, column in (
        ("domain", "domain_id"),
        ("concept_class", "concept_class_id"),
    ):
        connection.execute(
            f"insert into cdm.{table} select distinct {column}, {column}, 0 from cdm.concept"
        )
    connection.execute(
        "insert into cdm.vocabulary select distinct vocabulary_id, vocabulary_id, 'made up',"
        " 'demo', 0 from cdm.concept"
    )
    connection.execute(
        "insert into cdm.relationship values"
        " ('Maps to', 'Maps to', 0, 0, 'Mapped from', 0), ('Mapped from', 'Mapped from', 0, 0,"
        " 'Maps to', 0)"
    )
    connection.executemany(
        "insert into cdm.concept_relationship select $1, $2, 'Maps to',"
        " date '1970-01-01', date '2099-12-31', null",
        MAPS,
    )
    connection.execute(
        "insert into cdm.concept_ancestor select concept_id, concept_id, 0, 0"
        " from cdm.concept where standard_concept = 'S'"
    )
    # Malignant neoplasm of prostate is a male reproductive finding: the check of sex needs it.
    connection.execute("insert into cdm.concept_ancestor values (4025213, 200962, 1, 1)")
