with events as (
    select source_vocabulary, source_code from {{ ref('int_event__unioned') }}
),

causes as (
    select 'CIM10' as source_vocabulary, cause_code as source_code
    from {{ ref('int_death__ranked') }}
    where cause_code is not null
),

unioned as (
    select * from events
    union all
    select * from causes
),

final as (
    select distinct source_vocabulary, source_code from unioned
)

select * from final
