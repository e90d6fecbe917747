{# Every SNDS table of the contracts: the nodes of source `snds`, in order of name. Known when models
   run, not when they are parsed. #}
{% macro staged_tables() -%}
    {%- if execute -%}
        {{ return(graph.sources.values() | selectattr('source_name', 'equalto', 'snds') | sort(attribute='name')) }}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}
