-- One sequence of a psychiatric stay: a quarter until 2022, a month since. Sequences may run side
-- by side (full time and part time): their days must not be added up.
with sequences as (
    select
        {{ hospital_key('RIP', 'T_RIPaaRSA') }},
        SEQ_IND,
        TYP_GEN_RSA,
        FOR_ACT,
        SEQ_COU_NBJ,
        ETA_NUM_TWO,
        coalesce(ENT_DEL_DAT, DEL_DAT) as delay
    from {{ staged_once('T_RIPaaRSA') }}
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
        sequences.*,
        files._row_id as stay_row_id,
        files.excluded_by as rule_of_file,
        files.end_date as file_end_date,
        stays.person_id,
        stays.visit_occurrence_id,
        {{ add_days('files.care_date', 'coalesce(sequences.delay, 0)') }} as start_date
    from sequences
    left join files on {{ hospital_stay_join('sequences', 'files') }}
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
        stay_row_id as file_row_id,
        person_id,
        visit_occurrence_id,
        {{ cdm_id('_row_id') }} as visit_detail_id,
        start_date,
        greatest(
            start_date, least({{ add_days('start_date', 'SEQ_COU_NBJ - 1') }}, file_end_date)
        ) as end_date,
        start_date as unit_start_date,
        case when FOR_ACT in ('20', '21', '22', '23') then 'PSY_TP' else 'PSY_TC' end as visit_kind,
        FOR_ACT as source_value,
        ETA_NUM_TWO as site,
        {{ first_rule([
            r31_no_stay('placed'),
            r36a_sequence_in_error('placed'),
            r36b_automatic_summary('placed'),
            inherited_rule('placed.rule_of_file'),
        ]) }} as excluded_by
    from placed
)

select * from final
