-- A maternity writes the same number on the stays of a mother and her children: NIR_ANO_MAM until
-- 2018, ID_MAM_ENF since. It is read within one establishment and one day (HDH documentation,
-- fiche chainage_mere_enfant); a number of repeated `AB` means that nothing was matched.
with linkages as (
    select
        _row_id as linkage_row_id,
        coalesce(
            case when _source_year >= 2019 then ID_MAM_ENF else NIR_ANO_MAM end,
            ID_MAM_ENF,
            NIR_ANO_MAM
        ) as link
    from {{ ref('int_mco_linkage__keyed') }}
),

summaries as (
    select _row_id, ENT_MOD, AGE_JOU, AGE_GES, DEL_REG_ENT from {{ ref('stg_mco__t_mcoaab') }}
),

stays as (
    select
        placed._row_id,
        placed.visit_occurrence_id,
        placed.person_id,
        placed.ETA_NUM,
        placed.care_date,
        linkages.link,
        summaries.AGE_GES,
        coalesce(
            placed.GRG_GHM like '15%' or summaries.ENT_MOD = 'N' or summaries.AGE_JOU = 0, false
        )
            as is_newborn
    from {{ ref('int_mco_stay__placed') }} as placed
    inner join linkages on placed.linkage_row_id = linkages.linkage_row_id
    inner join summaries on placed._row_id = summaries._row_id
    where linkages.link is not null and upper(linkages.link) not like 'ABABABAB%'
),

final as (
    select
        mothers._row_id as mother_row_id,
        mothers.person_id as mother_person_id,
        children._row_id as child_row_id,
        children.person_id as child_person_id,
        children.AGE_GES as gestation_weeks
    from stays as mothers
    inner join stays as children
        on
            mothers.link = children.link
            and mothers.ETA_NUM = children.ETA_NUM
            and children.care_date
            between {{ add_days('mothers.care_date', -1) }}
            and {{ add_days('mothers.care_date', 1) }}
    where
        not mothers.is_newborn
        and children.is_newborn
        and mothers.person_id <> children.person_id
)

select * from final
