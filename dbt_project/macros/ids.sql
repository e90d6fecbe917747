{# A CDM id is its source row's id × 32 + variant; the variant packs the place in the row
   (`slot`, of `slots`) and the rank of the target when one code has several (DESIGN §6). #}
{% macro cdm_id(row_id, slot='0', target_rank='0', slots='1') -%}
    cast({{ row_id }} * 32 + {{ target_rank }} * {{ slots }} + {{ slot }} as bigint)
{%- endmacro %}

{# Number of the SNDS table that a CDM id or a row id comes from. #}
{% macro table_number_of_cdm_id(cdm_id) -%}
    cast({{ cdm_id }} // {{ 32 * 2 ** 41 }} as integer)
{%- endmacro %}
