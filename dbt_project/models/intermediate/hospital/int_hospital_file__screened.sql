-- The linkage rows of rehabilitation, home hospital and psychiatry: who is it, may we believe it.
with files as (
    select * from {{ ref('int_hospital_file__dated') }}
),

kept as (
    {{ kept_rows('files', ['field', '_source_year', 'finess', 'stay_number'], [
        'care_date', 'end_date', 'exit_date', 'NIR_ANO_17',
    ] + stay_return_codes()) }}
),

weeks as (
    select * from {{ ref('stg_ssr__t_ssraab') }}
),

sequences as (
    select * from {{ ref('stg_rip__t_ripaarsa') }}
),

sub_sequences as (
    select {{ hospital_key('HAD', 'T_HADaaB') }}
    from {{ ref('stg_had__t_hadaab') }}
),

groups_of_part as (
    select * from {{ ref('int_had_group__gathered') }}
),

parts as (
    select
        {{ hospital_key('SSR', 'T_SSRaaB', part=false) }},
        {{ first_rule([r34a_grouping_error('weeks'), r34b_automatic_summary('weeks')]) }} as rule_id
    from weeks
    union all
    select
        {{ hospital_key('RIP', 'T_RIPaaRSA', part=false) }},
        {{ first_rule([
            r36a_sequence_in_error('sequences'), r36b_automatic_summary('sequences'),
        ]) }}
    from sequences
    union all
    select
        sub_sequences.field,
        sub_sequences.source_table,
        sub_sequences._row_id,
        sub_sequences._source_year,
        sub_sequences.finess,
        sub_sequences.stay_number,
        {{ first_rule([r35_invalid_tariff_group('groups_of_part')]) }}
    from sub_sequences
    left join groups_of_part on {{ hospital_part_join('sub_sequences', 'groups_of_part') }}
),

-- a stay whose every part is refused is refused itself
refused as (
    select field, _source_year, finess, stay_number, min(rule_id) as rule_id
    from parts
    group by field, _source_year, finess, stay_number
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
        psa.excluded_by as psa_excluded_by,
        psa.person_id,
        psa.other_person_id,
        persons.birth_year
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
            r46_psa_of_contradictory_key('joined'),
            r07_psa_of_no_real_person('joined'),
            r08_ambiguous_psa('joined'),
            r04_no_date('joined'),
            r04b_after_its_file('joined'),
            r11a_before_birth('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
