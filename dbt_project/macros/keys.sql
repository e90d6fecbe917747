{# The nine columns that join ER_PRS_F to its detail tables (R15: all nine, never a subset). #}
{% macro nine_keys() -%}
    {{ return([
        'DCT_ORD_NUM', 'FLX_DIS_DTD', 'FLX_EMT_NUM', 'FLX_EMT_ORD', 'FLX_EMT_TYP',
        'FLX_TRT_DTD', 'ORG_CLE_NUM', 'PRS_ORD_NUM', 'REM_TYP_AFF',
    ]) }}
{%- endmacro %}

{% macro nine_key_join(left, right) -%}
    {%- for key in nine_keys() %}
    {{ 'and ' if not loop.first }}{{ left }}.{{ key }} = {{ right }}.{{ key }}
    {%- endfor %}
{%- endmacro %}

{# The simplified datamart (DCIRS) joins on the flux month and a technical number: they take the place
   of the nine keys, at a sender that DCIR does not have. #}
{% macro datamart_keys(row='') -%}
    {%- set of = row ~ '.' if row else '' -%}
    {{ return([
        of ~ 'CLE_DCI_JNT as DCT_ORD_NUM', of ~ 'FLX_DIS_DTD', '-1 as FLX_EMT_NUM',
        '-1 as FLX_EMT_ORD', '-1 as FLX_EMT_TYP', of ~ 'FLX_DIS_DTD as FLX_TRT_DTD',
        "'DCIRS' as ORG_CLE_NUM", '1 as PRS_ORD_NUM', '1 as REM_TYP_AFF',
    ]) }}
{%- endmacro %}

{# Stands for the rank of a right where only the identifier of the person is known. #}
{% macro identity_rank() -%} 'IBA' {%- endmacro %}

{# The rank of a right. A delivery may have none (NUM_ENQ alone): then the PSA is the right, and
   an absent rank is equal to an absent rank. #}
{% macro rank_of(row) -%} coalesce({{ row }}.BEN_RNG_GEM, '') {%- endmacro %}

{# A hospital stay is known by its year too: numbers start again every year (R31). #}
{% macro stay_join(left, right) -%}
    {{ left }}._source_year = {{ right }}._source_year
    and {{ left }}.ETA_NUM = {{ right }}.ETA_NUM
    and {{ left }}.RSA_NUM = {{ right }}.RSA_NUM
{%- endmacro %}
