"""Statistics of onboarding and CdmOnboarding's figures of the same CDM, before any is hidden.

Left out: the numbers of codes by domain (CdmOnboarding counts pairs of code and concept) and the
vocabularies (it counts those without concepts, and a vocabulary's own concept).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import duckdb

from etl.publish.onboarding import statistics
from tests.readers.case import Agreement, Case

FILE = "cdmonboarding_content.json"
TABLES = {
    "Condition": "condition_occurrence",
    "Device": "device_exposure",
    "Drug": "drug_exposure",
    "Obs. Period": "observation_period",
    "Procedure": "procedure_occurrence",
    "Visit": "visit_occurrence",
    "Visit Detail": "visit_detail",
    "Visit detail": "visit_detail",
}
"""Names that CdmOnboarding gives to tables; the others differ by capitals only."""

Figures = dict[tuple[Any, ...], int]


def compare(case: Case, connection: duckdb.DuckDBPyConnection) -> list[Agreement]:
    """Every figure of CdmOnboarding that a statistic of ours has too."""
    content = {name.split("/")[1]: rows for name, rows in case.tree(FILE).items()}
    ours = _ours(connection)
    return [
        _compared("onboarding: rows and persons", ours["persons_by_table"], _tables(content)),
        _compared(
            "onboarding: days of the week",
            ours["records_by_weekday"],
            _by_table(content["dayOfTheWeek"], "DAY_OF_THE_WEEK", "N_RECORDS"),
        ),
        _compared(
            "onboarding: days of the month",
            ours["records_by_day"],
            _by_table(content["dayOfTheMonth"], "DAY_OF_THE_MONTH", "N_RECORDS"),
        ),
        _compared(
            "onboarding: types",
            ours["records_by_type"],
            _by_table(content["dateRangeByTypeConcept"], "TYPE_CONCEPT_ID", "COUNT_VALUE"),
        ),
        _compared("onboarding: mapped records", ours["mapping_by_domain"], _mapped(content)),
        _compared(
            "onboarding: classes of drugs",
            ours["drug_concept_classes"],
            {(row["CLASS"], "records"): row["N_RECORDS"] for row in content["drugMapping"]},
        ),
        _compared("onboarding: mapped codes", ours["source_to_concept_map"], _listed(content)),
    ]


def _ours(connection: duckdb.DuckDBPyConnection) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    for statistic in statistics("cdm"):
        n = len(statistic.labels)
        found[statistic.name] = {
            (*row[:n], count): row[n + 4 * rank]
            for row in connection.execute(statistic.query).fetchall()
            for rank, count in enumerate(statistic.columns[n:])
        }
    return found


def _compared(subject: str, ours: Figures, theirs: Figures) -> Agreement:
    """Figures of theirs, and those of ours that belong to a table or field that they have."""
    of = {key[0] for key in theirs}
    keys = theirs.keys() | {key for key in ours if key[0] in of and key[-1] != "codes"}
    different = [
        f"{'/'.join(map(str, key))}: ours {ours.get(key)}, expected {theirs.get(key)}"
        for key in sorted(keys, key=str)
        if ours.get(key) != theirs.get(key)
    ]
    return Agreement(subject, len(keys), different)


def _table(name: str) -> str:
    return TABLES.get(name, name.lower().replace(" ", "_"))


def _tables(content: dict[str, Any]) -> Figures:
    """Tables with patients; ``person`` is no table of events."""
    counted = [r for r in content["dataTablesCounts"] if r["N_PERSONS"]]
    return {
        (row["TABLENAME"], count): row[column]
        for row in counted
        if row["TABLENAME"] != "person"
        for count, column in (("records", "COUNT"), ("persons", "N_PERSONS"))
    }


def _by_table(rows: list[dict[str, Any]], label: str, count: str) -> Figures:
    """Rows without a label are left out: a period has no type concept there."""
    return {
        (_table(row["DOMAIN"]), int(row[label]), "records"): row[count]
        for row in rows
        if row[label] is not None
    }


def _mapped(content: dict[str, Any]) -> Figures:
    """Domains of the event tables; units, values and others have no field of ours."""
    found: Figures = {}
    for row in content["mappingCompleteness"]:
        table = _table(row["DOMAIN"])
        whole, mapped = row["N_RECORDS_SOURCE"], row["N_RECORDS_MAPPED"]
        if table not in TABLES.values() and table not in {"measurement", "observation"}:
            continue
        field = f"{table}.{table.removesuffix('_occurrence').removesuffix('_exposure')}"
        answers = (("yes", mapped), ("no", (whole or 0) - (mapped or 0)))
        found |= {(field, answer, "records"): n for answer, n in answers if n}
    return found


def _listed(content: dict[str, Any]) -> Figures:
    found: Counter[tuple[Any, ...]] = Counter()
    for row in content["sourceConceptFrequency"]:
        found[row["SOURCE_VOCABULARY_ID"], "codes_n"] += row["COUNT"]
    return dict(found)
