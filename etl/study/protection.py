"""Cells of a study and what adds up among them, for the disclosure control of every publication."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from etl.publish.cells import Cell, Family, Key
from etl.publish.protection import Sum
from etl.study.cohorts import Cohort
from etl.study.estimates import Figures, Yearly

FAMILY = "study"
ALL = ""
"""Stratum of a total."""


def family(
    cohorts: Iterable[Cohort], found: Mapping[str, Figures], minimum: int, prior_observation: int
) -> Family:
    """All figures of a study as one family.

    A person's cell is its own count. Days of a denominator are derived of its cell, and shown with
    it where four times the minimum stand behind, as means are.

    Args:
        minimum: fewest persons that may be shown.
        prior_observation: days; part of the keys of incidence, another setting is another figure.
    """
    cells: dict[Key, Cell] = {}
    sums: list[Sum[Key]] = []
    unpublished: set[Key] = set()
    for cohort in cohorts:
        name, figures = cohort.name, found[cohort.name]
        _groups(name, figures, cells, sums)
        largest, second = figures.records[1:]
        cells[name, "records"] = Cell(figures.records[0], cohort.persons, largest, second)
        _steps(cohort, cells, sums)
        incidence = f"incidence after {prior_observation}"
        for kind, years in ((incidence, figures.incidence), ("prevalence", figures.prevalence)):
            _years(name, kind, years, minimum, cells, sums, unpublished)
    return Family(FAMILY, cells, tuple(sums), unpublished=frozenset(unpublished))


def _groups(name: str, figures: Figures, cells: dict[Key, Cell], sums: list[Sum[Key]]) -> None:
    """Persons by sex and age group, with both margins, and by year of entry."""
    counts: dict[Key, int] = defaultdict(int)
    counts[name, "subjects", ALL, ALL] = 0
    parts: dict[Key, set[Key]] = defaultdict(set)
    total: Key = (name, "subjects", ALL, ALL)
    for (sex, age, year), persons in figures.groups.items():
        inner, by_sex, by_age = (
            (name, "subjects", sex, age),
            (name, "subjects", sex, ALL),
            (name, "subjects", ALL, age),
        )
        by_year: Key = (name, "year", str(year))
        for key in (inner, by_sex, by_age, total, by_year):
            counts[key] += persons
        parts[by_sex].add(inner)
        parts[by_age].add(inner)
    cells |= {key: Cell(count, count) for key, count in counts.items()}
    for margin in (
        sorted(key for key in counts if key[1] == "subjects" and key[2] and not key[3]),
        sorted(key for key in counts if key[1] == "subjects" and key[3] and not key[2]),
        sorted(key for key in counts if key[1] == "year"),
    ):
        sums.append(Sum(total, tuple(margin)))
    sums += [Sum(margin, tuple(sorted(inner))) for margin, inner in sorted(parts.items())]


def _steps(cohort: Cohort, cells: dict[Key, Cell], sums: list[Sum[Key]]) -> None:
    """Each step has those who stay and those who go; the last one is the cohort."""
    name = cohort.name
    before: tuple[Key, int] | None = None
    for number, (_, persons) in enumerate(cohort.steps, start=1):
        key: Key = (name, "step", str(number))
        cells[key] = Cell(persons, persons)
        if before is not None and persons <= before[1]:
            gone: Key = (name, "excluded", str(number))
            count = before[1] - persons
            cells[gone] = Cell(count, count)
            sums.append(Sum(before[0], (key, gone)))
        before = (key, persons)
    if before is not None:
        sums.append(Sum((name, "subjects", ALL, ALL), (before[0],)))


def _years(
    name: str,
    kind: str,
    years: Mapping[tuple[int, str], Yearly],
    minimum: int,
    cells: dict[Key, Cell],
    sums: list[Sum[Key]],
    unpublished: set[Key],
) -> None:
    """Denominator and outcome by year and sex; those without the outcome have no row."""
    totals: dict[int, Yearly] = {}
    sexes: dict[int, list[str]] = defaultdict(list)
    for (year, sex), one in sorted(years.items()):
        so_far = totals.get(year, Yearly(0, 0, 0))
        totals[year] = Yearly(
            so_far.denominator + one.denominator,
            so_far.days + one.days,
            so_far.outcome + one.outcome,
        )
        sexes[year].append(sex)
    for (year, sex), one in {**years, **{(y, ALL): total for y, total in totals.items()}}.items():
        days = (f"{float(f'{one.days:.3g}'):.0f}",) if one.denominator >= 4 * minimum else ("",)
        key = (name, kind, str(year), sex)
        cells[*key, "denominator"] = Cell(one.denominator, one.denominator, derived=days)
        cells[*key, "outcome"] = Cell(one.outcome, one.outcome)
        others = one.denominator - one.outcome
        if 0 < others < minimum:
            # All but a few: those few would be the difference of two shown counts.
            cells[*key, "others"] = Cell(others, others)
            unpublished.add((*key, "others"))
            sums.append(Sum((*key, "denominator"), ((*key, "outcome"), (*key, "others"))))
    for year, present in sexes.items():
        for what in ("denominator", "outcome"):
            parts = tuple((name, kind, str(year), sex, what) for sex in present)
            sums.append(Sum((name, kind, str(year), ALL, what), parts))
