{# R20, the aggregates of one business key: the net quantity, the row that carries the result, and
   whether the result is an event, a cancelled pair or a reversal without its original. A quantity of
   zero is no act, no box, no test and no device. #}
{% macro netting(quantity, row_id) -%}
        sum(coalesce({{ quantity }}, 1)) as quantity,
        coalesce(
            min({{ row_id }}) filter (where coalesce({{ quantity }}, 1) >= 0),
            min({{ row_id }})
        ) as carrier_row_id,
        case
            when sum(coalesce({{ quantity }}, 1)) > 0 then 'event'
            when sum(coalesce({{ quantity }}, 1)) = 0 then 'cancelled'
            else 'orphan'
        end as outcome
{%- endmacro %}

{# Disposition and rule of a row whose business key was netted. #}
{% macro netted_disposition(outcome, carrier_row_id, row_id) -%}
        case
            when {{ outcome }} = 'cancelled' then 'cancelled'
            when {{ outcome }} = 'orphan' then 'excluded'
            when {{ carrier_row_id }} = {{ row_id }} then 'event'
            else 'merged'
        end
{%- endmacro %}
