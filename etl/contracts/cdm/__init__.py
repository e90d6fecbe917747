"""The target: 39 tables of the OMOP CDM 5.4, as the physical tables we write.

``fields.csv`` re-expresses the facts of OHDSI/CommonDataModel (commit f853f6e, Apache-2.0,
``OMOP_CDMv5.4_Field_Level.csv``) with our physical types: BIGINT entity ids, INTEGER concept
ids, DOUBLE values, DECIMAL(18,2) money; columns too short for French codes are widened, each
with its reason in ``widened_because``.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILLINGS = ("constant", "row_id", "setting", "vocabulary")
"""Not SNDS columns: a fixed value, the id of the source row, a setting, a concept."""
COST_TABLES = {
    "Condition": "condition_occurrence",
    "Device": "device_exposure",
    "Drug": "drug_exposure",
    "Measurement": "measurement",
    "Observation": "observation",
    "Procedure": "procedure_occurrence",
    "Specimen": "specimen",
    "Visit": "visit_occurrence",
    "Visit Detail": "visit_detail",
}
"""``cost.cost_domain_id`` → the table whose row ``cost_event_id`` names."""
FIELDS_FILE = Path(__file__).resolve().parent / "fields.csv"


@dataclass(frozen=True, slots=True)
class CdmField:
    """One column of a CDM table."""

    table: str
    name: str
    type: str
    """bigint, integer, double, decimal(18,2), date, timestamp or varchar."""
    width: int | None
    """Longest text the column may hold; None is unlimited or not a text."""
    required: bool
    primary_key: bool
    fk_table: str | None
    fk_field: str | None
    fk_domain: str | None
    fk_class: str | None
    widened_because: str
    doc_en: str
    doc_fr: str
    filled_from: tuple[str, ...]
    """What fills it, when something does: ``TABLE.COLUMN`` of the SNDS, ids of rules, or one of
    :data:`FILLINGS`."""

    @property
    def quoted(self) -> str:
        """The name as SQL wants it (``offset`` is a reserved word)."""
        return f'"{self.name}"' if self.name == "offset" else self.name


@dataclass(frozen=True, slots=True)
class CdmTable:
    """One CDM table: its group is the folder of its dbt model."""

    name: str
    group: str
    fields: tuple[CdmField, ...]

    @property
    def primary_key(self) -> str | None:
        return next((field.name for field in self.fields if field.primary_key), None)

    def field(self, name: str) -> CdmField:
        return next(field for field in self.fields if field.name == name)

    def typed(self, written: Collection[str] | None = None) -> str:
        """Its columns with their types, as a list of SQL.

        Args:
            written: those that the rows have, NULL for the others; None when they have all.
        """
        return ", ".join(
            f"cast({field.quoted if written is None or field.name in written else 'null'}"
            f" as {field.type}) as {field.quoted}"
            for field in self.fields
        )

    @property
    def unfilled(self) -> str:
        """SQL that holds for a row with NULL in a column that must be filled."""
        return " or ".join(f"{f.quoted} is null" for f in self.fields if f.required) or "false"


@cache
def cdm_tables() -> dict[str, CdmTable]:
    """The 39 tables by name, in the order of the specification."""
    fields: dict[str, list[CdmField]] = {}
    groups: dict[str, str] = {}
    with FIELDS_FILE.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            groups[row["table"]] = row["group"]
            fields.setdefault(row["table"], []).append(
                CdmField(
                    table=row["table"],
                    name=row["field"],
                    type=row["type"],
                    width=int(row["width"]) if row["width"] else None,
                    required=row["required"] == "yes",
                    primary_key=row["primary_key"] == "yes",
                    fk_table=row["fk_table"] or None,
                    fk_field=row["fk_field"] or None,
                    fk_domain=row["fk_domain"] or None,
                    fk_class=row["fk_class"] or None,
                    widened_because=row["widened_because"],
                    doc_en=row["doc_en"],
                    doc_fr=row["doc_fr"],
                    filled_from=tuple(row["filled_from"].split()),
                )
            )
    return {name: CdmTable(name, groups[name], tuple(rows)) for name, rows in fields.items()}
