{# Schemas bear exactly the name that is configured: `cdm`, not `main_cdm`. This is dbt's documented
   extension point; readers of the CDM expect these names. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
