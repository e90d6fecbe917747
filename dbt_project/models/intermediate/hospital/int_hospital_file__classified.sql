-- The linkage rows of rehabilitation, home hospital and psychiatry: who is it, may we believe it.
with files as (
    select * from {{ ref('int_hospital_file__dated') }}
),

kept as (
    select field, _source_year, finess, stay_number, max(_row_id) as _row_id
    from files
    group by field, _source_year, finess, stay_number
),

weeks as (
    select
        rows.*,
        {{ first_rule([r34a_grouping_error('rows'), r34b_automatic_summary('rows')]) }} as rule_id
    from {{ ref('stg_ssr__t_ssraab') }} as rows
),

-- a stay whose every week is refused is refused itself
refused as (
    select
        'SSR' as field,
        _source_year,
        ETA_NUM as finess,
        RHA_NUM as stay_number,
        min(rule_id) as rule_id
    from weeks
    group by _source_year, ETA_NUM, RHA_NUM
    having count(*) = count(rule_id)
),

psa as (
    select * from {{ ref('int_psa__bridged') }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

joined as (
    select
        files.*,
        kept._row_id is null as is_superseded,
        refused.rule_id as rule_of_parts,
        psa.n_persons,
        psa.person_id,
        psa.other_person_id,
        persons.birth_year,
        persons.death_date
    from files
    left join kept on files._row_id = kept._row_id
    left join refused on {{ hospital_stay_join('files', 'refused') }}
    left join psa on files.NIR_ANO_17 = psa.BEN_NIR_PSA
    left join persons on psa.person_id = persons.person_id
),

final as (
    select
        joined.*,
        {{ first_rule([
            inherited_rule('joined.rule_of_parts'),
            r09_invalid_linkage('joined', stay_return_codes()),
            r06_unknown_psa('joined'),
            r07_psa_of_no_real_person('joined'),
            r08_ambiguous_psa('joined'),
            r04_no_date('joined'),
            r11a_before_birth('joined'),
            r11b_after_death('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
