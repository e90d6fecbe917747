{{ config(materialized='view') }}
{#- What hospitals are paid, in one shape. `source_rank` is the rank of the source: 1 what was paid
    or the lines of a bill; 2 a statement or a total, used when there is nothing better. What was
    paid for external care is in MCO since 2013; else lines of bills (2), else totals (3). Lines
    with `is_care` also record care: their disposition is given with it. -#}
{% set line = {'side': 'private', 'source_rank': 1, 'charge': 'FAC_MNT', 'allowed': 'REM_BAS',
               'insurance': 'AMO_MNR', 'others': 'AMC_MNR', 'revenue_code': 'trim(ACT_COD)'} -%}
{% set total = {'side': 'private', 'source_rank': 2,
                'charge': 'coalesce(PH_MNT, 0) + coalesce(HON_MNT, 0)', 'allowed': 'PH_BRM',
                'insurance': 'coalesce(PH_AMO_MNR, 0) + coalesce(HON_AM_MNR, 0)',
                'others': 'coalesce(PH_OC_MNR, 0) + coalesce(HON_OC_MNR, 0)'} -%}
{% set external = dict(line, side='external', source_rank=2, charge='HON_MNT', is_care='true') -%}
{% set value = {'side': 'public', 'source_rank': 1, 'is_refused': "VALO = '0'",
                'is_whole': 'true'} -%}
{% set tables = {
    'T_MCOaaVALO': dict(value, allowed='MT_TOT_BR', insurance='MT_TOT_AM'),
    'T_SSRaaVALO': dict(value, allowed='DMA_BR', insurance='DMA_AM', drg='GRG_GME',
                        part='RHS_NUM'),
    'T_HADaaVALO': dict(value, allowed='MNT_TOT_BR', insurance='MNT_TOT_AM', drg='GHT1',
                        part="SEQ_NUM || '-' || SSEQ_NUM"),
    'T_MCOaaSTC': {'side': 'public', 'source_rank': 2, 'is_refused': "FAC_SEJ_AM = '0'",
                   'is_whole': 'true', 'allowed': 'REM_BAS_MNT', 'insurance': 'TOT_MNT_AM',
                   'others': 'TOT_MNT_AMC'},
    'T_MCOaaFB': line,
    'T_MCOaaFC': dict(line, charge='HON_MNT'),
    'T_MCOaaFA': total,
    'T_SSRaaFB': line,
    'T_SSRaaFC': dict(line, charge='HON_MNT'),
    'T_SSRaaFA': total,
    'T_HADaaFB': dict(line, drg='GHT_NUM'),
    'T_HADaaFC': dict(line, charge='HON_MNT'),
    'T_RIPaaFB': line,
    'T_RIPaaFC': dict(line, charge='HON_MNT'),
    'T_MCOaaVALOACE': dict(value, side='external', allowed='MNT_BR', insurance='MNT_REMB'),
    'T_MCOaaFBSTC': external,
    'T_MCOaaFCSTC': external,
    'T_MCOaaFASTC': dict(total, side='external', source_rank=3, is_care='true'),
    'T_SSRaaFBSTC': external,
    'T_SSRaaFCSTC': external,
} -%}
{% set keys = {'MCO': ('ETA_NUM', 'RSA_NUM'), 'SSR': ('ETA_NUM', 'RHA_NUM'),
               'HAD': ('ETA_NUM_EPMSI', 'RHAD_NUM'), 'RIP': ('ETA_NUM_EPMSI', 'RIP_NUM')} -%}
{% for table, column in tables.items() -%}
{% set finess, number = keys[table[2:5]] -%}
select
    '{{ table[2:5] }}' as field,
    '{{ column['side'] }}' as side,
    '{{ table }}' as source_table,
    {{ column['source_rank'] }} as source_rank,
    _row_id,
    _source_year,
    {{ 'ETA_NUM' if 'VALO' in table else finess }} as finess,
    {{ 'SEQ_NUM' if column['side'] == 'external' else number }} as stay_number,
    {{ column.get('part', 'cast(null as string)') }} as part_key,
    {{ column.get('is_whole', 'false') }} as is_whole,
    {{ column.get('is_care', 'false') }} as is_care,
    coalesce({{ column.get('is_refused', 'false') }}, false) as is_refused,
    {{ narrowed(column.get('charge', 'null'), 'decimal(18, 2)') }} as charge,
    {{ narrowed(column['allowed'], 'decimal(18, 2)') }} as allowed,
    {{ narrowed(column['insurance'], 'decimal(18, 2)') }} as paid_by_insurance,
    {{ narrowed(column.get('others', 'null'), 'decimal(18, 2)') }} as paid_by_others,
    {{ column.get('revenue_code', 'cast(null as string)') }} as revenue_code,
    {{ column.get('drg', 'cast(null as string)') }} as drg
from {{ staged(table) }}
{{ 'union all' if not loop.last }}
{% endfor %}
