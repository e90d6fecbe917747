{# Increments (docs/adr/0015-increments.md). `snds-omop` hands over `increment`, the lists of increment.yml,
   when a delivery only added files. Models then read the touched rows alone, stand in schemas of their own
   (`small_…`), and each is merged into its table as soon as it is made. Without it nothing here acts. #}

{% macro small_schema(schema) -%} small_{{ schema }} {%- endmacro %}

{# True for a model that is made for the touched rows only. #}
{% macro is_small(name) -%}
    {%- set plan = var('increment', none) -%}
    {{ return(plan is not none and name not in plan.everyone and name not in plan.fixed) }}
{%- endmacro %}

{# What looks at everybody reads whole tables, which hold the touched rows already. #}
{% macro ref() -%}
    {%- set relation = builtins.ref(*varargs, **kwargs) -%}
    {%- if var('increment', none) is not none and is_small(varargs[-1]) and not is_small(model.name) -%}
        {%- set whole = relation.schema | replace(small_schema(''), '', 1) -%}
        {{ return(relation.incorporate(path={'schema': whole})) }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}

{# After each model: the rows just made take the place of those of the same source rows. #}
{% macro merge_increment() -%}
    {%- set plan = var('increment', none) -%}
    {%- if execute and plan is not none -%}
        {%- if model.name in plan.numbers -%}
            {{ number_moves(plan.numbers[model.name]) }}
        {%- elif is_small(model.name) and model.config.materialized != 'view' -%}
            {%- set whole = this.incorporate(path={'schema': this.schema | replace(small_schema(''), '', 1)}) -%}
            {%- if model.name in plan.steps -%}
                drop table if exists {{ whole }}
            {%- elif model.name in plan.names -%}
                {%- set columns = plan.names[model.name] | join(', ') -%}
                delete from {{ whole }} where ({{ columns }}) in (select ({{ columns }}) from {{ this }});
                insert into {{ whole }} by name select * from {{ this }}
            {%- elif model.name in plan.rows -%}
                {{ replace_rows(whole, plan.rows[model.name], plan.numbers.values() | list) }}
            {%- else -%}
                {%- do exceptions.raise_compiler_error(model.name ~ " is not in increment.yml") -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro replace_rows(whole, key, numbers) -%}
    {%- set row_id = key if key.endswith('row_id') else row_id_of(key) -%}
    delete from {{ whole }} where {{ row_id }} in (select _row_id from increment.touched);
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
    {%- for number in numbers | map(attribute='number') if number in columns %}
    update {{ whole }} as held set {{ number }} = moves.new_number
    from increment.moves as moves
    where moves.kind = '{{ number }}' and held.{{ number }} = moves.old_number;
    {%- endfor %}
    insert into {{ whole }} by name select * from {{ this }}
{%- endmacro %}

{# Names that have another id than in the candidate before. #}
{% macro number_moves(names) -%}
    insert into increment.moves
    select '{{ names.number }}', known.number, made.{{ names.number }}
    from increment.numbers as known
    inner join {{ this }} as made
        on known.kind = '{{ names.number }}' and known.name = made.{{ names.name }}
    where known.number <> made.{{ names.number }}
{%- endmacro %}
