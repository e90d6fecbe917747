"""Resolution tables: from a source code to its standard concepts, decided once.

Precedence (DESIGN §8): approved mapping, then Athena, then computed, then 0. An ignored row is
a decision too: 0. An approved row of the method ``demo`` comes after the computed ones: it was
chosen among the few concepts of the demo vocabulary. A code has rows of one method only.
"""

from __future__ import annotations

import duckdb

from etl.errors import SndsOmopError
from etl.resources import mappings_dir
from etl.sql_text import literal
from etl.vocabulary.meaning_rules import UNINFORMATIVE, uninformative_targets

CODE_MAP = """
    source_vocabulary VARCHAR, source_code VARCHAR, source_concept_id INTEGER,
    target_concept_id INTEGER, target_domain_id VARCHAR, value_as_concept_id INTEGER,
    target_rank INTEGER, method VARCHAR, equivalence VARCHAR, fallback_level INTEGER
"""


def link_table(connection: duckdb.DuckDBPyConnection, relationships: str) -> None:
    """Make table ``link`` of the relationships that resolution follows.

    A standard concept maps to itself: not here.
    """
    connection.execute(
        f"""
        create or replace table link as
        select concept_id_1, concept_id_2, relationship_id
        from {relationships}
        where relationship_id in ('Maps to', 'Maps to value', 'Concept replaced by')
        and invalid_reason is null
        and concept_id_1 <> concept_id_2
        """  # noqa: S608
    )


