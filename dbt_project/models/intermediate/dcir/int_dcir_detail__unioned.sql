{{ config(materialized='view') }}
{#- One shape for all detail tables of ER_PRS_F. To add a table, add a line here; what a line does
    not set is a default. `part` distinguishes acts that share a code. -#}
{% set defaults = {
    'quantity': '1',
    'part': "''",
    'modifier': 'cast(null as string)',
    'is_part_of_act': 'false',
    'is_service': 'false',
    'is_paid_in_addition': 'false',
    'rented_until': 'cast(null as date)',
} %}
{#- the simplified datamart has other names for ranks and quantities -#}
{% set versions = [
    {'product': 'dcir', 'prefix': 'ER_', 'rank': 'ORD', 'boxes': 'PHA_ACT_QSN',
     'split': 'PHA_DEC_QSU', 'acts': '1', 'modifiers': 'coalesce(CAM_MOD_COD, CAM_MOD_NEW)'},
    {'product': 'dcirs', 'prefix': 'NS_', 'rank': 'SEQ', 'boxes': 'PHA_ACT_QSC',
     'split': 'PHA_DEC_QSD', 'acts': 'CAM_ACT_QSN', 'modifiers': 'CAM_MOD_COD'},
] %}
{% set details = [
    {
        'table': 'PHA_F',
        'vocabulary': "case when nullif(PHA_PRS_C13, '0000000000000') is not null then 'CIP13' else 'CIP7' end",
        'code': "coalesce(nullif(PHA_PRS_C13, '0000000000000'), nullif(PHA_PRS_IDE, '0000000'))",
        'quantity': "case when PHA_DEC_TOP = 'D' then <split> else <boxes> end",
        'part': "coalesce(PHA_DEC_TOP, '')",
    },
    {
        'table': 'UCD_F',
        'vocabulary': "'UCD'",
        'code': 'nullif(' ~ ucd_code("lpad(UCD_UCD_COD, 13, '0')") ~ ", '0000000')",
        'quantity': times('coalesce(UCD_DLV_NBR, 1)', 'coalesce(nullif(UCD_FRC_COE, 0), 1)'),
        'part': "coalesce(UCD_TOP_UCD, '')",
        'is_paid_in_addition': "coalesce(UCD_TOP_UCD = '1', false)",
    },
    {
        'table': 'CAM_F',
        'vocabulary': "'CCAM'",
        'code': 'substr(upper(CAM_PRS_IDE), 1, 7)',
        'quantity': '<acts>',
        'part': "coalesce(CAM_ACT_COD, '') || '-' || coalesce(CAM_TRT_PHA, '')",
        'modifier': '<modifiers>',
        'is_part_of_act': part_of_act('CAM_ACT_COD', 'CAM_TRT_PHA', 'CAM_PRS_IDE'),
    },
    {
        'table': 'BIO_F',
        'vocabulary': "'NABM'",
        'code': pad_code('BIO_PRS_IDE', 4),
        'quantity': 'BIO_ACT_QSN',
    },
    {
        'table': 'TIP_F',
        'vocabulary': "'LPP'",
        'code': "nullif(substr(lpad(TIP_PRS_IDE, 14, '0'), 8), '0000000')",
        'quantity': 'TIP_ACT_QSN',
        'part': "coalesce(TIP_PRS_TYP, '')",
        'is_service': "coalesce(TIP_PRS_TYP, '') in ('2', '4', '5', '6', '7')",
        'rented_until': "case when TIP_PRS_TYP = '3' then TIP_ACL_DTF end",
    },
] -%}
{% for version in versions -%}
{% set outer = loop -%}
{% for given in details -%}
{%- set detail = dict(defaults, **given) -%}
{%- set quantity = detail.quantity | replace('<split>', version.split)
    | replace('<boxes>', version.boxes) | replace('<acts>', version.acts) -%}
select
    '{{ version.prefix ~ detail.table }}' as source_table,
    _row_id,
    _source_year,
    {%- for key in (nine_keys() if version.product == 'dcir' else datamart_keys()) %}
    {{ key }},
    {%- endfor %}
    {{ detail.vocabulary }} as source_vocabulary,
    {{ detail.code }} as source_code,
    try_cast({{ quantity }} as decimal(18, 4)) as quantity,
    {{ detail.table[:3] }}_{{ version.rank }}_NUM as detail_number,
    {{ detail.part }} as part,
    {{ detail.modifier | replace('<modifiers>', version.modifiers) }} as modifier,
    {{ detail.is_part_of_act }} as is_part_of_act,
    {{ detail.is_service }} as is_service,
    {{ detail.is_paid_in_addition }} as is_paid_in_addition,
    {{ detail.rented_until }} as rented_until
from {{ ref('stg_' ~ version.product ~ '__' ~ (version.prefix ~ detail.table) | lower) }}
{{ 'union all' if not (loop.last and outer.last) }}
{% endfor %}
{%- endfor %}
