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

{# Of rows of one key, that of the last file and, within a file, the last by content: lines have no
   order. Few keys come twice, and only of those is the content read. `relation` is a CTE. #}
{% macro kept_rows(relation, keys, content) -%}
    select
        {{ keys | join(', ') }},
        max(_row_id) as _row_id
    from {{ relation }}
    group by {{ keys | join(', ') }}
    having count(*) = 1
    union all
    select
        {% for key in keys %}repeated.{{ key }}, {% endfor %}
        {{ value_at_max('given._row_id', place_of_row('given', content)) }} as _row_id
    from {{ relation }} as given
    inner join (
        select {{ keys | join(', ') }}
        from {{ relation }}
        group by {{ keys | join(', ') }}
        having count(*) > 1
    ) as repeated
        on
            {%- for key in keys %}
            {{ 'and ' if not loop.first }}given.{{ key }} is not distinct from repeated.{{ key }}
            {%- endfor %}
    left join {{ ref('stg_manifest__blocks') }} as blocks
        on {{ block_of_row_id('given._row_id') }} = blocks.block
    group by {% for key in keys %}repeated.{{ key }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# Sorts by file, then by what the row states, then by its line. #}
{% macro place_of_row(row, content) -%}
    {%- set of_row = [] -%}
    {%- for column in content %}{% do of_row.append(row ~ '.' ~ column) %}{% endfor -%}
    lpad(cast(coalesce(blocks.file_number, 0) as string), 6, '0') || ' '
        || {{ fullness(of_row, row ~ '._row_id') }}
{%- endmacro %}

{# Sorts rows by what they state: a value comes after its absence, and the line decides last. #}
{% macro fullness(columns, row_id) -%}
    {%- for column in columns -%}
        coalesce(cast({{ column }} as string), '') || ' ' ||
    {%- endfor -%}
    lpad(cast({{ row_id }} as string), 16, '0')
{%- endmacro %}
