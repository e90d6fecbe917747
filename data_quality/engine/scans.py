"""Measures many checks at once.

A scan that breaks is done again check by check, so that one broken condition costs one error and
never hides the others.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import duckdb

from data_quality.checks.catalogue import INTEGERS, check_types
from data_quality.checks.measures import (
    Context,
    GroupMeasure,
    Measure,
    QueryMeasure,
    RowMeasure,
    StructureMeasure,
    measure_of,
)
from data_quality.checks.model import Check, Measured
from data_quality.checks.templates import relations_of, template
from data_quality.engine import lookups
from data_quality.engine.alone import alone, breaking, descendants
from data_quality.engine.candidate import Candidate, plain_type
from etl.contracts.cdm import cdm_tables

Item = TypeVar("Item")

CONVERSION = "ConversionException"
"""What DuckDB calls a text that makes no date, as DQD's query meets it."""

WIDTH = 400
"""Most conditions in one scan; a wider one is cut, to keep the planner quick."""


@dataclass(slots=True)
class Scanner:
    """Runs the measures of one candidate and remembers what it kept for the session."""

    candidate: Candidate
    context: Context
    queries: int = 0
    _kept: set[str] = field(default_factory=set)
    _answers: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)
    _unique: dict[str, bool] = field(default_factory=dict)

    def table(self, table: str, checks: list[Check], *, empty: bool) -> dict[str, Measured]:
        """Measure all checks of one table, which exists; conditions on rows of none count none."""
        # A query on no row still stops at what is absent, here or in a table that is joined.
        as_specified = empty and self._as_specified(table)
        by_form: dict[type, list[tuple[Check, Measure]]] = {}
        found: dict[str, Measured] = {}
        for check in checks:
            measure = self._measure(check)
            if as_specified and isinstance(measure, RowMeasure | GroupMeasure):
                found[check.id] = Measured()
            else:
                by_form.setdefault(type(measure), []).append((check, measure))
        for form, measures in by_form.items():
            found |= _FORMS[form](self, table, measures)
        return found

    def _as_specified(self, table: str) -> bool:
        found = self.candidate.inventory.tables
        whole = all(
            field.name in found.get(other.name, {})
            for other in cdm_tables().values()
            for field in other.fields
        )
        return whole and all(
            found[table][field.name] == plain_type(field.type)
            for field in cdm_tables()[table].fields
        )

    def _measure(self, check: Check) -> Measure:
        """The measure of a check; of a column of whole numbers only their sign can be at fault."""
        kind = self.candidate.inventory.tables[check.table].get(check.field)
        if check.name == "cdmDatatype" and kind in INTEGERS:
            return RowMeasure(f"t.{cdm_tables()[check.table].field(check.field).quoted} < 0")
        return measure_of(check, self.context)

    def unique(self, alias: str) -> bool:
        """Whether no two persons, deaths, visits or concepts share a key.

        Only then may many checks share one join; otherwise each is asked alone, for a copy in the
        joined table multiplies what is at fault and not what is counted.
        """
        if alias not in self._unique:
            # The query of the check of that key, which is asked once for both.
            key = Check(check_types()["isPrimaryKey"], *lookups.KEYS[alias])
            query = alone(key, measure_of(key, self.context), self.context)
            try:
                self._unique[alias] = self.ask(query)[0][0] == 0
            except duckdb.Error:
                self._unique[alias] = False
        return self._unique[alias]

    def ask(self, sql: str) -> list[tuple[int, ...]]:
        """Answer a query; the same one asked again costs nothing."""
        if sql not in self._answers:
            self.queries += 1
            self._answers[sql] = self.candidate.rows(sql)
        return self._answers[sql]

    def keep(self, name: str, select: str) -> str:
        """Answer a query once for the session."""
        if name not in self._kept:
            self.queries += 1
            self.candidate.run(self.context.words.temporary(name, select))
            self._kept.add(name)
        return name

    def lookup(self, table: str, alias: str) -> str:
        """The relation behind an alias. Visits, if their key holds, are read where they lie."""
        if lookups.reads_visits(table, alias) and self.unique("v"):
            return f"({lookups.visit_select(self.context)})"
        name = lookups.kept_name(table, alias)
        return self.keep(name, lookups.lookup_select(self.context, table, alias))

    def one_by_one(self, measures: Iterable[tuple[Check, Measure]]) -> dict[str, Measured]:
        """Each check by its own query; one that cannot run is an error and nothing else."""
        found = {}
        for check, measure in measures:
            try:
                stops = breaking(check, measure, self.context)
                if stops and self.ask(stops)[0][0]:
                    found[check.id] = Measured(error=CONVERSION)
                    continue
                answer = self.ask(alone(check, measure, self.context))
                # A template may answer no row (nothing to look at) or a third count (persons).
                violated, denominator, *persons = answer[0] if answer else (0, 0)
                found[check.id] = Measured(
                    int(violated or 0),
                    int(denominator or 0),
                    persons=persons[0] if persons else None,
                )
            except duckdb.Error as error:
                found[check.id] = Measured(error=type(error).__name__)
        return found


