with deaths as (
    select * from {{ ref('int_death__ranked') }}
),

codes as (
    select * from {{ ref('int_code__resolved') }}
    where source_vocabulary = 'CIM10' and target_rank = 0
),

final as (
    select
        {{ cdm_columns({
            'person_id': 'deaths.person_id',
            'death_date': 'deaths.death_date',
            'death_datetime': 'deaths.death_date',
            'death_type_concept_id': 'deaths.type_concept_id',
            'cause_concept_id': 'case when deaths.cause_code is not null then coalesce(codes.target_concept_id, 0) end',
            'cause_source_value': 'deaths.cause_code',
            'cause_source_concept_id': 'case when deaths.cause_code is not null then coalesce(codes.source_concept_id, 0) end',
        }) }}
    from deaths
    left join codes on deaths.cause_code = codes.source_code
)

select * from final
