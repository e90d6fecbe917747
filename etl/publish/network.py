"""Is a release ready for a network study? What the clients refuse to run without, checked here."""

# ruff: noqa: S608 - SQL is made of names of our own specification.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from etl.contracts.cdm import cdm_tables
from etl.release.content import columns_by_table

DASHBOARD_MINIMUM = (
    *(0, 1, 2, 3, 101, 102, 103, 105, 108, 110, 111, 113, 400, 401, 403, 405, 420, 700, 701, 703),
    *(705, 720),
)
"""Analyses that DashboardExport expects at least."""


_IDENTITY = (
    "select count(*) = 1 and bool_and(length(trim(cdm_source_name)) > 0 "
    "and length(trim(cdm_source_abbreviation)) > 0 and length(trim(cdm_holder)) > 0 "
    "and source_release_date is not null and cdm_release_date is not null) from {cdm}.cdm_source"
)
_ROWS = "select count(*) > 0 from {db}.results."
_CHECKS = (
    ("Strategus", "cdm_source has one row, with names, holder and dates", _IDENTITY),
    (
        "Strategus",
        "vocabulary has the row 'None' with its version",
        "select count(*) = 1 from {cdm}.vocabulary "
        "where vocabulary_id = 'None' and vocabulary_version is not null",
    ),
    (
        "Strategus",
        "observation periods have an end",
        "select max(observation_period_end_date) is not null from {cdm}.observation_period",
    ),
    (
        "CDMConnector",
        "cdm_version begins with 5.4 or v5.4",
        "select regexp_matches(any_value(cdm_version), '^v?5[.]4') from {cdm}.cdm_source",
    ),
    (
        "CDMConnector",
        "no observation period ends before it starts",
        "select count(*) = 0 from {cdm}.observation_period "
        "where observation_period_end_date < observation_period_start_date",
    ),
    (
        "CDMConnector",
        "no two observation periods of a person overlap",
        "select count(*) = 0 from (select observation_period_start_date <= lag("
        "observation_period_end_date) over (partition by person_id "
        "order by observation_period_start_date) as meets "
        "from {cdm}.observation_period) where meets",
    ),
    (
        "CDMConnector",
        "the three tables of achillesSchema have rows",
        "select (select count(*) > 0 from {db}.results.achilles_analysis) "
        "and (select count(*) > 0 from {db}.results.achilles_results) "
        "and (select count(*) > 0 from {db}.results.achilles_results_dist)",
    ),
    ("CatalogueExport", "cdm_source has one row, with names, holder and dates", _IDENTITY),
    (
        "CatalogueExport",
        "cdm_source has the version of the vocabulary",
        "select bool_and(length(trim(vocabulary_version)) > 0) from {cdm}.cdm_source",
    ),
    (
        "DashboardExport",
        "concept_ancestor has rows in the schema of the CDM",
        "select count(*) > 0 from {cdm}.concept_ancestor",
    ),
    ("Ares", "cdm_source has one row, with names, holder and dates", _IDENTITY),
    ("WebAPI", "concept 0 exists", "select count(*) = 1 from {cdm}.concept where concept_id = 0"),
    ("WebAPI", "analyses have their titles", _ROWS + "achilles_analysis"),
    ("WebAPI", "record counts per concept exist", _ROWS + "achilles_result_concept_count"),
    ("WebAPI", "the hierarchy of concepts exists", _ROWS + "concept_hierarchy"),
)
"""Client, what it needs, and a query that is true when it has it (readers' own code; see
``docs/en/how-to/publish.md``)."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a client needs."""

    client: str
    what: str
    met: bool


def requirements(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[Requirement]:
    """Check a release for each client that reads it, by what its own code demands."""

    def true(query: str) -> bool:
        row = connection.execute(query.format(cdm=f"{catalog}.cdm", db=catalog)).fetchone()
        return bool(row and row[0])

    tables = columns_by_table(connection, catalog, "cdm")
    complete = all(
        [name.strip('"') for name, _ in tables.get(table.name, [])]
        == [field.name for field in table.fields]
        for table in cdm_tables().values()
    )
    analyses = ", ".join(str(analysis) for analysis in DASHBOARD_MINIMUM)
    computed = (
        f"select count(distinct analysis_id) = {len(DASHBOARD_MINIMUM)} from "
        "(select analysis_id from {db}.results.achilles_results union all "
        "select analysis_id from {db}.results.achilles_results_dist) "
        f"where analysis_id in ({analyses})"
    )
    found = [Requirement("CDMConnector", "39 tables, every column, lower case", complete)]
    found.append(
        Requirement("DashboardExport", "the analyses it expects are computed", true(computed))
    )
    return found + [Requirement(client, what, true(query)) for client, what, query in _CHECKS]


def readiness(found: list[Requirement]) -> dict[str, Any]:
    """The verdict, for people and machines; no count."""
    clients = sorted({requirement.client for requirement in found})
    return {
        "ready": all(requirement.met for requirement in found),
        "clients": {client: all(r.met for r in found if r.client == client) for client in clients},
        "requirements": [{"client": r.client, "requirement": r.what, "met": r.met} for r in found],
    }
