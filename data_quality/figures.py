"""What a release holds, in numbers: for the report, for trends, for the next release to compare.

One long table: (figure, table_name, label, detail, value). Counts are exact: the file stays with
the release and is never shared as it is.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import polars as pl

from data_quality.checks.benchmarks import benchmarks
from data_quality.engine.candidate import Candidate
from data_quality.engine.impact import event_date
from data_quality.engine.relations import FIGURES
from data_quality.gate import main_concept
from data_quality.words import DUCKDB
from etl.contracts.cdm import cdm_tables

FILE = FIGURES
SCHEMA = {
    "figure": pl.String,
    "table_name": pl.String,
    "label": pl.String,
    "detail": pl.String,
    "value": pl.Float64,
}
EVENT_TABLES = (
    "visit_occurrence",
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "device_exposure",
    "measurement",
    "observation",
    "death",
)
CODED_TABLES = (
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "device_exposure",
    "measurement",
    "observation",
)
TOP_CODES = 200
BALANCE = {
    "read": "n_read",
    "staged": "n_staged",
    "quarantined": "n_quarantined",
    "withdrawn": "n_withdrawn",
    "disposed": "n_disposed",
    "residual": "residual",
}
CUSTOM_CONCEPTS = 2_000_000_000  # ids from here on are local: they do not count as mapped

Row = tuple[str, str, str, str, float]


def measure_figures(candidate: Candidate, relations: Mapping[str, str]) -> pl.DataFrame:
    """All figures of a candidate, sorted; what it does not hold is left out."""
    figures = [
        *_rows(candidate, relations),
        *_persons(candidate, relations),
        *_persons_changed(candidate, relations),
        *_months(candidate, relations),
        *_mapping(candidate, relations),
        *_unmapped(candidate, relations),
        *_observation(candidate, relations),
        *_ledger(candidate, relations),
        *_benchmarks(candidate, relations),
        *_labels(candidate, relations),
    ]
    return pl.DataFrame(sorted(figures), schema=SCHEMA, orient="row")


def _ask(
    candidate: Candidate, relations: Mapping[str, str], needed: Iterable[str], sql: str
) -> list[tuple[Any, ...]]:
    """Rows of a query; none when a relation is absent or has not the expected columns."""
    if any(name not in relations for name in needed):
        return []
    try:
        return candidate.rows(sql)
    except duckdb.Error:
        return []


def _rows(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    for table in cdm_tables():
        name = f"cdm.{table}"
        columns = candidate.inventory.tables.get(table, {})
        who = "count(distinct person_id)" if "person_id" in columns else "0"
        sql = f"select count(*), {who} from {relations.get(name)}"
        for rows, persons in _ask(candidate, relations, [name], sql):
            yield "rows", table, "", "", float(rows)
            if "person_id" in columns:
                yield "persons", table, "", "", float(persons)


def _persons(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    """Persons by sex and five-year age at the end of the observation window."""
    needed = ["cdm.person", "cdm.observation_period"]
    sql = f"""
        with bounds as (
            select max(observation_period_end_date) as last_day
            from {relations.get("cdm.observation_period")}
        )
        select p.gender_concept_id,
            floor((extract(year from b.last_day) - p.year_of_birth) / 5) * 5 as age, count(*)
        from {relations.get("cdm.person")} as p
        cross join bounds as b
        group by p.gender_concept_id,
            floor((extract(year from b.last_day) - p.year_of_birth) / 5) * 5
    """
    for sex, age, n in _ask(candidate, relations, needed, sql):
        if age is not None:
            yield "persons_by_age", "person", f"{int(age):03d}", str(sex), float(n)


def _persons_changed(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    """Persons who are new, gone or renumbered since the release in use."""
    before, now = relations.get("previous.person"), relations.get("cdm.person")
    changed = "audit.person_change"
    queries = {
        "new": ((), f"select count(*) from {now} where person_id not in"
                    f" (select person_id from {before})"),
        "gone": ((), f"select count(*) from {before} where person_id not in"
                     f" (select person_id from {now})"),
        "renumbered": (
            (changed, "previous.person_change"),
            "select count(distinct case when reason = 'merged' then old_person_id"
            " else new_person_id end) from (select old_person_id, new_person_id, reason"
            f" from {relations.get(changed)} except select old_person_id, new_person_id, reason"
            f" from {relations.get('previous.person_change')}) as c",
        ),
    }  # fmt: skip
    for label, (needed, sql) in queries.items():
        names = ["previous.person", "cdm.person", *needed]
        for (n,) in _ask(candidate, relations, names, sql):
            yield "person_changes", "person", label, "", float(n)


def _months(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    for table in EVENT_TABLES:
        name, day = f"cdm.{table}", event_date(cdm_tables()[table])
        month = f"cast(date_trunc('month', {day}) as date)"
        sql = f"""
            select {month}, count(*), count(distinct person_id)
            from {relations.get(name)} group by {month}
        """
        for first, n, persons in _ask(candidate, relations, [name], sql):
            if first is not None:
                yield "records_by_month", table, str(first), "", float(n)
                yield "persons_by_month", table, str(first), "", float(persons)


def _mapping(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    """Records with a standard concept of the OHDSI vocabularies, by table and year."""
    for table in ("visit_occurrence", *CODED_TABLES):
        name, day = f"cdm.{table}", event_date(cdm_tables()[table])
        concept = main_concept(table)
        sql = f"""
            select extract(year from {day}), count(*),
                count(case when {concept} <> 0 and {concept} < {CUSTOM_CONCEPTS} then 1 end)
            from {relations.get(name)} group by extract(year from {day})
        """
        for year, n, mapped in _ask(candidate, relations, [name], sql):
            label = "" if year is None else str(int(year))
            yield "records_by_year", table, label, "", float(n)
            yield "mapped_by_year", table, label, "", float(mapped)


def _unmapped(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    """The most frequent codes without a standard concept; the French label is the detail."""
    for table in CODED_TABLES:
        name, concept = f"cdm.{table}", main_concept(table)
        stem = concept.removesuffix("_concept_id")
        sql = f"""
            with codes as (
                select {stem}_source_value as code, max({stem}_source_concept_id) as source_concept,
                    count(*) as n, count(distinct person_id) as persons
                from {relations.get(name)}
                where coalesce({concept}, 0) = 0 or {concept} >= {CUSTOM_CONCEPTS}
                group by {stem}_source_value
            )
            select coalesce(c.code, ''), c.n, c.persons, coalesce(k.vocabulary_id, ''),
                coalesce(k.concept_name, '')
            from codes as c
            left join {relations.get("cdm.concept")} as k
                on k.concept_id = c.source_concept and c.source_concept <> 0
            order by c.n desc, c.code
            limit {TOP_CODES}
        """
        needed = [name, "cdm.concept"]
        for code, n, persons, vocabulary, label in _ask(candidate, relations, needed, sql):
            yield "unmapped", table, str(code), f"{vocabulary}|{label}", float(n)
            yield "unmapped_persons", table, str(code), "", float(persons)


def _observation(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    name = "cdm.observation_period"
    days = DUCKDB.days_between("observation_period_start_date", "observation_period_end_date")
    sql = f"""
        select min(observation_period_start_date), max(observation_period_end_date),
            count(distinct person_id),
            sum({days} + 1)
        from {relations.get(name)}
    """
    for first, last, persons, days in _ask(candidate, relations, [name], sql):
        if first is None:
            continue
        yield "observation_start", "observation_period", str(first), "", 0.0
        yield "observation_end", "observation_period", str(last), "", 0.0
        yield "person_years", "observation_period", "", "", round(float(days) / 365.25, 1)
        yield "persons_observed", "observation_period", "", "", float(persons)


def _ledger(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    asked = {
        "ledger": (
            "audit.ledger",
            "select source_table, disposition, coalesce(rule_id, ''), sum(n_rows)"
            " from audit.ledger group by source_table, disposition, coalesce(rule_id, '')",
        ),
        "balance": (
            "audit.balance",
            "select source_table, name, '', sum(n) from ("
            + " union all ".join(
                f"select source_table, '{name}' as name, {column} as n from audit.balance"
                for name, column in BALANCE.items()
            )
            + ") as b group by source_table, name",
        ),
        "quarantine": (
            "audit.rejects",
            "select source_table, reason, '', sum(n_rows) from audit.rejects"
            " group by source_table, reason",
        ),
        "mapping_coverage": (
            "audit.mapping_coverage",
            "select domain, source_vocabulary, method, sum(n_records)"
            " from audit.mapping_coverage group by domain, source_vocabulary, method",
        ),
        "gaps": (
            "audit.gaps",
            "select source_table, case when first_month is null then 'table' else 'flux' end,"
            " case when first_month is not null then first_month || '/' || last_month"
            " else coalesce(cast(source_year as varchar), '') end, 0"
            " from audit.gaps order by all",
        ),
        "files": (
            "audit.files",
            "select coalesce(source_table, ''), fate, trim(fate_code || ' ' || file_name),"
            " 1 from audit.files where fate <> 'loaded' union all"
            " select '', 'loaded', '', count(*) from audit.files where fate = 'loaded'"
            " order by all",
        ),
        "coverage": (
            "audit.coverage",
            "select domain, status, min(month) || '/' || max(month), count(*) from ("
            " select *, date_diff('month', date '1900-01-01', month)"
            " - row_number() over (partition by domain, status order by month) as stretch"
            " from audit.coverage) as c group by domain, status, stretch",
        ),
        "hospital_person": (
            "audit.hospital_person",
            "select rule_id, coalesce(sex, ''), coalesce(cast(birth_decade as varchar), ''),"
            " n_persons from audit.hospital_person order by all",
        ),
        "crosswalk": (
            "audit.crosswalk",
            "select crosswalk_name, outcome, '', n_external_ids from audit.crosswalk",
        ),
        "crosswalk_persons": (
            "audit.crosswalk",
            "select crosswalk_name, outcome, '', n_persons from audit.crosswalk",
        ),
        "fan_out": (
            "audit.fan_out",
            "select cdm_table, source_table, '', sum(n_cdm_rows) from audit.fan_out"
            " group by cdm_table, source_table",
        ),
    }
    for figure, (needed, sql) in asked.items():
        for table, label, detail, n in _ask(candidate, relations, [needed], sql):
            yield figure, str(table), str(label), str(detail), float(n or 0)


def _benchmarks(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    for benchmark in benchmarks():
        name = f"benchmark.{benchmark.name}"
        sql = f"select measured, n from {relations.get(name)} as f"
        for measured, n in _ask(candidate, relations, [name], sql):
            if measured is not None:
                yield "benchmark", benchmark.name, "measured", "", round(float(measured), 2)
                yield "benchmark", benchmark.name, "n", "", float(n)


def _labels(candidate: Candidate, relations: Mapping[str, str]) -> Iterable[Row]:
    """Names of the kinds of record, for readers."""
    sql = f"""
        select concept_id, concept_name from {relations.get("cdm.concept")}
        where domain_id = 'Type Concept'
    """
    for concept, name in _ask(candidate, relations, ["cdm.concept"], sql):
        yield "type_label", "concept", str(concept), str(name), 0.0
