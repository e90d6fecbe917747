{{ config(materialized='view') }}
{#- What each detail table gives, and its provider: the prescriber of a product or a test, the
    performer of an act. -#}
{% set kinds = {
    'PHA_F': {'domain': 'Drug', 'type': 'DCIR_PHA', 'professional': 'PFS_PRE_NUM'},
    'UCD_F': {'domain': 'Drug', 'type': 'DCIR_UCD', 'professional': 'PFS_PRE_NUM'},
    'TIP_F': {'domain': 'Device', 'type': 'DCIR_TIP', 'professional': 'PFS_PRE_NUM'},
    'BIO_F': {'domain': 'Measurement', 'type': 'DCIR_BIO', 'professional': 'PFS_PRE_NUM'},
    'CAM_F': {'domain': 'Procedure', 'type': 'DCIR_LINE', 'professional': 'PFS_EXE_NUM'},
} -%}
with details as (
    select * from {{ ref('int_dcir_detail__netted') }}
    where outcome = 'event'
),

classified as (
    select * from {{ ref('int_dcir_detail__classified') }}
),

packs as (
    select * from {{ ref('int_pack__described') }}
),

visits as (
    select * from {{ ref('int_dcir_visit__grouped') }}
),

private_stays as (
    select * from {{ ref('int_private_line__placed') }}
),

final as (
    select
        details.carrier_row_id as _row_id,
        0 as slot,
        1 as slots,
        details.person_id,
        details.source_vocabulary,
        details.source_code,
        case substr(details.source_table, 4)
            {%- for table, kind in kinds.items() %}
            when '{{ table }}' then '{{ kind.domain }}'
            {%- endfor %}
        end as default_domain,
        details.care_date as start_date,
        -- the length of use is not recorded (Themis): a drug given in hospital, the day itself; one
        -- dispensed, what a public source gives for it, else a month, or three for a large pack
        case
            when substr(details.source_table, 4) = 'UCD_F' and details.part = '1'
                then details.care_date
            when substr(details.source_table, 4) = 'PHA_F' and packs.length_days is not null
                then {{ add_days('details.care_date', 'packs.length_days - 1') }}
            when substr(details.source_table, 4) = 'PHA_F' and packs.is_large
                then {{ add_days('details.care_date', var('drug_exposure_days_large_pack') - 1) }}
            when substr(details.source_table, 4) in ('PHA_F', 'UCD_F')
                then {{ add_days('details.care_date', var('drug_exposure_days') - 1) }}
            -- a device that is lent has a day when it is given back
            when classified.rented_until >= details.care_date
                then classified.rented_until
        end as end_date,
        case substr(details.source_table, 4)
            {%- for table, kind in kinds.items() %}
            when '{{ table }}' then {{ concept('type_concept', kind.type) }}
            {%- endfor %}
        end as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as string) as status_source_value,
        -- R24: boxes become units where the pack is known; what was unpacked is counted in units
        cast(details.quantity as double)
        * case when details.part = 'D' then 1 else coalesce(packs.units, 1) end as quantity,
        case
            when substr(details.source_table, 4) = 'UCD_F' or details.part = 'D' then 'unit'
            when packs.units is not null then 'unit'
            when substr(details.source_table, 4) = 'PHA_F' then 'box'
        end as unit,
        details.lot_number,
        details.modifier,
        case substr(details.source_table, 4)
            {%- for table, kind in kinds.items() %}
            when '{{ table }}' then classified.{{ kind.professional }}
            {%- endfor %}
        end as provider_number,
        -- a drug paid in addition to the tariff of a private stay was given in it
        coalesce(visits.visit_occurrence_id, private_stays.visit_occurrence_id)
            as visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from details
    inner join classified on details.carrier_row_id = classified._row_id
    left join packs
        on
            details.source_vocabulary = packs.source_vocabulary
            and details.source_code = packs.source_code
    left join visits
        on
            classified.person_id = visits.person_id
            and classified.care_date = visits.care_date
            and classified.visit_concept_id = visits.visit_concept_id
            and classified.performer = visits.performer
    left join private_stays on classified.line_row_id = private_stays._row_id
)

select * from final
