"""What changed between two releases: persons, rows, months, mappings, checks, distributions.

Counts are exact: the result stays in the closed zone. The page made of it masks small counts.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from etl.contracts.cdm import CdmTable, cdm_tables
from etl.release.drift import MEASURE, level, stability_index
from etl.release.manifest import Manifest
from etl.release.store import Release

MOST_CODES = 500
"""Codes with another mapping that are listed, the most used first; all are counted."""

DISTRIBUTIONS = {
    "gender": ("person", "gender_concept_id"),
    "decade of birth": ("person", "year_of_birth // 10 * 10"),
    "year observation starts": ("observation_period", "year(observation_period_start_date)"),
    "visit kinds": ("visit_occurrence", "visit_concept_id"),
    "conditions": ("condition_occurrence", "condition_concept_id"),
    "drugs": ("drug_exposure", "drug_concept_id"),
    "procedures": ("procedure_occurrence", "procedure_concept_id"),
    "measurements": ("measurement", "measurement_concept_id"),
    "observations": ("observation", "observation_concept_id"),
    "devices": ("device_exposure", "device_concept_id"),
}


def difference(before: Release, after: Release, limits: dict[str, Any]) -> dict[str, Any]:
    """Compare two releases; the result is plain JSON.

    Args:
        limits: configuration of the connection (``EngineSettings.duckdb``).
    """
    with _both(before, after, limits) as connection:
        return {
            "before": before.id,
            "after": after.id,
            "identity": _identity(before.manifest, after.manifest),
            **_persons_changed(connection),
            "withdrawn": {
                "before": _withdrawn(connection, before.manifest, "before_"),
                "after": _withdrawn(connection, after.manifest, "after_"),
            },
            "tables": _tables(before.manifest, after.manifest),
            "months": _months(connection),
            "mappings": {"coverage": _coverage(connection), **_codes(connection)},
            "checks": _checks(connection, before, after),
            "drift": {"measure": MEASURE, "distributions": _drift(connection)},
        }


@contextmanager
def _both(
    before: Release, after: Release, limits: dict[str, Any]
) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:", config=limits) as connection:
        for name, release in (("before", before), ("after", after)):
            release.attach(connection, f"{name}_")
        yield connection


def _identity(before: Manifest, after: Manifest) -> dict[str, Any]:
    left, right = _flat(before), _flat(after)
    return {
        name: {"before": left.get(name), "after": right.get(name)}
        for name in sorted({*left, *right})
        if left.get(name) != right.get(name)
    }


def _flat(manifest: Manifest) -> dict[str, Any]:
    flat: dict[str, Any] = dict(manifest.identity)
    flat["code"] = manifest.code.get("commit") or manifest.code["sha256"]
    flat["inputs"] = len(manifest.inputs)
    for section, values in manifest.settings.items():
        flat |= {f"settings.{section}.{name}": value for name, value in values.items()}
    return flat


def _persons(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The registry keeps a person's id from release to release, so ids can be compared."""
    row = connection.execute(
        """
        select
            count(old.person_id),
            count(new.person_id),
            count(*) filter (where old.person_id is null),
            count(*) filter (where new.person_id is null)
        from before_.cdm.person as old
        full outer join after_.cdm.person as new using (person_id)
        """
    ).fetchone()
    return dict(zip(("before", "after", "in", "out"), row or (0, 0, 0, 0), strict=True))


