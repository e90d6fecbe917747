-- R28: the site that each FINESS number means, whoever writes it. Nine characters mean themselves;
-- eight mean the site that PMSI or the referential writes with nine, else the one with their key.
-- A site carries the id of the first row that names it, declaring establishments first. Name from
-- the referential, else from its declaration to PMSI; so is its category, when no bill has one.
with named as (
    select ETA_NUM as finess, _row_id, SOC_RAI as name, cast(null as string) as category
    from {{ ref('stg_mco__t_mcoaae') }}
    union all
    select ETA_NUM, linkage_row_id, null, null
    from {{ ref('int_mco_stay__placed') }}
    {%- for source_table in ['T_SSRaaE', 'T_HADaaE', 'T_RIPaaE'] %}
    union all
    select ETA_NUM, _row_id, SOC_RAI, null
    from {{ staged(source_table) }}
    {%- endfor %}
    union all
    select finess, visit_row_id, null, null
    from {{ ref('int_hospital_stay__chained') }}
    union all
    -- where a unit is, when that is another number than the one that declares it
    select ETA_NUM_GEO, _row_id, null, null
    from {{ ref('int_mco_unit__placed') }}
    union all
    select site, _row_id, null, null
    from {{ ref('int_hospital_part__unioned') }}
    where excluded_by is null
    union all
    select finess, _row_id, null, null
    from {{ ref('int_external_visit__grouped') }}
    union all
    select finess, visit_row_id, null, null
    from {{ ref('int_rip_ambulatory__grouped') }}
    union all
    select ETB_EXE_FIN, _row_id, null, ETE_CAT_COD
    from {{ ref('int_dcir_establishment__keyed') }}
),

grouped as (
    select
        finess,
        min(_row_id) as _row_id,
        min(name) as name,
        min(category) as category
    from named
    where finess is not null and finess not in ('00000000', '000000000')
    group by finess
),

establishments as (
    select
        coalesce(IDE_ETA_NUM, {{ finess9('IDE_ETA_NU8') }}) as finess,
        coalesce(IDE_CPT_RSC, IDE_ETA_NOM) as name,
        IDE_PSH_CAT as category,
        nullif(upper(IDE_INS_COM), '00000') as place,
        _row_id
    from {{ ref('stg_reference__be_ide_r') }}
),

referential as (
    select
        finess,
        min(name) as name,
        min(category) as category,
        min(place) as place,
        {{ value_at_min('_row_id', 'place') }} as place_row_id
    from establishments
    group by finess
),

written as (
    select finess from grouped
    union all
    select finess from referential
),

-- of several that share eight characters, the one whose key is right
nine_characters as (
    select
        {{ finess8('finess') }} as short,
        coalesce(
            min(case when finess = {{ finess9(finess8('finess')) }} then finess end), min(finess)
        ) as site
    from written
    where length(finess) = 9
    group by {{ finess8('finess') }}
),

placed as (
    select
        grouped.finess,
        grouped._row_id,
        grouped.name,
        grouped.category,
        coalesce(nine_characters.site, {{ finess9('grouped.finess') }}) as site
    from grouped
    left join nine_characters on grouped.finess = nine_characters.short
),

sites as (
    select site, min(_row_id) as _row_id, min(name) as name, min(category) as category
    from placed
    group by site
),

final as (
    select
        placed.finess,
        placed.site,
        sites._row_id,
        {{ cdm_id('sites._row_id') }} as care_site_id,
        coalesce(referential.name, sites.name) as name,
        coalesce(sites.category, referential.category) as category,
        referential.place,
        referential.place_row_id
    from placed
    inner join sites on placed.site = sites.site
    left join referential on placed.site = referential.finess
)

select * from final
