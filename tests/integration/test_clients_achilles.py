"""Achilles as `duckcdm` runs it, on a release: equal to ours but where the versions differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Characterised:
    """A copy of a release, with Achilles's own results next to ours."""

    name: str
    connection: duckdb.DuckDBPyConnection


@pytest.fixture(scope="module", params=["small", pytest.param("demo", marks=pytest.mark.slow)])
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Characterised]:
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
        yield Characterised(request.param, connection)


@dataclass(frozen=True)
class Difference:
    """An analysis in which the client and Achilles 1.7.2 (our oracles) give other rows."""

    reason: str
    releases: frozenset[str]
    """Releases of this test in which the rows differ; the test fails where they no longer do."""
    strata: int
    """First strata that both have; counts are added over the others."""


BOTH = frozenset({"small", "demo"})
DEMO = frozenset({"demo"})
TIES = "of several covers that start on one day, the first is chosen at random"
DIFFERENT: dict[str, dict[int, Difference]] = {
    "achilles_results": {
        0: Difference("the client dates the results by the day of its run", BOTH, 2),
        1101: Difference("the client divides by location_id; 1.7.2 by state only", BOTH, 1),
        1103: Difference("the client divides by location_id; 1.7.2 by state only", BOTH, 1),
        1408: Difference(TIES, DEMO, 0),
    },
    "achilles_results_dist": {1406: Difference(TIES, DEMO, 1), 1407: Difference(TIES, DEMO, 1)},
}


def rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> Keyed:
    """Values by analysis and strata; numbers in strata are compared as numbers."""
    computed = ", ".join(str(a.id) for a in analyses() if a.is_default)
    return keyed(
        connection.execute(
            f"select * from {schema}.{table} where analysis_id in ({computed})"
            " and analysis_id in (from achilles.done)"
        ).fetchall(),
        6,
    )


def of(found: Keyed, analysis: int) -> Keyed:
    return {key: values for key, values in found.items() if key[0] == str(analysis)}


def counts(found: Keyed, strata: int) -> dict[tuple[str, ...], float]:
    """Counts by the first strata."""
    added: dict[tuple[str, ...], float] = defaultdict(float)
    for key, values in found.items():
        added[key[: strata + 1]] += sum(value[0] or 0 for value in values)
    return added


def test_what_darwin_reads_is_computed() -> None:
    assert {analysis.id for analysis in analyses()} >= READ_BY_DARWIN


@pytest.mark.parametrize("table", list(DIFFERENT))
def test_results_are_those_of_achilles(case: Characterised, table: str) -> None:
    ours = rows(case.connection, "results", table)
    theirs = rows(case.connection, "achilles", table)
    listed = {analysis for analysis, why in DIFFERENT[table].items() if case.name in why.releases}
    assert len(ours) >= 13
    different = {
        text.split("/")[0].split(":")[0] for text in agreement(table, ours, theirs).different
    }
    assert different == {str(analysis) for analysis in listed}


@pytest.mark.parametrize(
    ("table", "analysis"),
    [(table, analysis) for table, why in DIFFERENT.items() for analysis in why],
)
def test_what_both_versions_have_is_equal(case: Characterised, table: str, analysis: int) -> None:
    ours = of(rows(case.connection, "results", table), analysis)
    theirs = of(rows(case.connection, "achilles", table), analysis)
    strata = DIFFERENT[table][analysis].strata
    assert ours
    assert counts(ours, strata) == counts(theirs, strata)


# Concepts of which the client counts one list only: it unites the two lists of counts without
# repeated rows, WebAPI's script with them (`union all`). A concept with the same count in both
# is the difference, and so is each of its ancestors.
FOLDED = """
    with counts as (
        select stratum_1 as concept_id, max(count_value) as records, 'own' as list
        from results.achilles_results where analysis_id in {own} group by 1
        union all
        select stratum_2, sum(count_value), 'strata'
        from results.achilles_results where analysis_id in {strata} group by 1
    ),
    twice as (
        select concept_id from counts group by concept_id
        having count(*) = 2 and min(records) = max(records)
    ),
    family as (
        select concept_id::integer as ancestor_concept_id, concept_id as descendant from counts
        union
        select ancestor_concept_id, descendant_concept_id::varchar from cdm.concept_ancestor
    )
    select
        ancestor_concept_id,
        sum(records) * greatest(1, (
            select count(*) from counts as c where c.concept_id = ancestor_concept_id::varchar
        ))
    from family inner join counts on counts.concept_id = family.descendant
    group by ancestor_concept_id
    having count(*) filter (where descendant in (select concept_id from twice)) > 0
"""


def test_concept_counts_are_those_of_achilles(case: Characterised) -> None:
    case.connection.execute("create schema counted")
    case.connection.execute(
        "create table counted.achilles_results as from results.achilles_results"
    )
    achilles.build_concept_counts(case.connection, "counted", "cdm")
    query = (
        "select concept_id::integer, record_count, person_count, descendant_person_count, "
        "descendant_record_count from {}.achilles_result_concept_count "
        "where descendant_record_count > 0"
    )
    ours = {row[0]: row[1:] for row in case.connection.execute(query.format("results")).fetchall()}
    theirs = {
        row[0]: row[1:] for row in case.connection.execute(query.format("counted")).fetchall()
    }
    folded = dict(
        case.connection.execute(
            FOLDED.format(own=achilles.RC_MAX_ANALYSES, strata=achilles.RC_SUM_ANALYSES)
        ).fetchall()
    )
    assert len(ours) > 10
    assert bool(folded) is (case.name == "demo")
    assert {concept for concept in ours if ours[concept] != theirs.get(concept)} == folded.keys()
    assert ours.keys() == theirs.keys()
    # Records, persons and persons of descendants are equal there too.
    assert all(ours[concept][:3] == theirs[concept][:3] for concept in folded)
    assert {concept: ours[concept][3] for concept in folded} == folded


def test_source_row_names_the_release_of_the_results(case: Characterised) -> None:
    found = case.connection.execute(
        "select stratum_1, stratum_2, stratum_3, count_value from results.achilles_results "
        "where analysis_id = 0"
    ).fetchall()
    assert [(row[0], row[1]) for row in found] == [("SNDS", ACHILLES_VERSION)]


def test_every_analysis_is_described(case: Characterised) -> None:
    found = case.connection.execute(
        "select count(*), count(distinct analysis_id), count(analysis_name) "
        "from results.achilles_analysis"
    ).fetchone()
    assert found == (len(analyses()),) * 3
