with long_term_diseases as (
    select * from {{ ref('int_long_term_disease__classified') }}
    where excluded_by is null and not is_superseded
),

pregnancies as (
    select * from {{ ref('int_pregnancy__dated') }}
),

spans as (
    select * from {{ ref('int_episode_signal__spanned') }}
),

-- a code with several standard concepts is one disease: the first names the episode
codes as (
    select * from {{ ref('int_code__resolved') }}
    where target_rank = 0
),

-- the slot keeps apart episodes that the same row could open
unioned as (
    select
        'long_term_disease' as kind,
        0 as slot,
        _row_id,
        person_id,
        'CIM10' as source_vocabulary,
        source_code,
        care_date as start_date,
        end_date,
        'ALD ' as prefix,
        {{ concept('type_concept', 'IMB') }} as type_concept_id
    from long_term_diseases
    union all
    select
        'pregnancy', 0, _row_id, person_id, 'CIM10', source_code, start_date, end_date,
        'PREGNANCY ', {{ concept('type_concept', 'DERIVED') }}
    from pregnancies
    union all
    select
        kind,
        case kind when 'pregnancy_loss' then 1 when 'chemotherapy' then 2 else 3 end,
        _row_id, person_id, source_vocabulary, source_code, start_date, end_date,
        case kind
            when 'pregnancy_loss' then 'PREGNANCY LOSS '
            when 'chemotherapy' then 'CHEMOTHERAPY '
            else 'RADIOTHERAPY '
        end,
        {{ concept('type_concept', 'DERIVED') }}
    from spans
),

final as (
    select
        {{ cdm_id('unioned._row_id', 'unioned.slot') }} as episode_id,
        unioned.kind,
        unioned._row_id,
        unioned.person_id,
        unioned.start_date,
        unioned.end_date,
        unioned.type_concept_id,
        unioned.prefix || unioned.source_code as source_value,
        coalesce(codes.target_concept_id, 0) as object_concept_id,
        coalesce(codes.source_concept_id, 0) as source_concept_id
    from unioned
    left join codes
        on
            unioned.source_vocabulary = codes.source_vocabulary
            and unioned.source_code = codes.source_code
)

select * from final
