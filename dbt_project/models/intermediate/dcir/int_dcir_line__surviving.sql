{{ config(materialized='view') }}
-- What is evidence of a person: lines that were not delivered again, reverse nothing and were not
-- reversed (R20). Deaths, schemes, residences, rights and the bills of stays are read here.
{% set key = ['person_id', 'care_date', 'PRS_NAT_REF', 'performer'] -%}
{% set evidence = [
    'payer', 'place', 'BEN_DCD_DTE', 'exit_death_date', 'public_cover', 'is_private_stay',
] -%}
with lines as (
    select * from {{ ref('int_dcir_line__screened') }}
    where
        not is_superseded
        and coalesce(PRS_ACT_QTE, 1) >= 0
        and compulsory_share >= 0
),

reversed as (
    select * from {{ ref('int_dcir_line__reversed') }}
),

final as (
    select lines.*
    from lines
    left join reversed
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}lines.{{ column }} = reversed.{{ column }}
            {%- endfor %}
            and coalesce(lines.REM_TYP_AFF, 1) = reversed.reimbursement
            {%- for column in evidence %}
            and lines.{{ column }} is not distinct from reversed.{{ column }}
            {%- endfor %}
    where reversed.person_id is null
)

select * from final
