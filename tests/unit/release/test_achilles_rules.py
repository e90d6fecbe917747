"""Rules of the characterisation, on a CDM of a few rows whose answers were worked out by hand.

`make readers` compares all analyses with real results.
"""

from __future__ import annotations

import duckdb
import pytest

from etl.contracts.cdm import cdm_tables
from etl.release.achilles.tables import create_tables, insert_distribution
from etl.release.results import compute

ROWS = {
    # Person 3 is there twice; person 4 has no sex.
    "person (person_id, gender_concept_id, year_of_birth)": """
        (1, 8507, 1980), (2, 8532, 1991), (3, 8507, 2000), (3, 8507, 2000), (4, null, 1970)""",
    # Two periods of person 1 hold the same days of June; person 4 has none.
    "observation_period (observation_period_id, person_id, observation_period_start_date,"
    " observation_period_end_date)": """
        (1, 1, '2018-01-01', '2018-12-31'), (2, 1, '2018-06-01', '2019-12-31'),
        (3, 2, '2018-02-15', '2018-03-31'), (4, 3, '2018-01-01', '2018-01-30')""",
    "drug_exposure (drug_exposure_id, person_id, drug_concept_id, drug_exposure_start_date,"
    " quantity, visit_occurrence_id)": """
        (1, 1, 10, '2018-06-15', 2, null), (2, 1, 10, '2018-05-31', 4, 7),
        (3, 2, 10, '2018-03-31', 1, 8), (4, 2, 11, '2018-04-01', 5, null),
        (5, 3, 10, '2018-01-01', null, null), (6, 4, 10, '2018-01-01', 3, null),
        (7, 3, null, '2018-01-30', 8, null)""",
    # Two of three devices have no id, which Achilles counts.
    "device_exposure (device_exposure_id, person_id, device_concept_id,"
    " device_exposure_start_date)": """
        (1, 1, 50, '2018-02-02'), (null, 1, 50, '2018-02-01'), (null, 2, 50, '2018-03-01')""",
    "visit_occurrence (visit_occurrence_id, person_id, visit_concept_id, visit_start_date,"
    " visit_end_date)": """
        (7, 1, 0, '2018-05-31', '2018-06-02'), (8, 2, 9201, '2018-03-30', '2018-04-02'),
        (9, 2, 9202, '2018-03-01', null)""",
    "concept (concept_id, concept_name, domain_id, concept_class_id, vocabulary_id)": """
        (10, 'a', 'Drug', 'Ingredient', 'RxNorm'), (20, 'group', 'Drug', 'ATC 4th', 'ATC'),
        (9201, 'in', 'Visit', 'Visit', 'Visit'), (9202, 'out', 'Visit', 'Visit', 'Visit')""",
    "concept_ancestor (ancestor_concept_id, descendant_concept_id, min_levels_of_separation)": """
        (10, 10, 0), (20, 10, 1), (20, 20, 0)""",
    "cdm_source (cdm_source_abbreviation, cdm_release_date)": "('X', '2022-12-31')",
}  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect(":memory:")
    made.execute("create schema cdm")
    made.execute("create schema results")
    for table in cdm_tables().values():
        columns = ", ".join(f"{field.quoted} {field.type}" for field in table.fields)
        made.execute(f"create table cdm.{table.name} ({columns})")
    for table, values in ROWS.items():
        made.execute(f"insert into cdm.{table} values {values}")
    compute(made, "memory")
    return made


def counts(connection: duckdb.DuckDBPyConnection, analysis: int) -> dict[tuple[str, ...], int]:
    rows = connection.execute(
        "select stratum_1, stratum_2, stratum_3, stratum_4, count_value"
        f" from results.achilles_results where analysis_id = {analysis}"
    ).fetchall()
    return {tuple(part for part in row[:4] if part is not None): row[4] for row in rows}


