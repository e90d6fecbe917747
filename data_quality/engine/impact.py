"""Whom a failure touches: persons, and rows by year, by kind of record and by source file.

Asked of failed checks only, one query each. Never a value and never an identifier.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace

import duckdb

from data_quality.checks.measures import (
    GroupMeasure,
    QueryMeasure,
    RowMeasure,
    measure_of,
)
from data_quality.checks.model import Check, Result, Status
from data_quality.engine import lookups
from data_quality.engine.alone import spoken
from data_quality.engine.scans import Scanner
from etl.contracts.cdm import CdmTable, cdm_tables
from etl.ids import BLOCK, VARIANTS

PERSON_CHECKS = frozenset(
    {
        "measurePersonCompleteness",
        "measureConditionEraCompleteness",
        "measureObservationPeriodOverlap",
    }
)
LINES = VARIANTS * BLOCK
"""CDM ids of one block of lines, which belongs to one source file."""


@dataclass(frozen=True, slots=True)
class Files:
    """Source files by the row ids that they use."""

    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names)

    def of_block(self, block: int) -> str:
        """Name of the file that a block of row ids belongs to; empty when there is none."""
        row_id = block * BLOCK
        rank = bisect_right(self.first, row_id) - 1
        return self.names[rank] if rank >= 0 and row_id <= self.last[rank] else ""


def event_date(table: CdmTable) -> str | None:
    """The column that holds the date of a row's event."""
    dates = [field for field in table.fields if field.type == "date"]
    required = [field.name for field in dates if field.required]
    return required[0] if required else next((field.name for field in dates), None)


def type_concept(table: CdmTable) -> str | None:
    """The column that holds the type concept of a row: its kind of record."""
    return next((field.name for field in table.fields if field.fk_domain == "Type Concept"), None)


def source_files(scanner: Scanner) -> Files:
    """The staged files; none for a CDM that another program made."""
    columns = scanner.candidate.inventory.audit.get("files", {})
    if not {"first_row_id", "last_row_id", "file_name"} <= set(columns):
        return Files()
    rows = scanner.ask(
        "select first_row_id, last_row_id, file_name from audit.files "
        "where first_row_id is not null order by first_row_id"
    )
    first, last, names = zip(*rows, strict=True) if rows else ((), (), ())
    return Files(tuple(map(int, first)), tuple(map(int, last)), tuple(map(str, names)))


def with_impact(scanner: Scanner, result: Result, files: Files) -> Result:
    """The result with the persons and the rows it touches; unchanged unless it failed."""
    check = result.check
    if result.status is not Status.FAIL or check.type.superseded_by:
        return result
    if check.name in PERSON_CHECKS:
        return replace(result, persons=result.violated)
    measure = measure_of(check, scanner.context)
    try:
        if isinstance(measure, RowMeasure | GroupMeasure):
            return _of_rows(scanner, result, measure, files)
        if isinstance(measure, QueryMeasure) and check.name in ("isPrimaryKey", "uniqueRow"):
            return _of_keys(scanner, result)
    except duckdb.Error:
        # The counts stand; only the persons stay unknown.
        return result
    return result


def _relation(
    scanner: Scanner, check: Check, measure: RowMeasure | GroupMeasure
) -> tuple[str, str]:
    """(relation with joins, condition of the rows at fault)."""
    context = scanner.context
    if isinstance(measure, GroupMeasure):
        at_fault = spoken(check, measure, context)
        return at_fault.violated_from, at_fault.violated
    kept = "".join(
        lookups.join(check.table, alias, scanner.lookup(check.table, alias))
        for alias in measure.lookups
    )
    return f"{context.table(check.table)} as t{kept}", measure.violated


def _of_rows(
    scanner: Scanner, result: Result, measure: RowMeasure | GroupMeasure, files: Files
) -> Result:
    check = result.check
    table = cdm_tables()[check.table]
    columns = scanner.candidate.inventory.tables[check.table]
    day, kind, key = event_date(table), type_concept(table), table.primary_key
    person = "t.person_id" if "person_id" in columns else "cast(null as bigint)"
    parts = {
        "year": f"extract(year from t.{day})" if day in columns else "",
        "type": f"t.{kind}" if kind in columns else "",
        "file": f"cast(floor(t.{key} / {LINES}.0) as bigint)" if files and key in columns else "",
    }
    asked = {name: sql for name, sql in parts.items() if sql}
    relation, violated = _relation(scanner, check, measure)
    listed = "".join(f", {sql} as {name}_" for name, sql in asked.items())
    names = [f"{name}_" for name in asked]
    bits = f"grouping_id({', '.join(names)})" if names else "0"
    sets = ", ".join(["()", *(f"({name})" for name in names)])
    rows = scanner.ask(
        f"select {bits}, {', '.join([*names, 'count(*)', 'count(distinct person_)'])}"
        f" from (select {person} as person_{listed} from {relation} where {violated}) as x"
        f" group by grouping sets ({sets})"
    )
    everything = (1 << len(names)) - 1
    details: Counter[tuple[str, str]] = Counter()
    persons = None
    for row in rows:
        grouped, values, (n, who) = row[0], row[1:-2], row[-2:]
        if grouped == everything:
            persons = int(who) if "person_id" in columns else None
            continue
        index = next(i for i in range(len(names)) if not grouped >> (len(names) - 1 - i) & 1)
        dimension = list(asked)[index]
        details[dimension, _label(dimension, values[index], files)] += int(n)
    listed_details = tuple(sorted((*key, n) for key, n in details.items()))
    return replace(result, persons=persons, details=listed_details)


def _label(dimension: str, value: int | None, files: Files) -> str:
    if value is None:
        return ""
    if dimension == "file":
        return files.of_block(int(value))
    return str(int(value))


def _of_keys(scanner: Scanner, result: Result) -> Result:
    check = result.check
    if "person_id" not in scanner.candidate.inventory.tables[check.table]:
        return result
    columns = (check.parameter or check.field).split()
    listed = ", ".join(columns)
    same = " and ".join(f"g.{column} = t.{column}" for column in columns)
    table = scanner.context.table(check.table)
    rows = scanner.ask(
        f"select count(distinct t.person_id) from {table} as t"
        f" inner join (select {listed} from {table} group by {listed} having count(*) > 1) as g"
        f" on {same}"
    )
    return replace(result, persons=int(rows[0][0]))
