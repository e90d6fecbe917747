"""From counts to statuses, as DQD 2.8.4 decides them (its threshold and not-applicable rules)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from data_quality.checks.model import Check, Level, Measured, Result, Status
from data_quality.checks.templates import relations_of, template

_STRUCTURE = ("cdmTable", "cdmField", "columnType")


ABSENT = "CatalogException"
"""The error that an engine raises for a table or a field that does not exist."""


def fails(violated: int, denominator: int, threshold: float | None) -> bool:
    """Whether the counts pass the threshold; without one, or at 0, any row at fault fails."""
    if not threshold:
        return violated > 0
    if not denominator:
        return False
    return violated / denominator * 100 > threshold


def decide(
    checks: Iterable[Check],
    measured: Mapping[str, Measured],
    tables: Mapping[str, Mapping[str, str]],
    relations: Container[str] = (),
) -> list[Result]:
    """One result per check.

    Args:
        checks: what was asked.
        measured: counts by check id; a check that is absent was not run.
        tables: tables of the candidate with their columns.
        relations: relations that the templates may read.
    """
    checks = list(checks)
    facts = _Facts(checks, measured, tables, relations)
    results = []
    for check in checks:
        found = facts.as_found(check, measured.get(check.id, Measured()))
        reason = facts.not_applicable(check, found)
        if reason:
            status = Status.NOT_APPLICABLE
        elif found.error:
            status = Status.ERROR
        else:
            failed = fails(found.violated, found.denominator, check.threshold)
            status = Status.FAIL if failed else Status.PASS
        results.append(
            Result(
                check,
                status,
                found.violated,
                found.denominator,
                found.error,
                reason,
                found.persons,
            )
        )
    return results


class _Facts:
    """What the answers of some checks imply for the applicability of others."""

    def __init__(
        self,
        checks: list[Check],
        measured: Mapping[str, Measured],
        tables: Mapping[str, Mapping[str, str]],
        relations: Container[str],
    ) -> None:
        self.tables = tables
        self.relations = relations
        self.empty_tables: set[str] = set()
        self.empty_fields: set[tuple[str, str]] = set()
        for check in checks:
            found = measured.get(check.id)
            if check.name != "measureValueCompleteness" or found is None or found.error:
                continue
            if found.denominator == 0:
                self.empty_tables.add(check.table)
            if found.denominator == found.violated:
                self.empty_fields.add((check.table, check.field))

    def as_found(self, check: Check, found: Measured) -> Measured:
        """What was measured; a query on what is absent is an error, structure apart."""
        if template(check.name) is not None or check.name in _STRUCTURE or found.error:
            return found
        columns = self.tables.get(check.table)
        if columns is None or (check.field and check.field not in columns):
            return Measured(error=ABSENT)
        return found

    def not_applicable(self, check: Check, found: Measured) -> str:
        """Why a check does not apply; empty if it does."""
        if template(check.name) is not None:
            absent = [name for name in relations_of(check) if name not in self.relations]
            if absent and check.name == "nationalFigure":
                return "Population targeted or not declared, or the figure's source is absent."
            if absent:
                return f"{', '.join(absent)} does not exist."
            return "" if found.error or found.denominator else "Nothing to look at."
        table, field = check.table.upper(), check.field.upper()
        if check.name == "cdmTable":
            return ""
        if check.name == "measureConditionEraCompleteness":
            # Conditions decide alone: without eras, or without their table, they lack them all.
            empty = "condition_occurrence" not in self.tables
            empty = empty or "condition_occurrence" in self.empty_tables
            return "Table CONDITION_OCCURRENCE is empty." if empty else ""
        if check.table not in self.tables:
            return f"Table {table} does not exist."
        # A missing field fails its structure checks; an empty table still owes one row here.
        if check.name in (*_STRUCTURE, "measurePersonCompleteness", "oneRow"):
            return ""
        if field and check.field not in self.tables[check.table]:
            return f"Field {table}.{field} does not exist."
        if found.error:
            return ""
        if check.table in self.empty_tables:
            return f"Table {table} is empty."
        if check.name == "measureValueCompleteness":
            return ""
        if field and (check.table, check.field) in self.empty_fields:
            return f"Field {table}.{field} is not populated."
        if check.type.level is Level.CONCEPT and not found.denominator:
            return f"{field}={check.spelled} is missing from the {table} table."
        return ""
