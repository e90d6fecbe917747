"""Custom concepts: French codes that Athena does not hold, and their relationships.

Rules of the CDM (customConcepts): above 2,000,000,000, never standard, in vocabularies of
their own, outside the hierarchy, 'Maps to' and 'Mapped from' towards standard concepts.
"""

from __future__ import annotations

import duckdb

from etl.vocabulary.catalogue import catalogue
from etl.vocabulary.codes import cip13_sql
from etl.vocabulary.tables import VALID_FROM, VALID_TO


def athena_codes(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``athena_code``: source codes that the loaded vocabularies hold.

    ``preference`` 0 is the vocabulary whose concept is kept as source concept.
    """
    parts = []
    for vocabulary in catalogue().values():
        source, pattern = vocabulary.source_vocabularies[0], vocabulary.code_pattern.pattern
        for preference, athena in enumerate(vocabulary.athena_vocabularies):
            parts.append(f"('{source}', '{athena}', {preference}, '{pattern}')")
    connection.execute(
        f"""
        create or replace table athena_code as
        with written as (
            select
                origin.*, concept.concept_id, concept.domain_id,
                upper(replace(concept.concept_code, '.', '')) as code
            from concept
            inner join (values {", ".join(parts)})
                as origin(source_vocabulary, vocabulary_id, preference, code_pattern)
                on concept.vocabulary_id = origin.vocabulary_id
        )
        select
            source_vocabulary,
            -- BDPM holds the CIP7 inside the CIP13
            case when vocabulary_id = 'BDPM' then {cip13_sql("code")} else code end as source_code,
            preference, concept_id, domain_id
        from written
        -- chapters, groups and substances are not codes that an event can carry
        where regexp_matches(code, code_pattern)
        """  # noqa: S608
    )


def approved_targets(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``approved``: approved rows whose target the loaded vocabulary can serve.

    A deprecated target is followed along 'Concept replaced by', then along the 'Maps to' of
    its replacement; a target that leads nowhere standard is left out (``vocab check`` lists it).
    A row with a ``lookup`` takes the one concept that answers it.
    """
    connection.execute(
        """
        create or replace table approved as
        with aimed as (
            select
                mapping.* exclude (concept_id),
                coalesce(found.concept_id, mapping.concept_id) as concept_id
            from mapping
            left join found on mapping.lookup = found.lookup
            where mapping.status = 'APPROVED'
        ),
        target as (
            select distinct concept_id from aimed where concept_id <> 0
        ),
        followed as (
            select
                target.concept_id,
                coalesce(
                    case when concept.standard_concept = 'S' and concept.invalid_reason is null
                        then concept.concept_id end,
                    direct.concept_id_2,
                    beyond.concept_id_2,
                    replacement.concept_id_2
                ) as standard_id
            from target
            left join concept on target.concept_id = concept.concept_id
            left join link as direct
                on target.concept_id = direct.concept_id_1
                and direct.relationship_id = 'Maps to'
            left join link as replacement
                on target.concept_id = replacement.concept_id_1
                and replacement.relationship_id = 'Concept replaced by'
            left join link as beyond
                on replacement.concept_id_2 = beyond.concept_id_1
                and beyond.relationship_id = 'Maps to'
        )
        select distinct
            aimed.source_vocabulary,
            aimed.source_code,
            aimed.mapping_type,
            aimed.yields,
            aimed.equivalence,
            standard.concept_id as target_concept_id,
            standard.domain_id as target_domain_id
        from aimed
        inner join followed on aimed.concept_id = followed.concept_id
        inner join concept as standard
            on followed.standard_id = standard.concept_id
            and standard.standard_concept = 'S'
            and standard.invalid_reason is null
        """
    )


def custom_concepts(connection: duckdb.DuckDBPyConnection) -> None:
    """Make tables ``source_concept`` and ``custom_concept``.

    ``source_concept``: the concept that *_source_concept_id carries for each known code:
    Athena's when it has one, ours otherwise.
    """
    connection.execute(
        """
        create or replace table custom_concept as
        with held as (
            select distinct source_vocabulary, source_code from athena_code where preference = 0
        ),
        domain_of as (
            select source_vocabulary, source_code, min(target_domain_id) as domain_id
            from approved
            where mapping_type = 'MAPS_TO'
            group by source_vocabulary, source_code
            having count(distinct target_domain_id) = 1
        )
        select
            registered.*,
            coalesce(domain_of.domain_id, registered.default_domain) as domain_id
        from registered
        left join domain_of
            on registered.source_vocabulary = domain_of.source_vocabulary
            and registered.source_code = domain_of.source_code
        left join held
            on registered.source_vocabulary = held.source_vocabulary
            and registered.source_code = held.source_code
        where held.source_code is null
        """
    )
    connection.execute(
        """
        create or replace table source_concept as
        select
            source_vocabulary,
            source_code,
            arg_min(concept_id, preference) as concept_id,
            arg_min(domain_id, preference) as domain_id
        from (
            select source_vocabulary, source_code, concept_id, domain_id, preference
            from athena_code
            union all
            select source_vocabulary, source_code, concept_id, domain_id, 9 from custom_concept
        )
        group by source_vocabulary, source_code
        """
    )


def concept_rows() -> str:
    """Query of the custom rows of CONCEPT."""
    return f"""
        select
            concept_id, left(concept_name, 255) as concept_name, domain_id, vocabulary_id,
            'Undefined' as concept_class_id, null as standard_concept, concept_code,
            {VALID_FROM} as valid_start_date, {VALID_TO} as valid_end_date,
            null as invalid_reason
        from custom_concept
    """  # noqa: S608


def relationship_rows() -> str:
    """Query of the 'Maps to' pairs that approved mappings add, in both directions.

    A source concept of Athena that has its own 'Maps to' is left as it is.
    """
    return f"""
        with pair as (
            select
                source_concept.concept_id as source_id,
                approved.target_concept_id as target_id,
                approved.mapping_type
            from approved
            inner join source_concept
                on approved.source_vocabulary = source_concept.source_vocabulary
                and approved.source_code = source_concept.source_code
            left join link
                on source_concept.concept_id = link.concept_id_1
                and link.relationship_id = 'Maps to'
            where link.concept_id_1 is null
            and approved.mapping_type in ('MAPS_TO', 'MAPS_TO_VALUE')
        )
        select
            source_id as concept_id_1, target_id as concept_id_2,
            if(mapping_type = 'MAPS_TO', 'Maps to', 'Maps to value') as relationship_id,
            {VALID_FROM} as valid_start_date, {VALID_TO} as valid_end_date,
            null as invalid_reason
        from pair
        union
        select
            target_id, source_id,
            if(mapping_type = 'MAPS_TO', 'Mapped from', 'Value mapped from'),
            {VALID_FROM}, {VALID_TO}, null
        from pair
    """  # noqa: S608


def synonym_rows(language_concept_id: int) -> str:
    """Query of the French synonyms: the name of the code, in its language."""
    return f"""
        select concept_id, left(concept_name, 1000) as concept_synonym_name,
            {language_concept_id} as language_concept_id
        from custom_concept
    """  # noqa: S608


def source_to_concept_rows() -> str:
    """Query of SOURCE_TO_CONCEPT_MAP: the structural lists, as stewards know them."""
    return f"""
        select
            structural.source_code, 0 as source_concept_id,
            structural.vocabulary_id as source_vocabulary_id,
            left(structural.source_label, 255) as source_code_description,
            structural.target_concept_id,
            coalesce(concept.vocabulary_id, 'None') as target_vocabulary_id,
            {VALID_FROM} as valid_start_date, {VALID_TO} as valid_end_date,
            null as invalid_reason
        from structural
        left join concept on structural.target_concept_id = concept.concept_id
    """  # noqa: S608