def athena_targets(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``athena_target``: 'Maps to' of Athena's own concepts, best vocabulary first.

    CIM-10 asks CIM10, then ICD10 for the same code; a hit in one hides the next.
    """
    connection.execute(
        """
        create or replace table athena_target as
        with hit as (
            select
                athena_code.source_vocabulary,
                athena_code.source_code,
                athena_code.preference,
                athena_code.concept_id as from_concept_id,
                target.concept_id as target_concept_id,
                target.domain_id as target_domain_id
            from athena_code
            inner join link
                on athena_code.concept_id = link.concept_id_1
                and link.relationship_id = 'Maps to'
            inner join concept as target
                on link.concept_id_2 = target.concept_id
                and target.standard_concept = 'S'
                and target.invalid_reason is null
        ),
        best as (
            select source_vocabulary, source_code, min(preference) as preference
            from hit
            group by source_vocabulary, source_code
        ),
        value as (
            select link.concept_id_1, link.concept_id_2 as value_as_concept_id
            from link
            inner join concept on link.concept_id_2 = concept.concept_id
            where link.relationship_id = 'Maps to value' and concept.invalid_reason is null
        )
        select distinct
            hit.source_vocabulary, hit.source_code, hit.target_concept_id,
            hit.target_domain_id, value.value_as_concept_id
        from hit
        inner join best using (source_vocabulary, source_code, preference)
        left join value
            on hit.from_concept_id = value.concept_id_1
            and hit.target_domain_id in ('Observation', 'Measurement')
        """
    )


def atc_targets(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``atc_target``: the ingredients of an ATC class, from the best source."""
    connection.execute(
        """
        create or replace table atc_target as
        with any_atc as (
            select
                source_code as atc, target_concept_id, target_domain_id,
                if(yields, 3, 1) as precedence
            from approved
            where source_vocabulary = 'ATC' and mapping_type = 'MAPS_TO'
            union
            select source_code, target_concept_id, target_domain_id, 2
            from athena_target
            where source_vocabulary = 'ATC'
        ),
        best_atc as (
            select atc, min(precedence) as precedence from any_atc group by atc
        )
        select atc, target_concept_id, target_domain_id
        from any_atc
        inner join best_atc using (atc, precedence)
        """
    )


def drug_routes(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``computed_target``: drugs that reach a concept by way of another code.

    ``drug_reference`` holds columns of IR_PHA_R (cip13, ucd, atc, dose and form). In order: a UCD
    takes the targets of its CIP when they agree; a CIP or a UCD takes the one clinical drug of its
    ingredient, strength and form (``strength_target``), else the ingredients of its ATC class.
    A CIP that BDPM calls a Device while its ATC class is not V (various) is a drug.
    """
    connection.execute(
        """
        create or replace table computed_target as
        with by_cip as (
            select
                reference.ucd as source_code, target.target_concept_id, target.target_domain_id,
                count(distinct reference.cip13) as n_cip
            from drug_reference as reference
            inner join athena_target as target
                on target.source_vocabulary = 'CIP13'
                and reference.cip13 = target.source_code
            where reference.ucd is not null and target.target_domain_id = 'Drug'
            group by all
        ),
        commonest as (
            select
                source_code,
                arg_min(target_concept_id, (-n_cip, target_concept_id)) as target_concept_id
            from by_cip
            group by source_code
        ),
        by_atc as (
            select 'CIP13' as source_vocabulary, cip13 as source_code, atc from drug_reference
            where atc is not null
            union
            select 'UCD', ucd, atc from drug_reference where ucd is not null and atc is not null
        ),
        nearest as (
            select
                'UCD' as source_vocabulary, source_code, target_concept_id,
                'Drug' as target_domain_id
            from commonest
            union all
            select source_vocabulary, source_code, target_concept_id, 'Drug'
            from strength_target
            where not (
                source_vocabulary = 'UCD' and source_code in (select source_code from commonest)
            )
        )
        select *, 'EQUIVALENT' as equivalence, 1 as fallback_level
        from nearest
        union all
        select
            by_atc.source_vocabulary, by_atc.source_code, atc_target.target_concept_id,
            atc_target.target_domain_id, 'WIDER', 2
        from by_atc
        inner join atc_target on by_atc.atc = atc_target.atc
        left join nearest
            on by_atc.source_vocabulary = nearest.source_vocabulary
            and by_atc.source_code = nearest.source_code
        where nearest.source_code is null
        """
    )


def code_map(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``code_map`` (/docs/en/reference/vocabularies.md gives its columns)."""
    connection.execute(f"create or replace table code_map ({CODE_MAP})")
    whole = literal(mappings_dir() / "exceptions" / "cim10_no_truncation.csv")
    uninformative = ", ".join(map(str, sorted(uninformative_targets())))
    connection.execute(
        f"""
        insert into code_map
        with better_parent as (
            -- a choice among the demo's concepts yields to a bundle's target of the parent
            select distinct approved.source_code
            from approved
            inner join athena_target as parent
                on parent.source_vocabulary = 'CIM10'
                and length(parent.source_code) >= 3
                and starts_with(split_part(approved.source_code, '+', 1), parent.source_code)
            where approved.source_vocabulary = 'CIM10' and approved.yields
            and approved.source_code not in (select code from read_csv({whole}, header = true))
        ),
        misfiled_device as (
            select distinct cip13
            from drug_reference
            where atc is not null and left(atc, 1) <> 'V'
        ),
        approved_value as (
            select source_vocabulary, source_code, target_concept_id as value_as_concept_id
            from approved where mapping_type = 'MAPS_TO_VALUE'
        ),
        candidate as (
            select
                approved.source_vocabulary, approved.source_code, approved.target_concept_id,
                approved.target_domain_id, approved_value.value_as_concept_id,
                'approved' as method, if(approved.yields, 4, 1) as precedence,
                approved.equivalence,
                0 as fallback_level
            from approved
            left join approved_value
                on approved.source_vocabulary = approved_value.source_vocabulary
                and approved.source_code = approved_value.source_code
                and approved.target_domain_id in ('Observation', 'Measurement')
            where approved.mapping_type = 'MAPS_TO'
            and approved.source_vocabulary not in (select map from structural_name)
            and not (
                approved.yields and approved.source_vocabulary = 'CIM10'
                and approved.source_code in (select source_code from better_parent)
            )
            union all
            select
                source_vocabulary, source_code, target_concept_id, target_domain_id,
                value_as_concept_id, 'athena', 2, 'EQUAL', 0
            from athena_target
            where not (
                source_vocabulary = 'CIP13' and target_domain_id = 'Device'
                and source_code in (select cip13 from misfiled_device)
            )
            union all
            select
                source_vocabulary, source_code, target_concept_id, target_domain_id,
                null, 'computed', 3, equivalence, fallback_level
            from computed_target
            union all
            -- a code that a person decided to leave without a target
            select
                mapping.source_vocabulary, mapping.source_code, 0, source_concept.domain_id,
                null, 'none', 0, 'UNMATCHED', 0
            from mapping
            left join source_concept
                on mapping.source_vocabulary = source_concept.source_vocabulary
                and mapping.source_code = source_concept.source_code
            where mapping.status = 'IGNORED'
            and mapping.source_vocabulary not in (select map from structural_name)
            union all
            select source_vocabulary, source_code, 0, domain_id, null, 'none', 5, 'UNMATCHED', 0
            from source_concept
        ),
        best as (
            select source_vocabulary, source_code, min(precedence) as precedence
            from candidate
            group by source_vocabulary, source_code
        ),
        one_method as (
            select distinct candidate.*
            from candidate
            inner join best using (source_vocabulary, source_code, precedence)
        )
        select
            one_method.source_vocabulary,
            one_method.source_code,
            coalesce(source_concept.concept_id, 0),
            one_method.target_concept_id,
            one_method.target_domain_id,
            one_method.value_as_concept_id,
            row_number() over (
                partition by one_method.source_vocabulary, one_method.source_code
                order by one_method.target_domain_id, one_method.target_concept_id,
                    one_method.value_as_concept_id
            ) - 1,
            one_method.method,
            -- a reviewer may find such a concept sufficient; Athena's EQUAL is no review
            if(
                one_method.target_concept_id in ({uninformative})
                and not (
                    one_method.method = 'approved'
                    and one_method.equivalence in ('EQUAL', 'EQUIVALENT')
                ),
                '{UNINFORMATIVE}', one_method.equivalence
            ),
            one_method.fallback_level
        from one_method
        left join source_concept
            on one_method.source_vocabulary = source_concept.source_vocabulary
            and one_method.source_code = source_concept.source_code
        """  # noqa: S608
    )
    # A delivery may hold either form: the seven digits answer as the thirteen do.
    connection.execute(
        """
        insert into code_map
        select * replace ('CIP7' as source_vocabulary, substr(source_code, 6, 7) as source_code)
        from code_map
        where source_vocabulary = 'CIP13'
        """
    )


def structural_map(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``structural``: administrative lists, 0 where nothing is approved.

    A row with a ``lookup`` takes the one standard concept that answers it, if just one does.
    """
    connection.execute(
        """
        create or replace table structural as
        with decided as (
            select
                mapping.source_vocabulary as map,
                mapping.vocabulary_id,
                mapping.source_code,
                mapping.source_name as source_label,
                mapping.gives_event,
                mapping.note,
                mapping.equivalence,
                mapping.status as mapping_status,
                coalesce(found.concept_id, approved.target_concept_id, 0) as target_concept_id
            from mapping
            left join approved
                on mapping.status = 'APPROVED'
                and mapping.source_vocabulary = approved.source_vocabulary
                and mapping.source_code = approved.source_code
                and mapping.equivalence = approved.equivalence
            left join found on mapping.lookup = found.lookup
            where mapping.source_vocabulary in (select map from structural_name)
        ),
        one as (
            -- one row a code: an approved one hides the other candidates
            select *, row_number() over (
                partition by map, source_code
                order by target_concept_id = 0, mapping_status, target_concept_id
            ) as place
            from decided
        )
        select
            one.map, one.vocabulary_id, one.source_code, one.target_concept_id,
            one.source_label, concept.concept_name as target_label, one.gives_event,
            nullif(one.note, '') as note, one.equivalence, one.mapping_status
        from one
        left join concept on one.target_concept_id = concept.concept_id
        where one.place = 1
        """
    )


def lookups(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``found``: what the loaded vocabulary answers to the lookups of mapping rows.

    Raises:
        SndsOmopError: SO-406 when several standard concepts answer one lookup.
    """
    connection.execute("create or replace table found (lookup VARCHAR, concept_id INTEGER)")
    found = _answers(connection)
    if found:
        connection.executemany("insert into found values (?, ?)", found)


def _answers(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Answers of the loaded vocabulary to ``column=value;…``."""
    asked = connection.execute("select distinct lookup from mapping where lookup <> ''").fetchall()
    found = []
    for (lookup,) in sorted(asked):
        pairs = [part.split("=", 1) for part in lookup.split(";")]
        condition = " and ".join(f"{column} = ?" for column, _ in pairs)
        answers = connection.execute(
            f"select concept_id from concept where {condition} "  # noqa: S608
            "and standard_concept = 'S' and invalid_reason is null",
            [value for _, value in pairs],
        ).fetchall()
        if len(answers) > 1:
            raise SndsOmopError(
                "SO-406",
                f"{lookup}: {len(answers)} standard concepts",
                f"{lookup} : {len(answers)} concepts standard",
            )
        found += [(lookup, int(concept_id)) for (concept_id,) in answers]
    return found
