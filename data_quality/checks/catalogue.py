"""From specification to checks.

Structure (tables, fields, types, keys, domains) is read from ``etl.contracts.cdm`` and never
restated. What DQD 2.8.4 adds to it is in three lists in this folder:

- ``instances.csv``: checks of tables and fields, with threshold and parameter;
- ``concepts.csv``: checks of concepts (sex and units);
- ``differences.csv``: where DQD departs from the CDM specification.

``thresholds/*.csv`` change a threshold for SNDS data, each with its reason.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from data_quality.checks.model import Check, CheckType, Level, Severity
from data_quality.files import read_yaml
from etl.contracts.cdm import CdmField, cdm_tables

CATALOGUE_VERSION = "dqd-2.8.4+snds-2"
"""Trends and comparisons break when this changes: counts of two catalogues do not compare."""

HERE = Path(__file__).resolve().parent
THRESHOLDS = HERE.parent / "thresholds"

INTEGERS = ("integer", "bigint")


@cache
def check_types() -> dict[str, CheckType]:
    """All kinds of check by name, in the order of ``types.yml``."""
    facts: dict[str, dict[str, Any]] = read_yaml(HERE / "types.yml")
    return {
        name: CheckType(
            name=name,
            level=Level(fact["level"]),
            category=fact["category"],
            subcategory=fact["subcategory"],
            context=fact["context"],
            severity=Severity(fact["severity"]),
            catalogue=fact["catalogue"],
            superseded_by=fact.get("superseded_by", ""),
            counts=fact.get("counts", "rows"),
        )
        for name, fact in facts.items()
    }


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file of the specification."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _from_contract(field: CdmField) -> Iterator[tuple[str, float, str]]:
    """(check type, threshold, parameter) that follow from what a field is."""
    yield "cdmField", 0, ""
    yield "columnType", 0, field.type
    if field.type in INTEGERS:
        yield "cdmDatatype", 0, ""
    if field.width is not None:
        yield "columnWidth", 0, str(field.width)
    if field.required:
        yield "isRequired", 0, ""
    # DQD judges completeness for every field: 0 % empty if required, else reported only.
    yield "measureValueCompleteness", 0 if field.required else 100, ""
    if field.primary_key:
        yield "isPrimaryKey", 0, ""
    if field.fk_table:
        yield "isForeignKey", 0, f"{field.fk_table}.{field.fk_field}"
    if field.fk_domain:
        yield "fkDomain", 0, field.fk_domain
    if field.fk_class:
        yield "fkClass", 0, field.fk_class


def _structure() -> Iterator[Check]:
    types = check_types()
    dropped: set[tuple[str, str, str]] = set()
    added: list[dict[str, str]] = []
    for row in read_rows(HERE / "differences.csv"):
        if row["change"] == "drop":
            dropped.add((row["check"], row["table"], row["field"]))
        else:
            added.append(row)
    for table in cdm_tables().values():
        yield Check(types["cdmTable"], table.name, threshold=0)
        for field in table.fields:
            for name, threshold, parameter in _from_contract(field):
                if (name, table.name, field.name) not in dropped:
                    yield Check(
                        types[name],
                        table.name,
                        field.name,
                        threshold=threshold,
                        parameter=parameter,
                    )
    for row in added:
        yield Check(
            types[row["check"]],
            row["table"],
            row["field"],
            threshold=0,
            parameter=row["parameter"],
        )


def _listed() -> Iterator[Check]:
    types = check_types()
    for name in ("instances.csv", "concepts.csv"):
        for row in read_rows(HERE / name):
            yield Check(
                type=types[row["check"]],
                table=row["table"],
                field=row["field"],
                concepts=tuple(int(part) for part in row.get("concepts", "").split(",") if part),
                spelled=row.get("concepts", ""),
                threshold=float(row["threshold"]) if row["threshold"] else None,
                parameter=row["parameter"],
            )


def _overridden(checks: Iterable[Check]) -> Iterator[Check]:
    changes: Mapping[str, dict[str, str]] = {
        row["check_id"]: row for path in sorted(THRESHOLDS.glob("*.csv")) for row in read_rows(path)
    }
    known = set()
    for check in checks:
        change = changes.get(check.id)
        known.add(check.id)
        if change is None:
            yield check
        else:
            yield Check(
                type=check.type,
                table=check.table,
                field=check.field,
                concepts=check.concepts,
                spelled=check.spelled,
                threshold=float(change["threshold"]),
                parameter=check.parameter,
                note=change["because_en"],
                note_fr=change["because_fr"],
                specified=check.threshold,
            )
    if unknown := set(changes) - known:
        raise ValueError(f"thresholds name unknown checks: {', '.join(sorted(unknown))}")


@cache
def catalogue() -> tuple[Check, ...]:
    """Every check of the CDM, DQD's and ours, each id once."""
    checks = tuple(_overridden((*_structure(), *_listed())))
    ids = [check.id for check in checks]
    if len(ids) != len(set(ids)):
        raise ValueError("the specification names a check twice")
    return checks
