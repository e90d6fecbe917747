{# First days of the months of entry and exit of a stay whose days are not delivered: before 2009,
   and in projects without access to them. #}
{% macro entry_month(linkage) -%}
    coalesce(
        {{ month_start(linkage ~ '.EXE_SOI_AMD') }},
        {{ month_start(linkage ~ '.ENT_ANN || ' ~ linkage ~ '.ENT_MOI') }}
    )
{%- endmacro %}
{% macro exit_month(summary, linkage) -%}
    coalesce(
        {{ month_start(linkage ~ '.EXE_SOI_AMF') }},
        {{ month_start(summary ~ '.SOR_ANN || ' ~ summary ~ '.SOR_MOI') }},
        {{ month_start(linkage ~ '.SOR_ANN || ' ~ linkage ~ '.SOR_MOI') }}
    )
{%- endmacro %}

{# A day, or the last of its month when the month alone is known. #}
{% macro day_or_month_end(day, is_known) -%}
    case when {{ is_known }} then {{ day }} else {{ last_of_month(day) }} end
{%- endmacro %}

{# True for a day that may be one of the stay; where the month alone is known, and that of exit before
   2009, a month before it too. #}
{% macro is_day_of_stay(day, stay) -%}
    {{ day }} between
    case
        when {{ stay }}.is_day_known then {{ stay }}.care_date
        else {{ add_days(stay ~ '.care_date', -31) }}
    end
    and {{ day_or_month_end(
        'coalesce(' ~ stay ~ '.end_date, ' ~ stay ~ '.care_date)', stay ~ '.is_day_known'
    ) }}
{%- endmacro %}

{# ICD-10 as PMSI, ALD and CépiDc write it, in one form: upper case, no dot, no blanks. #}
{% macro icd10_code(column) -%}
    nullif(replace(replace(upper(trim({{ column }})), '.', ''), ' ', ''), '')
{%- endmacro %}

{# Mode and provenance (or destination) as one code: `8`, `8-5`. #}
{% macro mode_pair(mode, place) -%}
    {{ mode }} || coalesce('-' || {{ place }}, '')
{%- endmacro %}
