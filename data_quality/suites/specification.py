"""Which expectations are declared, generated from the specification of checks and the contracts.

A plain description: no Great Expectations here. Code lists and keys across tables are not declared
(its set expectations bind every value): their checks are asserted through the table of results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from data_quality.checks.catalogue import catalogue
from data_quality.checks.model import Check, Severity
from etl.contracts.cdm import cdm_tables

Layer = Literal["source", "lake", "cdm", "release"]
LAYERS: tuple[Layer, ...] = ("source", "lake", "cdm", "release")

_SEVERITY = {
    Severity.FATAL: "critical",
    Severity.CONVENTION: "warning",
    Severity.CHARACTERIZATION: "info",
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation: its class in Great Expectations, its arguments, the check it restates."""

    kind: str
    arguments: Mapping[str, Any]
    severity: str = "critical"
    check_id: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """The expectations of one table of one layer."""

    layer: Layer
    schema: str
    table: str
    expectations: tuple[Expectation, ...] = field(default=())

    @property
    def name(self) -> str:
        return f"{self.layer}.{self.table}"


def source_suite(schema: str, table: str) -> Suite:
    """The manifest of the delivery: every file known, every row of it accounted for."""
    return Suite(
        "source",
        schema,
        table,
        (
            Expectation("ExpectTableRowCountToBeBetween", {"min_value": 1}),
            Expectation("ExpectColumnValuesToNotBeNull", {"column": "file_name"}),
            Expectation("ExpectColumnValuesToNotBeNull", {"column": "fate"}),
            _no_row(
                "fate = 'loaded' and (source_table is null or sha256 is null"
                " or file_number is null)"
            ),
            _no_row("rows_read <> rows_staged + rows_quarantined + rows_withdrawn"),
        ),
    )


def lake_suite(schema: str, table: str) -> Suite:
    """All tables of the lake, one row each: the columns of the contract, no row without a key.

    A hundred tables with suites of their own would cost a minute and check nothing more.
    """

    def none(column: str) -> Expectation:
        arguments = {"column": column, "min_value": 0, "max_value": 0}
        return Expectation("ExpectColumnValuesToBeBetween", arguments)

    return Suite(
        "lake",
        schema,
        table,
        (
            Expectation("ExpectColumnValuesToBeUnique", {"column": "table_name"}),
            none("n_missing_columns"),
            none("n_without_key"),
            none("n_without_id"),
            _no_row("n_rows <> n_rows_in_manifest"),
        ),
    )


def cdm_suites(
    schema: str, filled: Mapping[str, Mapping[str, str]], today: date
) -> Iterator[Suite]:
    """One suite a CDM table that holds rows; the others have nothing to expect.

    Args:
        schema: schema of the CDM.
        filled: tables with rows → their columns.
        today: the day that bounds of dates are counted from.
    """
    by_table: dict[str, list[Check]] = {}
    for check in catalogue():
        by_table.setdefault(check.table, []).append(check)
    for table, columns in filled.items():
        fields = [column.name for column in cdm_tables()[table].fields]
        declared = [
            Expectation(
                "ExpectTableColumnsToMatchSet",
                {"column_set": fields, "exact_match": False},
                check_id=f"table_cdmtable_{table}",
            )
        ]
        for check in by_table[table]:
            if check.field in columns and (expectation := _of_check(check, today)):
                declared.append(expectation)
        yield Suite("cdm", schema, table, tuple(declared))


def release_suites(schema: str) -> Iterator[Suite]:
    """What must hold of a release: its results, its ledger, its identity."""
    minimum = sum(check.type.catalogue == "DQD" for check in catalogue())
    statuses = ["pass", "fail", "error", "not applicable"]
    yield Suite(
        "release",
        "quality",
        "results",
        (
            Expectation("ExpectTableRowCountToBeBetween", {"min_value": minimum}),
            Expectation("ExpectColumnValuesToBeUnique", {"column": "check_id"}),
            Expectation(
                "ExpectColumnDistinctValuesToBeInSet", {"column": "status", "value_set": statuses}
            ),
            _no_row("status = 'error' and superseded_by = ''"),
            _no_row("status = 'fail' and severity = 'fatal' and waiver_owner is null"),
        ),
    )
    yield Suite(
        "release",
        "audit",
        "balance",
        (
            Expectation("ExpectTableRowCountToBeBetween", {"min_value": 1}),
            _no_row("residual is null or residual <> 0", "release_ledgerresidual"),
            _no_row("n_read <> n_staged + n_quarantined + n_withdrawn", "release_ledgerresidual"),
        ),
    )
    yield Suite(
        "release",
        schema,
        "cdm_source",
        (
            Expectation(
                "ExpectTableRowCountToBeBetween",
                {"min_value": 1, "max_value": 1},
                check_id="table_onerow_cdm_source",
            ),
        ),
    )


def _no_row(condition: str, check_id: str = "") -> Expectation:
    query = f"select 1 as found from {{batch}} where {condition}"  # noqa: S608
    return Expectation(
        "UnexpectedRowsExpectation", {"unexpected_rows_query": query}, "critical", check_id
    )


def _mostly(check: Check) -> float:
    """The share of rows that must be right, from a threshold in percent of rows at fault."""
    return 1 - (check.threshold or 0) / 100


def _of_check(check: Check, today: date) -> Expectation | None:
    """The expectation equivalent to a check, for the kinds that read one row of one table."""
    severity = _SEVERITY[check.type.severity]
    if check.name == "isRequired":
        return Expectation(
            "ExpectColumnValuesToNotBeNull", {"column": check.field}, severity, check.id
        )
    if check.name == "isPrimaryKey":
        return Expectation(
            "ExpectColumnValuesToBeUnique", {"column": check.field}, severity, check.id
        )
    if check.name in ("plausibleValueLow", "plausibleValueHigh"):
        side = "min_value" if check.name == "plausibleValueLow" else "max_value"
        arguments = {"column": check.field, side: _bound(check, today), "mostly": _mostly(check)}
        return Expectation("ExpectColumnValuesToBeBetween", arguments, severity, check.id)
    if check.name == "plausibleStartBeforeEnd":
        pair = {
            "column_A": check.parameter,
            "column_B": check.field,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
            "mostly": _mostly(check),
        }
        return Expectation("ExpectColumnPairValuesAToBeGreaterThanB", pair, severity, check.id)
    return None


def _bound(check: Check, today: date) -> Any:
    kind = cdm_tables()[check.table].field(check.field).type
    if check.parameter == "next year":
        return today.year + 1
    if check.parameter == "tomorrow":
        return (today + timedelta(days=1)).isoformat()
    if kind in ("date", "timestamp"):
        return check.parameter
    return float(check.parameter)
