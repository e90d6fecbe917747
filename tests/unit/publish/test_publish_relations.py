"""Every equation that a reader of all files can write, listed by hand for a few cells."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from etl.publish.cells import Family, Key
from etl.publish.relations import Relation, relations

BY_TABLE = "onboarding/persons_by_table"


def families(cells: Mapping[str, int]) -> list[Family]:
    """``family key/key`` → value."""
    found: dict[str, dict[Key, int]] = {}
    for name, value in cells.items():
        family, _, key = name.partition(" ")
        found.setdefault(family, {})[tuple(key.split("/"))] = value
    return [Family.of_persons(family, counts) for family, counts in found.items()]


def text(one: Relation) -> str:
    """``a + 2 b - c = 0``, terms in order of names."""
    terms = sorted((f"{name[0]} {'/'.join(name[1])}", weight) for weight, name in one.terms)
    left = " ".join(
        f"{'-' if weight < 0 else '+'} {'' if abs(weight) == 1 else f'{abs(weight):g} '}{name}"
        for name, weight in terms
    )
    return f"{left} {'=' if one.is_equal else '<='} 0"


def found(cells: Mapping[str, int]) -> list[str]:
    return sorted(text(one) for one in relations(families(cells)))


def test_a_domain_and_the_files_that_split_it() -> None:
    """Concept A has 22 records of 12 persons, concept B 15 records of 15 persons."""
    name = "condition_occurrence"
    assert found({
        "tables rows/condition_occurrence": 37,
        f"{name} records": 37,
        f"{name} 400/A": 12, f"{name} 400/B": 15,
        f"{name} 401/A": 22, f"{name} 401/B": 15,
        f"{name} 405/A/32817": 22, f"{name} 405/B/32818": 15,
        f"{name} 420/202104": 20, f"{name} 420/202112": 9, f"{name} 420/202201": 8,
        f"{BY_TABLE} {name}/persons": 27,
        "distributions 403": 27, "distributions 413/A": 22,
        f"onboarding/records_by_type {name}/32817/records": 22,
        f"onboarding/records_by_type {name}/32818/records": 16,
        f"onboarding/records_by_year {name}/2021/records": 29,
        f"onboarding/records_by_year {name}/2022/records": 7,
        f"onboarding/top_mapped_codes {name}.condition/J45/A": 21,
        f"onboarding/top_mapped_codes {name}.condition/J46/A": 1,
        "onboarding/top_mapped_codes death.cause/J45/A": 4,
    }) == sorted([
        # rows of the table, by each list
        f"+ {name} records - tables rows/{name} = 0",
        # types have one record more than the table, years one less
        f"+ onboarding/records_by_year {name}/2021/records + onboarding/records_by_year"
        f" {name}/2022/records - tables rows/{name} <= 0",
        # persons
        f"+ distributions 403 - {BY_TABLE} {name}/persons = 0",
        f"- {name} 400/A - {name} 400/B + {BY_TABLE} {name}/persons <= 0",
        f"+ {name} 400/A - {name} 401/A <= 0", f"+ {name} 400/B - {name} 401/B <= 0",
        f"+ {name} 400/A - {BY_TABLE} {name}/persons <= 0",
        f"+ {name} 400/B - {BY_TABLE} {name}/persons <= 0",
        # records
        f"+ {name} 405/A/32817 - onboarding/records_by_type {name}/32817/records = 0",
        f"+ {name} 405/B/32818 - onboarding/records_by_type {name}/32818/records <= 0",
        f"+ {name} 420/202104 + {name} 420/202112 - onboarding/records_by_year"
        f" {name}/2021/records = 0",
        f"- {name} 401/A + distributions 413/A = 0",
        f"- {name} 401/A + onboarding/top_mapped_codes {name}.condition/J45/A"
        f" + onboarding/top_mapped_codes {name}.condition/J46/A = 0",
    ])  # fmt: skip


def test_persons_of_concepts_that_do_not_reach_those_of_the_table_bound_nothing() -> None:
    name = "drug_exposure"
    assert found({f"{name} 700/A": 12, f"{name} 700/B": 14, f"{BY_TABLE} {name}/persons": 27}) == [
        f"+ {name} 700/A - {BY_TABLE} {name}/persons <= 0",
        f"+ {name} 700/B - {BY_TABLE} {name}/persons <= 0",
    ]


@pytest.mark.parametrize("split", ["weekday", "day", "year", "type"])
def test_rows_of_a_table_by_a_list(split: str) -> None:
    file = f"onboarding/records_by_{split}"
    assert found({"tables rows/death": 30, f"{file} death/1/n": 20, f"{file} death/2/n": 10}) == [
        f"+ {file} death/1/n + {file} death/2/n - tables rows/death = 0"
    ]


def test_codes_of_a_field_add_up_to_its_records() -> None:
    file = "onboarding/mapping_by_domain"
    field = "drug_exposure.drug"
    assert found({
        "tables rows/drug_exposure": 50,
        f"{file} {field}/yes/records": 30, f"{file} {field}/no/records": 20,
        f"{file} {field}/yes/codes": 30, f"{file} {field}/no/codes": 2,
        f"onboarding/top_mapped_codes {field}/N02/7": 30,
        f"onboarding/top_unmapped_codes {field}/X/0": 12,
        f"onboarding/top_unmapped_codes {field}/Y/0": 7,
        "onboarding/drug_concept_classes Clinical Drug": 40,
        "onboarding/drug_concept_classes Ingredient": 10,
    }) == sorted([
        f"+ {file} {field}/no/records + {file} {field}/yes/records - tables rows/drug_exposure"
        " = 0",
        f"- {file} {field}/yes/records + onboarding/top_mapped_codes {field}/N02/7 = 0",
        f"- {file} {field}/no/records + onboarding/top_unmapped_codes {field}/X/0"
        f" + onboarding/top_unmapped_codes {field}/Y/0 <= 0",
        "+ onboarding/drug_concept_classes Clinical Drug + onboarding/drug_concept_classes"
        " Ingredient - tables rows/drug_exposure = 0",
    ])  # fmt: skip


def test_records_of_a_file_are_rows_of_the_table_and_not_fewer_than_persons() -> None:
    diagnosed = "onboarding/drug_exposure_diagnostics"
    assert found({
        "tables rows/death": 20,
        f"{BY_TABLE} death/persons": 20, f"{BY_TABLE} death/records": 20,
        f"{diagnosed} one/persons": 11, f"{diagnosed} one/records": 30,
        f"{diagnosed} one/without": 30,
    }) == sorted([
        f"+ {BY_TABLE} death/records - tables rows/death = 0",
        f"+ {BY_TABLE} death/persons - {BY_TABLE} death/records <= 0",
        f"+ {diagnosed} one/persons - {diagnosed} one/records <= 0",
        f"- {diagnosed} one/records + {diagnosed} one/without <= 0",
    ])  # fmt: skip


def test_rows_of_a_check_are_those_of_the_table_that_it_names() -> None:
    """By the same number and the name: another table of as many rows is none."""
    assert found({
        "tables rows/death": 20, "tables rows/person": 20, "tables rows/location": 21,
        "dqd measureCompleteness_DEATH/rows": 20, "dqd measureCompleteness_DEATH/violated": 20,
        "dqd measureCompleteness_LOCATION/rows": 20,
    }) == ["+ dqd measureCompleteness_DEATH/rows - tables rows/death = 0"]  # fmt: skip


def test_methods_of_mapping_add_up_to_at_most_the_rows_of_a_domain() -> None:
    """A margin (three parts) is no further part; the words of a domain are in a table's name."""
    assert found({
        "tables rows/condition_occurrence": 50, "tables rows/condition_era": 3,
        "mapping mapping/Condition/CIM10/exact": 30, "mapping mapping/Condition/CIM10/parent": 20,
        "mapping mapping/Condition/CIM10": 50,
    }) == [
        "+ mapping mapping/Condition/CIM10/exact + mapping mapping/Condition/CIM10/parent"
        " - tables rows/condition_occurrence = 0"
    ]  # fmt: skip


