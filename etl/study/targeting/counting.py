"""Persons of an algorithm, counted three ways, and whom each difference is about.

Differences are taken person by person: a raw person is the one of the CDM whose row of IR_BEN_R it
has (``audit.person_origin``). Who is lost is looked for again with one condition after another
lifted; the first that finds the person is the reason.
"""

# ruff: noqa: S608 - SQL is made of names of this package.

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from etl.publish.source import CATALOG
from etl.study.targeting import cdm, raw
from etl.study.targeting.cdm import BY_SOURCE, BY_STANDARD, Way
from etl.study.targeting.criteria import Algorithm, Criterion

Persons = set[Any]
"""Ids of the CDM, or keys of the raw tables."""
Events = Callable[[Criterion], str]
_FAR = (1, 9998)


@dataclass(slots=True)
class Missing:
    """Codes of a criterion that stop on the way."""

    criterion: int
    code: str
    """As the criterion writes it."""
    source_concepts: int
    """Concepts of the vocabulary that it stands for; 0: the vocabulary lacks it."""
    mapped: int
    """Those of them that map to a standard concept."""


@dataclass(slots=True)
class Counted:
    """One algorithm in one year. Numbers are exact: they stay in the zone."""

    algorithm: str
    raw: int
    source: int
    standard: int
    not_in_cdm: int = 0
    """Raw persons who are not in the CDM."""
    lost: dict[str, int] = field(default_factory=dict)
    """Reason → persons of the raw count that source concepts do not find."""
    gained: int = 0
    """Persons that source concepts find and the raw count does not."""
    unmapped: dict[str, int] = field(default_factory=dict)
    """Reason → persons of source concepts that standard concepts do not find."""
    added: dict[str, int] = field(default_factory=dict)
    """Reason → persons that only standard concepts find."""
    others: list[tuple[str, int]] = field(default_factory=list)
    """Codes behind the added persons, with their persons, most first."""
    missing: list[Missing] = field(default_factory=list)

    @property
    def balances(self) -> bool:
        """Whether the reasons account for each difference to the last person."""
        source = self.raw - self.not_in_cdm - sum(self.lost.values()) + self.gained
        standard = self.source - sum(self.unmapped.values()) + sum(self.added.values())
        return (source, standard) == (self.source, self.standard)


# In this order; each keeps what was lifted before it.
_LOST: tuple[tuple[str, dict[str, object]], ...] = (
    ("code_without_concept", {"match": "value"}),
    ("other_domain", {"place": "domain"}),
    ("place_merged", {"place": "any"}),
    ("other_product", {"has_origin": False}),
    ("other_stay", {"has_stays": False}),
    ("other_date", {"has_window": False}),
    ("fewer_days", {"has_minimum": False}),
)
_UNMAPPED: tuple[tuple[str, dict[str, object]], ...] = (
    ("pack_unknown", {"has_packs": True}),
    ("no_standard_concept", {"match": "either"}),
    ("place_not_kept", {"place": "any"}),
)
RULE, WIDER, OTHER_PRODUCT = "rule_or_other", "wider_concept", "other_product"


def years_of(criterion: Criterion, year: int) -> tuple[int, int]:
    """First and last year of a criterion's window."""
    return {
        "year": (year, year),
        "year_before": (year - 1, year - 1),
        "two_years": (year - 1, year),
        "all": _FAR,
    }[criterion.window]


def persons_sql(algorithm: Algorithm, events: Events, way: Way | None = None) -> str:
    """SQL for ``person``: who is a case, given the SQL of each criterion's events."""
    has_stays = way is None or way.has_stays
    has_minimum = way is None or way.has_minimum
    paths: dict[int, str] = {}
    for path, groups in algorithm.paths().items():
        by_stay = has_stays and any(
            one.link == "stay" for criteria in groups.values() for one in criteria
        )
        key = "person, stay" if by_stay else "person"
        sets = []
        for criteria in groups.values():
            rows = [
                f"select {key} from ({events(one)}) "
                f"where {'stay is not null' if by_stay else 'true'} "
                f"group by {key} having count(distinct day) >= {one.minimum if has_minimum else 1}"
                for one in criteria
            ]
            sets.append(f"({' union '.join(rows)})")
        paths[path] = f"select distinct person from ({' intersect '.join(sets)})"
    found = " union ".join(f"({sql})" for path, sql in paths.items() if path)
    return f"{found} except ({paths[0]})" if 0 in paths else found


