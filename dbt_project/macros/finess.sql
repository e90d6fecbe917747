{# R28: DCIR writes 8 characters of a FINESS number, PMSI 9; the ninth is a Luhn key. Corsica counts
   as 2001 (2A) and 2002 (2B) (HDH documentation, ref_etab). What is not a number is left as it is. #}
{% macro finess9(column) -%}
    {%- set digits -%}
        case substr({{ column }}, 1, 2)
            when '2A' then '2001' || substr({{ column }}, 5, 4)
            when '2B' then '2002' || substr({{ column }}, 5, 4)
            else {{ column }}
        end
    {%- endset -%}
    case
        when length({{ column }}) = 8 and {{ matches(digits, '^[0-9]{8}$') }}
            then {{ column }} || cast((10 - (
                {%- for place in range(1, 9) %}
                {{ luhn_term('cast(substr(' ~ digits ~ ', ' ~ place ~ ', 1) as integer)', place % 2 == 0) }}
                {{- ' + ' if not loop.last }}
                {%- endfor %}
            ) % 10) % 10 as string)
        else {{ column }}
    end
{%- endmacro %}

{% macro luhn_term(digit, is_doubled) -%}
    {%- if is_doubled -%}
    (case when {{ digit }} >= 5 then {{ digit }} * 2 - 9 else {{ digit }} * 2 end)
    {%- else -%}
    {{ digit }}
    {%- endif -%}
{%- endmacro %}

{# What DCIR and PMSI both write of a FINESS number: all but its key. #}
{% macro finess8(column) -%}
    substr({{ column }}, 1, 8)
{%- endmacro %}
