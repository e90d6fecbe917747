{{ config(alias='fan_out') }}
-- How many rows of each CDM table come from how many source rows.
{% set tables = {
    'visit_occurrence': 'visit_occurrence_id', 'visit_detail': 'visit_detail_id',
    'condition_occurrence': 'condition_occurrence_id', 'drug_exposure': 'drug_exposure_id',
    'procedure_occurrence': 'procedure_occurrence_id', 'device_exposure': 'device_exposure_id',
    'measurement': 'measurement_id', 'observation': 'observation_id',
    'observation_period': 'observation_period_id', 'location': 'location_id',
    'care_site': 'care_site_id', 'provider': 'provider_id',
} %}
with tables as (
    select * from {{ ref('stg_manifest__tables') }}
),

ids as (
    {%- for table, key in tables.items() %}
    select
        '{{ table }}' as cdm_table,
        {{ table_number_of_cdm_id(key) }} as table_number,
        count(distinct {{ row_id_of(key) }}) as n_source_rows,
        count(*) as n_cdm_rows
    from {{ ref(table) }}
    group by 2
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    -- an id of no known table is stated as such: nothing leaves the count
    select
        ids.cdm_table,
        coalesce(tables.source_table, 'unknown') as source_table,
        ids.n_source_rows,
        ids.n_cdm_rows
    from ids
    left join tables on ids.table_number = tables.table_number
)

select * from final
