{# Cleaning done in staging, and nowhere else. #}

{# R04: sentinels of the SNDS (0001, 1600, 2099, 2999, 9999) are no dates. #}
{% macro real_date(column) -%}
    case
        when {{ column }} between date '1602-01-01' and date '2098-12-31' then {{ column }}
    end
{%- endmacro %}

{# R04: the same for months kept as YYYYMM. #}
{% macro real_month(column) -%}
    case
        when substr({{ column }}, 1, 4) between '1602' and '2098' then {{ column }}
    end
{%- endmacro %}

{# R01: leading zeros lost on the way are put back; a code that is not all digits is left alone, but
   for the departments of Corsica. #}
{% macro pad_code(column, width) -%}
    case
        when length({{ column }}) < {{ width }} and {{ matches(column, '^([0-9]+|2[ABab])$') }}
            then lpad({{ column }}, {{ width }}, '0')
        else {{ column }}
    end
{%- endmacro %}

{# A text that is nothing but a whole number, as a number. #}
{% macro plain_number(column) -%}
    case
        when {{ matches('trim(' ~ column ~ ')', '^[0-9]+$') }} then {{ to_integer('trim(' ~ column ~ ')') }}
    end
{%- endmacro %}

{# A speciality or an activity as the value tables number it; 0 and 99 mean that none is stated. #}
{% macro stated_code(column) -%}
    nullif(nullif(cast({{ to_integer(column) }} as string), '0'), '99')
{%- endmacro %}

{# A quantity times a coefficient. Wide, so that two absurd numbers of a broken line give a third one,
   which a rule can refuse, and not the end of the build. #}
{% macro times(quantity, coefficient) -%}
    (cast({{ quantity }} as decimal(38, 4)) * {{ coefficient }})
{%- endmacro %}
