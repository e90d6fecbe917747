-- What a reader must know of this release: who was left out and why, the choices that change
-- output, the rules that were switched off. Ids count the rows in the order of kind and name.
{% set settings = [
    'psa_policy', 'observation_start', 'observation_end', 'observation_flux_months',
    'observation_rule', 'regime_start',
    'drug_exposure_days', 'drug_exposure_days_large_pack', 'drug_exposure_lengths',
    'death_tolerance_days',
] -%}
with person_rows as (
    select * from {{ ref('int_person_row__classified') }}
    where not is_superseded
),

kept as (
    select distinct person_key
    from person_rows
    where excluded_by is null
),

-- a person is left out when no row of theirs is of a real person
left_out as (
    select person_rows.excluded_by, count(distinct person_rows.person_key) as n_persons
    from person_rows
    left join kept on person_rows.person_key = kept.person_key
    where kept.person_key is null
    group by person_rows.excluded_by
),

ledger as (
    select source_table, disposition, rule_id, sum(n_rows) as n_rows
    from {{ ref('aud_ledger') }}
    where source_table in ('IR_BEN_R', 'IR_BEN_R_ARC') and disposition = 'excluded'
    group by source_table, disposition, rule_id
),

facts as (
    select
        'persons excluded: ' || excluded_by as name,
        excluded_by as value_as_string,
        cast(n_persons as double) as value_as_number
    from left_out
    union all
    select 'rows excluded: ' || source_table || ' ' || rule_id, rule_id, cast(n_rows as double)
    from ledger
    {%- for name in settings %}
    union all
    select
        'setting: {{ name }}',
        {{ sql_text(var(name)) if var(name) is not none else "'derived from the data'" }},
        {{ 'cast(' ~ var(name) ~ ' as double)' if var(name) is number else 'null' }}
    {%- endfor %}
    {%- if var('population') %}
    union all
    select
        'population',
        {{ sql_text(var('population')) }},
        cast({{ var('sampling_fraction') or 'null' }} as double)
    {%- endif %}
    {%- for rule in var('rules_off') | sort %}
    union all
    select 'rule switched off: {{ rule }}', {{ sql_text(rule) }}, null
    {%- endfor %}
),

cdm_source as (
    select cdm_release_date from {{ ref('cdm_source') }}
),

final as (
    select
        {{ cdm_columns({
            'metadata_id': 'rank() over (order by facts.name)',
            'metadata_concept_id': '0',
            'metadata_type_concept_id': concept('type_concept', 'DERIVED'),
            'name': 'facts.name',
            'value_as_string': 'facts.value_as_string',
            'value_as_number': 'facts.value_as_number',
            'metadata_date': 'cdm_source.cdm_release_date',
            'metadata_datetime': 'cdm_source.cdm_release_date',
        }) }}
    from facts
    cross join cdm_source
)

select * from final
