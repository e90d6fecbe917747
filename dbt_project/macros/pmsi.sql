{# First day of the month of exit of a stay, from its summary or its linkage row. #}
{% macro exit_month(summary, linkage) -%}
    make_date(
        {{ to_integer('coalesce(' ~ summary ~ '.SOR_ANN, ' ~ linkage ~ '.SOR_ANN)') }},
        {{ to_integer('coalesce(' ~ summary ~ '.SOR_MOI, ' ~ linkage ~ '.SOR_MOI)') }},
        1
    )
{%- endmacro %}

{# ICD-10 as PMSI, ALD and CépiDc write it, in one form: upper case, no dot, no blanks. #}
{% macro icd10_code(column) -%}
    nullif(replace(replace(upper(trim({{ column }})), '.', ''), ' ', ''), '')
{%- endmacro %}

{# Mode and provenance (or destination) as one code: `8`, `8-5`. #}
{% macro mode_pair(mode, place) -%}
    {{ mode }} || coalesce('-' || {{ place }}, '')
{%- endmacro %}
