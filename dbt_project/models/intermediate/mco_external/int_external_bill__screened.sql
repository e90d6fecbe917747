-- Bills of external care in public hospitals (acute care, rehabilitation): their person, their day,
-- and whether they are credible. HCL are in the list of duplicated numbers, though a page of the
-- HDH states that their external care was sent once: a setting decides
-- (`rules.hcl_external_in_double`).
with bills as (
    {%- for source_table in ['T_MCOaaCSTC', 'T_SSRaaCSTC'] %}
    select
        '{{ source_table[2:5] }}' as field,
        '{{ source_table }}' as source_table,
        _row_id,
        _source_year,
        ETA_NUM as finess,
        SEQ_NUM as bill_number,
        NIR_ANO_17,
        {%- for code in bill_return_codes() %}
        {{ code }},
        {%- endfor %}
        coalesce(EXE_SOI_DTD, ENT_DAT) as care_day,
        {{ month_start('EXE_SOI_AMD') }} as care_month
    from {{ staged(source_table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- in 2008 no table has days; the header and the lines have the month
lines as (
    {%- for source_table in ['T_MCOaaFASTC', 'T_MCOaaFBSTC', 'T_MCOaaFCSTC'] %}
    select
        'MCO' as field,
        _source_year,
        ETA_NUM as finess,
        SEQ_NUM as bill_number,
        {{ month_start('SOR_ANN || SOR_MOI') }} as month
    from {{ staged(source_table) }}
    where _source_year < 2009
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

months as (
    select field, _source_year, finess, bill_number, min(month) as month
    from lines
    group by field, _source_year, finess, bill_number
),

kept as (
    {{ kept_rows('bills', ['field', '_source_year', 'finess', 'bill_number'], [
        'care_day', 'care_month', 'NIR_ANO_17',
    ] + bill_return_codes()) }}
),

psa as (
    select * from {{ ref('int_psa__bridged') }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

duplicated_finess as (
    select * from {{ ref('finess_duplicates') }}
),

joined as (
    select
        bills.*,
        coalesce(bills.care_day, bills.care_month, months.month) as care_date,
        -- a month of bills is not one visit
        case when bills.care_day is null then bills._row_id else 0 end as apart,
        kept._row_id is null as is_superseded,
        psa.n_persons,
        psa.excluded_by as psa_excluded_by,
        psa.person_id,
        psa.other_person_id,
        persons.birth_year,
        duplicated_finess.ETA_NUM is not null as is_duplicated_finess
    from bills
    left join kept on bills._row_id = kept._row_id
    left join months
        on
            bills.field = months.field
            and bills._source_year = months._source_year
            and bills.finess = months.finess
            and bills.bill_number = months.bill_number
    left join psa on bills.NIR_ANO_17 = psa.BEN_NIR_PSA
    left join persons on psa.person_id = persons.person_id
    left join duplicated_finess
        on
            bills.field = 'MCO'
            {%- if not var('hcl_external_in_double') %}
            and duplicated_finess.hospital_group <> 'HCL'
            {%- endif %}
            and bills.finess = duplicated_finess.ETA_NUM
            and bills._source_year
            between duplicated_finess.first_year and duplicated_finess.last_year
),

final as (
    select
        joined.*,
        {{ first_rule([
            r30d_duplicated_finess('joined'),
            r09_invalid_linkage('joined', bill_return_codes()),
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
