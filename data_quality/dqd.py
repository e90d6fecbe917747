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
from data_quality.engine.statuses import ABSENT, fails
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
    metadata = {
        _camel(name): value if isinstance(value, int) else str(value)
        for name, value in cdm_source.items()
        if value is not None
    }
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


def status_of(result: Result) -> Status:
    """The status by DQD's threshold: ours may differ, and is then stated in the notes."""
    check = result.check
    if not check.note or result.status not in (Status.PASS, Status.FAIL):
        return result.status
    failed = fails(result.violated, result.denominator, check.dqd_threshold)
    return Status.FAIL if failed else Status.PASS


def _error(result: Result) -> str:
    """The error text; a table or field that is absent fails, and has one as well."""
    if result.error or result.status is not Status.FAIL:
        return result.error
    return ABSENT if result.check.name in ("cdmTable", "cdmField") else ""


def _entry(result: Result, seconds: float) -> dict[str, Any]:
    check = result.check
    status = status_of(result)
    error = _error(result)
    description = check_text(check, "rule", "en")
    note = f"{check.note} (threshold here: {check.threshold:g} %)" if check.note else None
    entry: dict[str, Any] = {
        "numViolatedRows": None if error else result.violated,
        "pctViolatedRows": None if error else round(result.share, 4),
        "numDenominatorRows": None if error else result.denominator,
        # Checks share scans: each is given its share of the whole time.
        "executionTime": f"{seconds:.3f} secs",
        "queryText": result.sql or description,
        "checkName": check.name,
        "checkLevel": str(check.type.level),
        "checkDescription": description,
        "cdmTableName": check.table.upper(),
        "cdmFieldName": check.field.upper() or None,
        "conceptId": check.spelled or None,
        "sqlFile": _SQL_FILES[check.name],
        "category": check.type.category,
        "subcategory": check.type.subcategory or None,
        "context": check.type.context,
        "severity": str(check.type.severity),
        "error": error or None,
        "checkId": check.id,
        "failed": int(status is Status.FAIL),
        "passed": int(status is Status.PASS),
        "isError": int(bool(error) and status is not Status.FAIL),
        "notApplicable": int(status is Status.NOT_APPLICABLE),
        "notApplicableReason": result.reason or None,
        "thresholdValue": None if check.name in ("cdmTable", "cdmField") else check.dqd_threshold,
        "notesValue": note,
    }
    return {name: value for name, value in entry.items() if value is not None}


def _overview(results: Sequence[Result]) -> dict[str, list[float]]:
    """DQD's own counts; it counts what does not apply, and what could not run, as passed.

    By category only what *is* passed counts, so that the categories do not add up.
    """
    statuses = [(result, status_of(result)) for result in results]
    total = len(statuses)
    failed = sum(status is Status.FAIL for _, status in statuses)
    threshold = sum(status is Status.FAIL and not _error(r) for r, status in statuses)
    counts: dict[str, float] = {
        "countTotal": total,
        "countPassed": total - failed,
        "countErrorFailed": sum(bool(_error(result)) for result in results),
        "countThresholdFailed": threshold,
        "countOverallFailed": failed,
        "percentPassed": round(100 * (total - failed) / total, 2) if total else 0,
        "percentFailed": round(100 * failed / total, 2) if total else 0,
    }
    for category in _CATEGORIES:
        of = [status for r, status in statuses if r.check.type.category == category]
        counts |= {
            f"countTotal{category}": len(of),
            f"countFailed{category}": of.count(Status.FAIL),
            f"countPassed{category}": of.count(Status.PASS),
        }
    return {name: [count] for name, count in counts.items()}
