{# A CDM id is its source row's id × 32 + variant; the variant packs the place in the row
   (`slot`, of `slots`) and the rank of the target when one code has several (DESIGN §6). #}
{% macro cdm_id(row_id, slot='0', target_rank='0', slots='1') -%}
    cast({{ row_id }} * 32 + {{ target_rank }} * {{ slots }} + {{ slot }} as bigint)
{%- endmacro %}

{# R13: rows before this one are superseded, in a group of rows that tell the same. Numbered rows are
   one row told again; without a number, only those of an earlier file are. #}
{% macro first_kept_row_id(row_id, number) -%}
    case
        when max({{ number }}) is not null then max({{ row_id }})
        else cast(max(floor({{ row_id }} / {{ 2 ** 28 }})) as bigint) * {{ 2 ** 28 }}
    end
{%- endmacro %}

{# Number of the SNDS table that a row id, or a CDM id, comes from. #}
{% macro table_number_of_row_id(row_id) -%}
    cast(floor({{ row_id }} / {{ 2 ** 41 }}) as integer)
{%- endmacro %}
{% macro table_number_of_cdm_id(cdm_id) -%}
    cast(floor({{ cdm_id }} / {{ 32 * 2 ** 41 }}) as integer)
{%- endmacro %}

{# Row id of the source row that a CDM id carries. #}
{% macro row_id_of(cdm_id) -%}
    cast(floor({{ cdm_id }} / 32) as bigint)
{%- endmacro %}

{# Number of the file (its chunk) that a row id comes from, within its table. #}
{% macro file_number_of_row_id(row_id) -%}
    cast(mod(floor({{ row_id }} / {{ 2 ** 28 }}), {{ 2 ** 13 }}) as integer)
{%- endmacro %}
