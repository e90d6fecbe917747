{{ config(alias='crosswalk') }}
with matched as (
    select * from {{ ref('int_crosswalk__matched') }}
),

final as (
    select
        crosswalk_name,
        coalesce(reason, 'matched') as outcome,
        count(*) as n_external_ids,
        count(distinct person_id) as n_persons
    from matched
    group by crosswalk_name, coalesce(reason, 'matched')
)

select * from final
