{# Birth year as a number; sentinels and impossible years are NULL. #}
{% macro birth_year(column) -%}
    case when {{ to_integer(column) }} between 1850 and 2098
        then {{ to_integer(column) }}
    end
{%- endmacro %}

{# R10: the day of death; when only the month may be known, its last day (Themis). #}
{% macro death_day(day, month) -%}
    coalesce({{ day }}, {{ last_of_month(month_start(month)) }})
{%- endmacro %}

{# A text that sorts like "first column, then second, … then row id": `max` of it names the freshest
   row without an ordered window. Dates are ISO, numbers are padded. #}
{% macro freshness(columns, row_id) -%}
    {%- for column in columns -%}
        coalesce(cast({{ column }} as string), '') || '|' ||
    {%- endfor -%}
    lpad(cast({{ row_id }} as string), 16, '0')
{%- endmacro %}

{# The general scheme has one (888) made to hold the care of fictitious numbers (IR_RGM_V). Those of
   other schemes that bear this number are true ones. #}
{% macro is_anonymous_scheme(group, scheme) -%}
    coalesce({{ to_integer(group) }} = 1 and {{ to_integer(scheme) }} = 888, false)
{%- endmacro %}
