{{ config(alias='residence') }}
-- R44: IR_BEN_R knows the present address only; where a person lived when they had care stands on
-- the lines of ER_PRS_F. The CDM 5.4 has no place for it. Two stretches that overlap are a person
-- going back and forth.
with lines as (
    select
        BEN_NIR_PSA,
        BEN_RNG_GEM,
        BEN_RES_DPT,
        BEN_RES_COM,
        ORG_AFF_BEN,
        min(coalesce(EXE_SOI_DTD, {{ month_start('EXE_SOI_AMD') }})) as first_date,
        max(coalesce(EXE_SOI_DTD, {{ month_start('EXE_SOI_AMD') }})) as last_date
    from {{ ref('stg_dcir__er_prs_f') }}
    where BEN_RES_DPT is not null
    group by BEN_NIR_PSA, BEN_RNG_GEM, BEN_RES_DPT, BEN_RES_COM, ORG_AFF_BEN
),

rights as (
    select * from {{ ref('int_right__bridged') }}
    where person_id is not null
),

placed as (
    select
        rights.person_id,
        coalesce({{ insee_commune('lines') }}, {{ residence_department('lines') }}) as place,
        lines.first_date,
        lines.last_date
    from lines
    inner join rights
        on lines.BEN_NIR_PSA = rights.BEN_NIR_PSA and lines.BEN_RNG_GEM = rights.BEN_RNG_GEM
),

final as (
    select
        person_id,
        place as location_source_value,
        min(first_date) as first_date,
        max(last_date) as last_date
    from placed
    where place is not null and first_date is not null
    group by person_id, place
)

select * from final
