"""Section 13: what this page hides, and what in the release could reveal a person's identity."""

from __future__ import annotations

from typing import Any

from data_quality.report.material import Material
from data_quality.report.shown import ROUNDING, Shown
from data_quality.report.tables import table
from data_quality.report.words import Words

# Columns that may point to a person (art. R1461-11 CSP and the Cnam guide), and why.
IDENTIFIERS = (
    ("person", "person_source_value", "pseudonym"),
    ("person", "year_of_birth", "birth"),
    ("person", "month_of_birth", "birth"),
    ("person", "day_of_birth", "birth"),
    ("death", "death_date", "death"),
    ("visit_occurrence", "visit_start_date", "care"),
    ("location", "zip", "place"),
    ("location", "city", "place"),
    ("location", "address_1", "place"),
    ("location", "location_source_value", "place"),
    ("provider", "provider_source_value", "professional"),
    ("care_site", "care_site_source_value", "site"),
)


def privacy(material: Material, words: Words, shown: Shown) -> dict[str, Any]:
    """Called last: it states how many numbers the other sections hid."""
    status = {row["check_id"]: row for row in material.rows()}
    rows = []
    for name, column, why in IDENTIFIERS:
        row = status.get(f"field_measurevaluecompleteness_{name}_{column}")
        filled = bool(row and row["denominator"] and row["violated"] < row["denominator"])
        rows.append(
            (
                f"{name}.{column}",
                words(f"privacy.{why}"),
                words("privacy.present") if filled else words("privacy.absent"),
            )
        )
    return {
        "facts": [
            (words("privacy.minimum"), shown.plain(shown.minimum)),
            (words("privacy.rounding"), shown.plain(ROUNDING)),
            (words("privacy.hidden"), shown.plain(shown.hidden)),
        ],
        "table": table(
            "privacy", (words("privacy.column"), words("privacy.why"), words("privacy.state")), rows
        ),
    }
