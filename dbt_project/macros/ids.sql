{# A CDM id is its source row's id × 32 + variant; the variant packs the place in the row
   (`slot`, of `slots`) and the rank of the target when one code has several (DESIGN §6). #}
{% macro cdm_id(row_id, slot='0', target_rank='0', slots='1') -%}
    cast({{ row_id }} * 32 + {{ target_rank }} * {{ slots }} + {{ slot }} as bigint)
{%- endmacro %}

{# Number of the SNDS table that a row id, or a CDM id, comes from. #}
{% macro table_number_of_row_id(row_id) -%}
    cast(floor({{ row_id }} / {{ 2 ** 40 }}) as integer)
{%- endmacro %}
{% macro table_number_of_cdm_id(cdm_id) -%}
    cast(floor({{ cdm_id }} / {{ 32 * 2 ** 40 }}) as integer)
{%- endmacro %}

{# Row id of the source row that a CDM id carries. #}
{% macro row_id_of(cdm_id) -%}
    cast(floor({{ cdm_id }} / 32) as bigint)
{%- endmacro %}

{# The block of 8,192 lines that a row id lies in: it belongs to one file (stg_manifest__blocks). #}
{% macro block_of_row_id(row_id) -%}
    cast(floor({{ row_id }} / {{ 2 ** 13 }}) as bigint)
{%- endmacro %}
