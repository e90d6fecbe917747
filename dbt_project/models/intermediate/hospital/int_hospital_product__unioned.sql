{{ config(materialized='view') }}
-- Drugs and implants that hospitals declare beside the tariff, public ones first (MED, DMIP), then
-- those on private bills (FH, FP). Doses are in `declared_quantity`; `shares` says over how
-- many stays the same dose is declared.
{% set declared = {'vocabulary': 'UCD', 'code': ucd_code('coalesce(UCD_UCD_COD, UCD_COD)'),
                   'quantity': 'ADM_NBR', 'price': 'ACH_PRI_ADM', 'delay': 'DAT_DELAI'} -%}
{% set recent = {'code': ucd_code('UCD_UCD_COD')} -%}
{% set private = {'quantity': times('QUA_COD', 'coalesce(nullif(COE_TAU, 0), 1)'),
                  'price': 'ACH_PRI', 'delay': 'DEL_DAT_ENT', 'code': ucd_code('coalesce(UCD_UCD_COD, COD_UCD)')} -%}
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
    'T_HADaaFH': private,
} -%}
{% for table, changes in tables.items() %}
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
    {{ column.get('part', 'cast(null as string)') }} as part_key,
    '{{ column['vocabulary'] }}' as source_vocabulary,
    {{ column['code'] }} as source_code,
    cast({{ column['quantity'] }} as double) as declared_quantity,
    cast({{ column.get('shares', '1') }} as double) as shares,
    cast({{ column['price'] }} as double) as price,
    {{ to_integer(column['delay']) }} as delay
from {{ staged_once(table) }}
{{ 'union all' if not loop.last }}
{% endfor %}
