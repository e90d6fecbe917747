"""A release with keys of persons, and a reader of added tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from etl.workspace import Workspace
from tests.added_tables import Reader


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("attach ':memory:' as release")
        made.execute("create schema release.cdm")
        for table, columns in {
            "person": "person_id bigint, person_source_value varchar",
            "visit_occurrence": "visit_occurrence_id bigint",
            "provider": "provider_id bigint, provider_source_value varchar",
            "care_site": "care_site_id bigint, care_site_source_value varchar",
            "concept": "concept_id integer",
        }.items():
            made.execute(f"create table release.cdm.{table} ({columns})")
        made.execute("insert into release.cdm.person values (987654, 'ab12cd34')")
        made.execute("insert into release.cdm.concept values (201826)")
        yield made


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "workspace")
    made.create()
    with duckdb.connect(str(made.registry)) as registry:
        registry.execute("create table pseudonyms as select 'QW98ER76TY' as psa, 445566 as id")
        registry.execute("insert into pseudonyms values ('registerkeyofaperson', 445567)")
    return made


@pytest.fixture
def read(tmp_path: Path, connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> Reader:
    return Reader(tmp_path, connection, workspace)
