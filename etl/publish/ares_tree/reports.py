"""Reports of a release: persons, observation, deaths, density, quality, performance."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etl.publish.ares_tree.files import write_csv, write_json, write_rows
from etl.publish.ares_tree.source import QUARTILES, SEXES, Rows, Source, values
from etl.release.achilles import analyses

DISTRIBUTION = ("CATEGORY", *(f"{name}_VALUE" for name in QUARTILES))

# Records by month: analysis → name of the series. Ares divides all but devices by persons.
SERIES = {
    220: "Visit occurrence",
    420: "Condition occurrence",
    502: "Death",
    620: "Procedure occurrence",
    720: "Drug exposure",
    820: "Observation",
    920: "Drug era",
    1020: "Condition era",
    111: "Person",
    1820: "Measurement",
    2120: "Device",
}
_NOT_DIVIDED = (2120,)
# The same series has another name where it is divided.
_DIVIDED_NAME = {"Person": "Observation period"}
_CONCEPTS_OF = {
    403: "Condition occurrence",
    603: "Procedure occurrence",
    703: "Drug exposure",
    803: "Observation",
    903: "Drug era",
    1003: "Condition era",
    1803: "Measurement",
}
MOST_VALUES = 100_000
_YEAR = " / 365.25"


def write_reports(source: Source, folder: Path, timings: Mapping[int, float]) -> None:
    """Write the files of a release that speak of all its persons.

    Args:
        timings: analysis → seconds; empty when they are unknown.
    """
    write_json(folder / "person.json", person(source))
    write_json(folder / "observationperiod.json", observation_period(source))
    write_json(folder / "death.json", death(source))
    _density(source, folder)
    _source_and_metadata(source, folder)
    completeness = source.rows(
        "select t1 as cdm_table_name, t2 as cdm_field_name, t3 as source_value,"
        f" n as record_count from {source.counts(1900)} as counted"
        f" order by n desc, t1, t2, t3 limit {MOST_VALUES}"
    )
    header = ("CDM_TABLE_NAME", "CDM_FIELD_NAME", "SOURCE_VALUE", "RECORD_COUNT")
    write_rows(folder / "quality-completeness.csv", header, completeness)
    # Any row makes the page of Ares fail.
    write_csv(
        folder / "temporal-characterization.csv",
        ("CONCEPT_ID", "CDM_TABLE_NAME", "CONCEPT_NAME", "SEASONALITY_SCORE", "IS_STATIONARY"),
        (),
    )
    write_csv(
        folder / "achilles-performance.csv",
        ("analysis_id", "analysis_name", "category", "elapsed_seconds"),
        (
            (a.id, a.name, a.category, f"{timings[a.id]:.2f}" if a.id in timings else "")
            for a in analyses()
            if a.is_default
        ),
    )


def person(source: Source) -> dict[str, Any]:
    """person.json."""
    name = source.rows(f"select t1 as name from {source.counts(0)} as about")
    people = source.rows(f"select {source.persons()}::varchar as n")
    return {
        "SUMMARY": [
            {"ATTRIBUTE_NAME": "Source name", "ATTRIBUTE_VALUE": name[0]["NAME"] if name else ""},
            {"ATTRIBUTE_NAME": "Number of persons", "ATTRIBUTE_VALUE": people[0]["N"]},
        ],
        "AGE_GENDER_DATA": source.rows(
            "select concept.concept_id, concept.concept_name, counted.s2 as age,"
            f" counted.n as count_value from {source.counts(102)} as counted"
            f" inner join {source.cdm}.concept as concept on counted.s1 = concept.concept_id"
            " order by 1, 3"
        ),
        "GENDER_DATA": [row for row in source.concepts(2) if row["CONCEPT_ID"] in SEXES],
        "RACE_DATA": source.concepts(4),
        "ETHNICITY_DATA": source.concepts(5),
        "BIRTH_YEAR_DATA": source.rows(
            f"select s1 as year, n as count_person from {source.counts(3)} as counted order by 1"
        ),
    }


def observation_period(source: Source) -> dict[str, Any]:
    """observationperiod.json."""
    persons = source.persons()
    length = source.rows(
        f"select min(s1) * 30 as low, max(s1) * 30 as high from {source.counts(108)} as counted"
    )[0]
    years = source.rows(
        f"select min(s1) as low, max(s1) as high from {source.counts(109)} as counted"
    )[0]
    by_year = source.rows(
        "select s1 - min(s1) over () as interval_index, n as count_value,"
        f" round(n / {persons}, 5) as percent_value from {source.counts(109)} as counted"
        " order by s1"
    )
    return {
        "AGE_AT_FIRST_OBSERVATION": source.rows(
            f"select s1 as interval_index, n as count_value, round(n / {persons}, 5)"
            f" as percent_value from {source.counts(101)} as counted order by 1"
        ),
        "AGE_BY_GENDER": _by_sex(source, 104),
        "OBSERVATION_LENGTH_HISTOGRAM": _histogram(length, 30),
        "CUMULATIVE_DURATION": source.rows(
            "select s1 * 30 / 365.25 as years, round(sum(n) over (order by s1 desc)"
            f" / {persons}, 5)::double as percent_people from {source.counts(108)} as counted"
            " order by s1"
        ),
        "OBSERVATION_PERIOD_LENGTH_BY_GENDER": _by_sex(source, 106, _YEAR),
        "OBSERVATION_PERIOD_LENGTH_BY_AGE": source.rows(
            f"select {decade('age.s1')} as category, {values('age', _YEAR)}"
            f" from {source.moments(107)} as age order by age.s1"
        ),
        "OBSERVED_BY_YEAR_HISTOGRAM": {**_histogram(years, 1), "DATA": by_year},
        "OBSERVED_BY_MONTH": source.rows(
            f"select s1 as month_year, n as count_value, round(n / {persons}, 5)"
            f" as percent_value from {source.counts(110)} as counted order by 1"
        ),
        "PERSON_PERIODS_DATA": source.rows(
            "select row_number() over (order by s1) as concept_id, t1 as concept_name,"
            f" n as count_value from {source.counts(113)} as counted order by s1"
        ),
    }


def death(source: Source) -> dict[str, Any]:
    """death.json."""
    return {
        "PREVALENCE_BY_GENDER_AGE_YEAR": source.rows(
            f"""
            select
                {decade("dead.s3")} as trellis_name,
                sex.concept_name as series_name,
                dead.s1 as x_calendar_year,
                round(1000 * dead.n / alive.n, 5) as y_prevalence_1000pp
            from {source.counts(504)} as dead
            inner join {source.counts(116)} as alive
                on dead.s1 = alive.s1 and dead.s2 = alive.s2 and dead.s3 = alive.s3
            inner join {source.cdm}.concept as sex on dead.s2 = sex.concept_id
            where sex.concept_id in {SEXES}
            order by dead.s1, dead.s2, dead.s3"""
        ),
        "PREVALENCE_BY_MONTH": source.rows(
            f"""
            select dead.s1 as x_calendar_month, 1000 * dead.n / alive.n as y_prevalence_1000pp
            from {source.counts(502)} as dead
            inner join {source.counts(117)} as alive on dead.s1 = alive.s1
            order by dead.s1"""
        ),
        "DEATH_BY_TYPE": source.concepts(505),
        "AGE_AT_DEATH": _by_sex(source, 506),
    }


def decade(stratum: str) -> str:
    """``50-59`` of a decile of age."""
    return f"({stratum} * 10)::varchar || '-' || ({stratum} * 10 + 9)::varchar"


def _by_sex(source: Source, analysis: int, divided: str = "") -> Rows:
    return source.rows(
        f"select sex.concept_name as category, {values('found', divided)}"
        f" from {source.moments(analysis)} as found"
        f" inner join {source.cdm}.concept as sex on found.s1 = sex.concept_id"
        " order by sex.concept_id"
    )


def _histogram(bounds: Mapping[str, Any], size: int) -> dict[str, Any]:
    low, high = bounds["LOW"], bounds["HIGH"]
    if low is None:
        return {"MIN": [], "MAX": [], "INTERVAL_SIZE": [size], "INTERVALS": []}
    intervals = (high - low) / size
    return {
        "MIN": [low],
        "MAX": [high],
        "INTERVAL_SIZE": [size],
        "INTERVALS": [int(intervals) if intervals.is_integer() else intervals],
    }


def _density(source: Source, folder: Path) -> None:
    series = " union all ".join(
        f"select '{name}' as domain, {analysis} as analysis, s1 as month, n"
        f" from {source.counts(analysis)} as counted"
        for analysis, name in SERIES.items()
    )
    dated = "make_date(month // 100, month % 100, 1)::varchar || 'T00:00:00Z'"
    total = source.rows(
        f"select domain, {dated} as date, n as records from ({series}) order by domain, month"
    )
    write_rows(folder / "datadensity-total.csv", ("DOMAIN", "DATE", "RECORDS"), total)
    _lower(folder / "datadensity-total.csv")
    divided = ", ".join(map(str, _NOT_DIVIDED))
    renamed = " ".join(f"when '{a}' then '{b}'" for a, b in _DIVIDED_NAME.items())
    by_person = source.rows(
        f"select case domain {renamed} else domain end as domain, {dated} as date,"
        " round(round(series.n / alive.n, 5), 2) as records"
        f" from ({series}) as series inner join {source.counts(117)} as alive"
        f" on series.month = alive.s1 where analysis not in ({divided}) order by 1, month"
    )
    path = folder / "datadensity-records-per-person.csv"
    write_rows(path, ("DOMAIN", "DATE", "RECORDS"), by_person)
    _lower(path)
    sums = source.rows(
        f"select domain, sum(n)::bigint as count_records from ({series}) group by domain"
        " order by domain"
    )
    write_rows(folder / "records-by-domain.csv", ("DOMAIN", "COUNT_RECORDS"), sums)
    _lower(folder / "records-by-domain.csv")
    concepts = " union all ".join(
        f"select '{name}' as category, {values('found')} from {source.moments(analysis)} as found"
        for analysis, name in _CONCEPTS_OF.items()
    )
    found = source.rows(f"select * from ({concepts}) order by category")
    write_rows(folder / "datadensity-concepts-per-person.csv", DISTRIBUTION, found)
    domains = source.rows(
        "select t1 as domain_bits, round(t2::double, 2) as percent_value, n as count_value"
        f" from {source.counts(2004)} as counted order by t1"
    )
    header = ("DOMAIN_BITS", "PERCENT_VALUE", "COUNT_VALUE")
    write_rows(folder / "datadensity-domains-per-person.csv", header, domains)


def _lower(path: Path) -> None:
    """These files have their header in lower case."""
    header, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(f"{header.lower()}\n{rest}", encoding="utf-8")


def _source_and_metadata(source: Source, folder: Path) -> None:
    for name, file in (("cdm_source", "cdmsource.csv"), ("metadata", "metadata.csv")):
        found = source.rows(f"select * from {source.cdm}.{name}")
        columns = source.rows(
            f"select column_name as name from (describe select * from {source.cdm}.{name})"
        )
        header = [column["NAME"].upper() for column in columns]
        write_rows(folder / file, header, found)
