"""Statistics that EHDEN and DARWIN EU ask of a partner at onboarding, as families of counts.

What each is: knowledge of CdmOnboarding 3.3.4 and CdmInspection (OHDSI, Apache-2.0); SQL of ours.
Lists of codes hold the most used ones only, as in those reports.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from etl.contracts.cdm import CdmTable
from etl.publish.cells import SMALL_POPULATION, Cell, Family, Key
from etl.publish.margins import event_tables, measured
from etl.release.difference import event_date

TOP = 25
# Ingredients of DARWIN's drug exposure diagnostics.
DIAGNOSED = {
    1125315: "acetaminophen",
    1139042: "acetylcysteine",
    1703687: "acyclovir",
    1119119: "adalimumab",
    1154343: "albuterol",
    528323: "hepatitis B surface antigen vaccine",
    954688: "latanoprost",
    968426: "mesalamine",
    1550557: "prednisolone",
    1140643: "sumatriptan",
    40225722: "ulipristal",
}


@dataclass(frozen=True, slots=True)
class Statistic:
    """One file: its columns (the last ones are counts) and the SQL that fills it.

    The SQL gives the labels, then four numbers for each count: value, persons, and the records of
    the one and the second person who have most; persons are NULL where no patient is counted.
    """

    name: str
    columns: tuple[str, ...]
    query: str
    counts: int = 1

    @property
    def labels(self) -> tuple[str, ...]:
        return self.columns[: len(self.columns) - self.counts]


def statistics(cdm: str) -> Iterator[Statistic]:
    """All statistics of a CDM.

    Args:
        cdm: its schema, as SQL.
    """
    events = event_tables()
    yield _union(
        "persons_by_table",
        ("table", "persons", "records"),
        [
            f"select '{t.name}', {measured('one')}, {measured('n')} from (select person_id, "
            f"1 as one, count(*) as n from {cdm}.{t.name} group by person_id)"
            for t in events
        ],
        counts=2,
    )
    yield _union("records_by_weekday", ("table", "weekday", "records"), _by(cdm, events, "isodow"))
    yield _union("records_by_day", ("table", "day", "records"), _by(cdm, events, "day"))
    yield _union("records_by_year", ("table", "year", "records"), _by(cdm, events, "year"))
    typed = [(table, kind) for table in events if (kind := _type_column(table))]
    yield _union(
        "records_by_type",
        ("table", "type_concept_id", "records"),
        [_grouped(f"'{t.name}' as a, {kind} as b", "a, b", f"{cdm}.{t.name}") for t, kind in typed],
    )
    coded = [(table, stem) for table in events for stem in _coded(table)]
    yield _union(
        "mapping_by_domain",
        ("field", "mapped", "codes", "records"),
        [_mapping(f"{cdm}.{t.name}", f"{t.name}.{stem}", stem) for t, stem in coded],
        counts=2,
    )
    for name, wanted in (("top_unmapped_codes", "not"), ("top_mapped_codes", "")):
        yield _union(
            name,
            ("field", "source_code", "concept_id", "records"),
            [
                "("
                + _grouped(
                    f"'{t.name}.{stem}' as a, {stem}_source_value as b, {stem}_concept_id as c",
                    "a, b, c",
                    f"{cdm}.{t.name}",
                    f"{stem}_source_value is not null and {wanted} {_mapped(stem)}",
                )
                + f" order by 4 desc, 2 limit {TOP})"
                for t, stem in coded
            ],
        )
    yield Statistic(
        "concepts_by_vocabulary",
        ("vocabulary", "standard", "concepts_n"),
        "select vocabulary_id, coalesce(standard_concept, 'none'), count(*), null, 0, 0 "
        f"from {cdm}.concept group by all",
    )
    yield Statistic(
        "drug_concept_classes",
        ("concept_class", "records"),
        _grouped(
            "coalesce(concept_class_id, 'none') as a",
            "a",
            f"{cdm}.drug_exposure left join {cdm}.concept on drug_concept_id = concept_id",
        ),
    )
    yield Statistic(
        "source_to_concept_map",
        ("source_vocabulary", "codes_n"),
        "select source_vocabulary_id, count(*), null, 0, 0 "
        f"from {cdm}.source_to_concept_map group by all",
    )
    yield Statistic(
        "overlapping_observation_periods",
        ("what", "n"),
        f"select 'persons', {measured('one')} from (select distinct one.person_id, 1 as one "
        f"from {cdm}.observation_period as one inner join {cdm}.observation_period as other "
        "on one.person_id = other.person_id "
        "and one.observation_period_id < other.observation_period_id "
        "and one.observation_period_start_date <= other.observation_period_end_date "
        "and other.observation_period_start_date <= one.observation_period_end_date)",
    )
    yield _union(
        "birth_completeness",
        ("what", "persons"),
        [
            f"select '{what}', {measured('one')} "
            f"from (select 1 as one from {cdm}.person where {condition})"
            for what, condition in (
                ("year only", "month_of_birth is null"),
                ("year and month", "month_of_birth is not null and day_of_birth is null"),
                ("full date", "day_of_birth is not null"),
            )
        ],
    )
    names = " ".join(f"when {concept} then '{name}'" for concept, name in DIAGNOSED.items())
    yield Statistic(
        "drug_exposure_diagnostics",
        ("ingredient", "persons", "records", "records_without_quantity", "records_without_days"),
        f"select ingredient, {measured('one')}, {measured('n')}, {measured('unquantified')}, "
        f"{measured('undated')} from (select case ancestor_concept_id {names} end as ingredient, "
        "person_id, 1 as one, count(*) as n, "
        "count(*) filter (where quantity is null) as unquantified, "
        "count(*) filter (where days_supply is null) as undated "
        f"from {cdm}.drug_exposure inner join {cdm}.concept_ancestor "
        "on drug_concept_id = descendant_concept_id "
        f"where ancestor_concept_id in ({', '.join(map(str, DIAGNOSED))}) group by all) "
        "group by all",
        counts=4,
    )


MONTH = "month"
"""Key of a month of a type of record, which decides about first and last month only."""


def months_query(cdm: str) -> str:
    """Records by table, type and month, with the persons behind them."""
    return " union all ".join(
        _grouped(
            f"'{t.name}' as a, {kind} as b, strftime({event_date(t)}, '%Y-%m') as c",
            "a, b, c",
            f"{cdm}.{t.name}",
            f"{event_date(t)} is not null",
        )
        for t in event_tables()
        if (kind := _type_column(t))
    )


def onboarding_families(connection: duckdb.DuckDBPyConnection, cdm: str) -> Iterator[Family]:
    """Each statistic as a family; keys are labels, then the name of the count."""
    for statistic in statistics(cdm):
        cells: dict[Key, Cell] = {}
        labelled = len(statistic.labels)
        for row in connection.execute(statistic.query).fetchall():
            labels = _labels(row[:labelled])
            for place, column in enumerate(statistic.columns[labelled:]):
                start = labelled + 4 * place
                cells[*labels, column] = Cell(*row[start : start + 4])
        yield Family(f"onboarding/{statistic.name}", cells)
    months = {
        (*_labels(row[:3]), MONTH): Cell(*row[3:])
        for row in connection.execute(months_query(cdm)).fetchall()
    }
    if _persons(connection, cdm) < SMALL_POPULATION:
        months = {key: cell for key, cell in months.items() if key[0] != "observation_period"}
    yield Family(MONTHS, months, unpublished=frozenset(months))


MONTHS = "onboarding/months_by_type"
"""Months that enough persons have: the first and the last are in ``records_by_type``."""


def _persons(connection: duckdb.DuckDBPyConnection, cdm: str) -> int:
    row = connection.execute(f"select count(*) from {cdm}.person").fetchone()
    return int(row[0]) if row else 0


def _labels(parts: tuple[object, ...]) -> tuple[str, ...]:
    return tuple("" if part is None else str(part) for part in parts)


def _union(
    name: str, columns: tuple[str, ...], queries: list[str], *, counts: int = 1
) -> Statistic:
    return Statistic(name, columns, " union all ".join(queries), counts)


def _grouped(labels: str, names: str, relation: str, keep: str = "true") -> str:
    """Records by some labels, counted by person first."""
    return (
        f"select {names}, {measured('n')} from (select {labels}, person_id, count(*) as n "
        f"from {relation} where {keep} group by all) group by {names}"
    )


def _by(cdm: str, tables: list[CdmTable], part: str) -> list[str]:
    return [
        _grouped(
            f"'{t.name}' as a, date_part('{part}', {event_date(t)})::integer as b",
            "a, b",
            f"{cdm}.{t.name}",
        )
        for t in tables
    ]


def _mapping(relation: str, field: str, stem: str) -> str:
    """Codes and records of a field, with a standard concept and without."""
    mapped = f"if({_mapped(stem)}, 'yes', 'no')"
    keep = f"{stem}_source_value is not null"
    codes = (
        f"select {mapped} as is_mapped, count(distinct {stem}_source_value) as codes "
        f"from {relation} where {keep} group by all"
    )
    people = (
        f"select {mapped} as is_mapped, person_id, count(*) as n "
        f"from {relation} where {keep} group by all"
    )
    return (
        f"select '{field}', is_mapped, any_value(codes), count(*), 0, 0, {measured('n')} "
        f"from ({people}) inner join ({codes}) using (is_mapped) group by is_mapped"
    )


def _type_column(table: CdmTable) -> str | None:
    names = (field.name for field in table.fields)
    return next((name for name in names if name.endswith("_type_concept_id")), None)


def _coded(table: CdmTable) -> list[str]:
    """Stems of the columns that hold a source code and its standard concept."""
    names = {field.name for field in table.fields}
    stems = (name.removesuffix("_source_value") for name in sorted(names))
    return [s for s in stems if f"{s}_source_value" in names and f"{s}_concept_id" in names]


def _mapped(stem: str) -> str:
    """As CdmOnboarding counts it: a concept that is neither 0 nor one of ours."""
    return f"({stem}_concept_id > 0 and {stem}_concept_id < 2000000000)"
