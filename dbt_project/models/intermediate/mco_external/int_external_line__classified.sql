-- Lines of bills of external care. Lines with a code of their own (`source_vocabulary`) are events;
-- fees and headers (FA, FB, FC) only describe the visit.
{% set coded = {
    'FMSTC': ('CCAM', 'substr(upper(CCAM_COD), 1, 7)', '1'),
    'FLSTC': ('NABM', nabm_code('NABM_COD'), 'ACT_NBR'),
    'FHSTC': ('UCD', ucd_code('UCD_UCD_COD'), ''),
    'FPSTC': ('LPP', lpp_code('coalesce(LPP_COD, TIP_PRS_IDE)'), 'LPP_QUA'),
} -%}
{% set tables = [
    'T_MCOaaFASTC', 'T_MCOaaFBSTC', 'T_MCOaaFCSTC', 'T_MCOaaFMSTC', 'T_MCOaaFLSTC', 'T_MCOaaFHSTC',
    'T_MCOaaFPSTC', 'T_SSRaaFBSTC', 'T_SSRaaFCSTC', 'T_SSRaaFMSTC', 'T_SSRaaFLSTC', 'T_SSRaaFHSTC',
    'T_SSRaaFPSTC',
] -%}
with lines as (
    {%- for table in tables %}
    {%- set kind = table[7:] %}
    {%- set vocabulary, code, quantity = coded.get(kind, ('', 'cast(null as string)', '1')) %}
    select
        '{{ table[2:5] }}' as field,
        '{{ table }}' as source_table,
        _row_id,
        _source_year,
        ETA_NUM as finess,
        SEQ_NUM as bill_number,
        nullif('{{ vocabulary }}', '') as source_vocabulary,
        nullif({{ code }}, '') as source_code,
        {%- if kind == 'FHSTC' %}
        {%- set declared = 'coalesce(' ~ ('QUA' if 'MCO' in table else 'QUA_COD') ~ ', 1)' %}
        {%- set quantity = times(declared, 'coalesce(nullif(FRACT_COE, 0), 1)') %}
        {%- endif %}
        cast({{ quantity }} as double) as quantity,
        {{ 'ACT_COD' if kind in ('FBSTC', 'FCSTC') else 'cast(null as string)' }} as fee_code,
        {% if kind == 'FMSTC' -%}
        nullif(
            coalesce(MOD_ACT1, '') || coalesce(MOD_ACT2, '')
            || coalesce(MOD_ACT3, '') || coalesce(MOD_ACT4, ''), ''
        ) as modifier,
        {{ part_of_act('ACV_ACT', 'PHA_ACT', 'CCAM_COD') }} as is_part_of_act,
        {%- else -%}
        cast(null as string) as modifier,
        false as is_part_of_act,
        {%- endif %}
        EXE_SOI_DTD as line_date,
        {{ to_integer('null' if kind == 'FASTC' else 'DEL_DAT_ENT') }} as delay
    from {{ staged_once(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

bills as (
    select * from {{ ref('int_external_bill__classified') }}
    where not is_superseded
),

dated as (
    select
        lines.*,
        bills._row_id as stay_row_id,
        bills.person_id,
        bills.other_person_id,
        bills.care_date,
        bills.apart,
        bills.excluded_by as rule_of_bill,
        coalesce(
            lines.line_date, {{ add_days('bills.care_date', 'coalesce(lines.delay, 0)') }}
        ) as start_date
    from lines
    left join bills
        on
            lines.field = bills.field
            and lines._source_year = bills._source_year
            and lines.finess = bills.finess
            and lines.bill_number = bills.bill_number
),

-- R26: a drug dispensed by a public hospital that DCIR records too, within a week
in_dcir as (
    select distinct dated._row_id
    from dated
    inner join {{ ref('int_dcir_detail__netted') }} as netted
        on
            dated.source_vocabulary = netted.source_vocabulary
            and {{ is_one_of('netted.person_id', 'dated') }}
            and dated.source_code = netted.source_code
            and netted.care_date between {{ add_days('dated.start_date', -7) }}
            and {{ add_days('dated.start_date', 7) }}
    where dated.source_vocabulary = 'UCD' and netted.outcome = 'event'
),

joined as (
    select dated.*, in_dcir._row_id is not null as is_in_dcir
    from dated
    left join in_dcir on dated._row_id = in_dcir._row_id
),

final as (
    select
        joined.*,
        {{ first_rule([
            r31_no_stay('joined'),
            inherited_rule('joined.rule_of_bill'),
            "when joined.source_vocabulary is not null and joined.source_code is null then 'R32'",
            r21_part_of_act('joined'),
            r26_in_dcir('joined'),
            r39_surcharge_of_bill('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
