{{ config(materialized='view') }}
-- Drugs and implants that hospitals declare in addition to the tariff (MED, DMIP), and drugs,
-- devices and laboratory tests on the bills of private ones (FH, FP, FL). Doses are in
-- `declared_quantity`; `shares` is the number of stays over which the same dose is declared.
{% set declared = {'vocabulary': 'UCD', 'code': ucd_code('coalesce(UCD_UCD_COD, UCD_COD)'),
                   'quantity': 'ADM_NBR', 'price': 'ACH_PRI_ADM', 'delay': 'DAT_DELAI',
                   'year': 'ADM_ANN'} -%}
{% set recent = {'code': ucd_code('UCD_UCD_COD')} -%}
{% set private = {'quantity': times('QUA_COD', 'coalesce(nullif(COE_TAU, 0), 1)'),
                  'price': 'ACH_PRI', 'delay': 'DEL_DAT_ENT', 'year': 'null',
                  'code': ucd_code('coalesce(UCD_UCD_COD, COD_UCD)')} -%}
{% set had_part = "SEQ_SEJ || '-' || SSEQ_NUM" -%}
{% set device = {'vocabulary': 'LPP', 'code': lpp_code('coalesce(LPP_COD, LPP_COD1, TIP_PRS_IDE)'),
                 'quantity': 'coalesce(LPP_QUA, LPP_QUA1)', 'year': 'null', 'slots': 3,
                 'price': 'coalesce(LPP_PRI_UNI, LPP_PRI_UNI1)', 'delay': 'DEL_DAT_ENT'} -%}
{#- the second device of a line (MCO until 2007, SSR until 2016) -#}
{% set second = dict(device, code=lpp_code('LPP_COD2'), quantity='LPP_QUA2', price='LPP_PRI_UNI2',
                     slot=2, where='LPP_COD2 is not null') -%}
{% set test = {'vocabulary': 'NABM', 'code': nabm_code('NABM_COD'), 'price': 'null', 'year': 'null',
               'quantity': 'coalesce(ACT_NBR, 1)', 'delay': 'DEL_DAT_ENT'} -%}
{% set tables = [
    ('T_MCOaaMED', {'shares': 'NBR_SEJ', 'price': 'ADM_NBR_PRI', 'delay': 'DELAI',
                    'year': 'DAT_ADM_ANN'}),
    ('T_MCOaaMEDATU', {'shares': 'SEJ_NBR'}),
    ('T_MCOaaMEDAPAC', dict(recent, shares='SEJ_NBR')),
    ('T_MCOaaMEDTHROMBO', {'shares': 'SEJ_NBR', 'price': 'ADM_PRI_ADM'}),
    ('T_MCOaaFH', private),
    ('T_MCOaaDMIP', {'vocabulary': 'LPP', 'code': lpp_code('coalesce(LPP_COD, TIP_PRS_IDE)'),
                     'quantity': 'NBR_POS', 'price': 'NBR_POS_PRI', 'delay': 'DELAI',
                     'year': 'null'}),
    ('T_MCOaaFP', device),
    ('T_MCOaaFP', second),
    ('T_MCOaaFL', test),
    ('T_SSRaaMED', {'part': 'RHS_NUM'}),
    ('T_SSRaaMEDATU', {'part': 'RHS_NUM'}),
    ('T_SSRaaMEDAPAC', {'part': 'RHS_NUM'}),
    ('T_SSRaaFH', dict(private, quantity=times('QUA_COD', 'coalesce(nullif(FRACT_COE, 0), 1)'),
                       code=ucd_code('coalesce(UCD_UCD_COD, COD_UCP_CIP)'))),
    ('T_SSRaaFP', device),
    ('T_SSRaaFP', second),
    ('T_SSRaaFL', test),
    ('T_HADaaMED', {'part': had_part}),
    ('T_HADaaMEDATU', {'part': had_part}),
    ('T_HADaaMEDAPAC', dict(recent, part=had_part)),
    ('T_HADaaMEDCHL', dict(recent, part=had_part)),
    ('T_HADaaFH', private),
] -%}
{% for table, changes in tables %}
{%- set column = dict(declared, **changes) %}
{%- set field = table[2:5] %}
{%- set number = {'MCO': 'RSA_NUM', 'SSR': 'RHA_NUM', 'HAD': 'RHAD_NUM'}[field] %}
select
    '{{ field }}' as field,
    '{{ table }}' as source_table,
    _row_id,
    {{ column.get('slot', 0) }} as slot,
    {{ column.get('slots', 1) }} as slots,
    _source_year,
    {{ 'ETA_NUM_EPMSI' if field == 'HAD' else 'ETA_NUM' }} as finess,
    {{ number }} as stay_number,
    {{ column.get('part', 'cast(null as string)') }} as part_key,
    '{{ column['vocabulary'] }}' as source_vocabulary,
    {{ column['code'] }} as source_code,
    cast({{ column['quantity'] }} as double) as declared_quantity,
    cast({{ column.get('shares', '1') }} as double) as shares,
    cast({{ column['price'] }} as double) as price,
    {{ to_integer(column['delay']) }} as delay,
    {{ to_integer(column['year']) }} as year_given
from {{ staged_once(table) }}
{{ 'where ' ~ column['where'] if column['where'] }}
{{ 'union all' if not loop.last }}
{% endfor %}
