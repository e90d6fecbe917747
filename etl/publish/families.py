"""What may be shared, as families of counts: each with the equations that tie its counts."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import duckdb

from etl.publish.cells import SMALL_POPULATION, Cell, Family, Key, of_persons
from etl.publish.margins import Most, domain_margins, table_cells
from etl.publish.protection import Sum
from etl.release.achilles import Domain, domains

_MONTHS_OF_PERIODS = ("110", "111", "112", "117", "1411")

_ALONE = Cell(1, 1)
"""A cell whose persons were not found counts as one person: hidden."""


def achilles_families(
    connection: duckdb.DuckDBPyConnection, results: str, cdm: str
) -> Iterator[Family]:
    """The families of ``achilles_results``: population, deaths, cover, and one per domain."""
    counts = _read(connection, results)
    yield _population(counts)
    yield _deaths(counts)
    yield Family.of_persons("cover", _pick(counts, 1411))
    for domain in domains():
        yield _domain(connection, counts, domain, cdm)


def _read(connection: duckdb.DuckDBPyConnection, results: str) -> dict[Key, int]:
    strata = ", ".join(f"stratum_{number}" for number in range(1, 6))
    found = connection.execute(
        f"select analysis_id, {strata}, count_value from {results}.achilles_results "
        "where analysis_id <> 0"
    ).fetchall()
    counts = {
        (str(row[0]), *(part if part is not None else "" for part in _trimmed(row[1:6]))): row[6]
        for row in found
    }
    if counts.get(("1",), 0) >= SMALL_POPULATION:
        return counts
    return {key: count for key, count in counts.items() if key[0] not in _MONTHS_OF_PERIODS}


def _trimmed(strata: tuple[str | None, ...]) -> tuple[str | None, ...]:
    while strata and strata[-1] is None:
        strata = strata[:-1]
    return strata


def _pick(counts: Mapping[Key, int], *analyses: int) -> dict[Key, int]:
    wanted = {str(analysis) for analysis in analyses}
    return {key: count for key, count in counts.items() if key[0] in wanted}


def _list_of(counts: Mapping[Key, int], analysis: int) -> tuple[Key, ...]:
    return tuple(key for key in counts if key[0] == str(analysis))


def _population(counts: Mapping[Key, int]) -> Family:
    """Persons by sex and year of birth or age, and by their periods: all add up to all persons."""
    chosen = _pick(counts, 1, 2, 3, 4, 5, 10, 101, 102, 108, 110, 111, 112, 113, 117)
    everyone: Key = ("1",)
    observed: Key = ("observed",)
    chosen[observed] = sum(chosen[key] for key in _list_of(chosen, 101))
    sums = [Sum(everyone, _list_of(chosen, analysis)) for analysis in (2, 3, 4, 5)]
    sums += [Sum(observed, _list_of(chosen, analysis)) for analysis in (101, 108, 113)]
    sums += _margins(chosen, 10, {0: 3, 1: 2})
    sums += _margins(chosen, 102, {1: 101})
    cells = {key: of_persons(count) for key, count in chosen.items()}
    return Family("population", cells, tuple(sums), unpublished=frozenset({observed}))


def _deaths(counts: Mapping[Key, int]) -> Family:
    """A person has one death: records are persons."""
    chosen = _pick(counts, 500, 501, 502, 505)
    persons: Key = ("dead",)
    records: Key = ("deaths",)
    chosen[persons] = sum(chosen[key] for key in _list_of(chosen, 502))
    chosen[records] = sum(chosen[key] for key in _list_of(chosen, 505))
    sums = [Sum(persons, _list_of(chosen, analysis)) for analysis in (500, 502)]
    sums += [Sum(records, _list_of(chosen, analysis)) for analysis in (501, 505)]
    cells = {key: of_persons(count) for key, count in chosen.items()}
    return Family("deaths", cells, tuple(sums), unpublished=frozenset({persons, records}))


def _domain(
    connection: duckdb.DuckDBPyConnection, counts: Mapping[Key, int], domain: Domain, cdm: str
) -> Family:
    """Persons and records by concept, kind and month."""
    block = domain.block
    chosen = _pick(counts, *(block + offset for offset in (0, 1, 2, 5, 20)))
    margins = domain_margins(connection, cdm, domain)
    cells: dict[Key, Cell] = {}
    for key, count in chosen.items():
        if int(key[0]) in margins:
            known = margins[int(key[0])].get(key[1:], _ALONE)
            cells[key] = Cell(count, known.persons, known.largest, known.second)
        else:
            cells[key] = of_persons(count)
    months = _list_of(chosen, block + 20)
    total: Key = ("records",)
    # Nothing less than its largest month: at least as many persons.
    people = max((cells[key].behind for key in months), default=0)
    cells[total] = Cell(sum(chosen[key] for key in months), people)
    sums = [Sum(total, _list_of(chosen, block + offset)) for offset in (1, 20)]
    sums += _margins(chosen, block + 5, {0: block + 1})
    return Family(domain.table, cells, tuple(sums), unpublished=frozenset({total}))


def _margins(
    counts: Mapping[Key, int], analysis: int, margins: Mapping[int, int]
) -> Iterable[Sum[Key]]:
    """Sums of a two-way analysis: position of the stratum kept → analysis of the margin."""
    for position, margin in margins.items():
        parts: dict[str, list[Key]] = defaultdict(list)
        for key in _list_of(counts, analysis):
            parts[key[1 + position]].append(key)
        for stratum, keys in parts.items():
            yield Sum((str(margin), stratum), tuple(keys))


def mapping_family(connection: duckdb.DuckDBPyConnection, audit: str, most: Most) -> Family:
    """Records by domain, vocabulary and method of mapping; persons by their lower bound."""
    found = connection.execute(
        "select domain, source_vocabulary, method, sum(n_records)::bigint "
        f"from {audit}.mapping_coverage group by all"
    ).fetchall()
    counts: dict[Key, int] = {}
    parts: dict[Key, list[Key]] = defaultdict(list)
    for domain, vocabulary, method, records in found:
        key = ("mapping", domain, vocabulary, method)
        counts[key] = records
        parts["mapping", domain, vocabulary].append(key)
    for margin, keys in parts.items():
        counts[margin] = sum(counts[key] for key in keys)
    sums = tuple(Sum(margin, tuple(keys)) for margin, keys in parts.items())
    cells = {key: Cell(count, most.at_least(count)) for key, count in counts.items()}
    return Family("mapping", cells, sums, unpublished=frozenset(parts))


def row_family(connection: duckdb.DuckDBPyConnection, cdm: str, rows: Mapping[str, int]) -> Family:
    """Rows of each CDM table."""
    cells = table_cells(connection, cdm, rows)
    return Family("tables", {("rows", table): cell for table, cell in cells.items()})
