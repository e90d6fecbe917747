"""Results as tables: one row per check, in Parquet and in schema ``audit`` of the candidate."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from data_quality.checks.catalogue import CATALOGUE_VERSION, check_types
from data_quality.checks.model import Result, Status
from data_quality.checks.templates import template
from data_quality.gate import Previous, Waiver
from etl.sql_text import literal

FILE = "results.parquet"

SCHEMA: dict[str, Any] = {
    "check_id": pl.String,
    "check_name": pl.String,
    "catalogue": pl.String,
    "level": pl.String,
    "category": pl.String,
    "subcategory": pl.String,
    "context": pl.String,
    "severity": pl.String,
    "superseded_by": pl.String,
    "table_name": pl.String,
    "field_name": pl.String,
    "concept_ids": pl.String,
    "parameter": pl.String,
    "threshold": pl.Float64,
    "threshold_note": pl.String,
    "specified_threshold": pl.Float64,
    "status": pl.String,
    "violated": pl.Int64,
    "denominator": pl.Int64,
    "share": pl.Float64,
    "persons": pl.Int64,
    "person_share": pl.Float64,
    "not_applicable_reason": pl.String,
    "error": pl.String,
    "first_seen": pl.String,
    "waiver_owner": pl.String,
    "waiver_expires": pl.Date,
    "sql": pl.String,
    "catalogue_version": pl.String,
}


DETAILS = "details.parquet"


def details_of(results: Sequence[Result]) -> pl.DataFrame:
    """Rows at fault by year, kind of record and source file, for the failed checks."""
    rows = [(result.check.id, *detail) for result in results for detail in result.details]
    schema = {"check_id": pl.String, "dimension": pl.String, "label": pl.String, "rows": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True, slots=True)
class History:
    """The results of the checks of the release in use."""

    release: str = ""
    catalogue_version: str = ""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Failed check id → release in which it was first seen."""
    damaged: bool = False
    """Its results are there and cannot be read."""

    def comparable(self) -> Previous | None:
        """The failures to compare with; None without a release or after a new catalogue."""
        if self.damaged or not self.release or self.catalogue_version != CATALOGUE_VERSION:
            return None
        return Previous(self.release, frozenset(self.failed))


def table_of(
    results: Sequence[Result],
    *,
    persons: int,
    waived: Mapping[str, Waiver],
    history: History,
) -> pl.DataFrame:
    """One row per check, in the order of the catalogue; deterministic."""
    first_seen = dict(history.failed)

    def row(result: Result) -> tuple[Any, ...]:
        check = result.check
        waiver = waived.get(check.id)
        failed = result.status is Status.FAIL
        share = None if result.persons is None or not persons else result.persons / persons
        return (
            check.id,
            check.name,
            check.type.catalogue,
            str(check.type.level),
            check.type.category,
            check.type.subcategory,
            check.type.context,
            str(check.type.severity),
            check.type.superseded_by,
            check.table,
            check.field,
            " ".join(str(concept) for concept in check.concepts),
            check.parameter,
            check.threshold,
            check.note,
            check.dqd_threshold,
            str(result.status),
            result.violated,
            result.denominator,
            result.share,
            result.persons,
            share,
            result.reason or None,
            result.error or None,
            # Empty means: in the candidate itself, which has no release id yet.
            first_seen.get(check.id, "") if failed else None,
            waiver.owner if waiver else None,
            waiver.expires if waiver else None,
            result.sql or None,
            CATALOGUE_VERSION,
        )

    return pl.DataFrame([row(r) for r in results], schema=SCHEMA, orient="row")


def read_history(current: Path) -> History:
    """Failures of the release in use; empty when there is none or it has no results."""
    file = current / "quality" / FILE
    if not file.is_file():
        return History()
    release = current.resolve().name
    columns = ["check_id", "status", "first_seen", "catalogue_version"]
    try:
        frame = pl.read_parquet(file, columns=columns, glob=False)
    except (pl.exceptions.PolarsError, OSError):
        return History(release, damaged=True)
    version = str(frame["catalogue_version"][0]) if frame.height else ""
    failed = frame.filter(pl.col("status") == str(Status.FAIL))
    seen = zip(failed["check_id"], failed["first_seen"], strict=True)
    return History(release, version, {check: first or release for check, first in seen})


AUDIT_COLUMNS = (
    "check_id",
    "check_name",
    "catalogue",
    "level",
    "category",
    "subcategory",
    "context",
    "severity",
    "superseded_by",
    "table_name",
    "field_name",
    "concept_ids",
    "parameter",
    "threshold",
    "status",
    "violated",
    "denominator",
    "persons",
    "catalogue_version",
)
"""What depends on the candidate alone. History and waivers stay out: the id of a release is a hash
of its content, and the same candidate must give the same id tomorrow."""


def write_audit(candidate: Path, parquet: Path) -> None:
    """Put the results into the candidate, with which they travel; no write when they are there."""
    left_out = ", ".join(f"'{name}'" for name in sorted(_compare_releases()))
    wanted = (
        f"select {', '.join(AUDIT_COLUMNS)} from read_parquet({literal(parquet)})"
        f" where check_name not in ({left_out})"
    )
    with duckdb.connect(str(candidate), read_only=True) as connection:
        if _same(connection, wanted):
            return
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("create schema if not exists audit")
        connection.execute(f"create or replace table audit.quality_result as {wanted}")


def _compare_releases() -> set[str]:
    """Kinds of check that read the release in use."""
    return {name for name in check_types() if "${previous." in (template(name) or "")}


def _same(connection: duckdb.DuckDBPyConnection, wanted: str) -> bool:
    present = f"select {', '.join(AUDIT_COLUMNS)} from audit.quality_result"
    try:
        for left, right in ((present, wanted), (wanted, present)):
            if connection.execute(f"({left}) except all ({right}) limit 1").fetchone():
                return False
    except duckdb.Error:
        return False
    return True
