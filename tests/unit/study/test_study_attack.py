"""A reader of the result tries to compute what is hidden, from the labels of its rows alone."""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np
import pytest
from scipy.optimize import linprog

from etl.publish.cells import Rule
from etl.publish.disclosure import control_together
from etl.publish.summarised import HEADER
from etl.study.cohorts import Cohort
from etl.study.definitions import Definition
from etl.study.estimates import AGE_GROUPS, Figures, Yearly, age_group
from etl.study.protection import family
from etl.study.result import Writer

MINIMUM = 11
Row = dict[str, str]
Cell = tuple[str, ...]


def study(seed: int) -> tuple[list[Row], dict[Cell, int]]:
    """Rows as published, and the exact value of each count."""
    chance = random.Random(seed)  # noqa: S311
    cohorts, found = [], {}
    for number, name in enumerate(("a", "b"), start=1):
        one = Figures()
        scale = chance.choice([3, 12, 60])
        for sex in ("Female", "Male"):
            for low, high in AGE_GROUPS:
                for year in (2018, 2019, 2020):
                    if persons := max(0, chance.randint(-scale // 2, scale)):
                        one.groups[sex, age_group(low, high), year] = persons
        total = sum(one.groups.values())
        one.records = (total + chance.randint(0, 20), 3, 2)
        for year in (2019, 2020):
            for sex in ("Female", "Male"):
                people = chance.randint(20, 200)
                for figures in (one.incidence, one.prevalence):
                    cases = min(people, max(0, chance.randint(-5, 40)))
                    figures[year, sex] = Yearly(people, people * 300, cases)
        first = total + chance.randint(0, 30)
        steps = (("entry", first), ("rule 1", first - chance.randint(0, first - total)))
        steps = (*steps, ("rule 2", total))
        cohorts.append(Cohort(number, Definition(name, "f.sql", "sql", "", ""), steps))
        found[name] = one
    cells = family(cohorts, found, MINIMUM, 365)
    shown = control_together([cells], {}, Rule(MINIMUM), "r")["study"]
    rows = [
        dict(zip(HEADER, row, strict=True))
        for row in Writer("S", shown, MINIMUM, 365).rows(cohorts)
    ]
    counts = [row for row in rows if row["estimate_type"] == "integer"]
    exact = {key: cell.value for key, cell in cells.cells.items()}
    return counts, {_place(row): exact[_key(row)] for row in counts}


def _place(row: Row) -> Cell:
    return tuple(row[name] for name in HEADER if name not in ("estimate_value", "cdm_name"))


def _key(row: Row) -> Cell:
    """The row's cell, by what its labels state."""
    result, level, strata = row["result_id"], row["group_level"], row["strata_level"]
    if result == "1":
        if row["variable_name"] == "Number records":
            return (level, "records")
        if row["strata_name"] == "year":
            return (level, "year", strata)
        named = dict(zip(row["strata_name"].split(" &&& "), strata.split(" &&& "), strict=True))
        return (level, "subjects", named.get("sex", ""), named.get("age_group", ""))
    if result == "2":
        kind = "step" if row["variable_name"] == "number_subjects" else "excluded"
        return (level, kind, row["additional_level"])
    cohort = level.split(" &&& ")[1]
    kind = "incidence after 365" if result == "3" else "prevalence"
    sex = "" if strata == "overall" else strata
    what = row["estimate_name"].removesuffix("_count")
    return (cohort, kind, row["additional_level"][:4], sex, what)


def equations(rows: list[Row]) -> list[dict[Cell, float]]:
    """Sums that the labels of the rows allow a reader to write; each is zero."""
    by: dict[Cell, Cell] = {_key(row): _place(row) for row in rows}
    found: list[dict[Cell, float]] = []

    def add(total: Cell, parts: list[Cell]) -> None:
        if total in by and parts:
            found.append({by[total]: -1.0, **{by[part]: 1.0 for part in parts}})

    margins: dict[Cell, list[Cell]] = defaultdict(list)
    for key in by:
        cohort, kind = key[:2]
        if kind == "subjects":
            sex, age = key[2:]
            if sex and age:
                margins[cohort, kind, sex, ""].append(key)
                margins[cohort, kind, "", age].append(key)
            elif sex:
                margins[cohort, kind, "", "", "by sex"].append(key)
            elif age:
                margins[cohort, kind, "", "", "by age"].append(key)
        elif kind == "year":
            margins[cohort, "subjects", "", "", "by year"].append(key)
        elif len(key) == 5 and key[3]:
            margins[*key[:3], "", key[4]].append(key)
        elif kind == "step":
            before = (cohort, "step", str(int(key[2]) - 1))
            gone = (cohort, "excluded", key[2])
            if gone in by:
                add(before, [key, gone])
            if (cohort, "step", str(int(key[2]) + 1)) not in by:
                add((cohort, "subjects", "", ""), [key])
    for total, parts in margins.items():
        add(total[:4] if total[1] == "subjects" else total, parts)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_no_small_count_can_be_computed(seed: int) -> None:
    rows, exact = study(seed)
    lines = equations(rows)
    places = [_place(row) for row in rows]
    at = {place: number for number, place in enumerate(places)}
    for line in lines:  # what the reader writes is true
        assert sum(weight * exact[place] for place, weight in line.items()) == 0
    matrix = np.zeros((len(lines), len(places)))
    for number, line in enumerate(lines):
        for place, weight in line.items():
            matrix[number, at[place]] = weight
    bounds = []
    for row in rows:
        value = row["estimate_value"]
        bounds.append((0, None) if value == "-" else (max(MINIMUM, int(value) - 9), int(value)))
    small = [row for row in rows if 0 < exact[_place(row)] < MINIMUM]
    assert small
    for row in small:
        assert row["estimate_value"] == "-"
        cost = np.zeros(len(places))
        cost[at[_place(row)]] = 1
        least, most = (
            linprog(sign * cost, A_eq=matrix, b_eq=np.zeros(len(lines)), bounds=bounds)
            for sign in (1, -1)
        )
        assert least.status in (0, 3) and most.status in (0, 3)
        if most.status == 0 and least.status == 0:
            assert -most.fun - least.fun >= MINIMUM - 1e-6, _key(row)
