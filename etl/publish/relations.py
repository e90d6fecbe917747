"""What ties published cells together: the equations that a reader of all files can write.

A relation is taken as an equation where it holds on the exact numbers, for a reader may try it;
otherwise as the inequality that always holds, or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from etl.publish.cells import Cell, Family, Key
from etl.release.achilles import (
    KINDS,
    PERSONS,
    RECORDS,
    RECORDS_BY_MONTH,
    Domain,
    domains,
)

Name = tuple[str, Key]
"""Family and key of a cell."""
Cells = Mapping[Name, Cell]


@dataclass(frozen=True, slots=True)
class Relation:
    """The weighted sum of some cells is 0 (``is_equal``), or not above 0."""

    terms: tuple[tuple[float, Name], ...]
    is_equal: bool


def relations(families: Iterable[Family]) -> list[Relation]:
    """Sums within each family, then what different files have in common."""
    listed = list(families)
    cells: dict[Name, Cell] = {
        (family.name, key): cell for family in listed for key, cell in family.cells.items()
    }
    found: list[Relation] = []
    for family in listed:
        for line in family.sums:
            parts = [(family.name, part) for part in line.parts]
            found += _sum(cells, (family.name, line.total), parts)
    keys: dict[str, list[Key]] = {family.name: list(family.cells) for family in listed}
    for domain in domains():
        found += _of_domain(cells, keys, domain)
    found += _of_tables(cells, keys)
    found += _of_persons(cells, keys)
    found += _of_periods(cells, keys)
    return found


def _sum(
    cells: Cells, total: Name, parts: Iterable[Name], weights: Mapping[Name, int] | None = None
) -> Iterator[Relation]:
    """``total`` is the sum of ``parts``, or at least that sum; nothing if it is neither."""
    known = [part for part in parts if part in cells]
    if total not in cells or not known:
        return
    terms = [(float((weights or {}).get(part, 1)), part) for part in known]
    left = sum(weight * cells[part].value for weight, part in terms)
    if left <= cells[total].value:
        yield Relation((*terms, (-1.0, total)), left == cells[total].value)


def _at_most(cells: Cells, less: Name, more: Name) -> Iterator[Relation]:
    """A number of persons is at most a number of their records, a part at most its whole."""
    if less in cells and more in cells and cells[less].value <= cells[more].value:
        terms = ((1.0, less), (-1.0, more))
        yield Relation(terms, is_equal=False)


def _equal(cells: Cells, one: Name, other: Name) -> Iterator[Relation]:
    """Two files show one number; where they differ, the smaller is part of the larger."""
    if one in cells and other in cells:
        less, more = sorted((one, other), key=lambda name: cells[name].value)
        is_equal = cells[less].value == cells[more].value
        yield Relation(((1.0, less), (-1.0, more)), is_equal)


def _of_domain(cells: Cells, keys: Mapping[str, list[Key]], domain: Domain) -> Iterator[Relation]:
    name, block = domain.table, domain.block
    mine: dict[str, list[Key]] = defaultdict(list)
    for key in keys.get(name, ()):
        mine[key[0]].append(key)
    rows: Name = ("tables", ("rows", name))
    yield from _sum(cells, rows, [(name, ("records",))])
    people: Name = ("onboarding/persons_by_table", (name, "persons"))
    # Persons of a domain are those of its distribution of records, and all that have a concept.
    yield from _equal(cells, ("distributions", (str(block + 3),)), people)
    if people in cells and (of_concept := mine[str(block + PERSONS)]):
        terms = [(-1.0, (name, key)) for key in of_concept]
        if sum(cells[name, key].value for key in of_concept) >= cells[people].value:
            yield Relation(((1.0, people), *terms), is_equal=False)
    for key in mine[str(block + PERSONS)]:
        yield from _at_most(cells, (name, key), (name, (str(block + RECORDS), *key[1:])))
        yield from _at_most(cells, (name, key), people)
    kinds: dict[str, list[Name]] = defaultdict(list)
    for key in mine[str(block + KINDS)]:
        kinds[key[2]].append((name, key))
    for kind, parts in kinds.items():
        yield from _sum(cells, ("onboarding/records_by_type", (name, kind, "records")), parts)
    years: dict[str, list[Name]] = defaultdict(list)
    for key in mine[str(block + RECORDS_BY_MONTH)]:
        years[key[1][:4]].append((name, key))
    for year, parts in years.items():
        yield from _sum(cells, ("onboarding/records_by_year", (name, year, "records")), parts)
    durations = str(block + 13)
    for key in mine[str(block + RECORDS)]:
        yield from _equal(cells, ("distributions", (durations, *key[1:])), (name, key))
    codes: dict[str, list[Name]] = defaultdict(list)
    for family in ("onboarding/top_mapped_codes", "onboarding/top_unmapped_codes"):
        for key in keys.get(family, ()):
            if key[0] == f"{name}.{domain.concept.removesuffix('_concept_id')}":
                codes[key[2]].append((family, key))
    for concept, parts in codes.items():
        yield from _sum(cells, (name, (str(block + RECORDS), concept)), parts)


def _of_tables(cells: Cells, keys: Mapping[str, list[Key]]) -> Iterator[Relation]:
    """Rows of a table, and the lists that split them."""
    for family in ("weekday", "day", "year", "type"):
        name = f"onboarding/records_by_{family}"
        split: dict[str, list[Name]] = defaultdict(list)
        for key in keys.get(name, ()):
            split[key[0]].append((name, key))
        for table, parts in split.items():
            yield from _sum(cells, ("tables", ("rows", table)), parts)
    fields: dict[str, list[Name]] = defaultdict(list)
    for key in keys.get("onboarding/mapping_by_domain", ()):
        if key[-1] == "records":
            fields[key[0]].append(("onboarding/mapping_by_domain", key))
    for field, parts in fields.items():
        yield from _sum(cells, ("tables", ("rows", field.partition(".")[0])), parts)
    for answer, top in (("yes", "top_mapped_codes"), ("no", "top_unmapped_codes")):
        listed: dict[str, list[Name]] = defaultdict(list)
        for key in keys.get(f"onboarding/{top}", ()):
            listed[key[0]].append((f"onboarding/{top}", key))
        for field, parts in listed.items():
            total: Name = ("onboarding/mapping_by_domain", (field, answer, "records"))
            yield from _sum(cells, total, parts)
    name = "onboarding/drug_concept_classes"
    classes = [(name, key) for key in keys.get(name, ())]
    yield from _sum(cells, ("tables", ("rows", "drug_exposure")), classes)
    for key in keys.get("onboarding/persons_by_table", ()):
        if key[-1] == "records":
            records: Name = ("onboarding/persons_by_table", key)
            yield from _equal(cells, records, ("tables", ("rows", key[0])))
            yield from _at_most(
                cells, ("onboarding/persons_by_table", (key[0], "persons")), records
            )
    name = "onboarding/drug_exposure_diagnostics"
    for key in keys.get(name, ()):
        records = (name, (key[0], "records"))
        if key[-1] != "records":
            yield from _at_most(cells, (name, key), records)
    whole: dict[int, list[Name]] = defaultdict(list)
    for key in keys.get("tables", ()):
        whole[cells["tables", key].value].append(("tables", key))
    for key in keys.get("dqd", ()):
        if key[-1] == "rows":
            for rows in whole.get(cells["dqd", key].value, ()):
                if rows[1][1] in key[0].lower():
                    yield from _equal(cells, ("dqd", key), rows)
    domain_parts: dict[str, list[Name]] = defaultdict(list)
    for key in keys.get("mapping", ()):
        if len(key) == 4:
            domain_parts[key[1]].append(("mapping", key))
    for one in domains():
        for label, parts in domain_parts.items():
            if label.lower().replace(" ", "_") in one.table:
                yield from _sum(cells, ("tables", ("rows", one.table)), parts)


def _of_persons(cells: Cells, keys: Mapping[str, list[Key]]) -> Iterator[Relation]:
    """All persons, and all who are observed, in the files that show them."""
    everyone: Name = ("population", ("1",))
    observed: Name = ("population", ("observed",))
    yield from _equal(cells, ("tables", ("rows", "person")), everyone)
    yield from _equal(cells, ("distributions", ("103",)), everyone)
    yield from _equal(cells, ("distributions", ("105",)), observed)
    yield from _at_most(cells, observed, everyone)
    births = "onboarding/birth_completeness"
    yield from _sum(cells, everyone, [(births, key) for key in keys.get(births, ())])
    for key in keys.get("distributions", ()):
        if key[0] == "104":
            yield from _equal(cells, ("distributions", key), ("population", ("2", *key[1:])))
    for name in ("onboarding/persons_by_table", "cohorts"):
        for key in keys.get(name, ()):
            if key[-1] == "persons" or key[0] == "cohort":
                yield from _at_most(cells, (name, key), everyone)
    deaths: Name = ("tables", ("rows", "death"))
    yield from _equal(cells, ("deaths", ("deaths",)), deaths)
    yield from _equal(cells, ("deaths", ("dead",)), ("deaths", ("deaths",)))


def _of_periods(cells: Cells, keys: Mapping[str, list[Key]]) -> Iterator[Relation]:
    """Periods by their number a person, and by the months in which they begin, last and end."""
    periods: Name = ("tables", ("rows", "observation_period"))
    by: dict[str, dict[str, Name]] = defaultdict(dict)
    for key in keys.get("population", ()):
        if len(key) == 2:
            by[key[0]][key[1]] = ("population", key)
    weights = {name: int(number) for number, name in by["113"].items() if number.isdigit()}
    yield from _sum(cells, periods, list(weights), weights)
    for analysis in ("111", "112"):
        yield from _sum(cells, periods, list(by[analysis].values()))
    for month, name in by["110"].items():
        if month in by["117"]:
            yield from _at_most(cells, name, by["117"][month])
    months = sorted(by["117"])
    for before, month in pairwise(months):
        # In a month: those of the month before, without those who ended there, and who begin now.
        terms = [(1.0, by["117"][month]), (-1.0, by["117"][before])]
        if month in by["111"]:
            terms.append((-1.0, by["111"][month]))
        if before in by["112"]:
            terms.append((1.0, by["112"][before]))
        if sum(weight * cells[name].value for weight, name in terms) == 0:
            yield Relation(tuple(terms), is_equal=True)
