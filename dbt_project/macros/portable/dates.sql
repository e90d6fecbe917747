{# Words that differ between engines. Each has a default (DuckDB) and, where needed, a spark__ form. #}

{# A day and a number of days, literal or column. A column that holds more than a century is a
   typing error, not a delay: the day itself is kept, as when nothing was filled in. #}
{% macro add_days(day, days) -%}
    {%- if days is not number -%}
        {%- set days = "case when " ~ days ~ " between -100 * 365 and 100 * 365 then " ~ days
            ~ " when " ~ days ~ " is not null then 0 end" -%}
    {%- endif -%}
    {{ return(adapter.dispatch('add_days', 'snds_omop')(day, days)) }}
{%- endmacro %}
{% macro default__add_days(day, days) -%}
    ({{ day }} + cast({{ days }} as integer))
{%- endmacro %}
{% macro spark__add_days(day, days) -%}
    date_add({{ day }}, cast({{ days }} as int))
{%- endmacro %}

{# First day of a month given as text YYYYMM; NULL when it is none. #}
{% macro month_start(month) -%}
    {{ return(adapter.dispatch('month_start', 'snds_omop')(month)) }}
{%- endmacro %}
{% macro default__month_start(month) -%}
    try_cast(substr({{ month }}, 1, 4) || '-' || substr({{ month }}, 5, 2) || '-01' as date)
{%- endmacro %}
{% macro spark__month_start(month) -%}
    try_cast(concat(substr({{ month }}, 1, 4), '-', substr({{ month }}, 5, 2), '-01') as date)
{%- endmacro %}

{# The same day some months later, or earlier; the last one of a shorter month. #}
{% macro add_months(day, months) -%}
    {{ return(adapter.dispatch('add_months', 'snds_omop')(day, months)) }}
{%- endmacro %}
{% macro default__add_months(day, months) -%}
    cast({{ day }} + {{ months }} * interval 1 month as date)
{%- endmacro %}
{% macro spark__add_months(day, months) -%}
    add_months({{ day }}, cast({{ months }} as int))
{%- endmacro %}

{# The months since the year 0: months can be counted and compared. #}
{% macro month_number(day) -%}
    cast(extract(year from {{ day }}) * 12 + extract(month from {{ day }}) - 1 as integer)
{%- endmacro %}

{# First and last day of the month of a date. #}
{% macro first_of_month(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}
{% macro last_of_month(day) -%}
    last_day({{ day }})
{%- endmacro %}

{# First day of a month of a year; of the year when the month is not one. #}
{% macro first_day(year, month) -%}
    case
        when {{ year }} between 1 and 9999
            then make_date(
                cast({{ year }} as integer),
                case when {{ month }} between 1 and 12 then cast({{ month }} as integer) else 1 end, 1
            )
    end
{%- endmacro %}

{% macro as_timestamp(day) -%}
    cast({{ day }} as timestamp)
{%- endmacro %}

{# Days from one date to a later one. #}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between', 'snds_omop')(first, last)) }}
{%- endmacro %}
{% macro default__days_between(first, last) -%}
    date_diff('day', {{ first }}, {{ last }})
{%- endmacro %}
{% macro spark__days_between(first, last) -%}
    datediff({{ last }}, {{ first }})
{%- endmacro %}
