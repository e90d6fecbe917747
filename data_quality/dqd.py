"""Results in the JSON form of OHDSI's DataQualityDashboard, which its viewer, Ares and
CdmOnboarding read. Facts of the form: DQD 2.8.4, ``writeResultsToJson`` (scalars are lists of one
element, as R's jsonlite writes them; absent values are left out).

Only DQD's own checks are written: readers look ids up in DQD's catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from data_quality.checks.model import Result, Status
from data_quality.texts import check_text

FILE = "dq-result.json"
VERSION = "2.8.4"

_CATEGORIES = ("Plausibility", "Conformance", "Completeness")

# Names of DQD's SQL files, which its viewer shows.
_SQL_FILES = {
    "cdmTable": "table_cdm_table.sql",
    "measurePersonCompleteness": "table_person_completeness.sql",
    "measureConditionEraCompleteness": "table_condition_era_completeness.sql",
    "measureObservationPeriodOverlap": "table_observation_period_overlap.sql",
    "cdmField": "field_cdm_field.sql",
    "isRequired": "field_is_not_nullable.sql",
    "cdmDatatype": "field_cdm_datatype.sql",
    "isPrimaryKey": "field_is_primary_key.sql",
    "isForeignKey": "is_foreign_key.sql",
    "fkDomain": "field_fk_domain.sql",
    "fkClass": "field_fk_class.sql",
    "isStandardValidConcept": "field_is_standard_valid_concept.sql",
    "measureValueCompleteness": "field_measure_value_completeness.sql",
    "standardConceptRecordCompleteness": "field_concept_record_completeness.sql",
    "sourceConceptRecordCompleteness": "field_concept_record_completeness.sql",
    "sourceValueCompleteness": "field_source_value_completeness.sql",
    "plausibleValueLow": "field_plausible_value_low.sql",
    "plausibleValueHigh": "field_plausible_value_high.sql",
    "plausibleTemporalAfter": "field_plausible_temporal_after.sql",
    "plausibleDuringLife": "field_plausible_during_life.sql",
    "withinVisitDates": "field_within_visit_dates.sql",
    "plausibleAfterBirth": "field_plausible_after_birth.sql",
    "plausibleBeforeDeath": "field_plausible_before_death.sql",
    "plausibleStartBeforeEnd": "field_plausible_start_before_end.sql",
    "plausibleGender": "concept_plausible_gender.sql",
    "plausibleGenderUseDescendants": "concept_plausible_gender_use_descendants.sql",
    "plausibleUnitConceptIds": "concept_plausible_unit_concept_ids.sql",
}


def document(
    results: Sequence[Result],
    *,
    started: datetime,
    ended: datetime,
    cdm_source: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole JSON document.

    Args:
        results: all results; those of other catalogues are left out.
        cdm_source: the row of ``cdm_source``, columns as in the table; empty without one.
    """
    kept = [result for result in results if result.check.type.catalogue == "DQD"]
    seconds = (ended - started).total_seconds()
    each = seconds / len(kept) if kept else 0.0
    metadata = {_camel(name): str(value) for name, value in cdm_source.items() if value is not None}
    return {
        "startTimestamp": [started.strftime("%Y-%m-%d %H:%M:%S")],
        "endTimestamp": [ended.strftime("%Y-%m-%d %H:%M:%S")],
        "executionTime": [f"{seconds / 60:.0f} mins" if seconds >= 60 else f"{seconds:.0f} secs"],
        "executionTimeSeconds": [round(seconds, 4)],
        "CheckResults": [_entry(result, each) for result in kept],
        "Metadata": [{**metadata, "dqdVersion": VERSION}],
        "Overview": _overview(kept),
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), "utf-8")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _entry(result: Result, seconds: float) -> dict[str, Any]:
    check = result.check
    error = result.status is Status.ERROR
    entry: dict[str, Any] = {
        "numViolatedRows": None if error else result.violated,
        "pctViolatedRows": None if error else round(result.share, 4),
        "numDenominatorRows": None if error else result.denominator,
        # Checks share scans: each is given its share of the whole time.
        "executionTime": f"{seconds:.3f} secs",
        "queryText": result.sql,
        "checkName": check.name,
        "checkLevel": str(check.type.level),
        "checkDescription": check_text(check, "rule", "en"),
        "cdmTableName": check.table.upper(),
        "cdmFieldName": check.field.upper() or None,
        "conceptId": ",".join(str(concept) for concept in check.concepts) or None,
        "sqlFile": _SQL_FILES[check.name],
        "category": check.type.category,
        "subcategory": check.type.subcategory or None,
        "context": check.type.context,
        "severity": str(check.type.severity),
        "error": result.error or None,
        "checkId": check.id,
        "failed": int(result.status is Status.FAIL),
        "passed": int(result.status is Status.PASS),
        "isError": int(error),
        "notApplicable": int(result.status is Status.NOT_APPLICABLE),
        "notApplicableReason": result.reason or None,
        "thresholdValue": check.threshold,
        "notesValue": check.note or None,
    }
    return {name: value for name, value in entry.items() if value is not None}


def _overview(results: Sequence[Result]) -> dict[str, list[int]]:
    """DQD's own counts; it counts what does not apply, and what could not run, as passed."""
    failed = [r for r in results if r.status is Status.FAIL]
    errors = sum(r.status is Status.ERROR for r in results)
    total = len(results)
    overall = len(failed) + errors
    counts = {
        "countTotal": total,
        "countPassed": total - overall,
        "countErrorFailed": errors,
        "countThresholdFailed": len(failed),
        "countOverallFailed": overall,
        "percentPassed": round(100 * (total - overall) / total) if total else 0,
        "percentFailed": round(100 * overall / total) if total else 0,
    }
    for category in _CATEGORIES:
        of = [r for r in results if r.check.type.category == category]
        bad = sum(r.status in (Status.FAIL, Status.ERROR) for r in of)
        counts |= {
            f"countTotal{category}": len(of),
            f"countFailed{category}": bad,
            f"countPassed{category}": len(of) - bad,
        }
    return {name: [count] for name, count in counts.items()}