def _structures(
    scanner: Scanner, table: str, measures: list[tuple[Check, Measure]]
) -> dict[str, Measured]:
    inventory = scanner.candidate.inventory
    return {check.id: structure(check, inventory.tables) for check, _ in measures}


def structure(check: Check, tables: dict[str, dict[str, str]]) -> Measured:
    """Measure a check of structure: 1 of 1 is at fault, or 0 of 1."""
    columns = tables.get(check.table)
    if check.name == "cdmTable":
        return Measured(int(columns is None), 1)
    kind = (columns or {}).get(check.field)
    if check.name == "cdmField":
        return Measured(int(kind is None), 1)
    return Measured(int(kind != check.parameter.replace(" ", "")), 1)


def _rows(
    scanner: Scanner, table: str, measures: list[tuple[Check, Measure]]
) -> dict[str, Measured]:
    found: dict[str, Measured] = {}
    for batch in _batches(measures, WIDTH // 2):
        found |= _scan(scanner, table, batch)
    return found


def _scan(
    scanner: Scanner, table: str, measures: list[tuple[Check, Measure]]
) -> dict[str, Measured]:
    rows = [
        (check, m)
        for check, m in measures
        if isinstance(m, RowMeasure) and all(_shared(scanner, alias) for alias in m.lookups)
    ]
    found = scanner.one_by_one(
        (check, m) for check, m in measures if isinstance(m, RowMeasure) and (check, m) not in rows
    )
    if not rows:
        return found
    aliases = tuple(dict.fromkeys(alias for _, measure in rows for alias in measure.lookups))
    # The same condition serves several checks (required and complete, for one): count it once.
    columns: dict[str, int] = {"count(*)": 0}

    def place(condition: str) -> int:
        if not condition:
            return 0
        return columns.setdefault(f"count(case when {condition} then 1 end)", len(columns))

    def stops(check: Check, measure: RowMeasure) -> tuple[int, int]:
        """Places of the rows that stop DQD's query, and of the rows where the field is filled."""
        if not measure.breaks:
            return 0, 0
        column = cdm_tables()[check.table].field(check.field).quoted
        return place(measure.breaks), place(f"t.{column} is not null")

    places = [(c, place(m.violated), place(m.counted), *stops(c, m)) for c, m in rows]
    try:
        joins = "".join(
            lookups.join(table, alias, scanner.lookup(table, alias)) for alias in aliases
        )
        relation = f"{scanner.context.table(table)} as t{joins}"
        answer = scanner.ask(f"select {', '.join(columns)} from {relation}")[0]
    except duckdb.Error:
        return found | scanner.one_by_one(rows)
    for check, violated, counted, bad, filled in places:
        if bad and answer[bad] and answer[filled]:
            found[check.id] = Measured(error=CONVERSION)
        else:
            found[check.id] = Measured(answer[violated], answer[counted])
    return found


def _shared(scanner: Scanner, alias: str) -> bool:
    """Whether an alias may be joined once for many checks."""
    return alias not in lookups.KEYS or scanner.unique(alias)


def _groups(
    scanner: Scanner, table: str, measures: list[tuple[Check, Measure]]
) -> dict[str, Measured]:
    groups: list[tuple[Check, GroupMeasure]] = []
    found: dict[str, Measured] = {}
    for check, m in measures:
        if not isinstance(m, GroupMeasure):
            continue
        joined = [alias for alias in "pk" if f"{alias}." in " ".join((*m.key, m.violated))]
        if all(scanner.unique(alias) for alias in joined):
            groups.append((check, m))
        else:
            found |= scanner.one_by_one([(check, m)])
    if not groups:
        return found
    try:
        profile = profile_table(scanner, table, [m.key for _, m in groups])
    except duckdb.Error:
        return found | scanner.one_by_one(groups)
    for key, ancestors in dict.fromkeys((m.key, m.descendants_of) for _, m in groups):
        same = [(c, m) for c, m in groups if (m.key, m.descendants_of) == (key, ancestors)]
        for batch in _batches(same, WIDTH // 2):
            try:
                found |= _from_profile(scanner, profile, key, batch)
            except duckdb.Error:
                found |= scanner.one_by_one(batch)
    return found


@dataclass(frozen=True, slots=True)
class Profile:
    """Rows of a table counted by each group of expressions that a check needs."""

    name: str
    expressions: tuple[str, ...]

    def relation(self, key: tuple[str, ...]) -> str:
        """The rows of one group, as ``a``, ``b``, ``c`` and ``n``."""
        kept = [self.expressions.index(part) for part in key]
        # grouping_id sets a bit for every expression that the group leaves out, first one highest.
        bits = sum(
            1 << (len(self.expressions) - 1 - index)
            for index in range(len(self.expressions))
            if index not in kept
        )
        listed = ", ".join(f"e{i} as {letter}" for i, letter in zip(kept, "abc", strict=False))
        return f"(select {listed}, n from {self.name} where bits = {bits})"


def profile_table(scanner: Scanner, table: str, keys: list[tuple[str, ...]]) -> Profile:
    """Group a table once by every key; the answer is small and kept for the session."""
    expressions = tuple(dict.fromkeys(part for key in keys for part in key))
    profile = Profile(f"dq_profile_{table}", expressions)
    joined = ""
    if any(part.startswith("p.") for part in expressions):
        person = scanner.keep("dq_person", lookups.person_select(scanner.context))
        joined = lookups.join(table, "p", person)
    listed = ", ".join(f"{part} as e{i}" for i, part in enumerate(expressions))
    names = ", ".join(f"e{i}" for i in range(len(expressions)))
    sets = ", ".join(
        "(" + ", ".join(f"e{expressions.index(part)}" for part in key) + ")"
        for key in dict.fromkeys(keys)
    )
    scanner.keep(
        profile.name,
        f"select grouping_id({names}) as bits, {names}, count(*) as n"
        f" from (select {listed} from {scanner.context.table(table)} as t{joined}) as x"
        f" group by grouping sets ({sets})",
    )
    return profile


def _from_profile(
    scanner: Scanner,
    profile: Profile,
    key: tuple[str, ...],
    batch: list[tuple[Check, GroupMeasure]],
) -> dict[str, Measured]:
    """Measure checks of one group; all of a batch name the same ancestors, or none."""
    names = {"a": "g.a", "b": "g.b", "c": "g.c"}
    relation = f"{profile.relation(key)} as g"
    if any("k." in m.violated for _, m in batch):
        relation += f" left join {_concepts(scanner, profile, key)} as k on k.concept_id = g.a"
    if ancestors := batch[0][1].descendants_of:
        of = descendants(scanner.context, ancestors)
        relation += f" left join {of} as below on below.concept_id = g.a"
    columns = []
    for _, measure in batch:
        violated = measure.violated.format(**names)
        counted = measure.counted.format(**names)
        if measure.distinct:
            # Each row of the group is one distinct (value, concept).
            columns.append(f"count(case when {violated} then 1 end)")
            columns.append("count(distinct g.a) + max(case when g.a is null then 1 else 0 end)")
        else:
            columns.append(f"sum(case when {violated} then g.n end)")
            columns.append(f"sum(case when {counted} then g.n end)" if counted else "sum(g.n)")
    answer = scanner.ask(f"select {', '.join(columns)} from {relation}")[0]
    return {
        check.id: Measured(int(answer[2 * i] or 0), int(answer[2 * i + 1] or 0))
        for i, (check, _) in enumerate(batch)
    }


def _concepts(scanner: Scanner, profile: Profile, key: tuple[str, ...]) -> str:
    """The concepts that a group names; only asked when no concept is there twice."""
    columns = ", ".join(lookups.CONCEPT_COLUMNS)
    return (
        f"(select concept_id, {columns} from {scanner.context.table('concept')}"
        f" where concept_id in (select a from {profile.relation(key)} as ids))"
    )


def _queries(
    scanner: Scanner, table: str, measures: list[tuple[Check, Measure]]
) -> dict[str, Measured]:
    return scanner.one_by_one(measures)


_FORMS: dict[type, Callable[[Scanner, str, list[tuple[Check, Measure]]], dict[str, Measured]]] = {
    StructureMeasure: _structures,
    RowMeasure: _rows,
    GroupMeasure: _groups,
    QueryMeasure: _queries,
}


def _batches(items: list[Item], size: int) -> Iterator[list[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def empty_tables(scanner: Scanner, tables: list[str]) -> set[str]:
    """Tables without a row, in one query."""
    if not tables:
        return set()
    counts = " union all ".join(
        f"select '{table}' as name, count(*) as n from {scanner.context.table(table)}"
        for table in tables
    )
    return {str(name) for name, n in scanner.candidate.rows(counts) if not n}


def measure_all(
    scanner: Scanner, checks: Iterable[Check], tick: Callable[[str, int], None]
) -> dict[str, Measured]:
    """Measure every check that applies; one that reads what is absent is left out."""
    tables = scanner.candidate.inventory.tables
    by_table: dict[str, list[Check]] = {name: [] for name in cdm_tables()}
    queries: list[tuple[Check, Measure]] = []
    found: dict[str, Measured] = {}
    for check in checks:
        columns = tables.get(check.table)
        if template(check.name) is not None:
            if all(name in scanner.context.relations for name in relations_of(check)):
                queries.append((check, measure_of(check, scanner.context)))
        elif columns is not None and (not check.field or check.field in columns):
            by_table[check.table].append(check)
        elif isinstance(measure_of(check, scanner.context), StructureMeasure):
            found[check.id] = structure(check, tables)
    empty = empty_tables(scanner, [table for table, listed in by_table.items() if listed])
    for table, listed in by_table.items():
        if listed:
            found |= scanner.table(table, listed, empty=table in empty)
        tick(table, len(listed))
    found |= scanner.one_by_one(queries)
    tick("release", len(queries))
    return found
