"""A self-assessment along article 78 of the European Health Data Space, and no official label.

The regulation asks for documentation, technical quality, quality management, coverage, access
and modifications. What can be computed is, with its evidence; the rest is marked as open.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from etl.publish.metadata.facts import Facts
from etl.release.manifest import Manifest

NOTICE = {
    "en": "Computed by the holder's own tool. Not a label: only a label authority gives one.",
    "fr": "Calculé par l'outil du détenteur. Ce n'est pas un label : seule une autorité en donne.",
}


def self_assessment(manifest: Manifest, facts: Facts) -> dict[str, Any]:
    """One entry per element of article 78."""
    delay = _days(manifest)
    quality = facts.quality
    technical = [
        _computed("completeness", quality.get("Completeness"), "applicable checks passed"),
        _computed("uniqueness", facts.unique, "checks of primary keys passed"),
        _computed(
            "accuracy", facts.plausible.get("Atemporal"), "plausibility checks of values passed"
        ),
        _computed("validity", quality.get("Conformance"), "conformance checks passed"),
        _computed("timeliness", delay, "days from the source's release to the CDM's"),
        _computed(
            "consistency", facts.plausible.get("Temporal"), "plausibility checks over time passed"
        ),
    ]
    mapped = {name.lower(): share for name, share in facts.mapped.items()}
    return {
        "official_label": False,
        "notice": NOTICE,
        "release": manifest.release_id,
        "elements": {
            "a_documentation": [
                _computed("variables described", facts.described, "share of columns"),
                _person("documentation of collection and of the source"),
            ],
            "b_technical_quality": technical,
            "c_quality_management": [
                _computed(
                    "automatic gate", manifest.verdict.get("accepted"), "quality/verdict.json"
                ),
                _computed("rows accounted for", facts.balanced, "share of source tables and years"),
                _person("maturity of data quality management (levels 1 to 5)"),
            ],
            "d_coverage": [
                _computed("persons", facts.persons, "rounded up"),
                _computed("first month", _text(facts.first_month), "observation periods"),
                _computed("last month", _text(facts.last_month), "observation periods"),
                _person("share of the population that the source covers"),
            ],
            "e_access": [
                _person("access and usage policy"),
                _person("mean time from application to data"),
            ],
            "f_modifications": [
                _computed("records with a standard concept", mapped, "share by domain"),
                _computed("rules switched off", list(manifest.rules_off), "MANIFEST.json"),
            ],
        },
    }


def _computed(name: str, value: Any, evidence: str) -> dict[str, Any]:
    """A value with its evidence; without a value it needs a person after all."""
    if value is None:
        return _person(name)
    return {"name": name, "value": value, "evidence": evidence, "needs_person": False}


def _person(name: str) -> dict[str, Any]:
    return {"name": name, "value": None, "evidence": None, "needs_person": True}


def _days(manifest: Manifest) -> int | None:
    """Delay of the release; unknown when the source's date is only that of the release."""
    identity = manifest.identity
    released = date.fromisoformat(identity.cdm_release_date)
    return (released - date.fromisoformat(identity.source_release_date)).days or None


def _text(day: object) -> str | None:
    return str(day)[:7] if day else None
