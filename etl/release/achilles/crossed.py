"""Analyses that look at several tables: visits of events, values without concept, overlaps."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

from itertools import product

import duckdb

from etl.release.achilles import Domain, domains
from etl.release.achilles.events import seen
from etl.release.achilles.tables import DISTRIBUTIONS, insert_counts, insert_distribution

# Tables whose events may name a visit, in Achilles' order (226, 1326).
_OF_VISITS = (
    *("drug_exposure", "condition_occurrence", "device_exposure", "procedure_occurrence"),
    *("measurement", "observation"),
)
# 1900: source values whose concept is 0. VISIT_DETAIL is left out, as Achilles 1.7.2 does for 5.4.
_SOURCE_VALUES = {
    "measurement": ("measurement", "unit"),
    "procedure_occurrence": ("procedure", "modifier"),
    "drug_exposure": ("drug", "route"),
    "condition_occurrence": ("condition", "condition_status"),
    "observation": ("observation", "unit", "qualifier"),
    "payer_plan_period": ("payer", "plan", "sponsor", "stop_reason"),
    "provider": ("specialty", "gender"),
    "person": ("gender", "race", "ethnicity"),
    "specimen": ("specimen", "unit", "anatomic_site", "disease_status"),
    "visit_occurrence": ("visit", "admitted_from", "discharged_to"),
    "device_exposure": ("device",),
    "death": ("cause",),
}
# 2004: a digit for each, in this order.
_OVERLAPS = (
    *("condition_occurrence", "drug_exposure", "device_exposure", "measurement", "death"),
    *("procedure_occurrence", "observation"),
)
_TOGETHER = {
    2000: ("condition_occurrence", "drug_exposure"),
    2001: ("condition_occurrence", "procedure_occurrence"),
    2002: ("measurement", "condition_occurrence", "drug_exposure"),
    2003: ("visit_occurrence",),
}
_AFTER_DEATH = {
    511: "condition_occurrence",
    512: "drug_exposure",
    513: "visit_occurrence",
    514: "procedure_occurrence",
    515: "observation",
}


def events_of_visits(connection: duckdb.DuckDBPyConnection, cdm: str, results: str) -> None:
    """226 and 1326: records by the concept of the visit, or of the details of the visit.

    Records without a visit and those of a visit of concept 0 are two rows of one key.
    """
    for analysis, visits, concept in (
        (226, "visit_occurrence", "visit_concept_id"),
        (1326, "visit_detail", "visit_detail_concept_id"),
    ):
        parts = " union all ".join(
            f"""
            select
                '{table}' as table_name,
                visit.{concept} as concept,
                sum(event.n * coalesce(visit.n, 1))::bigint as n
            from (
                select visit_occurrence_id, count(*) as n from {cdm}.{table} group by all
            ) as event
            left join (
                select visit_occurrence_id, {concept}, count(*) as n
                from {cdm}.{visits}
                where visit_occurrence_id is not null
                group by all
            ) as visit on event.visit_occurrence_id = visit.visit_occurrence_id
            group by all
            """
            for table in _OF_VISITS
        )
        query = (
            f"select distinct table_name, coalesce(concept, 0) as concept, n from ({parts}) as part"
        )
        insert_counts(connection, results, analysis, query, ["concept", "table_name"], "n")


def unmapped_source_values(connection: duckdb.DuckDBPyConnection, cdm: str, results: str) -> None:
    """1900: records by source value, where the concept is 0; one scan per table."""
    for table, stems in _SOURCE_VALUES.items():
        names = [f"{stem}_source_value" for stem in stems]
        # The flag marks the rows whose concept is 0: their source value may be NULL.
        listed = ", ".join(
            f"{stem}_concept_id = 0 as zero_{i}, {name} as value_{i}"
            for i, (stem, name) in enumerate(zip(stems, names, strict=True))
        )
        condition = " or ".join(f"{stem}_concept_id = 0" for stem in stems)
        keys = ", ".join(f"zero_{i}, value_{i}" for i in range(len(stems)))
        sets = ", ".join(f"(zero_{i}, value_{i})" for i in range(len(stems)))
        connection.execute(
            "create or replace temp table achilles_unmapped as"
            f" select grouping_id({keys}) as bits, {keys}, count(*) as n"
            f" from (select {listed} from {cdm}.{table} where {condition})"
            f" group by grouping sets ({sets})"
        )
        last = 2 * len(stems)
        for i, name in enumerate(names):
            bits = (1 << last) - 1 - (3 << (last - 2 * i - 2))
            query = f"select * from achilles_unmapped where bits = {bits} and zero_{i}"
            strata = [f"'{table}'", f"'{name}'", f"value_{i}"]
            insert_counts(connection, results, 1900, query, strata, "n")
        connection.execute("drop table achilles_unmapped")


def persons_together(connection: duckdb.DuckDBPyConnection, results: str) -> None:
    """2000 to 2003: persons who have events of several kinds, each in observation."""
    by_table = {domain.table: seen(domain) for domain in domains()}
    for analysis, tables in _TOGETHER.items():
        joined = " intersect ".join(f"select person_id from {by_table[table]}" for table in tables)
        query = f"select count(*) as count_value from ({joined}) as who"
        insert_counts(connection, results, analysis, query)


def persons_by_kinds(connection: duckdb.DuckDBPyConnection, cdm: str, results: str) -> None:
    """2004: persons who have all of a set of kinds of events, with their share of all persons."""
    flags = [f"c{i}" for i in range(len(_OVERLAPS))]
    parts = " union all ".join(
        "select person_id, "
        + ", ".join(f"{int(i == place)} as {flag}" for i, flag in enumerate(flags))
        + f" from (select distinct person_id from {cdm}.{table}) as who"
        for place, table in enumerate(_OVERLAPS)
    )
    connection.execute(
        "create or replace temp table achilles_kinds as select "
        + ", ".join(flags)
        + ", count(*) as n from (select person_id, "
        + ", ".join(f"max({flag}) as {flag}" for flag in flags)
        + f" from ({parts}) group by person_id) group by all"
    )
    wanted = [chosen for chosen in product((0, 1), repeat=len(flags)) if any(chosen)]
    rows = ", ".join(f"('{''.join(map(str, c))}', {', '.join(map(str, c))})" for c in wanted)
    meets = " and ".join(f"kinds.{flag} >= wanted.{flag}" for flag in flags)
    query = f"""
        select
            wanted.bits,
            sum(kinds.n)::bigint as n,
            sum(kinds.n) / (select count(distinct person_id) from {cdm}.person) as share
        from (values {rows}) as wanted (bits, {", ".join(flags)})
        inner join achilles_kinds as kinds on {meets}
        group by wanted.bits
    """
    insert_counts(connection, results, 2004, query, ["bits", "share"], "n")
    connection.execute("drop table achilles_kinds")


def after_death(connection: duckdb.DuckDBPyConnection, cdm: str, results: str) -> None:
    """511 to 515: days from death to the last event in observation."""
    by_table: dict[str, Domain] = {domain.table: domain for domain in domains()}
    for analysis, table in _AFTER_DEATH.items():
        start = by_table[table].start
        values = f"""
            select last.started - death.death_date as value
            from {cdm}.death
            inner join (
                select event.person_id, max(event.{start}) as started
                from {cdm}.{table} as event
                semi join {cdm}.death as death on event.person_id = death.person_id
                inner join {cdm}.observation_period as period
                    on
                        event.person_id = period.person_id
                        and event.{start} >= period.observation_period_start_date
                        and event.{start} <= period.observation_period_end_date
                group by event.person_id
            ) as last on death.person_id = last.person_id
        """
        if analysis == 511:
            _by_rank(connection, results, values)
        else:
            query = f"select value, count(*) as n from ({values}) group by value"
            insert_distribution(connection, results, analysis, query, 0)


def _by_rank(connection: duckdb.DuckDBPyConnection, results: str, values: str) -> None:
    """511 alone takes the greatest value whose rank / (n + 1) does not pass the share, or -9999."""
    percentiles = ", ".join(
        f"max(case when place <= {share} then value else -9999 end)"
        for share in (0.5, 0.1, 0.25, 0.75, 0.9)
    )
    connection.execute(
        f"""
        insert into {results}.{DISTRIBUTIONS}
        select
            511, null, null, null, null, null, count(value), min(value), max(value), avg(value),
            stddev_samp(value order by value), {percentiles}
        from (
            select
                value,
                row_number() over (order by value nulls last)
                / (count(*) over () + 1)::double as place
            from ({values})
        )
        having count(*) > 0
        """
    )
