"""Reports by concept: one summary a domain, one file a concept."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.publish.ares_tree.files import write_csv, write_json
from etl.publish.ares_tree.reports import decade
from etl.publish.ares_tree.source import SEXES, Rows, Source, values


@dataclass(frozen=True, slots=True)
class Domain:
    """A table whose concepts have reports."""

    table: str
    block: int
    domain: str = ""
    """Concepts of this domain only, in the summary."""
    era: int = 0
    """The distribution whose quartiles stand in the summary."""
    every: bool = False
    """Concepts of other domains have a file too, without name or counts."""
    kinds: str = ""
    frequency: str = ""
    ages: str = "AGE_AT_FIRST_OCCURRENCE"
    lengths: tuple[tuple[str, int, str], ...] = ()
    """Distributions by concept: key, analysis, category."""


DOMAINS = (
    Domain("condition_occurrence", 400, "Condition", every=True, kinds="CONDITIONS_BY_TYPE",
           ages="AGE_AT_FIRST_DIAGNOSIS"),
    Domain("condition_era", 1000, era=1007, ages="AGE_AT_FIRST_EXPOSURE",
           lengths=(("LENGTH_OF_ERA", 1007, "Length of era"),)),
    Domain("drug_exposure", 700, "Drug", every=True, kinds="DRUGS_BY_TYPE",
           frequency="DRUG_FREQUENCY_DISTRIBUTION", ages="AGE_AT_FIRST_EXPOSURE",
           lengths=(("DAYS_SUPPLY_DISTRIBUTION", 715, "Days supply"),
                    ("QUANTITY_DISTRIBUTION", 717, "Quantity"),
                    ("REFILLS_DISTRIBUTION", 716, "Refills"))),
    Domain("drug_era", 900, era=907, ages="AGE_AT_FIRST_EXPOSURE",
           lengths=(("LENGTH_OF_ERA", 907, "Length of Era"),)),
    Domain("procedure_occurrence", 600, "Procedure", kinds="PROCEDURES_BY_TYPE",
           frequency="PROCEDURE_FREQUENCY_DISTRIBUTION"),
    Domain("device_exposure", 2100, "Device", kinds="DEVICES_BY_TYPE",
           frequency="DEVICE_FREQUENCY_DISTRIBUTION", ages="AGE_AT_FIRST_EXPOSURE"),
    Domain("measurement", 1800, "Measurement", every=True, kinds="MEASUREMENTS_BY_TYPE",
           frequency="FREQUENCY_DISTRIBUTION"),
    Domain("observation", 800, "Observation", kinds="OBSERVATIONS_BY_TYPE",
           frequency="OBS_FREQUENCY_DISTRIBUTION"),
    Domain("visit_occurrence", 200,
           lengths=(("VISIT_DURATION_BY_TYPE", 213, "Length of stay"),)),
    Domain("visit_detail", 1300,
           lengths=(("VISIT_DETAIL_DURATION_BY_TYPE", 1313, "Length of stay"),)),
)  # fmt: skip

_LIMITS = {
    "MEASUREMENT_VALUE_DISTRIBUTION": 1815,
    "LOWER_LIMIT_DISTRIBUTION": 1816,
    "UPPER_LIMIT_DISTRIBUTION": 1817,
}
ByConcept = Mapping[int, Rows]
_NTILES = ("PERCENT_PERSONS_NTILE", "RECORDS_PER_PERSON_NTILE")


def write_concepts(source: Source, folder: Path) -> None:
    """Write the summaries and the files of all concepts."""
    for domain in DOMAINS:
        summary = _summary(source, domain)
        _write_summary(folder, domain, summary)
        _write_files(source, folder / "concepts" / domain.table, domain, summary)
    providers = source.rows(
        "select concept.concept_id, concept.concept_name, counted.n as num_persons,"
        f" counted.n / sum(counted.n) over () as percent from {source.counts(301)} as counted"
        f" inner join {source.cdm}.concept as concept on counted.s1 = concept.concept_id"
        " where concept.concept_id <> 0 order by counted.n desc, 1"
    )
    write_csv(
        folder / "domain-summary-provider.csv",
        ("CONCEPT_ID", "CONCEPT_NAME", "NUM_PERSONS", "PERCENT_PERSONS"),
        (
            (r["CONCEPT_ID"], r["CONCEPT_NAME"], r["NUM_PERSONS"], f"{r['PERCENT']:.4f}")
            for r in providers
        ),
    )
    _stratification(source, folder)


def _stratification(source: Source, folder: Path) -> None:
    kinds = source.rows(
        "select counted.s2 as concept_id, concept.concept_name, sum(counted.n)::bigint as n"
        f" from {source.counts(705)} as counted"
        f" inner join {source.cdm}.concept as concept on counted.s2 = concept.concept_id"
        " group by all order by n desc, 1"
    )
    write_csv(
        folder / "domain-drug-stratification.csv",
        ("CONCEPT_ID", "CONCEPT_NAME", "RECORD_COUNT"),
        (tuple(row.values()) for row in kinds),
    )
    visits = source.rows(
        "select counted.s1 as concept_id, concept.concept_name, counted.t2 as name, counted.n"
        f" from {source.counts(226)} as counted"
        f" inner join {source.cdm}.concept as concept on counted.s1 = concept.concept_id"
        " order by 1, 3, counted.n desc"
    )
    write_csv(
        folder / "domain-visit-stratification.csv",
        ("CONCEPT_ID", "CONCEPT_NAME", "CDM_TABLE_NAME", "RECORD_COUNT"),
        (tuple(row.values()) for row in visits),
    )


def _summary(source: Source, domain: Domain) -> Rows:
    """Concepts with persons, share and records a person; the most frequent first."""
    of = f" and concept.domain_id = '{domain.domain}'" if domain.domain else ""
    era, quartiles = "", ""
    if domain.era:
        era = f" inner join {source.moments(domain.era)} as era on era.s1 = persons.s1"
        quartiles = ", era.p25_value, era.median_value, era.p75_value"
    return source.rows(
        f"""
        select
            *,
            ntile(10) over (order by percent_persons desc, concept_id) as percent_persons_ntile,
            ntile(10) over (order by records_per_person desc, concept_id)
                as records_per_person_ntile
        from (
            select
                concept.concept_id,
                concept.concept_name,
                persons.n as num_persons,
                persons.n / {source.persons()} as percent_persons,
                records.n / persons.n as records_per_person{quartiles}
            from {source.counts(domain.block)} as persons
            inner join {source.counts(domain.block + 1)} as records on persons.s1 = records.s1
            inner join {source.cdm}.concept as concept on persons.s1 = concept.concept_id{of}
            {era}
        ) as found
        order by num_persons desc, concept_id"""
    )


def _write_summary(folder: Path, domain: Domain, summary: Rows) -> None:
    extra: tuple[str, ...] = ()
    if domain.era:
        extra = ("P25_VALUE", "MEDIAN_VALUE", "P75_VALUE")
    elif domain.table == "measurement":
        extra = ("PERCENT_MISSING_VALUES",)
    header = ("CONCEPT_ID", "CONCEPT_NAME", "NUM_PERSONS", "PERCENT_PERSONS", "RECORDS_PER_PERSON")
    write_csv(
        folder / f"domain-summary-{domain.table}.csv",
        (*header, *extra, *_NTILES),
        (
            (
                *(row["CONCEPT_ID"], row["CONCEPT_NAME"], row["NUM_PERSONS"]),
                *(_share(row), _records(row)),
                *(row.get(name, "") for name in (*extra, *_NTILES)),
            )
            for row in summary
        ),
    )


def _share(row: Mapping[str, Any]) -> str:
    return f"{row['PERCENT_PERSONS']:.4f}"


def _records(row: Mapping[str, Any]) -> str:
    return f"{row['RECORDS_PER_PERSON']:.1f}"


def _write_files(source: Source, folder: Path, domain: Domain, summary: Rows) -> None:
    by_month = _by_month(source, domain)
    parts: dict[str, ByConcept] = {
        "PREVALENCE_BY_GENDER_AGE_YEAR": _by_year(source, domain),
        "PREVALENCE_BY_MONTH": by_month,
        domain.ages: _by_sex(source, domain.block + 6),
    }
    if domain.kinds:
        parts[domain.kinds] = _by_second(source, domain.block + 5)
    if domain.frequency:
        parts[domain.frequency] = _frequency(source, domain.block + 91)
    for key, analysis, category in domain.lengths:
        parts[key] = _lengths(source, analysis, category)
    if domain.table == "measurement":
        parts["RECORDS_BY_UNIT"] = _by_second(source, 1807)
        for key, analysis in _LIMITS.items():
            parts[key] = _by_sex(source, analysis)
        parts["VALUES_RELATIVE_TO_NORM"] = _by_norm(source)
    known = {row["CONCEPT_ID"]: row for row in summary}
    others = sorted(by_month.keys() - known.keys()) if domain.every else []
    folder.mkdir(parents=True, exist_ok=True)
    for concept in (*known, *others):
        content = {
            **_about(domain, concept, known.get(concept)),
            **{key: part.get(concept, []) for key, part in parts.items()},
        }
        write_json(folder / f"concept_{concept}.json", content)


def _about(domain: Domain, concept: int, row: Mapping[str, Any] | None) -> dict[str, list[Any]]:
    """What a concept is: lists of one element, empty for one of another domain."""
    plain = domain.table in ("visit_occurrence", "visit_detail")
    return {
        "CONCEPT_ID": [concept],
        "CDM_TABLE_NAME": [domain.table.upper()],
        "CONCEPT_NAME": [row["CONCEPT_NAME"]] if row else [],
        "NUM_PERSONS": [row["NUM_PERSONS"]] if row else [],
        "PERCENT_PERSONS": [row["PERCENT_PERSONS"] if plain else _share(row)] if row else [],
        "RECORDS_PER_PERSON": [row["RECORDS_PER_PERSON"] if plain else _records(row)]
        if row
        else [],
    }


def _grouped(rows: Rows) -> ByConcept:
    """Rows by their first column, which is left out."""
    found: dict[int, Rows] = defaultdict(list)
    for row in rows:
        found[row.pop("CONCEPT")].append(row)
    return found


def _by_year(source: Source, domain: Domain) -> ByConcept:
    return _grouped(
        source.rows(
            f"""
            select
                found.s1 as concept,
                {decade("found.s4")} as trellis_name,
                sex.concept_name as series_name,
                found.s2 as x_calendar_year,
                round(1000 * found.n / alive.n, 5) as y_prevalence_1000pp
            from {source.counts(domain.block + 4)} as found
            inner join {source.counts(116)} as alive
                on found.s2 = alive.s1 and found.s3 = alive.s2 and found.s4 = alive.s3
            inner join {source.cdm}.concept as sex on found.s3 = sex.concept_id
            where found.s3 in {SEXES}
            order by found.s1, found.s2, found.s3, found.s4"""
        )
    )


def _by_month(source: Source, domain: Domain) -> ByConcept:
    return _grouped(
        source.rows(
            f"""
            select
                found.s1 as concept,
                found.s2 as x_calendar_month,
                round(1000 * found.n / alive.n, 5) as y_prevalence_1000pp
            from {source.counts(domain.block + 2)} as found
            inner join {source.counts(117)} as alive on found.s2 = alive.s1
            inner join {source.cdm}.concept as concept on found.s1 = concept.concept_id
            order by found.s1, found.s2"""
        )
    )


def _by_sex(source: Source, analysis: int) -> ByConcept:
    """A distribution by sex, or by unit: the second stratum is the category."""
    return _grouped(
        source.rows(
            f"select found.s1 as concept, concept.concept_name as category, {values('found')}"
            f" from {source.moments(analysis)} as found"
            f" inner join {source.cdm}.concept as concept on found.s2 = concept.concept_id"
            " order by found.s1, found.s2"
        )
    )


def _lengths(source: Source, analysis: int, category: str) -> ByConcept:
    return _grouped(
        source.rows(
            f"select found.s1 as concept, '{category}' as category, {values('found')}"
            f" from {source.moments(analysis)} as found order by found.s1"
        )
    )


def _by_second(source: Source, analysis: int) -> ByConcept:
    return _grouped(
        source.rows(
            "select found.s1 as concept, concept.concept_name, found.n as count_value"
            f" from {source.counts(analysis)} as found"
            f" inner join {source.cdm}.concept as concept on found.s2 = concept.concept_id"
            " order by found.s1, found.s2"
        )
    )


def _by_norm(source: Source) -> ByConcept:
    return _grouped(
        source.rows(
            "select found.s1 as concept, concept.concept_name || ': ' || found.t3"
            f" as concept_name, found.n as count_value from {source.counts(1818)} as found"
            f" inner join {source.cdm}.concept as concept on found.s2 = concept.concept_id"
            " order by found.s1, found.s2, found.t3"
        )
    )


def _frequency(source: Source, analysis: int) -> ByConcept:
    return _grouped(
        source.rows(
            f"select s1 as concept, round(100 * n / {source.persons()})::bigint as y_num_persons,"
            f" s2 as x_count from {source.counts(analysis)} as found order by s1, s2"
        )
    )