def _persons_changed(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts of persons, and the changes of numbers since the release before.

    ``merged``: a number that now leads to another; ``split``: a number that a part keeps while
    another part has a new one. Cohorts kept by person_id need the list.
    """
    known = {
        side: connection.execute(
            "select 1 from duckdb_columns() where database_name = ? and schema_name = 'audit' "
            "and table_name = 'person_change'",
            [f"{side}_"],
        ).fetchone()
        for side in ("before", "after")
    }
    changes: list[dict[str, Any]] = []
    if known["after"]:
        columns = "old_person_id, new_person_id, reason"
        former = f"except select {columns} from before_.audit.person_change"
        found = connection.execute(
            f"select {columns} from after_.audit.person_change "
            f"{former if known['before'] else ''} order by all"
        ).fetchall()
        names = ("old", "new", "reason")
        changes = [dict(zip(names, row, strict=True)) for row in found]
    merged = len({one["old"] for one in changes if one["reason"] == "merged"})
    split = len({one["new"] for one in changes if one["reason"] == "split"})
    numbers = {**_persons(connection), "merged": merged, "split": split}
    return {"persons": {**numbers, "renumbered": merged + split}, "person_changes": changes}


def _withdrawn(
    connection: duckdb.DuckDBPyConnection, manifest: Manifest, catalog: str
) -> dict[str, int]:
    """Persons who were excluded when a release was made, and rows that left its files for them."""
    is_counted = connection.execute(
        "select 1 from duckdb_columns() where database_name = ? and schema_name = 'audit' "
        "and table_name = 'balance' and column_name = 'n_withdrawn'",
        [catalog],
    ).fetchone()
    query = f"select coalesce(sum(n_withdrawn), 0)::bigint from {catalog}.audit.balance"
    rows = connection.execute(query).fetchone() if is_counted else None
    return {"persons": manifest.excluded, "rows": int(rows[0]) if rows else 0}


def _tables(before: Manifest, after: Manifest) -> list[dict[str, Any]]:
    old = {table.full_name: table for table in before.tables}
    new = {table.full_name: table for table in after.tables}
    return [
        {
            "table": name,
            "before": old[name].rows if name in old else None,
            "after": new[name].rows if name in new else None,
        }
        for name in sorted({*old, *new})
        if name not in old or name not in new or old[name].content_hash != new[name].content_hash
    ]


def _months(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    months = []
    for name, table in cdm_tables().items():
        date = event_date(table)
        if date is None:
            continue
        counts = ", ".join(
            f"count(*) filter (where release = '{side}')" for side in ("before", "after")
        )
        sides = " union all ".join(
            f"select '{side}' as release, {date} as day from {side}_.cdm.{name}"
            for side in ("before", "after")
        )
        found = connection.execute(
            f"select strftime(day, '%Y-%m') as month, {counts} from ({sides}) group by month "
            "having count(*) filter (where release = 'before') "
            "<> count(*) filter (where release = 'after') order by month"
        ).fetchall()
        months += [
            {"table": name, "month": month, "before": old, "after": new}
            for month, old, new in found
        ]
    return months


def event_date(table: CdmTable) -> str | None:
    """The date an event is counted by: the first required one of a person's table."""
    if not any(field.name == "person_id" for field in table.fields):
        return None
    dates = (field.name for field in table.fields if field.required and field.type == "date")
    return next(dates, None)


def _coverage(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Records by vocabulary and method of mapping, where they changed."""
    query = (
        "select domain, source_vocabulary, method, sum(n_records)::bigint as n "
        "from {}.audit.mapping_coverage group by all"
    )
    found = connection.execute(
        f"select domain, source_vocabulary, method, coalesce(old.n, 0), coalesce(new.n, 0) "
        f"from ({query.format('before_')}) as old "
        f"full outer join ({query.format('after_')}) as new "
        "using (domain, source_vocabulary, method) where old.n is distinct from new.n order by all"
    ).fetchall()
    names = ("domain", "source_vocabulary", "method", "before", "after")
    return [dict(zip(names, row, strict=True)) for row in found]


def _codes(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Source codes present in both releases that now lead to other concepts."""
    selections = []
    for name, table in cdm_tables().items():
        columns = {field.name for field in table.fields}
        for source in sorted(columns):
            concept = source.replace("_source_value", "_concept_id")
            if source.endswith("_source_value") and concept in columns and event_date(table):
                sides = (
                    f"select {source} as code, list_sort(list(distinct {concept})) as concepts, "
                    f"count(*) as n from {side}_.cdm.{name} where {source} is not null group by all"
                    for side in ("before", "after")
                )
                old, new = sides
                selections.append(
                    f"select '{name}.{source}' as field, code, old.concepts as old_concepts, "
                    f"new.concepts as new_concepts, new.n from ({old}) as old "
                    f"inner join ({new}) as new using (code) where old.concepts <> new.concepts"
                )
    found = connection.execute(
        f"{' union all '.join(selections)} order by n desc, field, code"
    ).fetchall()
    return {
        "codes_remapped": len(found),
        "codes": [
            {"field": field, "code": code, "before": old, "after": new, "records": n}
            for field, code, old, new, n in found[:MOST_CODES]
        ],
    }


def _checks(
    connection: duckdb.DuckDBPyConnection, before: Release, after: Release
) -> dict[str, list[dict[str, Any]]]:
    """Checks whose status changed; empty when a release carries no results."""
    files = [release.path / "quality" / "results.parquet" for release in (before, after)]
    if not all(file.is_file() for file in files):
        return {"new_failures": [], "resolved": [], "other": []}
    old, new = (f"read_parquet('{str(file).replace(chr(39), chr(39) * 2)}')" for file in files)
    found = connection.execute(
        "select check_id, coalesce(new.severity, old.severity), old.status, new.status, "
        f"new.violated from {old} as old full outer join {new} as new using (check_id) "
        "where old.status is distinct from new.status order by check_id"
    ).fetchall()
    changes: dict[str, list[dict[str, Any]]] = {"new_failures": [], "resolved": [], "other": []}
    for check, severity, was, is_, violated in found:
        kind = "new_failures" if is_ == "fail" else "resolved" if was == "fail" else "other"
        changes[kind].append(
            {
                "check": check,
                "severity": severity,
                "before": was,
                "after": is_,
                "rows": violated,
            }
        )
    return changes


def _drift(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    drift = []
    for label, (table, expression) in DISTRIBUTIONS.items():
        sides = (
            dict(
                connection.execute(
                    f"select coalesce(({expression})::varchar, 'null'), count(*) "
                    f"from {side}_.cdm.{table} group by all"
                ).fetchall()
            )
            for side in ("before", "after")
        )
        index = stability_index(*sides)
        drift.append({"distribution": label, "index": index, "level": level(index)})
    return drift
