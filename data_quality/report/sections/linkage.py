"""Declared crosswalks: external ids by what became of them."""

from __future__ import annotations

from data_quality.report.material import Material
from data_quality.report.shown import Shown
from data_quality.report.tables import Table, table
from data_quality.report.words import Words


def linkage(material: Material, words: Words, shown: Shown) -> Table:
    """External ids and persons of each crosswalk, matched ones first, then by reason."""
    persons = {
        (row["table_name"], row["label"]): row["value"]
        for row in material.figure("crosswalk_persons")
    }
    found = sorted(
        material.figure("crosswalk"),
        key=lambda row: (row["table_name"], row["label"] != "matched", row["label"]),
    )
    rows = [
        (
            row["table_name"],
            words(f"ledger.crosswalk_{row['label'].replace(' ', '_')}"),
            shown.count(row["value"]),
            shown.count(persons.get((row["table_name"], row["label"]), 0.0)),
        )
        for row in found
    ]
    head = (*(words(f"ledger.{key}") for key in ("crosswalk", "outcome", "ids")), words("persons"))
    return table("crosswalks", head, rows, (2, 3))
