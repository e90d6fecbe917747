-- One act is one procedure: a diagnosis that a stay was for dialysis, irradiation or rehabilitation
-- names the procedure that an act of the same stay names too. The act has the day, so that it
-- stands, and the diagnosis gives no second procedure (ADR 46). Of the codes, only those count
-- whose concept both kinds have.
{% set diagnoses = ['mco_diagnosis', 'hospital_diagnosis'] -%}
{% set acts = ['mco_act', 'hospital_act'] -%}
with codes as (
    select
        source_vocabulary,
        source_code,
        target_concept_id,
        target_domain_id,
        target_rank,
        count(*) over (partition by source_vocabulary, source_code) as n_targets
    from {{ ref('int_code__resolved') }}
    where target_concept_id <> 0
),

named_twice as (
    select target_concept_id
    from codes
    where target_domain_id = 'Procedure'
    group by target_concept_id
    having
        count(case when source_vocabulary = 'CIM10' then 1 end) > 0
        and count(case when source_vocabulary <> 'CIM10' then 1 end) > 0
),

shared as (
    select codes.*
    from codes
    inner join named_twice on codes.target_concept_id = named_twice.target_concept_id
),

diagnoses as (
    {%- for kind in diagnoses %}
    select _row_id, slot, slots, source_vocabulary, source_code, visit_occurrence_id
    from {{ ref('int_event__' ~ kind) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

acts as (
    {%- for kind in acts %}
    select _row_id, source_vocabulary, source_code, visit_occurrence_id
    from {{ ref('int_event__' ~ kind) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

done as (
    select
        acts.visit_occurrence_id,
        shared.target_concept_id,
        min(acts._row_id) as act_row_id
    from acts
    inner join shared
        on
            acts.source_vocabulary = shared.source_vocabulary
            and acts.source_code = shared.source_code
    group by acts.visit_occurrence_id, shared.target_concept_id
),

final as (
    select
        {{ cdm_id(
            'diagnoses._row_id', 'diagnoses.slot', 'shared.target_rank', 'diagnoses.slots'
        ) }} as event_id,
        diagnoses._row_id,
        done.act_row_id,
        shared.n_targets = 1 as is_whole
    from diagnoses
    inner join shared
        on
            diagnoses.source_vocabulary = shared.source_vocabulary
            and diagnoses.source_code = shared.source_code
    inner join done
        on
            diagnoses.visit_occurrence_id = done.visit_occurrence_id
            and shared.target_concept_id = done.target_concept_id
)

select * from final
