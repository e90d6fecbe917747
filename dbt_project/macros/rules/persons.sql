{# R07: fictitious or unidentified persons carry flat-fee payments, not a life (FILT). #}
{% macro r07_no_real_person(row) -%}
    {{ rule('R07',
        "coalesce(" ~ row ~ ".BEN_CDI_NIR, '00') not in ('00', '03', '04')"
        ~ " or " ~ row ~ ".birth_year is null"
        ~ " or coalesce(" ~ row ~ ".BEN_SEX_COD, '0') not in ('1', '2')"
    ) }}
{%- endmacro %}
