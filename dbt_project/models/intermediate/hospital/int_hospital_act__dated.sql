-- R33: an act is dated by a delay, from the stay (2020 on), or from the unit or part before. It is
-- an act of its part: a delay that leads out of it is a typing error, and the nearest day of it
-- stands.
{% set tables = [
    {'field': 'SSR', 'table': 'T_SSRaaCCAM', 'vocabulary': "'CCAM'",
     'code': 'substr(upper(CCAM_ACT), 1, 7)', 'activity': 'CCAM_COD_ACT', 'phase': 'CCAM_PHA_ACT',
     'stay': 'DEL_DAT_ENT', 'unit': 'CCAM_DEL_ENT_UM'},
    {'field': 'SSR', 'table': 'T_SSRaaCSARR', 'vocabulary': rehabilitation_vocabulary('CSARR_COD'),
     'code': 'upper(trim(CSARR_COD))',
     'number': 'NBR_CSARR', 'stay': 'DEL_DAT_ENT', 'unit': 'ENT_DAT_DEL_UM'},
    {'field': 'SSR', 'table': 'T_SSRaaCSAR', 'vocabulary': rehabilitation_vocabulary('CSAR_COD'),
     'code': 'upper(trim(CSAR_COD))', 'number': 'NBR_CSAR', 'stay': 'DEL_DAT_ENT'},
    {'field': 'SSR', 'table': 'T_SSRaaCCAR', 'vocabulary': "'CDARR'",
     'code': 'upper(trim(CCAR_COD))',
     'number': 'CCAR_NBR_REA', 'unit': 'DELAI_ENT_UM'},
    {'field': 'SSR', 'table': 'T_SSRaaA', 'vocabulary': "'CCAM'",
     'code': 'substr(upper(CDC_ACT), 1, 7)', 'phase': 'PHA_ACT'},
    {'field': 'HAD', 'table': 'T_HADaaA', 'vocabulary': "'CCAM'",
     'code': 'substr(upper(CCAM_COD), 1, 7)', 'activity': 'ACT_COD', 'phase': 'PHA_COD',
     'stay': 'DEL_DAT_ENT', 'unit': 'DEL_DEB_SSEQ'},
    {'field': 'RIP', 'table': 'T_RIPaaCCAM', 'vocabulary': "'CCAM'",
     'code': 'substr(upper(CDC_ACT), 1, 7)', 'activity': 'ACV_ACT', 'phase': 'PHA_ACT',
     'unit': 'ENT_DAT_DEL'},
] -%}
with acts as (
    {%- for act in tables %}
    select
        {{ hospital_key(act['field'], act['table']) }},
        {{ act['vocabulary'] }} as source_vocabulary,
        nullif({{ act['code'] }}, '') as source_code,
        coalesce({{ act.get('number', 1) }}, 1) as quantity,
        {{ to_integer(act.get('stay', 'null')) }} as delay_of_stay,
        {{ to_integer(act.get('unit', 'null')) }} as delay_of_unit,
        {{ part_of_act(act.get('activity', "'1'"), act.get('phase', "'0'"), act['code']) }}
            as is_part_of_act
    from {{ staged_once(act['table']) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

parts as (
    select * from {{ ref('int_hospital_part__unioned') }}
),

first_parts as (
    select field, _source_year, finess, stay_number, min(unit_start_date) as start_date
    from parts
    where excluded_by is null
    group by field, _source_year, finess, stay_number
),

files as (
    select * from {{ ref('int_hospital_file__classified') }}
    where not is_superseded
),

stays as (
    select * from {{ ref('int_hospital_stay__chained') }}
),

joined as (
    select
        acts.*,
        -- psychiatric acts name their sequence since 2019; before it the stay is enough, and their
        -- delay counts from its first sequence of the year
        case when acts.part_key is null then files._row_id else parts._row_id end as stay_row_id,
        stays.person_id,
        stays.visit_occurrence_id,
        parts.visit_detail_id,
        coalesce(files.excluded_by, parts.excluded_by) as rule_of_stay,
        coalesce(
            {{ add_days('files.care_date', 'acts.delay_of_stay') }},
            {{ add_days('parts.unit_start_date', 'acts.delay_of_unit') }},
            parts.start_date,
            {{ add_days(
                'coalesce(first_parts.start_date, files.care_date)',
                'coalesce(acts.delay_of_unit, 0)'
            ) }}
        ) as delayed_date,
        files.care_date as first_day,
        parts.start_date as part_start_date,
        parts.end_date as part_end_date
    from acts
    left join files on {{ hospital_stay_join('acts', 'files') }}
    left join stays on files._row_id = stays._row_id
    left join parts on {{ hospital_one_part_join('acts', 'parts') }}
    left join first_parts
        on acts.part_key is null and {{ hospital_stay_join('acts', 'first_parts') }}
),

bounded as (
    select
        *,
        case
            when visit_detail_id is null then greatest(delayed_date, first_day)
            else least(greatest(delayed_date, part_start_date), part_end_date)
        end as act_date
    from joined
),

final as (
    select
        bounded.*,
        {{ first_rule([
            r31_no_stay('bounded'),
            inherited_rule('bounded.rule_of_stay'),
            r32_no_code('bounded'),
            r21_part_of_act('bounded'),
        ]) }} as excluded_by
    from bounded
)

select * from final
