"""Section 12: for which studies the candidate is fit, by rules that are written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data_quality.report.material import Material, Row
from data_quality.report.shown import Shown
from data_quality.report.tables import table
from data_quality.report.words import Words

Light = str
GOOD, CARE, BAD, UNKNOWN = "good", "care", "bad", "unknown"
_ORDER = (BAD, CARE, UNKNOWN, GOOD)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What rules look at."""

    status: dict[str, Row]
    material: Material

    def passes(self, *checks: str) -> Light:
        """Good when all named checks pass; care when one fails; unknown when none applies."""
        found = [self.status[c]["status"] for c in checks if c in self.status]
        if any(status in ("fail", "error") for status in found):
            return CARE
        return GOOD if "pass" in found else UNKNOWN

    def mapped(self, table: str, good: float, poor: float) -> Light:
        """By the share of records with a standard concept."""

        def total(figure: str) -> float:
            rows = self.material.figure(figure)
            return float(sum(row["value"] for row in rows if row["table_name"] == table))

        whole = total("records_by_year")
        if not whole:
            return BAD
        share = 100 * total("mapped_by_year") / whole
        return GOOD if share >= good else CARE if share >= poor else BAD

    def filled(self, table: str, field: str, good: float, poor: float) -> Light:
        """By the share of rows where a column is filled."""
        row = self.status.get(f"field_measurevaluecompleteness_{table}_{field}")
        if row is None or not row["denominator"]:
            return BAD
        share = 100 * (1 - row["share"])
        return GOOD if share >= good else CARE if share >= poor else BAD

    def years(self, good: float, poor: float) -> Light:
        """By the mean length of observation."""
        whole = self.material.number("person_years", "observation_period") or 0
        persons = self.material.number("persons_observed", "observation_period") or 0
        mean = whole / persons if persons else 0
        return GOOD if mean >= good else CARE if mean >= poor else BAD


_CONTINUITY = "release_monthlycontinuity_{}_{}"
_LAST = "release_lastmonths_{}_{}"
Rule = Callable[[_Facts], Light]

STUDIES: dict[str, dict[str, Rule]] = {
    "drugs": {
        "mapped": lambda f: f.mapped("drug_exposure", 80, 50),
        "continuous": lambda f: f.passes(
            _CONTINUITY.format("drug_exposure", "drug_exposure_start_date"),
            _LAST.format("drug_exposure", "drug_exposure_start_date"),
        ),
        "quantity": lambda f: f.passes(
            "release_quantitybyproduct_drug_exposure", "release_quantitynotpositive_drug_exposure"
        ),
        # The SNDS holds boxes, neither dose nor duration.
        "duration": lambda f: f.filled("drug_exposure", "days_supply", 95, 50),
    },
    "incidence": {
        "mapped": lambda f: f.mapped("condition_occurrence", 80, 50),
        "lookback": lambda f: f.years(3, 1),
        "observed": lambda f: f.passes(
            "release_eventsobserved_condition_occurrence_condition_start_date",
            "table_measureobservationperiodoverlap_observation_period",
        ),
    },
    "hospital": {
        "continuous": lambda f: f.passes(
            _CONTINUITY.format("visit_occurrence", "visit_start_date")
        ),
        "linked": lambda f: f.passes("release_stayreturncodes", "release_staygrouperror"),
        "lengths": lambda f: f.passes("release_staylength_visit_occurrence"),
        "acts": lambda f: f.mapped("procedure_occurrence", 60, 20),
    },
    "mortality": {
        "deaths": lambda f: f.passes("release_nationalfigure_deaths", "table_uniquerow_death"),
        "causes": lambda f: f.filled("death", "cause_source_value", 80, 40),
        "after": lambda f: f.passes(
            "field_plausiblebeforedeath_drug_exposure_drug_exposure_start_date",
            "field_plausiblebeforedeath_visit_occurrence_visit_start_date",
        ),
    },
    "costs": {
        "reconciled": lambda f: f.passes("release_costreconciled"),
        "events": lambda f: f.passes("release_costevent_cost"),
        "sign": lambda f: f.passes("release_costnotnegative_cost"),
    },
    "results": {
        # Laboratory results are not in the SNDS: acts are known, values are not.
        "values": lambda f: f.filled("measurement", "value_as_number", 50, 5),
        "acts": lambda f: f.mapped("measurement", 60, 20),
    },
    "mothers": {
        "births": lambda f: f.passes("release_nationalfigure_births"),
        "sex": lambda f: f.passes(
            "concept_plausiblegenderusedescendants_condition_occurrence_condition_concept_id"
            "_4095793,443343,4024004,4172857,444094,197810,4158481"
        ),
        "month": lambda f: f.filled("person", "month_of_birth", 95, 50),
    },
}


def fitness(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """One card a kind of study; its light is that of its worst rule."""
    facts = _Facts({row["check_id"]: row for row in material.rows()}, material)
    cards = []
    rows = []
    for study, rules in STUDIES.items():
        lights = {rule: judge(facts) for rule, judge in rules.items()}
        worst = min(lights.values(), key=_ORDER.index)
        cards.append(
            {
                "title": words(f"studies.{study}.title"),
                "light": worst,
                "verdict": words(f"lights.{worst}"),
                "rules": [
                    {
                        "text": words(f"studies.{study}.{rule}"),
                        "light": light,
                        "word": words(f"lights.{light}"),
                    }
                    for rule, light in lights.items()
                ],
            }
        )
        rows += [
            (
                words(f"studies.{study}.title"),
                words(f"studies.{study}.{rule}"),
                words(f"lights.{light}"),
            )
            for rule, light in lights.items()
        ]
    head = (words("studies.study"), words("studies.rule"), words("studies.light"))
    return {"cards": cards, "table": table("fitness", head, rows)}