def test_all_persons_stand_in_many_files() -> None:
    births = "onboarding/birth_completeness"
    assert found({
        "tables rows/person": 100, "population 1": 100, "population observed": 90,
        "population 2/8507": 60,
        "distributions 103": 100, "distributions 104/8507": 60, "distributions 105": 90,
        f"{births} year/persons": 80, f"{births} day/persons": 20,
        f"{BY_TABLE} death/persons": 30,
        "cohorts cohort/1": 40, "cohorts pathway/1/A": 40,
        "tables rows/death": 30, "deaths deaths": 30, "deaths dead": 29,
    }) == sorted([
        "- population 1 + tables rows/person = 0", "+ distributions 103 - population 1 = 0",
        "+ distributions 105 - population observed = 0",
        "- population 1 + population observed <= 0",
        f"+ {births} day/persons + {births} year/persons - population 1 = 0",
        "+ distributions 104/8507 - population 2/8507 = 0",
        f"+ {BY_TABLE} death/persons - population 1 <= 0",
        "+ cohorts cohort/1 - population 1 <= 0",
        "+ deaths deaths - tables rows/death = 0", "+ deaths dead - deaths deaths <= 0",
    ])  # fmt: skip


def test_periods_by_number_and_month() -> None:
    """30 persons with one period and 20 with two: 70 periods, of which 60 begin in January."""
    assert found({
        "tables rows/observation_period": 70, "population 113/1": 30, "population 113/2": 20,
        "population 111/202101": 60, "population 111/202102": 10,
        "population 112/202101": 12, "population 112/202102": 50,
        "population 117/202101": 60, "population 117/202102": 58,
        "population 110/202102": 46, "population 110/202103": 40,
        "population 10/1950/8507": 4,
    }) == sorted([
        "+ population 113/1 + 2 population 113/2 - tables rows/observation_period = 0",
        "+ population 111/202101 + population 111/202102 - tables rows/observation_period = 0",
        "+ population 112/202101 + population 112/202102 - tables rows/observation_period <= 0",
        "+ population 110/202102 - population 117/202102 <= 0",
        "- population 111/202102 + population 112/202101 - population 117/202101"
        " + population 117/202102 = 0",
    ])  # fmt: skip


def test_months_that_do_not_add_up_are_no_equation() -> None:
    assert found({
        "population 117/202101": 60, "population 117/202102": 58, "population 112/202101": 3
    }) == []  # fmt: skip
