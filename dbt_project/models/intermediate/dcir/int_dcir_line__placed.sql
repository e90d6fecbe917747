-- What became of the act of a line, and the visit it belongs to. Most acts are one line, and most
-- visits one act: only the others are looked up, which is what keeps memory small.
{% set visit_key -%}
acts.person_id = visits.person_id
            and acts.care_date = visits.care_date
            and acts.visit_concept_id = visits.visit_concept_id
            and acts.performer = visits.performer
{%- endset -%}
{% set visit_row_id -%}
coalesce(visits._row_id, case when acts.outcome = 'event' then acts.carrier_row_id end)
{%- endset -%}
with visits as (
    select * from {{ ref('int_dcir_visit__grouped') }}
    where n_acts > 1
),

single as (
    select
        acts.carrier_row_id as _row_id,
        acts.outcome,
        {{ visit_row_id }} as visit_row_id
    from {{ ref('int_dcir_act__netted') }} as acts
    left join visits
        on
            {{ visit_key }}
    where acts.n_lines = 1
),

repeated as (
    select
        lines._row_id,
        acts.outcome,
        {{ visit_row_id }} as visit_row_id
    from {{ ref('int_dcir_line__classified') }} as lines
    inner join {{ ref('int_dcir_act__netted') }} as acts
        on
            acts.n_lines > 1
            and lines.excluded_by is null
            and not lines.is_superseded
            and {{ no_visit('lines') }} is null
            and lines.person_id = acts.person_id
            and lines.care_date = acts.care_date
            and lines.visit_concept_id = acts.visit_concept_id
            and lines.performer = acts.performer
            and lines.PRS_NAT_REF = acts.PRS_NAT_REF
    left join visits
        on
            {{ visit_key }}
),

final as (
    select * from single
    union all
    select * from repeated
)

select * from final