def test_a_day_in_two_periods_counts_twice_in_records_and_once_in_persons(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    # Exposures 1 (twice), 2, 3 and 5; the day after the last one of a period is out.
    assert counts(connection, 701) == {("10",): 5, (): 1}
    assert counts(connection, 700) == {("10",): 3, (): 1}


def test_a_person_written_twice_is_one_in_counts(connection: duckdb.DuckDBPyConnection) -> None:
    assert counts(connection, 1) == {(): 4}
    assert counts(connection, 2) == {("8507",): 2, ("8532",): 1, (): 1}
    assert counts(connection, 704)["10", "2018", "8507", "1"] == 1
    # … and two values in a distribution, or rows by age.
    assert counts(connection, 101)[("18",)] == 2


def test_at_least_n_cumulates_from_the_highest(connection: duckdb.DuckDBPyConnection) -> None:
    # Person 1 has three (one counts twice), persons 2 and 3 one.
    found = counts(connection, 791)
    assert (found["10", "3"], found["10", "1"]) == (1, 3)
    assert ("10", "2") not in found


def test_at_least_n_counts_ids_and_records_count_rows(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert counts(connection, 2191) == {("50", "1"): 1, ("50", "0"): 2}
    assert counts(connection, 2101) == {("50",): 3}


def test_months_of_observation(connection: duckdb.DuckDBPyConnection) -> None:
    # A whole month, among months in which a period starts: January misses its last day for 3.
    assert counts(connection, 110) == {("201801",): 1, ("201802",): 1, ("201806",): 1}
    assert counts(connection, 117)["201803",] == 2
    assert ("202001",) not in counts(connection, 117)
    assert counts(connection, 109) == {("2018",): 1}


def test_a_zero_is_no_row(connection: duckdb.DuckDBPyConnection) -> None:
    for analysis in (207, 209, 814, 1821):
        assert counts(connection, analysis) == {}, analysis


def test_no_visit_and_a_visit_of_concept_zero_are_two_rows(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = connection.execute(
        "select stratum_1, count_value from results.achilles_results"
        " where analysis_id = 226 and stratum_2 = 'drug_exposure' order by 1, 2"
    ).fetchall()
    assert rows == [("0", 1), ("0", 5), ("9201", 1)]


@pytest.mark.parametrize(
    ("analysis", "values", "expected"),
    [
        # Four values of which one is NULL: 75 % are reached by the third, 90 % by the NULL.
        (103, "(1), (2), (3), (null)", (2.0, 3.0, None)),
        (106, "(1), (2), (3), (null)", (2.0, 3.0, None)),
        (107, "(1), (2), (3), (null)", (2.0, 3.0, 3.0)),
        # Half of them NULL: the half is still reached, three quarters are not.
        (105, "(1), (2), (null), (null)", (2.0, None, None)),
        (107, "(1), (2), (null), (null)", (2.0, 2.0, 2.0)),
        (104, "(1), (2), (3), (4)", (2.0, 3.0, 4.0)),
    ],
)
def test_a_percentile_that_falls_on_null(
    analysis: int, values: str, expected: tuple[float | None, ...]
) -> None:
    with duckdb.connect(":memory:") as made:
        made.execute("create schema results")
        create_tables(made, "results")
        rows = f"(values {values}) as t (value)"
        query = f"select value, count(*) as n, 4 as total from {rows} group by 1"
        insert_distribution(made, "results", analysis, query, 0)
        found = made.execute(
            "select median_value, p75_value, p90_value from results.achilles_results_dist"
        ).fetchall()
    assert found == [expected]


def test_distributions(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(
        "select stratum_1, count_value, min_value, max_value, avg_value, stdev_value,"
        " median_value, p10_value, p90_value from results.achilles_results_dist"
        " where analysis_id = 717"
    ).fetchall()
    # Quantities 2, 2, 4 and 1 of drug 10; the NULL concept has none; 9 / 4.
    assert len(rows) == 1
    assert rows[0][:5] == ("10", 4, 1, 4, 2.25)
    assert rows[0][5] == pytest.approx(1.2583, abs=1e-4)
    assert rows[0][6:] == (2, 1, 4)
    # A visit without end is counted, its length is not known.
    lengths = dict(
        connection.execute(
            "select stratum_1, (count_value, median_value) from results.achilles_results_dist"
            " where analysis_id = 213"
        ).fetchall()
    )
    # The stay of 30 March ends after the period; that of 31 May lies in one of the two.
    assert lengths == {"0": (1, 2.0), "9202": (1, None)}


def test_one_value_has_no_deviation(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(
        "select stdev_value from results.achilles_results_dist"
        " where analysis_id = 706 and stratum_1 = '10' and stratum_2 = '8532'"
    ).fetchall()
    assert found == [(None,)]


def test_records_of_ancestors(connection: duckdb.DuckDBPyConnection) -> None:
    found = {
        row[0]: row[1:]
        for row in connection.execute(
            "select * from results.achilles_result_concept_count"
        ).fetchall()
    }
    assert found[10] == (5, 5, 3, 3)
    assert found[20] == (0, 5, 0, 3)
    # A NULL stratum is a row that joins nothing.
    assert found[None] == (0, 0, 0, 0)


def test_every_counted_concept_of_a_domain_has_a_place_in_the_treemap(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = connection.execute(
        "select treemap, concept_name, level1_concept_name, level2_concept_name"
        " from results.concept_hierarchy where concept_id = 10 order by 1"
    ).fetchall()
    assert rows == [("Drug", "a", "a", "group"), ("Drug Era", "a", "group", None)]


def test_all_analyses_are_listed(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(
        "select count(*), count(*) filter (is_default = 1) from results.achilles_analysis"
    ).fetchone()
    assert found == (294, 194)
