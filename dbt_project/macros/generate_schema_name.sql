{# Schemas bear exactly the name that is configured: `cdm`, not `main_cdm`; `small_cdm` for what an
   increment makes. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set schema = (custom_schema_name or target.schema) | trim -%}
    {{ small_schema(schema) if node.resource_type == 'model' and is_small(node.name) else schema }}
{%- endmacro %}
