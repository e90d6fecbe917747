{{ config(materialized='view') }}
-- Exits by death that hospitals and bills state, before R11b, which needs to know of the deaths. An
-- exit that later care contradicts was written by mistake; a stay that is either of two persons'
-- states that one of them died, not which.
with stays as (
    select
        person_id, other_person_id, _row_id, 3 as ladder,
        {{ day_or_month_end('greatest(care_date, end_date)', 'is_last_day_known') }} as death_date
    from {{ ref('int_mco_stay__screened') }}
    where excluded_by is null and not is_superseded and SOR_MOD = '9'
    union all
    select
        files.person_id, files.other_person_id, files._row_id, 3, files.exit_date
    from {{ ref('int_hospital_file__screened') }} as files
    inner join {{ ref('int_hospital_mode__placed') }} as modes
        on {{ hospital_stay_join('files', 'modes') }}
    where
        files.excluded_by is null
        and not files.is_superseded
        and substr(modes.exit, 1, 1) = '9'
),

others as (
    select person_id, birth_year, death_date from {{ ref('int_person__identified') }}
),

lines as (
    select * from {{ ref('int_dcir_line__surviving') }} as surviving
    where {{ r10_line_of_the_dead('surviving') }}
),

exits as (
    select stays.person_id, stays._row_id, stays.ladder, stays.death_date
    from stays
    left join others
        on
            stays.other_person_id = others.person_id
            and extract(year from stays.death_date) >= others.birth_year
            and not coalesce(stays.death_date > others.death_date, false)
    where others.person_id is null
    union all
    select person_id, _row_id, 5, exit_death_date
    from lines
    where exit_death_date is not null
),

cares as (
    select person_id, care_date
    from {{ ref('int_dcir_line__surviving') }}
    where excluded_by is null and gives_event
    union all
    select person_id, care_date from {{ ref('int_mco_stay__screened') }}
    where excluded_by is null and not is_superseded
    union all
    select person_id, care_date from {{ ref('int_hospital_file__screened') }}
    where excluded_by is null and not is_superseded
    union all
    select person_id, care_date from {{ ref('int_external_bill__screened') }}
    where excluded_by is null and not is_superseded
    union all
    select links.person_id, acts.EXE_SOI_DTD
    from {{ ref('stg_rip__t_ripaar3a') }} as acts
    inner join {{ ref('int_rip_link__classified') }} as links
        on
            acts._source_year = links._source_year
            and acts.ETA_NUM_EPMSI = links.finess
            and acts.IPP_IRR_CRY = links.IPP_IRR_CRY
    where links.excluded_by is null and acts.EXE_SOI_DTD is not null
),

last_seen as (
    select cares.person_id, max(cares.care_date) as last_date
    from cares
    where cares.person_id in (select exits.person_id from exits)
    group by cares.person_id
),

final as (
    select exits.person_id, exits._row_id, exits.ladder, exits.death_date
    from exits
    left join last_seen
        on
            exits.person_id = last_seen.person_id
            and last_seen.last_date
            > {{ add_days('exits.death_date', var('death_tolerance_days')) }}
    where last_seen.person_id is null
)

select * from final
