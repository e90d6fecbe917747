"""Means, deviations and quantiles that rest on one person, or on a few, are not shown."""

from __future__ import annotations

from statistics import mean, stdev

import duckdb
import pytest

from etl.publish.cells import Rule
from etl.publish.spread import QUANTILES, supported
from tests.tiny_cdm import tiny_cdm

RULE = Rule(11)
KIND = "9202"


def stays(days: dict[int, list[int]], **quantiles: int) -> frozenset[str]:
    """What may be shown of lengths of stay, given those of each person."""
    connection: duckdb.DuckDBPyConnection = tiny_cdm(
        persons=[(person, 8507, "1960-01-01") for person in days],
        periods=[(person, "2018-01-01", "2022-12-31") for person in days],
    )
    connection.execute(
        "insert into cdm.visit_occurrence by name select unnest($1) as person_id, "
        f"{KIND} as visit_concept_id, date '2019-01-01' as visit_start_date, "
        "date '2019-01-01' + unnest($2)::integer as visit_end_date",
        [
            [person for person, lengths in days.items() for _ in lengths],
            [length for lengths in days.values() for length in lengths],
        ],
    )
    connection.execute("create schema release.results")
    values = ", ".join(f"{quantiles.get(name, 0)}::double as {name}" for name in QUANTILES)
    connection.execute(
        "create table release.results.achilles_results_dist as "
        f"select 213 as analysis_id, '{KIND}' as stratum_1, {values}"
    )
    return supported(connection, "release.results", "release.cdm", RULE).get(
        ("213", KIND), frozenset()
    )


def test_one_long_stay_among_thousands_is_read_from_mean_and_deviation() -> None:
    """Why: an attacker computes her stay from the two moments, at three significant digits."""
    values = [0] * 1999 + [58]
    total = float(f"{mean(values):.3g}") * len(values)
    squares = (float(f"{stdev(values):.3g}") ** 2) * (len(values) - 1)
    assert squares / total == pytest.approx(58, rel=0.01)


@pytest.mark.parametrize(
    ("differing", "is_shown"), [(0, False), (1, False), (10, False), (11, True)]
)
def test_moments_need_eleven_persons_who_differ(differing: int, is_shown: bool) -> None:
    shown = stays({person: [0, 0, 5 if person <= differing else 0] for person in range(1, 201)})
    assert ({"avg_value", "stdev_value"} <= shown) is is_shown
    assert ("median_value" in shown) is True


def test_a_person_with_most_of_what_differs_hides_the_moments() -> None:
    """20 persons differ by 1 day, one by 30: over half of the days, nearly all of the squares."""
    days = {person: [0, 1 if person <= 20 else 0] for person in range(1, 201)}
    assert {"avg_value", "stdev_value"} <= stays(days)
    days[200] = [0, 30]
    assert not {"avg_value", "stdev_value"} & stays(days)
    # A tenth of the days, and still three quarters of the squares.
    days = {person: [0, 3 if person <= 60 else 0] for person in range(1, 201)}
    days[200] = [0, 45]
    assert {"avg_value", "stdev_value"} & stays(days) == {"avg_value"}


def test_a_tail_of_one_person_is_no_quantile() -> None:
    """200 persons have one day each; 60 of the 260 records, and all above, are of one of them."""
    days = {person: [1] for person in range(1, 201)}
    days[1] += [30] * 60
    shown = stays(days, median_value=1, p10_value=1, p25_value=1, p75_value=1, p90_value=30)
    assert "p90_value" not in shown
    assert {"median_value", "p10_value"} <= shown
