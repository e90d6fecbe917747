"""The facts of a release, rounded so that they may be made public."""

# ruff: noqa: S608 - SQL is made of names of our own specification.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from etl.contracts.cdm import cdm_tables
from etl.publish.metadata.variables import variables
from etl.publish.protection import round_up
from etl.publish.source import CATALOG, Source

_DIAGNOSES = ("CIM10", "ICD10", "SNDS_CIM10")
"""Vocabularies whose codes are those of ICD-10."""
_ROUND = 1000
"""Numbers of a public record: the next thousand above 10,000, else what a share would show."""
TYPICAL = (0.05, 0.95)
"""Typical ages: nine persons in ten are within."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Computed facts; None where too few persons stand behind them."""

    persons: int | None
    records: int | None
    first_month: date | None
    last_month: date | None
    """Last day of the last month observed."""
    youngest: int | None
    oldest: int | None
    vocabularies: tuple[str, ...]
    quality: Mapping[str, float]
    """Kahn category → share of applicable checks that passed."""
    plausible: Mapping[str, float]
    """Kahn subcategory of plausibility → share of applicable checks that passed."""
    unique: float | None
    """Share of checks of primary keys that passed."""
    mapped: Mapping[str, float]
    """Domain → share of records with a standard concept."""
    codes: tuple[str, ...] = ()
    """ICD-10 categories (three characters) that enough persons have as a diagnosis."""
    balanced: float | None = None
    """Share of source tables and years whose rows are all accounted for."""
    described: float | None = None
    """Share of columns of the release with a title and a description in both languages."""


def read_facts(source: Source, minimum: int) -> Facts:
    """Read a verified release.

    Args:
        source: an open release.
        minimum: smallest count that may be shown.
    """
    connection = source.connection
    groups = {name: table.group for name, table in cdm_tables().items()}
    persons = source.release.manifest.rows("person")
    records = sum(
        table.rows
        for table in source.tables
        if table.schema == "cdm" and groups[table.name] in ("clinical", "economics")
    )
    period = connection.execute(
        # The month by which enough persons are observed, and until which: an extreme is one's own.
        "select date_trunc('month', max(first_day))::date, last_day(min(last_day)) from ("
        "select unnest(min(first_day, $1)) as first_day, unnest(max(last_day, $1)) as last_day "
        "from (select min(observation_period_start_date) as first_day, "
        "max(observation_period_end_date) as last_day "
        f"from {CATALOG}.cdm.observation_period group by person_id)) having count(*) >= $1",
        [minimum],
    ).fetchone()
    low, high = TYPICAL
    ages = connection.execute(
        "select quantile_disc(age, [?, ?]) from (select year(observation_period_end_date) "
        f"- year_of_birth as age from {CATALOG}.cdm.observation_period "
        f"inner join {CATALOG}.cdm.person using (person_id))",
        [low, high],
    ).fetchone()
    many = persons >= 10 * minimum
    youngest, oldest = ages[0] if ages and ages[0] and many else (None, None)
    vocabularies = connection.execute(
        f"select distinct vocabulary_id from {CATALOG}.cdm.concept order by 1"
    ).fetchall()
    first, last = period or (None, None)
    return Facts(
        persons=_publishable(persons, minimum),
        records=_publishable(records, minimum),
        first_month=first,
        last_month=last,
        youngest=youngest,
        oldest=oldest,
        vocabularies=tuple(name for (name,) in vocabularies),
        quality=_passed(source, "category", "true"),
        plausible=_passed(source, "subcategory", "category = 'Plausibility'"),
        unique=_unique(source),
        mapped=_mapped(source, minimum),
        codes=_codes(source, minimum),
        balanced=_balanced(source),
        described=_described(source),
    )


def _publishable(count: int, minimum: int) -> int | None:
    if 0 < count < minimum:
        return None
    return round_up(count, _ROUND if count > 10 * _ROUND else max(1, minimum - 1))


def _passed(source: Source, group: str, which: str) -> dict[str, float]:
    """Share of applicable checks that passed, by a column of the results of the checks."""
    file = source.release.path / "quality" / "results.parquet"
    if not file.is_file():
        return {}
    found = source.connection.execute(
        f"select {group}, count(*) filter (where status = 'pass'), "
        "count(*) filter (where status in ('pass', 'fail')) "
        f"from read_parquet(?) where {which} group by all order by all",
        [str(file)],
    ).fetchall()
    return {name: round(passed / of, 4) for name, passed, of in found if of and name}


def _unique(source: Source) -> float | None:
    file = source.release.path / "quality" / "results.parquet"
    if not file.is_file():
        return None
    row = source.connection.execute(
        "select avg((status = 'pass')::integer) from read_parquet(?) "
        "where check_name = 'isPrimaryKey' and status in ('pass', 'fail')",
        [str(file)],
    ).fetchone()
    return round(row[0], 4) if row and row[0] is not None else None


def _mapped(source: Source, minimum: int) -> dict[str, float]:
    found = source.connection.execute(
        "select domain, coalesce(sum(n_records) filter (where method <> 'none'), 0), "
        f"sum(n_records) from {CATALOG}.audit.mapping_coverage group by domain order by domain"
    ).fetchall()
    # Two decimals: a share of a large number reveals no small count.
    return {
        domain: round(float(mapped / of), 2) for domain, mapped, of in found if of >= 10 * minimum
    }


def _codes(source: Source, minimum: int) -> tuple[str, ...]:
    found = source.connection.execute(
        "select left(concept_code, 3) as category "
        f"from {CATALOG}.cdm.condition_occurrence inner join {CATALOG}.cdm.concept "
        "on condition_source_concept_id = concept_id where list_contains($1, vocabulary_id) "
        "group by category having count(distinct person_id) >= $2 order by category",
        [list(_DIAGNOSES), minimum],
    ).fetchall()
    return tuple(code for (code,) in found)


def _balanced(source: Source) -> float | None:
    row = source.connection.execute(
        f"select avg((residual = 0)::integer) from {CATALOG}.audit.balance"
    ).fetchone()
    return round(row[0], 4) if row and row[0] is not None else None


def _described(source: Source) -> float | None:
    known = {(variable.table, variable.name) for variable in variables()}
    held = [
        (table.name, name)
        for table in source.tables
        if table.schema == "cdm"
        for name in table.names
    ]
    return round(sum(column in known for column in held) / len(held), 4) if held else None
