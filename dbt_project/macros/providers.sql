{# The number of a professional. A third character of 0 says that it is an establishment's, or that of a
   salaried doctor without a number of their own: the site stands for them. A number that was encrypted
   (17 characters) says nothing by its characters. #}
{% macro own_number(column) -%}
    case
        when
            length({{ column }}) <> 8 or (substr({{ column }}, 3, 1) is distinct from '0')
            then {{ column }}
    end
{%- endmacro %}