def count(connection: duckdb.DuckDBPyConnection, algorithm: Algorithm, year: int) -> Counted:
    """Count one algorithm three ways.

    Args:
        connection: with a release attached and :func:`raw.prepare` done.
        year: the year ``n`` of the algorithm.
    """
    for one in algorithm.criteria:
        cdm.concepts(connection, one, _name(one))
    sql = persons_sql(algorithm, lambda one: raw.events(one, years_of(one, year)))
    connection.execute(f"create or replace table {raw.SCHEMA}.found as {sql}")
    every = _set(connection, f"select person from {raw.SCHEMA}.found")
    known = _known(connection)

    def by(way: Way) -> Persons:
        def events(one: Criterion) -> str:
            return cdm.events(one, _name(one), way, years_of(one, year))

        return _set(connection, persons_sql(algorithm, events, way))

    source, standard = by(BY_SOURCE), by(BY_STANDARD)
    found = Counted(algorithm.algorithm, len(every), len(source), len(standard))
    found.not_in_cdm = len(every) - len(known)
    found.lost = _reasons(known - source, BY_SOURCE, _LOST, by)
    found.gained = len(source - known)
    found.unmapped = _reasons(source - standard, BY_STANDARD, _UNMAPPED, by)
    extra = standard - source
    of_product = by(BY_STANDARD.but(has_origin=True))
    counts = {WIDER: len(extra & of_product), OTHER_PRODUCT: len(extra - of_product)}
    found.added = {reason: number for reason, number in counts.items() if number}
    found.others = _codes(connection, algorithm, year, extra)
    found.missing = _missing(connection, algorithm)
    return found


def _reasons(
    lost: Persons,
    start: Way,
    steps: Iterable[tuple[str, dict[str, object]]],
    by: Callable[[Way], Persons],
) -> dict[str, int]:
    reasons: dict[str, int] = {}
    way = start
    for reason, lifted in steps:
        if not lost:
            break
        way = way.but(**lifted)
        again = lost & by(way)
        if again:
            reasons[reason] = len(again)
            lost = lost - again
    if lost:
        reasons[RULE] = len(lost)
    return reasons


def _name(criterion: Criterion) -> str:
    return f"c{criterion.criterion}"


def _set(connection: duckdb.DuckDBPyConnection, sql: str) -> Persons:
    return {row[0] for row in connection.execute(f"select distinct person from ({sql})").fetchall()}


def _known(connection: duckdb.DuckDBPyConnection) -> Persons:
    """Persons of the CDM that the raw persons found are."""
    rows = connection.execute(
        f"""
        select distinct origin.person_id
        from {raw.SCHEMA}.found as found
        inner join {raw.SCHEMA}.person as person on found.person = person.person
        inner join {CATALOG}.audit.person_origin as origin on person._row_id = origin._row_id
        """
    ).fetchall()
    return {row[0] for row in rows}


def _codes(
    connection: duckdb.DuckDBPyConnection, algorithm: Algorithm, year: int, persons: Persons
) -> list[tuple[str, int]]:
    """Source codes of the events by which added persons are found, most persons first."""
    if not persons:
        return []

    def other_codes(one: Criterion) -> str:
        events = cdm.events(one, _name(one), BY_STANDARD, years_of(one, year))
        own = f"origin in ({raw.packs(one)})" if one.source == "drug" else one.matches("origin")
        return f"select person, origin from ({events}) where not coalesce({own}, false)"

    parts = " union all ".join(other_codes(one) for one in algorithm.criteria if one.path)
    rows = connection.execute(
        f"select origin, count(distinct person) as n from ({parts}) "
        "where person in (select unnest($1::bigint[])) and origin is not null "
        "group by origin order by n desc, origin limit 10",
        [sorted(persons)],
    ).fetchall()
    return [(str(code), int(number)) for code, number in rows]


def _missing(connection: duckdb.DuckDBPyConnection, algorithm: Algorithm) -> list[Missing]:
    """Codes that the vocabulary lacks, or that map to nothing."""
    found = []
    for one in algorithm.criteria:
        name = _name(one)
        for code in one.wanted:
            single = one.model_copy(update={"codes": code, "pack": ""})
            keep = single.matches("replace(concept_code, '.', '')")
            if one.source == "drug":
                keep = f"concept_code in ({raw.packs(single)})"
            row = connection.execute(
                f"""
                select count(*), count(*) filter (where exists (
                    select 1 from {CATALOG}.cdm.concept_relationship as relation
                    where
                        relation.concept_id_1 = one.concept_id
                        and relation.relationship_id = 'Maps to'
                        and relation.concept_id_2 <> one.concept_id
                        and relation.concept_id_2 <> 0))
                from {cdm.SCHEMA}.{name}_source as one
                where {keep}
                """
            ).fetchone()
            concepts, mapped = (int(row[0]), int(row[1])) if row else (0, 0)
            if not concepts or mapped < concepts:
                found.append(Missing(one.criterion, code, concepts, mapped))
    return found
