-- One sub-sequence of home hospital care.
with parts as (
    select
        {{ hospital_key('HAD', 'T_HADaaB') }},
        SEQ_SEJ_NBJ,
        SSEQ_SEQ_NBJ,
        SSEQ_NBJ,
        PEC_PAL,
        ETA_NUM_GEO
    from {{ staged_once('T_HADaaB') }}
),

groups_of_part as (
    select * from {{ ref('int_had_group__gathered') }}
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
        parts.*,
        files._row_id as stay_row_id,
        files.excluded_by as rule_of_file,
        files.end_date as file_end_date,
        stays.person_id,
        stays.visit_occurrence_id,
        groups_of_part.has_invalid_group,
        {{ add_days(
            'files.care_date',
            'coalesce(parts.SEQ_SEJ_NBJ, 0) + coalesce(parts.SSEQ_SEQ_NBJ, 0)'
        ) }} as start_date
    from parts
    left join groups_of_part on {{ hospital_part_join('parts', 'groups_of_part') }}
    left join files on {{ hospital_stay_join('parts', 'files') }}
    left join stays on files._row_id = stays._row_id
),

final as (
    select
        field,
        source_table,
        _row_id,
        _source_year,
        finess,
        stay_number,
        part_key,
        person_id,
        visit_occurrence_id,
        {{ cdm_id('_row_id') }} as visit_detail_id,
        start_date,
        greatest(
            start_date, least({{ add_days('start_date', 'SSEQ_NBJ - 1') }}, file_end_date)
        ) as end_date,
        start_date as unit_start_date,
        'HAD' as visit_kind,
        PEC_PAL as source_value,
        ETA_NUM_GEO as site,
        {{ first_rule([
            r31_no_stay('placed'),
            inherited_rule('placed.rule_of_file'),
            r35_invalid_tariff_group('placed'),
        ]) }} as excluded_by
    from placed
)

select * from final
