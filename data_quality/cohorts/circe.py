"""A cohort as an ATLAS definition (the JSON that Circe reads), for any OHDSI client."""

from __future__ import annotations

from typing import Any

import duckdb

from data_quality.cohorts.concepts import Resolved, resolve
from data_quality.cohorts.definition import Cohort, Criterion

_NAMES = {
    "condition": ("ConditionOccurrence", "ConditionSourceConcept"),
    "drug": ("DrugExposure", "DrugSourceConcept"),
    "procedure": ("ProcedureOccurrence", "ProcedureSourceConcept"),
    "measurement": ("Measurement", "MeasurementSourceConcept"),
    "device": ("DeviceExposure", "DeviceSourceConcept"),
    "observation": ("Observation", "ObservationSourceConcept"),
    "visit": ("VisitOccurrence", "VisitSourceConcept"),
    "visit_detail": ("VisitDetail", "VisitDetailSourceConcept"),
}


def circe_expression(connection: duckdb.DuckDBPyConnection, cohort: Cohort) -> dict[str, Any]:
    """The definition, with source codes resolved in this CDM's vocabulary.

    Raises:
        ValueError: the cohort rests on source values, which Circe does not know.
    """
    if not cohort.is_portable:
        raise ValueError(f"{cohort.id} cannot be expressed by concepts alone")
    sets: list[dict[str, Any]] = []

    def criteria(criterion: Criterion) -> list[dict[str, Any]]:
        return [dict([entry]) for entry in _criteria(resolve(connection, criterion), sets)]

    entry = [found for criterion in cohort.entry for found in criteria(criterion)]
    rules = [
        {
            "name": f"rule {number}",
            "expression": {
                "Type": "ANY",
                "CriteriaList": [
                    {
                        "Criteria": found,
                        "StartWindow": _window(rule.start, rule.end),
                        "Occurrence": {"Type": 2, "Count": 1},
                    }
                    for criterion in rule.any
                    for found in criteria(criterion)
                ],
                "DemographicCriteriaList": [],
                "Groups": [],
            },
        }
        for number, rule in enumerate(cohort.inclusion, start=1)
    ]
    return {
        "ConceptSets": sets,
        "PrimaryCriteria": {
            "CriteriaList": entry,
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "QualifiedLimit": {"Type": "All"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": rules,
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }


def _criteria(resolved: Resolved, sets: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """One Circe criterion per way to match: Circe would read both at once as AND."""
    table, source_field = _NAMES[resolved.criterion.domain]
    found = []
    if resolved.criterion.concepts or resolved.is_empty:
        found.append((table, {"CodesetId": _add(sets, resolved.criterion.concepts, True)}))
    if resolved.source_concepts:
        found.append((table, {source_field: _add(sets, resolved.source_concepts, False)}))
    return found


def _add(sets: list[dict[str, Any]], concepts: tuple[int, ...], with_descendants: bool) -> int:  # noqa: FBT001
    number = len(sets)
    items = [
        {
            "concept": {"CONCEPT_ID": concept},
            "isExcluded": False,
            "includeDescendants": with_descendants,
            "includeMapped": False,
        }
        for concept in concepts
    ]
    sets.append({"id": number, "name": f"set {number}", "expression": {"items": items}})
    return number


def _window(start: int, end: int) -> dict[str, Any]:
    def bound(days: int) -> dict[str, int]:
        return {"Days": abs(days), "Coeff": 1 if days >= 0 else -1}

    return {"Start": bound(start), "End": bound(end), "UseIndexEnd": False, "UseEventEnd": False}
