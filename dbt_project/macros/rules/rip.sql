{# Rules of psychiatry, in the order of int_rip_sequence__placed, then of ambulatory acts. #}

{# SEQ_IND exists until 2020. #}
{% macro r36a_sequence_in_error(row) -%}
    {{ rule('R36a', row ~ ".SEQ_IND = 'E'") }}
{%- endmacro %}

{# TYP_GEN_RSA exists since 2015; NULL before. #}
{% macro r36b_automatic_summary(row) -%}
    {{ rule('R36b', row ~ ".TYP_GEN_RSA <> '0'") }}
{%- endmacro %}

{# R37: neither T_RIPaaCSTC nor a stay in the same hospital identifies the patient number. #}
{% macro r37_unknown_patient(row) -%}
    {{ always('R37', row ~ ".person_id is null") }}
{%- endmacro %}
