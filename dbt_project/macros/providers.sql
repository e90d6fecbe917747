{# The number of a professional. A third character of 0 means the number of an establishment, or of
   a salaried doctor who has none: the care site represents them. In a number that was encrypted
   (17 characters) the third character has no meaning. #}
{% macro own_number(column) -%}
    case
        when
            length({{ column }}) <> 8 or (substr({{ column }}, 3, 1) is distinct from '0')
            then {{ column }}
    end
{%- endmacro %}
