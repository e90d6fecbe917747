-- R20 for what a line states beyond its act (death, scheme, residence, bill): lines that agree on
-- the act and on all of it, among them a reversal, and of which neither acts nor money remain. Only
-- acts that were corrected are grouped: they are few.
{% set key = ['person_id', 'care_date', 'PRS_NAT_REF', 'performer', 'reimbursement'] -%}
{% set evidence = [
    'payer', 'place', 'BEN_DCD_DTE', 'exit_death_date', 'public_cover', 'is_private_stay',
] -%}
with lines as (
    select
        person_id,
        care_date,
        PRS_NAT_REF,
        performer,
        coalesce(REM_TYP_AFF, 1) as reimbursement,
        payer,
        place,
        BEN_DCD_DTE,
        exit_death_date,
        public_cover,
        is_private_stay,
        PRS_ACT_QTE,
        compulsory_share
    from {{ ref('int_dcir_line__screened') }}
    where not is_superseded and person_id is not null and care_date is not null
),

corrected as (
    select distinct
        {{ key | join(', ') }}
    from lines
    where PRS_ACT_QTE < 0 or compulsory_share < 0
),

final as (
    select
        {%- for column in key + evidence %}
        lines.{{ column }},
        {%- endfor %}
        count(*) as n_lines
    from lines
    inner join corrected
        on
        {%- for column in key %}
            {{ 'and ' if not loop.first }}lines.{{ column }} = corrected.{{ column }}
        {%- endfor %}
    group by {{ 'lines.' ~ (key + evidence) | join(', lines.') }}
    having
        sum(coalesce(lines.PRS_ACT_QTE, 1)) <= 0
        and sum(lines.compulsory_share) <= 0
)

select * from final
