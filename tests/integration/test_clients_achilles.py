"""The real Achilles (its SQL, run by `duckcdm`) on a release: it runs, and agrees with ours."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from etl import release
from etl.release.achilles import ACHILLES_VERSION, analyses
from etl.workspace import Workspace
from tests.readers.achilles_agreement import Keyed, keyed
from tests.readers.achilles_agreement import rows as agreement
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
            analysis_ids=sorted(
                set(achilles.REPORT_ANALYSES) | {a.id for a in analyses() if a.is_default}
            ),
            small_cell_count=0,
            log=None,
        )
        assert failed == []
        assert len(done) > 110
        # It brings the queries of some analyses only.
        connection.execute("create table achilles.done (analysis_id integer)")
        connection.executemany("insert into achilles.done values (?)", [[a] for a in done])
        yield connection


# Ties of the first cover are broken by chance, and 108 cuts another way on each engine.
BY_ENGINE = {0, 108, 1406, 1407, 1408}


def rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> Keyed:
    """Values by analysis and strata; numbers in strata are compared as numbers."""
    computed = ", ".join(str(a.id) for a in analyses() if a.is_default and a.id not in BY_ENGINE)
    return keyed(
        connection.execute(
            f"select * from {schema}.{table} where analysis_id in ({computed})"
            " and analysis_id in (from achilles.done)"
        ).fetchall(),
        6,
    )


def test_what_darwin_reads_is_computed() -> None:
    assert {analysis.id for analysis in analyses()} >= READ_BY_DARWIN


@pytest.mark.parametrize("table", ["achilles_results", "achilles_results_dist"])
def test_results_are_those_of_achilles(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    ours = rows(connection, "results", table)
    found = agreement(table, ours, rows(connection, "achilles", table))
    assert len(ours) >= 13
    assert found.different == []


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
    assert len(ours) > 10
    assert ours == connection.execute(query.format("counted")).fetchall()


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
