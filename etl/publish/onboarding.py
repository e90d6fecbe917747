"""Statistics that EHDEN and DARWIN EU ask of a partner at onboarding, as families of counts.

What each is: knowledge of CdmOnboarding 3.3.4 and CdmInspection (OHDSI, Apache-2.0); SQL of ours.
Lists of codes hold the most used ones only, as in those reports.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from etl.contracts.cdm import CdmTable, cdm_tables
from etl.publish.families import Family, Key
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
    """One file: its columns (the last ones are counts) and the SQL that fills it."""

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
    events = [table for table in cdm_tables().values() if event_date(table)]
    yield _union(
        "persons_by_table",
        ("table", "persons", "records"),
        [
            f"select '{t.name}', count(distinct person_id), count(*) from {cdm}.{t.name}"
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
        ("table", "type_concept_id", "first_month", "last_month", "records"),
        [
            f"select '{t.name}', {kind}, strftime(min({event_date(t)}), '%Y-%m'), "
            f"strftime(max({event_date(t)}), '%Y-%m'), count(*) from {cdm}.{t.name} group by {kind}"
            for t, kind in typed
        ],
    )
    coded = [(table, stem) for table in events for stem in _coded(table)]
    yield _union(
        "mapping_by_domain",
        ("field", "mapped", "codes", "records"),
        [
            f"select '{t.name}.{stem}', if({_mapped(stem)}, 'yes', 'no'), "
            f"count(distinct {stem}_source_value), count(*) from {cdm}.{t.name} "
            f"where {stem}_source_value is not null group by {_mapped(stem)}"
            for t, stem in coded
        ],
        counts=2,
    )
    for name, wanted in (("top_unmapped_codes", "not"), ("top_mapped_codes", "")):
        yield _union(
            name,
            ("field", "source_code", "concept_id", "records"),
            [
                f"(select '{t.name}.{stem}', {stem}_source_value, {stem}_concept_id, count(*) "
                f"from {cdm}.{t.name} where {stem}_source_value is not null "
                f"and {wanted} {_mapped(stem)} group by all order by 4 desc, 2 limit {TOP})"
                for t, stem in coded
            ],
        )
    yield Statistic(
        "concepts_by_vocabulary",
        ("vocabulary", "standard", "concepts_n"),
        "select vocabulary_id, coalesce(standard_concept, 'none'), count(*) "
        f"from {cdm}.concept group by all",
    )
    yield Statistic(
        "drug_concept_classes",
        ("concept_class", "records"),
        f"select coalesce(concept_class_id, 'none'), count(*) from {cdm}.drug_exposure "
        f"left join {cdm}.concept on drug_concept_id = concept_id group by all",
    )
    yield Statistic(
        "source_to_concept_map",
        ("source_vocabulary", "codes_n"),
        f"select source_vocabulary_id, count(*) from {cdm}.source_to_concept_map group by all",
    )
    yield Statistic(
        "overlapping_observation_periods",
        ("what", "n"),
        "select 'persons', count(distinct one.person_id) "
        f"from {cdm}.observation_period as one inner join {cdm}.observation_period as other "
        "on one.person_id = other.person_id "
        "and one.observation_period_id < other.observation_period_id "
        "and one.observation_period_start_date <= other.observation_period_end_date "
        "and other.observation_period_start_date <= one.observation_period_end_date",
    )
    yield Statistic(
        "birth_completeness",
        ("what", "persons"),
        f"select 'year only', count(*) from {cdm}.person where month_of_birth is null "
        f"union all select 'year and month', count(*) from {cdm}.person "
        "where month_of_birth is not null and day_of_birth is null "
        f"union all select 'full date', count(*) from {cdm}.person where day_of_birth is not null",
    )
    names = " ".join(f"when {concept} then '{name}'" for concept, name in DIAGNOSED.items())
    yield Statistic(
        "drug_exposure_diagnostics",
        ("ingredient", "persons", "records", "records_without_quantity", "records_without_days"),
        f"select case ancestor_concept_id {names} end, count(distinct person_id), count(*), "
        "count(*) filter (where quantity is null), count(*) filter (where days_supply is null) "
        f"from {cdm}.drug_exposure inner join {cdm}.concept_ancestor "
        "on drug_concept_id = descendant_concept_id "
        f"where ancestor_concept_id in ({', '.join(map(str, DIAGNOSED))}) group by all",
        counts=4,
    )


def onboarding_families(connection: duckdb.DuckDBPyConnection, cdm: str) -> Iterator[Family]:
    """Each statistic as a family; keys are labels, then the name of the count."""
    for statistic in statistics(cdm):
        counts: dict[Key, int] = {}
        for row in connection.execute(statistic.query).fetchall():
            labels = tuple("" if part is None else str(part) for part in row[: -statistic.counts])
            named = zip(
                statistic.columns[-statistic.counts :], row[-statistic.counts :], strict=True
            )
            for column, count in named:
                counts[*labels, column] = count
        yield Family(f"onboarding/{statistic.name}", counts)


def _union(
    name: str, columns: tuple[str, ...], queries: list[str], *, counts: int = 1
) -> Statistic:
    return Statistic(name, columns, " union all ".join(queries), counts)


def _by(cdm: str, tables: list[CdmTable], part: str) -> list[str]:
    return [
        f"select '{t.name}', date_part('{part}', {event_date(t)})::integer, count(*) "
        f"from {cdm}.{t.name} group by all"
        for t in tables
    ]


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
