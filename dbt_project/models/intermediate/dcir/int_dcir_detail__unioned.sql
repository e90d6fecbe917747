{{ config(materialized='view') }}
{#- One shape for all detail tables of ER_PRS_F. To add a table, add a line here.
    `part` tells acts apart that share a code; `quantity` is NULL where the table has none, and the
    sign then comes from the line of ER_PRS_F. -#}
{% set details = [
    {
        'table': 'ER_PHA_F',
        'vocabulary': "case when nullif(PHA_PRS_C13, '0000000000000') is not null then 'CIP13' else 'CIP7' end",
        'code': "coalesce(nullif(PHA_PRS_C13, '0000000000000'), nullif(PHA_PRS_IDE, '0000000'))",
        'quantity': "case when PHA_DEC_TOP = 'D' then PHA_DEC_QSU else PHA_ACT_QSN end",
        'number': 'PHA_ORD_NUM',
        'part': "coalesce(PHA_DEC_TOP, '')",
        'modifier': 'cast(null as varchar)',
        'is_part_of_act': 'false',
    },
    {
        'table': 'ER_CAM_F',
        'vocabulary': "'CCAM'",
        'code': 'substr(upper(CAM_PRS_IDE), 1, 7)',
        'quantity': 'cast(null as bigint)',
        'number': 'CAM_ORD_NUM',
        'part': "coalesce(CAM_ACT_COD, '') || '-' || coalesce(CAM_TRT_PHA, '')",
        'modifier': 'CAM_MOD_COD',
        'is_part_of_act': part_of_act('CAM_ACT_COD', 'CAM_TRT_PHA'),
    },
    {
        'table': 'ER_BIO_F',
        'vocabulary': "'NABM'",
        'code': "lpad(BIO_PRS_IDE, 4, '0')",
        'quantity': 'BIO_ACT_QSN',
        'number': 'BIO_ORD_NUM',
        'part': "''",
        'modifier': 'cast(null as varchar)',
        'is_part_of_act': 'false',
    },
] -%}
{% for detail in details -%}
select
    '{{ detail.table }}' as source_table,
    _row_id,
    _source_year,
    {%- for key in nine_keys() %}
    {{ key }},
    {%- endfor %}
    {{ detail.vocabulary }} as source_vocabulary,
    {{ detail.code }} as source_code,
    {{ detail.quantity }} as quantity,
    {{ detail.number }} as detail_number,
    {{ detail.part }} as part,
    {{ detail.modifier }} as modifier,
    {{ detail.is_part_of_act }} as is_part_of_act
from {{ ref('stg_dcir__' ~ detail.table | lower) }}
{{ 'union all' if not loop.last }}
{% endfor %}
