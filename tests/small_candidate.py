"""A small complete candidate: 39 CDM tables, an audit that balances, a verdict that accepts.

Everything is arithmetic on row numbers, so that two builds are equal and counts can be known
beforehand. Concept ids and names: the vocabulary reference (evidence A and B) of the project.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

import duckdb
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from etl.contracts.cdm import cdm_tables
from etl.release import create
from etl.release.candidate import fingerprint
from etl.release.signature import signing_key
from etl.release.store import Release
from etl.settings import Settings
from etl.workspace import Workspace

PERSONS = 120

# concept id, name, domain, vocabulary, class, standard, code
CONCEPTS = [
    (0, "No matching concept", "Metadata", "None", "Undefined", None, "No matching concept"),
    (8507, "MALE", "Gender", "Gender", "Gender", "S", "M"),
    (8532, "FEMALE", "Gender", "Gender", "Gender", "S", "F"),
    (9201, "Inpatient Visit", "Visit", "Visit", "Visit", "S", "IP"),
    (9202, "Outpatient Visit", "Visit", "Visit", "Visit", "S", "OP"),
    (32810, "Claim", "Type Concept", "Type Concept", "Type Concept", "S", "T1"),
    (32813, "Claim enrolment record", "Type Concept", "Type Concept", "Type Concept", "S", "T2"),
    (32815, "Death Certificate", "Type Concept", "Type Concept", "Type Concept", "S", "T3"),
    (32855, "Inpatient claim header", "Type Concept", "Type Concept", "Type Concept", "S", "T4"),
    (32869, "Pharmacy claim", "Type Concept", "Type Concept", "Type Concept", "S", "T5"),
    (
        201826,
        "Type 2 diabetes",
        "Condition",
        "SNOMED",
        "Clinical Finding",
        "S",
        "44054006",
    ),
    (37311061, "COVID-19", "Condition", "SNOMED", "Clinical Finding", "S", "840539006"),
    (440417, "Pulmonary embolism", "Condition", "SNOMED", "Clinical Finding", "S", "59282003"),
    (316139, "Heart failure", "Condition", "SNOMED", "Clinical Finding", "S", "84114007"),
    (4193704, "Type 2, no complication", "Condition", "SNOMED", "Disorder", "S", "313436004"),
    (32037, "Intensive Care", "Visit", "Visit", "Visit", "S", "OMOP4822460"),
    (1125315, "Acetaminophen", "Drug", "RxNorm", "Ingredient", "S", "161"),
    (1503297, "metformin", "Drug", "RxNorm", "Ingredient", "S", "6809"),
    (3004410, "Hemoglobin A1c", "Measurement", "LOINC", "Lab Test", "S", "4548-4"),
    (4249893, "Colonoscopy", "Procedure", "SNOMED", "Procedure", "S", "73761001"),
    (2001000001, "E119", "Condition", "SNDS_CIM10", "SNDS code", None, "E119"),
    (2001000002, "U071", "Condition", "SNDS_CIM10", "SNDS code", None, "U071"),
    (2001000003, "I269", "Condition", "SNDS_CIM10", "SNDS code", None, "I269"),
    (2001000004, "G610", "Condition", "SNDS_CIM10", "SNDS code", None, "G610"),
    (756265, "OMOP CDM Version 5.4.0", "Metadata", "CDM", "CDM", "S", "CDM v5.4.0"),
]
VOCABULARIES = {
    "None": "v5.0 27-FEB-26", "Gender": None, "Visit": None, "Type Concept": None, "SNOMED": None,
    "RxNorm": None, "LOINC": None, "CDM": None, "SNDS_CIM10": None,
}  # fmt: skip

# CDM table -> column -> SQL over i (0-based row), n rows; columns not named are NULL.
ROWS: dict[str, tuple[int, dict[str, str]]] = {
    "location": (3, {"location_id": "i + 1", "country_source_value": "'FR'", "state": "'75'"}),
    "care_site": (3, {"care_site_id": "i + 1", "location_id": "i + 1"}),
    "provider": (9, {"provider_id": "i + 1", "specialty_source_value": "'01'"}),
    "person": (
        PERSONS,
        {
            "person_id": "i + 1",
            "gender_concept_id": "if(i % 2 = 0, 8507, 8532)",
            "year_of_birth": "1930 + (i * 7) % 85",
            "month_of_birth": "1 + i % 12",
            "race_concept_id": "0",
            "ethnicity_concept_id": "0",
            "location_id": "1 + i % 3",
            "gender_source_value": "if(i % 2 = 0, '1', '2')",
        },
    ),
    "observation_period": (
        PERSONS,
        {
            "observation_period_id": "32 * (i + 1)",
            "person_id": "i + 1",
            "observation_period_start_date": "date '2018-01-01' + (i % 300)::integer",
            "observation_period_end_date": "date '2022-12-31' - (i % 200)::integer",
            "period_type_concept_id": "32813",
        },
    ),
    "payer_plan_period": (
        PERSONS,
        {
            "payer_plan_period_id": "32 * (i + 1)",
            "person_id": "i + 1",
            "payer_plan_period_start_date": "date '2018-01-01' + (i % 300)::integer",
            "payer_plan_period_end_date": "date '2022-12-31' - (i % 200)::integer",
        },
    ),
    "death": (
        6,
        {
            "person_id": "20 * i + 1",
            "death_date": "date '2022-03-01' + i::integer",
            "death_type_concept_id": "32815",
        },
    ),
    "visit_occurrence": (
        4 * PERSONS,
        {
            "visit_occurrence_id": "32 * (i + 1)",
            "person_id": "1 + i % 120",
            "visit_concept_id": "if(i % 4 = 0, 9201, 9202)",
            "visit_start_date": "date '2019-01-01' + (i * 2)::integer",
            "visit_end_date": "date '2019-01-01' + (i * 2 + if(i % 4 = 0, i % 9, 0))::integer",
            "visit_type_concept_id": "32855",
            "care_site_id": "1 + i % 3",
        },
    ),
    "condition_occurrence": (
        3 * PERSONS,
        {
            "condition_occurrence_id": "32 * (i + 1) + 1",
            "person_id": "1 + i % 120",
            "condition_concept_id": "[201826, 37311061, 440417, 0][1 + (i // 30) % 4]",
            "condition_start_date": "date '2019-01-01' + (i * 2)::integer",
            "condition_type_concept_id": "32855",
            "visit_occurrence_id": "32 * (i + 1)",
            "condition_source_value": "['E119', 'U071', 'I269', 'G610'][1 + (i // 30) % 4]",
            "condition_source_concept_id": "2001000001 + (i // 30) % 4",
        },
    ),
    "drug_exposure": (
        5 * PERSONS,
        {
            "drug_exposure_id": "32 * (i + 1) + 2",
            "person_id": "1 + i % 120",
            "drug_concept_id": "if(i % 3 = 0, 1503297, 1125315)",
            "drug_exposure_start_date": "date '2019-01-01' + (i * 2)::integer",
            "drug_exposure_end_date": "date '2019-01-01' + (i * 2 + 29)::integer",
            "drug_type_concept_id": "32869",
            "quantity": "0.5 * (1 + i % 4)",
            "days_supply": "30",
            "drug_source_value": "'34009' || (10000000 + i % 7)",
            "drug_source_concept_id": "0",
        },
    ),
    "procedure_occurrence": (
        50,
        {
            "procedure_occurrence_id": "32 * (i + 1) + 3",
            "person_id": "1 + i",
            "procedure_concept_id": "4249893",
            "procedure_date": "date '2020-01-01' + i::integer",
            "procedure_type_concept_id": "32855",
        },
    ),
    "measurement": (
        80,
        {
            "measurement_id": "32 * (i + 1) + 4",
            "person_id": "1 + i",
            "measurement_concept_id": "3004410",
            "measurement_date": "date '2021-01-01' + i::integer",
            "measurement_type_concept_id": "32810",
        },
    ),
    "drug_era": (
        PERSONS,
        {
            "drug_era_id": "32 * (i + 1)",
            "person_id": "1 + i",
            "drug_concept_id": "1503297",
            "drug_era_start_date": "date '2019-02-01' + i::integer",
            "drug_era_end_date": "date '2019-04-01' + i::integer",
            "drug_exposure_count": "2",
            "gap_days": "10",
        },
    ),
    "condition_era": (
        60,
        {
            "condition_era_id": "32 * (i + 1)",
            "person_id": "1 + i",
            "condition_concept_id": "201826",
            "condition_era_start_date": "date '2019-02-01' + i::integer",
            "condition_era_end_date": "date '2019-02-01' + i::integer",
            "condition_occurrence_count": "1",
        },
    ),
    "cost": (
        PERSONS,
        {
            "cost_id": "32 * (i + 1)",
            "cost_event_id": "32 * (i + 1) + 2",
            "cost_domain_id": "'Drug'",
            "cost_type_concept_id": "32810",
            "total_cost": "12.34 + i",
        },
    ),
    "cdm_source": (
        1,
        {
            "cdm_source_name": "'Synthetic SNDS'",
            "cdm_source_abbreviation": "'SNDS'",
            "cdm_holder": "'test'",
            "source_release_date": "date '2022-12-31'",
            "cdm_release_date": "date '2022-12-31'",
            "cdm_version": "'v5.4'",
            "cdm_version_concept_id": "756265",
            "vocabulary_version": "'v5.0 27-FEB-26'",
        },
    ),
}


def build_candidate(
    workspace: Workspace, *, persons: int = PERSONS, salt: int = 0, quality: bool = True
) -> Path:
    """Write the candidate, its quality folder and a fresh verdict.

    Args:
        persons: persons kept, of 120; events of the others go with them.
        salt: changes one column of one row, to make a different content of the same shape.
        quality: rewrite the quality folder; else only the verdict.
    """
    workspace.create()
    workspace.candidate.unlink(missing_ok=True)
    with duckdb.connect(str(workspace.candidate), config={"threads": 1}) as connection:
        connection.execute("create schema cdm")
        for name, table in cdm_tables().items():
            columns = ", ".join(f"{field.quoted} {field.type}" for field in table.fields)
            connection.execute(f"create table cdm.{name} ({columns})")
            if name in ROWS:
                _fill(connection, name)
        _fill_vocabulary(connection)
        for name, table in cdm_tables().items():
            if name not in ("person",) and any(f.name == "person_id" for f in table.fields):
                connection.execute(f"delete from cdm.{name} where person_id > {persons}")
        connection.execute(f"delete from cdm.person where person_id > {persons}")
        connection.execute(
            "update cdm.person set day_of_birth = ? where person_id = 1", [1 + salt % 28]
        )
        _fill_audit(connection)
    if quality:
        _write_quality(workspace)
    accept(workspace)
    return workspace.candidate


def released(root: Path) -> Workspace:
    """A workspace at ``root`` with the small candidate released: a copy of one made once."""
    shutil.copytree(_template(), root, symlinks=True)
    return Workspace(root)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="snds-omop-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    workspace = Workspace(folder / "workspace")
    build_candidate(workspace)
    create(workspace, Settings())
    return workspace.root


def accept(workspace: Workspace, *, accepted: bool = True, reasons: tuple[str, ...] = ()) -> None:
    """Write the gate's verdict on the candidate as it stands."""
    verdict = {
        "accepted": accepted,
        "reasons": list(reasons),
        "candidate": fingerprint(workspace.candidate),
    }
    (workspace.quality / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")


def released_site(folder: Path) -> Path:
    """A workspace with a release of a site that has stated its name."""
    workspace = Workspace(folder / "workspace")
    build_candidate(workspace)
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("update cdm.cdm_source set cdm_source_abbreviation = 'SITE_A'")
    accept(workspace)
    create(workspace, Settings())
    return workspace.root


def key_of(made: Release) -> Ed25519PublicKey:
    """The key that the workspace of a release signs with."""
    return signing_key(Workspace(made.path.parents[1])).public_key()


def _fill(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    count, columns = ROWS[name]
    connection.execute(
        f"insert into cdm.{name} ({', '.join(columns)}) "
        f"select {', '.join(columns.values())} from range({count}) as numbers(i)"
    )


def _fill_vocabulary(connection: duckdb.DuckDBPyConnection) -> None:
    valid = "date '1970-01-01', date '2099-12-31'"
    connection.executemany(
        f"insert into cdm.concept select $1, $2, $3, $4, $5, $6, $7, {valid}, null", CONCEPTS
    )
    connection.executemany(
        "insert into cdm.vocabulary select $1, $1, null, $2, 0", list(VOCABULARIES.items())
    )
    connection.execute(
        "insert into cdm.domain select distinct domain_id, domain_id, 0 from cdm.concept"
    )
    connection.execute(
        "insert into cdm.concept_class "
        "select distinct concept_class_id, concept_class_id, 0 from cdm.concept"
    )
    connection.execute(
        "insert into cdm.concept_ancestor select concept_id, concept_id, 0, 0 "
        "from cdm.concept where standard_concept = 'S'"
    )


def _fill_audit(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema audit")
    connection.execute(
        "create table audit.ledger as select 'ER_PRS_F' as source_table, 2019 as source_year, "
        "'event' as disposition, null::varchar as rule_id, 600::bigint as n_rows"
    )
    connection.execute(
        "create table audit.balance as select 'ER_PRS_F' as source_table, 2019 as source_year, "
        "600::bigint as n_read, 600::bigint as n_staged, 0::bigint as n_quarantined, "
        "0::bigint as n_withdrawn, "
        "600::bigint as n_disposed, 0::bigint as residual"
    )
    connection.execute(
        "create table audit.rejects (source_table varchar, source_year integer, reason varchar, "
        "n_rows bigint)"
    )
    connection.execute(
        "create table audit.reading as select 'ER_PRS_F' as source_table, 2019 as source_year, "
        "'BEN_RES_DPT' as column_name, 0::bigint as n_unparsed, 12::bigint as n_missing, "
        "3::bigint as n_rounded"
    )
    connection.execute(
        "create table audit.mapping_coverage as select 'Condition' as domain, "
        "'CIM10' as source_vocabulary, 2019 as source_year, 'approved' as method, "
        "'EQUAL' as equivalence, 3::bigint as n_codes, 270::bigint as n_records"
    )
    connection.execute(
        "create table audit.fan_out as select 'drug_exposure' as cdm_table, "
        "'ER_PRS_F' as source_table, 600::bigint as n_source_rows, 600::bigint as n_cdm_rows"
    )
    connection.execute(
        "create table audit.files as select 'ER_PRS_F' as source_table, 2019 as source_year, "
        "0 as file_number, 'ER_PRS_F_2019.csv' as file_name, repeat('ab', 32) as sha256, "
        "600::bigint as rows_read, 600::bigint as rows_staged, 0::bigint as rows_quarantined, "
        "0::bigint as rows_withdrawn, "
        "0::bigint as first_row_id, 8191::bigint as last_row_id, "
        "'loaded' as fate, '' as fate_code, 601::bigint as n_lines"
    )


def _write_quality(workspace: Workspace) -> None:
    results = {
        "endTimestamp": ["2023-01-01 00:00:00"],
        "CheckResults": [],
        "Metadata": [{"cdmSourceAbbreviation": "SNDS", "cdmReleaseDate": "2022-12-31"}],
        "Overview": {"countTotal": [0], "countPassed": [0], "countOverallFailed": [0]},
    }
    (workspace.quality / "dq-result.json").write_text(json.dumps(results), encoding="utf-8")
    (workspace.quality / "report_en.html").write_text("<html lang='en'></html>", encoding="utf-8")
