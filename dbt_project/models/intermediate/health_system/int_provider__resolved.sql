-- One provider per professional number, from the referential first, then from those who perform,
-- then from those who prescribe, then from those whom a person declared as their doctor. A salaried
-- doctor's speciality is not trusted (R27): it is left unsaid.
{% set liberal_statuses = "('51', '55', '62', '64', '69')" %}
with referential as (
    select * from {{ ref('stg_reference__da_pra_r') }}
),

lines as (
    select * from {{ ref('int_dcir_line__classified') }}
    where excluded_by is null
),

declared as (
    select * from {{ ref('int_referring_doctor__classified') }}
    where is_last and excluded_by is null
),

prescriptions as (
    {%- for table in ['stg_dcir__er_prs_f', 'stg_dcirs__ns_prs_f'] %}
    select PFS_PRE_NUM, PSP_SPE_COD, PSP_ACT_NAT, PSP_STJ_COD from {{ ref(table) }}
    where PFS_PRE_NUM is not null and (PSP_SPE_COD is not null or PSP_ACT_NAT is not null)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

named as (
    select
        PFS_PFS_NUM as provider_number,
        {{ cdm_id('_row_id', slots='2') }} as provider_id,
        {{ stated_code('PFS_PRA_SPE') }} as speciality,
        cast(null as string) as activity,
        IPP_SEX_COD as sex,
        {{ to_integer('IPP_ANN_NAI') }} as year_of_birth,
        -- the latest state of a professional is believed
        coalesce(DTE_ANN_TRT, '') || coalesce(DTE_MOI_FIN, '') as state,
        false as is_declared
    from referential
    union all
    select
        PFS_EXE_NUM,
        {{ cdm_id('min(_row_id)', slots='2') }},
        case
            when PSE_STJ_COD is null or PSE_STJ_COD in {{ liberal_statuses }}
                then {{ stated_code('PSE_SPE_COD') }}
        end,
        max({{ stated_code('PSE_ACT_NAT') }}),
        null,
        null,
        '01',
        false
    from lines
    group by PFS_EXE_NUM, 3
    union all
    -- these rows describe a prescriber but do not create one: their line may be excluded
    select
        PFS_PRE_NUM,
        null,
        case
            when PSP_STJ_COD is null or PSP_STJ_COD in {{ liberal_statuses }}
                then {{ stated_code('PSP_SPE_COD') }}
        end,
        max({{ stated_code('PSP_ACT_NAT') }}),
        null,
        null,
        '00',
        false
    from prescriptions
    group by PFS_PRE_NUM, 3
    union all
    select
        PFS_PRE_NUM,
        {{ cdm_id('min(_row_id)', slot='1', slots='2') }},
        null,
        null,
        null,
        null,
        '',
        false
    from lines
    group by PFS_PRE_NUM
    union all
    select
        provider_number,
        {{ cdm_id('min(_row_id)') }},
        null,
        null,
        null,
        null,
        '',
        true
    from declared
    group by provider_number
),

grouped as (
    select
        provider_number,
        -- a doctor who is known otherwise keeps their id when a person declares them
        coalesce(min(provider_id) filter (where not is_declared), min(provider_id)) as provider_id,
        {{ value_at_max('speciality', 'state || speciality') }} as speciality,
        max(activity) as activity,
        {{ value_at_max('sex', 'state') }} as sex,
        {{ value_at_max('year_of_birth', 'state') }} as year_of_birth
    from named
    where provider_number is not null and provider_number <> '00000000'
    group by provider_number
),

final as (
    select
        *,
        {{ row_id_of('provider_id') }} as _row_id
    from grouped
    where provider_id is not null
)

select * from final
