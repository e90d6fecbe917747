-- One summary a week and unit; its days are those from the age of the stay to the Sunday.
with weeks as (
    select
        {{ hospital_key('SSR', 'T_SSRaaB') }},
        HOS_TYP_UM,
        AUT_TYP_UM,
        ETA_NUM_GEO,
        coalesce(AUT_TYP_UM, '') || '|' || coalesce(HOS_TYP_UM, '') as unit,
        RHS_ANT_SEJ_ENT,
        SEJ_ANT,
        MOR_PRP,
        MOI_ANN,
        GRG_GME,
        TYP_GEN_RHA
    from {{ staged_once('T_SSRaaB') }}
),

files as (
    select * from {{ ref('int_hospital_file__classified') }}
    where not is_superseded
),

stays as (
    select * from {{ ref('int_hospital_stay__chained') }}
),

placed as (
    select
        weeks.*,
        files._row_id as stay_row_id,
        files.excluded_by as rule_of_file,
        files.end_date as file_end_date,
        stays.person_id,
        stays.visit_occurrence_id,
        {{ ssr_week_start('files', 'weeks') }} as start_date
    from weeks
    left join files on {{ hospital_stay_join('weeks', 'files') }}
    left join stays on files._row_id = stays._row_id
),

-- delays were counted from the entry into the unit until 2019: the age of the stay less that of the
-- unit in the same week, else the first week of the unit
units as (
    select stay_row_id, unit, min(start_date) as unit_start_date
    from placed
    where stay_row_id is not null
    group by stay_row_id, unit
),

ruled as (
    select
        placed.field, placed.source_table, placed._row_id, placed._source_year,
        placed.finess, placed.stay_number, placed.part_key,
        placed.person_id, placed.visit_occurrence_id,
        {{ cdm_id('placed._row_id') }} as visit_detail_id,
        placed.start_date,
        greatest(
            placed.start_date,
            least({{ add_days(monday_of('placed.start_date'), '6') }}, placed.file_end_date)
        ) as end_date,
        coalesce(
            case
                when placed.RHS_ANT_SEJ_ENT is not null
                    then {{ add_days('placed.start_date', '-placed.SEJ_ANT') }}
            end,
            units.unit_start_date
        ) as unit_start_date,
        -- 2 day, 3 night and 4 session are part-time
        case when placed.HOS_TYP_UM in ('2', '3', '4') then 'SSR_HP' else 'SSR_HC' end
            as visit_kind,
        placed.AUT_TYP_UM as source_value,
        placed.ETA_NUM_GEO as site,
        placed.MOR_PRP as diagnosis,
        {{ first_rule([
            r31_no_stay('placed'),
            r34a_grouping_error('placed'),
            r34b_automatic_summary('placed'),
            inherited_rule('placed.rule_of_file'),
            r34c_week_of_year_before('placed'),
        ]) }} as excluded_by
    from placed
    left join units on placed.stay_row_id = units.stay_row_id and placed.unit = units.unit
),

-- a week in two units has two rows of one number: what names the week is the first's that counts
firsts as (
    select
        _source_year, finess, stay_number, part_key,
        {{ value_at_min('_row_id', 'place') }} as _row_id
    from (
        select
            *,
            case when excluded_by is null then '0' else '1' end
            || coalesce(cast(start_date as string), '')
            || '|' || coalesce(cast(unit_start_date as string), '')
            || '|' || coalesce(source_value, '') || '|' || visit_kind
            || '|' || coalesce(site, '') || '|' || coalesce(diagnosis, '')
            || '|' || lpad(cast(_row_id as string), 16, '0') as place
        from ruled
    ) as placed_rows
    group by _source_year, finess, stay_number, part_key
),

final as (
    select ruled.*, firsts._row_id is null as is_second_unit
    from ruled
    left join firsts on ruled._row_id = firsts._row_id
)

select * from final
