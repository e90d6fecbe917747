-- Each code that the data use, with its source concept and its standard targets. A code that is not
-- in the map is looked up under wider names, nearest first; the level is the number of steps. The
-- target of the parent of a diagnosis is WIDER.
with used as (
    select * from {{ ref('int_code__used') }}
),

code_map as (
    select * from {{ ref('stg_vocabulary__code_map') }}
),

never_truncated as (
    select * from {{ ref('cim10_no_truncation') }}
),

candidates as (
    select
        source_vocabulary,
        source_code,
        source_vocabulary as vocabulary,
        source_code as code,
        0 as level
    from used
    union all
    -- a pack known by CIP13 may be mapped under the CIP7 it contains
    select source_vocabulary, source_code, 'CIP7', substr(source_code, 6, 7), 1
    from used
    where source_vocabulary = 'CIP13' and length(source_code) = 13
    {%- for level, code in icd10_parents('used.source_code') %}
    union all
    select used.source_vocabulary, used.source_code, 'CIM10', {{ code }}, {{ level }}
    from used
    left join never_truncated on used.source_code = never_truncated.code
    where
        used.source_vocabulary = 'CIM10'
        and never_truncated.code is null
        and length({{ code }}) >= 3
        and {{ code }} <> used.source_code
    {%- endfor %}
),

matched as (
    select
        candidates.source_vocabulary,
        candidates.source_code,
        candidates.level,
        code_map.source_concept_id,
        code_map.target_concept_id,
        code_map.target_domain_id,
        code_map.value_as_concept_id,
        code_map.target_rank,
        code_map.method,
        code_map.equivalence,
        code_map.fallback_level
    from candidates
    inner join code_map
        on
            candidates.vocabulary = code_map.source_vocabulary
            and candidates.code = code_map.source_code
),

nearest as (
    select
        source_vocabulary,
        source_code,
        min(level) filter (where target_concept_id <> 0) as target_level,
        {{ value_at_min('source_concept_id', 'level') }} filter (where source_concept_id <> 0)
            as source_concept_id
    from matched
    group by source_vocabulary, source_code
),

final as (
    select
        used.source_vocabulary,
        used.source_code,
        coalesce(nearest.source_concept_id, 0) as source_concept_id,
        coalesce(matched.target_concept_id, 0) as target_concept_id,
        matched.target_domain_id,
        matched.value_as_concept_id,
        coalesce(matched.target_rank, 0) as target_rank,
        case
            when matched.target_concept_id is null then 'none'
            when matched.level > 0 then 'computed'
            else matched.method
        end as method,
        case
            when
                used.source_vocabulary = 'CIM10'
                and matched.level > 0
                and matched.equivalence in ('EQUAL', 'EQUIVALENT')
                then 'WIDER'
            else matched.equivalence
        end as equivalence,
        coalesce(matched.level, 0) + coalesce(matched.fallback_level, 0) as fallback_level
    from used
    left join nearest
        on
            used.source_vocabulary = nearest.source_vocabulary
            and used.source_code = nearest.source_code
    left join matched
        on
            used.source_vocabulary = matched.source_vocabulary
            and used.source_code = matched.source_code
            and nearest.target_level = matched.level
            and matched.target_concept_id <> 0
)

select * from final
