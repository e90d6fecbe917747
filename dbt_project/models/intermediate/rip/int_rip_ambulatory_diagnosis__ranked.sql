-- R32: a diagnosis stands in several acts of one ambulatory visit; the strongest place keeps it.
with acts as (
    select * from {{ ref('int_rip_ambulatory__classified') }}
),

visits as (
    select * from {{ ref('int_rip_ambulatory__grouped') }}
),

associated as (
    select * from {{ staged_once('T_RIPaaR3AD') }}
),

placed as (
    select
        'T_RIPaaR3A' as source_table,
        acts._row_id,
        acts._source_year,
        'DP' as diagnosis_role,
        '1' || lpad(cast(acts._row_id as string), 16, '0') as place,
        acts._row_id as stay_row_id,
        acts.excluded_by as rule_of_act,
        {{ icd10_code('acts.DGN_PAL') }} as source_code
    from acts
    union all
    select
        'T_RIPaaR3AD',
        associated._row_id,
        associated._source_year,
        'DAS',
        '2' || lpad(cast(associated._row_id as string), 16, '0'),
        acts._row_id,
        acts.excluded_by,
        {{ icd10_code('associated.ASS_DGN') }}
    from associated
    left join acts
        on
            associated._source_year = acts._source_year
            and associated.ETA_NUM_EPMSI = acts.finess
            and associated.ORD_NUM = acts.ORD_NUM
),

classified as (
    select
        placed.*,
        visits.person_id,
        visits.care_date,
        visits.visit_occurrence_id,
        {{ first_rule([
            r31_no_stay('placed'),
            inherited_rule('placed.rule_of_act'),
            r32_no_code('placed'),
        ]) }} as excluded_by
    from placed
    left join visits on placed.stay_row_id = visits._row_id
),

strongest as (
    select visit_occurrence_id, source_code, min(place) as place
    from classified
    where excluded_by is null
    group by visit_occurrence_id, source_code
),

final as (
    select
        classified.*,
        (classified.place is not distinct from strongest.place) as is_kept,
        cast(substr(strongest.place, 2) as bigint) as carrier_row_id
    from classified
    left join strongest
        on
            classified.visit_occurrence_id = strongest.visit_occurrence_id
            and classified.source_code = strongest.source_code
            and classified.excluded_by is null
)

select * from final
