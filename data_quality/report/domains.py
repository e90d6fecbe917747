"""Where a check belongs: thirteen domains that a steward knows, and what causes a failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data_quality.checks.benchmarks import benchmark

DOMAINS = (
    "person",
    "observation_period",
    "visit",
    "condition",
    "drug",
    "procedure",
    "device",
    "measurement",
    "observation",
    "death",
    "health_system",
    "cost",
    "metadata",
)

_OF_TABLE = {
    "person": "person",
    "observation_period": "observation_period",
    "payer_plan_period": "cost",
    "cost": "cost",
    "visit_occurrence": "visit",
    "visit_detail": "visit",
    "condition_occurrence": "condition",
    "condition_era": "condition",
    "drug_exposure": "drug",
    "drug_era": "drug",
    "dose_era": "drug",
    "drug_strength": "drug",
    "procedure_occurrence": "procedure",
    "device_exposure": "device",
    "measurement": "measurement",
    "specimen": "measurement",
    "observation": "observation",
    "note": "observation",
    "note_nlp": "observation",
    "episode": "observation",
    "episode_event": "observation",
    "fact_relationship": "observation",
    "death": "death",
    "location": "health_system",
    "care_site": "health_system",
    "provider": "health_system",
}
_OF_CHECK = {
    "fluxContinuity": "visit",
    "stayReturnCodes": "visit",
    "stayGroupError": "visit",
    "personsPerPsa": "person",
    "reversalOrphans": "cost",
    "costReconciled": "cost",
    "hospitalBillsReplaced": "cost",
}
TABLE_OF_VOCABULARY = {
    "CIM10": "condition_occurrence",
    "CIP13": "drug_exposure",
    "UCD": "drug_exposure",
    "CCAM": "procedure_occurrence",
    "NABM": "measurement",
}
_OF_FIGURE = {
    "women": "person",
    "aged_65": "person",
    "births": "person",
    "deaths": "death",
    "hospitalised": "visit",
    "nights": "visit",
    "stays": "visit",
    "age_sex": "person",
    "boxes": "drug",
    "long_term_disease": "condition",
    "deaths_by": "death",
    "causes": "death",
}
"""Domain of a national figure, by the measure that several share."""

# Checks that fail together for one cause, and what distinguishes two causes.
_FAMILIES = {
    "isForeignKey": ("keys", "target"),
    "standardConceptRecordCompleteness": ("mapping", "table"),
    "sourceConceptRecordCompleteness": ("mapping", "table"),
    "sourceValueCompleteness": ("mapping", "table"),
    "unmappedRecords": ("mapping", "table"),
    "mappingByYear": ("mapping", ""),
    "fkDomain": ("concepts", "table"),
    "fkClass": ("concepts", "table"),
    "isStandardValidConcept": ("concepts", "table"),
    "conceptStillValid": ("concepts", "table"),
    "plausibleAfterBirth": ("birth", ""),
    "plausibleBeforeDeath": ("death", ""),
    "plausibleStartBeforeEnd": ("order", ""),
    "plausibleValueLow": ("bounds", ""),
    "plausibleValueHigh": ("bounds", ""),
    "isRequired": ("missing", "table"),
    "measureValueCompleteness": ("missing", "table"),
    "cdmTable": ("structure", ""),
    "cdmField": ("structure", ""),
    "columnType": ("structure", ""),
    "cdmDatatype": ("structure", ""),
    "columnWidth": ("structure", ""),
    "isPrimaryKey": ("duplicates", ""),
    "uniqueRow": ("duplicates", ""),
    "duplicateEvents": ("duplicates", ""),
    "monthlyContinuity": ("continuity", ""),
    "fluxContinuity": ("continuity", ""),
    "lastMonths": ("last_months", ""),
    "volumeKept": ("volume", ""),
    "volumeByMonth": ("volume", ""),
    "measurePersonCompleteness": ("persons", ""),
    "nationalFigure": ("national", ""),
    "plausibleGenderUseDescendants": ("sex", ""),
    "plausibleUnitConceptIds": ("units", ""),
    "eventsObserved": ("observed", ""),
    "eventOutsidePart": ("visits", ""),
    "withinVisitDates": ("visits", ""),
    "weeklyRhythm": ("week", ""),
}


def table_of(row: Mapping[str, Any]) -> str:
    """The CDM table that a result is about, if it is about one."""
    return str(row["table_name"] or TABLE_OF_VOCABULARY.get(row["parameter"], ""))


def domain_of(row: Mapping[str, Any]) -> str:
    """The domain of a result; what belongs to none is about the release itself."""
    if table := table_of(row):
        return _OF_TABLE.get(table, "metadata")
    if row["check_name"] == "nationalFigure":
        return _OF_FIGURE[benchmark(str(row["parameter"])).query]
    return _OF_CHECK.get(row["check_name"], "metadata")


def cause_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """(family, subject): results with the same pair most likely have one cause."""
    family, by = _FAMILIES.get(row["check_name"], (str(row["check_name"]), ""))
    if by == "target":
        return family, str(row["parameter"]).partition(".")[0]
    return family, table_of(row) if by == "table" else ""
