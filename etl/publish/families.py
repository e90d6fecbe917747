"""What may be shared, as families of counts: each with the equations that tie its counts."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from etl.publish.protection import Sum
from etl.release.achilles import domains

Key = tuple[str, ...]
"""Analysis id, then its strata."""


@dataclass(frozen=True, slots=True)
class Family:
    """Counts that a reader could add up or subtract, and how."""

    name: str
    counts: Mapping[Key, int]
    sums: tuple[Sum[Key], ...] = ()
    small: frozenset[Key] = frozenset()
    """Hidden although large: too few persons stand behind these records."""
    unpublished: frozenset[Key] = field(default_factory=frozenset)
    """Totals that nobody prints, but that follow from another list of the family."""


def achilles_families(
    connection: duckdb.DuckDBPyConnection, results: str, minimum: int
) -> Iterator[Family]:
    """The families of ``achilles_results``: population, deaths, cover, and one per domain."""
    counts = _read(connection, results)
    yield _population(counts)
    yield _deaths(counts)
    yield Family("cover", _pick(counts, 1411))
    for domain in domains():
        yield _domain(counts, domain.block, domain.table, minimum)


def _read(connection: duckdb.DuckDBPyConnection, results: str) -> dict[Key, int]:
    strata = ", ".join(f"stratum_{number}" for number in range(1, 6))
    found = connection.execute(
        f"select analysis_id, {strata}, count_value from {results}.achilles_results "
        "where analysis_id <> 0"
    ).fetchall()
    return {
        (str(row[0]), *(part if part is not None else "" for part in _trimmed(row[1:6]))): row[6]
        for row in found
    }


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
    return Family("population", chosen, tuple(sums), unpublished=frozenset({observed}))


def _deaths(counts: Mapping[Key, int]) -> Family:
    chosen = _pick(counts, 500, 501, 502, 505)
    persons: Key = ("dead",)
    records: Key = ("deaths",)
    chosen[persons] = sum(chosen[key] for key in _list_of(chosen, 502))
    chosen[records] = sum(chosen[key] for key in _list_of(chosen, 505))
    sums = [Sum(persons, _list_of(chosen, analysis)) for analysis in (500, 502)]
    sums += [Sum(records, _list_of(chosen, analysis)) for analysis in (501, 505)]
    return Family("deaths", chosen, tuple(sums), unpublished=frozenset({persons, records}))


def _domain(counts: Mapping[Key, int], block: int, table: str, minimum: int) -> Family:
    """Persons and records by concept, kind and month."""
    chosen = _pick(counts, *(block + offset for offset in (0, 1, 2, 5, 20)))
    total: Key = ("records",)
    chosen[total] = sum(chosen[key] for key in _list_of(chosen, block + 20))
    sums = [Sum(total, _list_of(chosen, block + offset)) for offset in (1, 20)]
    sums += _margins(chosen, block + 5, {0: block + 1})
    few = {key[1] for key in _list_of(chosen, block) if 0 < chosen[key] < minimum and len(key) > 1}
    hidden = (str(block + 1), str(block + 2), str(block + 5))
    small = frozenset(key for key in chosen if key[0] in hidden and key[1] in few)
    return Family(table, chosen, tuple(sums), small, frozenset({total}))


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


def mapping_family(connection: duckdb.DuckDBPyConnection, audit: str) -> Family:
    """Records by domain, vocabulary and method of mapping."""
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
    return Family("mapping", counts, sums, unpublished=frozenset(parts))


def row_family(rows: Mapping[str, int]) -> Family:
    """Rows of each CDM table."""
    return Family("tables", {("rows", table): count for table, count in rows.items()})
