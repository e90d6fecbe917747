-- R38: drugs and implants that hospitals declare beside the tariff, public ones first (MED, DMIP),
-- then those on private bills (FH, FP). Doses are in `declared_quantity`; `shares` says over how
-- many stays the same dose is declared.
{% set declared = {'vocabulary': 'UCD', 'code': ucd_code('coalesce(UCD_UCD_COD, UCD_COD)'),
                   'quantity': 'ADM_NBR', 'price': 'ACH_PRI_ADM', 'delay': 'DAT_DELAI'} -%}
{% set recent = {'code': ucd_code('UCD_UCD_COD')} -%}
{% set private = {'quantity': 'QUA_COD * coalesce(nullif(COE_TAU, 0), 1)', 'price': 'ACH_PRI',
                  'delay': 'DEL_DAT_ENT', 'code': ucd_code('UCD_UCD_COD')} -%}
{% set had_part = "SEQ_SEJ || '-' || SSEQ_NUM" -%}
{% set tables = {
    'T_MCOaaMED': {'shares': 'NBR_SEJ', 'price': 'ADM_NBR_PRI', 'delay': 'DELAI'},
    'T_MCOaaMEDATU': {'shares': 'SEJ_NBR'},
    'T_MCOaaMEDAPAC': dict(recent, shares='SEJ_NBR'),
    'T_MCOaaMEDTHROMBO': {'shares': 'SEJ_NBR', 'price': 'ADM_PRI_ADM'},
    'T_MCOaaFH': private,
    'T_MCOaaDMIP': {'vocabulary': 'LPP', 'code': lpp_code('coalesce(LPP_COD, TIP_PRS_IDE)'),
                    'quantity': 'NBR_POS', 'price': 'NBR_POS_PRI', 'delay': 'DELAI'},
    'T_MCOaaFP': {'vocabulary': 'LPP', 'code': lpp_code('coalesce(LPP_COD, TIP_PRS_IDE)'),
                  'quantity': 'LPP_QUA', 'price': 'LPP_PRI_UNI', 'delay': 'DEL_DAT_ENT'},
    'T_SSRaaMED': {'part': 'RHS_NUM'},
    'T_SSRaaMEDATU': {'part': 'RHS_NUM'},
    'T_SSRaaMEDAPAC': {'part': 'RHS_NUM'},
    'T_HADaaMED': {'part': had_part},
    'T_HADaaMEDATU': {'part': had_part},
    'T_HADaaMEDAPAC': dict(recent, part=had_part),
    'T_HADaaMEDCHL': dict(recent, part=had_part),
} -%}
with products as (
    {%- for table, changes in tables.items() %}
    {%- set column = dict(declared, **changes) %}
    {%- set field = table[2:5] %}
    {%- set number = {'MCO': 'RSA_NUM', 'SSR': 'RHA_NUM', 'HAD': 'RHAD_NUM'}[field] %}
    select
        '{{ field }}' as field,
        '{{ table }}' as source_table,
        _row_id,
        _source_year,
        {{ 'ETA_NUM_EPMSI' if field == 'HAD' else 'ETA_NUM' }} as finess,
        {{ number }} as stay_number,
        {{ column.get('part', 'cast(null as varchar)') }} as part_key,
        '{{ column['vocabulary'] }}' as source_vocabulary,
        {{ column['code'] }} as source_code,
        cast({{ column['quantity'] }} as double) as declared_quantity,
        cast({{ column.get('shares', '1') }} as double) as shares,
        cast({{ column['price'] }} as double) as price,
        cast({{ column['delay'] }} as integer) as delay
    from {{ staged_once(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

avastin as (
    select distinct _source_year, finess, stay_number, source_code
    from products
    where source_table = 'T_MCOaaMED' and source_code in ('9261104', '9261110')
),

stays as (
    select * from {{ ref('int_hospital_stay__unioned') }}
),

parts as (
    select * from {{ ref('int_hospital_part__unioned') }}
),

joined as (
    select
        products.*,
        stays._row_id as stay_row_id,
        stays.person_id,
        stays.visit_occurrence_id,
        parts.visit_detail_id,
        coalesce(stays.excluded_by, parts.excluded_by) as rule_of_stay,
        {{ add_days('stays.care_date', 'coalesce(products.delay, 0)') }} as start_date,
        products.source_table = 'T_MCOaaFH' as is_told_by_dcir,
        products.source_table = 'T_MCOaaMEDATU' and avastin.source_code is not null
            as is_declared_twice,
        -- until 2018 each stay of a series carries the dose of the whole series
        products.declared_quantity / case
            when products.field = 'MCO' and products._source_year < 2019
                then greatest(coalesce(products.shares, 1), 1)
            else 1
        end as quantity
    from products
    left join stays on {{ hospital_stay_join('products', 'stays') }}
    left join parts on {{ hospital_part_join('products', 'parts') }}
    left join avastin
        on
            products._source_year = avastin._source_year
            and products.finess = avastin.finess
            and products.stay_number = avastin.stay_number
            and products.source_code = avastin.source_code
),

final as (
    select
        joined.*,
        {{ first_rule([
            r31_no_stay('joined'),
            inherited_rule('joined.rule_of_stay'),
            r32_no_code('joined'),
            r38a_impossible_quantity('joined'),
            r38b_declared_twice('joined'),
            r26_told_by_dcir('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
