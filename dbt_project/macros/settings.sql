{# A date of the settings, or what stands for it. #}
{% macro date_setting(name, otherwise) -%}
    {{ 'date ' ~ sql_text(var(name)) if var(name) else otherwise }}
{%- endmacro %}

{# First complete day of the payer of a person, where `observation.regime_start` gives one. #}
{% macro regime_start(payer) -%}
    {%- if var('regime_start') -%}
        case {{ payer }}
            {%- for code, day in var('regime_start') | dictsort %}
            when {{ sql_text(code) }} then date {{ sql_text(day) }}
            {%- endfor %}
        end
    {%- else -%}
        cast(null as date)
    {%- endif -%}
{%- endmacro %}
