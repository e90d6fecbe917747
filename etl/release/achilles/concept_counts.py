"""Records and persons per concept for WebAPI, and the hierarchy that its reports draw."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

import duckdb

from etl.release.achilles.tables import RESULTS

CONCEPT_COUNTS = "achilles_result_concept_count"

# Analyses whose first stratum is a concept (the greatest count is taken), or whose second is (types
# and units: counts are added), and those that count persons.
_FIRST = (
    *(2, 4, 5, 201, 225, 301, 325, 401, 425, 501, 505, 525, 601, 625, 701, 725, 801, 825, 826, 827),
    *(901, 1001, 1201, 1203, 1425, 1801, 1825, 1826, 1827, 2101, 2125, 2301),
)
_SECOND = (405, 605, 705, 805, 807, 1805, 1807, 2105)
_PERSONS = (
    *(200, 240, 400, 440, 540, 600, 640, 700, 740, 800, 840, 900, 1000, 1300, 1340, 1800, 1840),
    *(2100, 2140, 2200),
)


def insert_concept_counts(connection: duckdb.DuckDBPyConnection, cdm: str, results: str) -> None:
    """One row for each concept counted and for each of its ancestors.

    As WebAPI's own script: the lists of records (by first and by second stratum) are put one under
    the other and joined at once, for the concept and for its descendants, so that a concept that is
    in both lists doubles the sums of its descendants. A NULL stratum is a row that joins nothing.
    """
    first, second, persons = (", ".join(map(str, ids)) for ids in (_FIRST, _SECOND, _PERSONS))
    connection.execute(
        f"""
        create or replace table {results}.{CONCEPT_COUNTS} as
        with entries as (
            select stratum_1 as concept, max(count_value)::hugeint as n
            from {results}.{RESULTS}
            where analysis_id in ({first})
            group by all
            union all
            select stratum_2 as concept, sum(count_value) as n
            from {results}.{RESULTS}
            where analysis_id in ({second})
            group by all
        ),
        records as (
            select concept, count(*) as entries, max(n) as greatest, sum(n) as total
            from entries
            group by all
        ),
        persons as (
            select stratum_1 as concept, max(count_value) as n
            from {results}.{RESULTS}
            where analysis_id in ({persons})
            group by all
        ),
        ancestry as (
            select
                ancestor_concept_id::varchar as concept, descendant_concept_id::varchar as below
            from {cdm}.concept_ancestor
        ),
        lineage as (
            select ancestry.concept, ancestry.below
            from ancestry
            where ancestry.concept in (
                select records.concept from records where records.concept is not null
                union
                select ancestry.concept from ancestry
                inner join records on ancestry.below = records.concept
            )
            union all
            select records.concept, records.concept as below
            from records
            where not exists (
                select 1 from ancestry where ancestry.concept = records.concept
            )
        ),
        summed as (
            select
                lineage.concept,
                coalesce(sum(below.total), 0) as records,
                coalesce(sum(below.entries * persons.n), 0) as persons
            from lineage
            left join records as below on lineage.below = below.concept
            left join persons on lineage.below = persons.concept
            group by all
        )
        select
            summed.concept::integer as concept_id,
            coalesce(own.greatest, 0)::bigint as record_count,
            (summed.records * coalesce(own.entries, 1))::bigint as descendant_record_count,
            coalesce(person.n, 0)::bigint as person_count,
            (summed.persons * coalesce(own.entries, 1))::bigint as descendant_person_count
        from summed
        left join records as own on summed.concept = own.concept
        left join persons as person on summed.concept = person.concept
        """
    )
