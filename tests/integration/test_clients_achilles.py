"""The real Achilles (its SQL, run by `duckcdm`) on a release: it runs, and agrees with ours."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from etl import release
from etl.release.achilles import ACHILLES_VERSION, analyses
from etl.workspace import Workspace
from tests.small_candidate import released

achilles = pytest.importorskip("duckcdm.achilles", reason="needs duckcdm (extra `dev`)")

# What CdmOnboarding 3.3.4 and DashboardExport read at least.
READ_BY_DARWIN = {
    *(0, 1, 2, 3, 101, 102, 103, 105, 108, 110, 111, 113, 117, 203, 213, 220, 400, 401, 403, 405),
    *(420, 502, 603, 620, 700, 701, 703, 705, 720, 803, 820, 903, 920, 1003, 1020, 1313, 1320),
    *(1411, 1803, 1820, 2102, 2120),
}


@pytest.fixture(scope="module", params=["small", pytest.param("demo", marks=pytest.mark.slow)])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of a release, with Achilles's own results beside ours."""
    folder = tmp_path_factory.mktemp("achilles")
    if request.param == "small":
        workspace = released(folder / "workspace")
    else:
        workspace = Workspace(request.getfixturevalue("demo_workspace"))
    copy = folder / "copy.duckdb"
    copy.write_bytes(release.find(workspace, "current").database.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("create schema achilles")
        done, failed = achilles.run_achilles(
            connection,
            cdm_schema="cdm",
            results_schema="achilles",
            source_name="SNDS",
            cdm_version="5.4",
            analysis_ids=sorted(set(achilles.REPORT_ANALYSES) | {a.id for a in analyses()}),
            small_cell_count=0,
            log=None,
        )
        assert failed == []
        assert len(done) > 110
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> set[tuple[Any, ...]]:
    computed = ", ".join(str(analysis.id) for analysis in analyses() if analysis.id)
    found = connection.execute(
        f"select * from {schema}.{table} where analysis_id in ({computed})"
    ).fetchall()
    return {
        tuple(round(v, 9) if isinstance(v, float) and not math.isnan(v) else v for v in row)
        for row in found
    }


def test_what_darwin_reads_is_computed() -> None:
    assert {analysis.id for analysis in analyses()} >= READ_BY_DARWIN


def test_counts_are_those_of_achilles(connection: duckdb.DuckDBPyConnection) -> None:
    ours = rows(connection, "results", "achilles_results")
    # Analysis 108 floors a division: on DuckDB its text ends in `.0`, on PostgreSQL it does not.
    theirs = {
        (row[0], str(row[1]).removesuffix(".0"), *row[2:]) if row[0] == 108 else row
        for row in rows(connection, "achilles", "achilles_results")
    }
    assert len(ours) > 500
    assert ours == theirs


def test_distributions_are_those_of_achilles(connection: duckdb.DuckDBPyConnection) -> None:
    ours = rows(connection, "results", "achilles_results_dist")
    theirs = rows(connection, "achilles", "achilles_results_dist")
    assert len(ours) >= 13
    assert ours == theirs


def test_concept_counts_are_those_of_achilles(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema counted")
    connection.execute("create table counted.achilles_results as from results.achilles_results")
    achilles.build_concept_counts(connection, "counted", "cdm")
    query = (
        "select concept_id::integer, record_count, descendant_record_count, person_count, "
        "descendant_person_count from {}.achilles_result_concept_count "
        "where descendant_record_count > 0 order by 1"
    )
    ours = connection.execute(query.format("results")).fetchall()
    theirs = connection.execute(query.format("counted")).fetchall()
    assert len(ours) > 10
    # A kind of record may also be one of deaths (505). Achilles joins its two lists of counts by
    # concept and so doubles the sum of such a one; ours says its records once.
    kinds = {
        concept
        for (concept,) in connection.execute(
            "select stratum_1::integer from results.achilles_results where analysis_id = 505"
        ).fetchall()
    }
    assert [row for row in ours if row[0] not in kinds] == [
        row for row in theirs if row[0] not in kinds
    ]
    assert all(row[2] == row[1] for row in ours if row[0] in kinds)


def test_source_row_says_whose_results_these_are(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(
        "select stratum_1, stratum_2, stratum_3, count_value from results.achilles_results "
        "where analysis_id = 0"
    ).fetchall()
    assert [(row[0], row[1]) for row in found] == [("SNDS", ACHILLES_VERSION)]


def test_every_analysis_is_described(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(
        "select count(*), count(distinct analysis_id), count(analysis_name) "
        "from results.achilles_analysis"
    ).fetchone()
    assert found == (len(analyses()),) * 3
