{# Rules of the weekly summaries of rehabilitation, in the order of int_ssr_week__placed. #}

{% macro r34a_grouping_error(row) -%}
    {{ rule('R34a', row ~ ".GRG_GME like '90%'") }}
{%- endmacro %}

{# TYP_GEN_RHA exists since 2015; NULL before. 4 too is a summary that a person coded. #}
{% macro r34b_automatic_summary(row) -%}
    {{ rule('R34b', row ~ ".TYP_GEN_RHA not in ('0', '4')") }}
{%- endmacro %}

{# R34c: the file of a year repeats the weeks of the year before of stays that go on. #}
{% macro r34c_week_of_year_before(row) -%}
    {{ rule('R34c', "substr(" ~ row ~ ".MOI_ANN, 3, 4) <> cast(" ~ row ~ "._source_year as string)") }}
{%- endmacro %}
