with long_term_diseases as (
    select * from {{ ref('int_long_term_disease__classified') }}
    where excluded_by is null and not is_superseded
),

pregnancies as (
    select * from {{ ref('int_pregnancy__dated') }}
),

-- a code with several standard concepts is one disease: the first names the episode
codes as (
    select * from {{ ref('int_code__resolved') }}
    where source_vocabulary = 'CIM10' and target_rank = 0
),

unioned as (
    select
        'long_term_disease' as kind,
        _row_id,
        person_id,
        source_code,
        care_date as start_date,
        end_date,
        'ALD ' || source_code as source_value,
        {{ concept('claim_enrolment_record') }} as type_concept_id
    from long_term_diseases
    union all
    select
        'pregnancy', _row_id, person_id, source_code, start_date, end_date,
        'PREGNANCY ' || source_code, {{ concept('algorithm_from_claims') }}
    from pregnancies
),

final as (
    select
        {{ cdm_id('unioned._row_id') }} as episode_id,
        unioned.kind,
        unioned._row_id,
        unioned.person_id,
        unioned.start_date,
        unioned.end_date,
        unioned.type_concept_id,
        unioned.source_value,
        coalesce(codes.target_concept_id, 0) as object_concept_id,
        coalesce(codes.source_concept_id, 0) as source_concept_id
    from unioned
    left join codes on unioned.source_code = codes.source_code
)

select * from final
