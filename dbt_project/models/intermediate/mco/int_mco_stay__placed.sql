-- The stays that become visits, with the content of the visit.
with stays as (
    select * from {{ ref('int_mco_stay__classified') }}
    where excluded_by is null and not is_superseded
),

kinds as (
    select
        *,
        case
            when GRG_GHM like '28%' then 'MCO_SEANCE'
            when ENT_PRV in ('5', 'U') or STC_URG = '1' then 'MCO_URG_HC'
            -- where the days are not known, their number is
            when SEJ_NBJ = 0 then 'MCO_AMB'
            when SEJ_NBJ is null and is_day_known and care_date = end_date then 'MCO_AMB'
            else 'MCO_HC'
        end as visit_kind
    from stays
),

final as (
    select
        _row_id,
        {{ cdm_id('_row_id') }} as visit_occurrence_id,
        _source_year,
        ETA_NUM,
        RSA_NUM,
        linkage_row_id,
        person_id,
        care_date,
        -- a stay never ends before it begins, whatever was coded
        greatest(care_date, end_date) as end_date,
        is_day_known,
        visit_kind,
        DGN_PAL,
        DGN_REL,
        GRG_GHM,
        {{ mode_pair('ENT_MOD', 'ENT_PRV') }} as entry,
        {{ mode_pair('SOR_MOD', 'SOR_DES') }} as exit,
        SOR_MOD
    from kinds
)

select * from final
