{# R35: a sub-sequence whose every tariff group is in error (GHT 99, or PAPRICA group 99). #}
{% macro r35_invalid_tariff_group(row) -%}
    {{ rule('R35', row ~ ".has_invalid_group") }}
{%- endmacro %}
