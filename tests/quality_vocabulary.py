"""The vocabulary of the good candidate: evidence A and B of the project's reference."""

from __future__ import annotations

import duckdb

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


def fill_vocabulary(connection: duckdb.DuckDBPyConnection) -> None:
    """Concepts, their mappings and ancestors, and the lists that name them."""
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
