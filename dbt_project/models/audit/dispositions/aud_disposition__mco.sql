with stays as (
    select * from {{ ref('int_mco_stay__classified') }}
),

kept_stays as (
    select
        _row_id, _source_year, ETA_NUM, RSA_NUM, excluded_by, excluded_by is null as is_visit
    from stays
    where not is_superseded
),

linkages as (
    select * from {{ ref('stg_mco__t_mcoaac') }}
),

kept_linkages as (
    select * from {{ ref('int_mco_linkage__keyed') }}
),

units as (
    select * from {{ staged_once('T_MCOaaUM') }}
),

associated as (
    select * from {{ staged_once('T_MCOaaD') }}
),

diagnoses as (
    select * from {{ ref('int_mco_diagnosis__ranked') }}
    where diagnosis_role = 'DAS'
),

acts as (
    select * from {{ staged_once('T_MCOaaA') }}
),

dated_acts as (
    select *, excluded_by is null as is_performed from {{ ref('int_mco_act__dated') }}
),

final as (
    select
        'T_MCOaaB' as source_table,
        _source_year,
        _row_id,
        case
            when is_superseded then 'superseded'
            when excluded_by is not null then 'excluded'
            else 'event'
        end as disposition,
        case when is_superseded then 'R13' else excluded_by end as rule_id,
        _row_id as carrier_row_id
    from stays
    union all
    select
        'T_MCOaaC',
        linkages._source_year,
        linkages._row_id,
        case
            when kept_linkages._row_id is null then 'superseded'
            when stays.is_visit then 'merged'
            else 'excluded'
        end,
        case
            when kept_linkages._row_id is null then 'R13'
            when stays._row_id is null then 'R31'
            else stays.excluded_by
        end,
        stays._row_id
    from linkages
    left join kept_linkages on linkages._row_id = kept_linkages._row_id
    left join kept_stays as stays on {{ stay_join('linkages', 'stays') }}
    union all
    select
        'T_MCOaaUM',
        units._source_year,
        units._row_id,
        case when stays.is_visit then 'event' else 'excluded' end,
        case when stays._row_id is null then 'R31' else stays.excluded_by end,
        units._row_id
    from units
    left join kept_stays as stays on {{ stay_join('units', 'stays') }}
    union all
    select
        'T_MCOaaD',
        associated._source_year,
        associated._row_id,
        case
            when stays.is_visit and diagnoses.is_kept then 'event'
            when stays.is_visit and diagnoses._row_id is not null then 'merged'
            else 'excluded'
        end,
        case
            when stays._row_id is null then 'R31'
            when stays.excluded_by is not null then stays.excluded_by
            when diagnoses._row_id is null then 'R32'
        end,
        diagnoses.carrier_row_id
    from associated
    left join kept_stays as stays on {{ stay_join('associated', 'stays') }}
    left join diagnoses on associated._row_id = diagnoses._row_id
    union all
    select
        'T_MCOaaA',
        acts._source_year,
        acts._row_id,
        case when stays.is_visit and dated_acts.is_performed then 'event' else 'excluded' end,
        case
            when stays._row_id is null then 'R31'
            when stays.excluded_by is not null then stays.excluded_by
            when dated_acts._row_id is null then 'R32'
            else dated_acts.excluded_by
        end,
        acts._row_id
    from acts
    left join kept_stays as stays on {{ stay_join('acts', 'stays') }}
    left join dated_acts on acts._row_id = dated_acts._row_id
)

select * from final
