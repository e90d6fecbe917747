"""Results that R packages export: settings and rates of enough persons go along, nothing else.

Settings as exportSummarisedResult of omopgenerics 1.3 writes them, rows as IncidencePrevalence 1.2.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from etl.publish.summarised import HEADER, summarised_faults


def faults(lines: str) -> list[object]:
    return list(summarised_faults(list(csv.DictReader(lines.splitlines(), HEADER)), 11))


INTERVAL = "incidence_start_date &&& incidence_end_date &&& analysis_interval"
YEAR = "2019-01-01 &&& 2019-12-31 &&& years"


def setting(name: str, value: str, **changed: str) -> str:
    cells = {"cdm_name": "NA", "group_level": "overall", "variable_level": "NA"} | changed
    return (
        f"1,{cells['cdm_name']},overall,{cells['group_level']},overall,overall,settings,"
        f"{cells['variable_level']},{name},character,{value},overall,overall"
    )


def rate(variable: str, name: str, value: str, level: str = YEAR) -> str:
    return (
        "1,SNDS,denominator_cohort_name &&& outcome_cohort_name,observed &&& diabetes,sex,Male,"
        f"{variable},NA,{name},numeric,{value},{INTERVAL},{level}"
    )


def at(level: str) -> str:
    return rate("Denominator", "denominator_count", "40", level)


EXPORTED = (
    *(setting("result_type", "incidence"), setting("package_version", "1.2.1")),
    *(setting("strata", "sex &&& age_group"), setting("min_cell_count", "5")),
    setting("denominator_days_prior_observation", "365"),
    setting("denominator_age_group", "0 to 150"),
    setting("denominator_start_date", "2015-03-17"),
    setting("analysis_outcome_washout", "Inf"),
    setting("analysis_repeated_events", "FALSE"),
)
RATES = (
    rate("Denominator", "denominator_count", "4000"),
    rate("Denominator", "person_years", "3900.5"),
    rate("Outcome", "outcome_count", "20"),
    rate("Outcome", "incidence_100000_pys", "512.8"),
)


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        (EXPORTED, False),
        ((*EXPORTED, *RATES), False),
        ((*EXPORTED, rate("Outcome", "prevalence", "0.005"), *RATES), False),
        ((*EXPORTED, *RATES, rate("Outcome", "outcome_count", "4")), True),
        ((*EXPORTED, RATES[0], RATES[3]), False),
        ((*EXPORTED, RATES[0], rate("Outcome", "outcome_count", "-"), RATES[3]), True),
        # events may be repeated: they are of no known number of persons
        ((*EXPORTED[:-1], setting("analysis_repeated_events", "TRUE"), *RATES), True),
        (RATES, True),
        ((*EXPORTED, at("2019-03-01 &&& 2019-03-31 &&& months")), False),
        ((*EXPORTED, at("2019-03-04 &&& 2019-03-10 &&& weeks")), True),
        ((*EXPORTED, at("2019-03-04 &&& 2019-12-31 &&& years")), True),
        ((setting("n_persons", "3"),), True),
        ((setting("persons_left", "3"),), True),
        ((setting("note", "3 persons with porphyria"),), True),
        ((setting("package_name", "1.2.3"),), True),
        ((setting("result_type", "incidence", cdm_name="SNDS"),), True),
        ((setting("result_type", "incidence", group_level="four persons"),), True),
        ((setting("result_type", "incidence", variable_level="4"),), True),
        ((setting("n persons", "TRUE"),), True),
    ],
)  # fmt: skip
def test_settings_and_rates_of_an_exported_result(lines: tuple[str, ...], refused: bool) -> None:
    assert bool(faults("\n".join(lines))) == refused


def test_a_result_that_omopgenerics_exported_goes_along() -> None:
    path = Path("../shared/oracles/readers/examples/omopgenerics/results_SNDS_2026_11_30.csv")
    if not path.is_file():
        pytest.skip("needs ../shared")
    assert not faults(path.read_text(encoding="utf-8").partition("\n")[2])
