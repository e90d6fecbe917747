{# CTEs, the last of which, `spans`, holds one row per uninterrupted span of `source`: records of
   equal `keys` belong together while the next starts within the persistence window after the latest
   end seen so far (`days`). `source` has event_id, start_date, end_date and the keys, without NULL.
   The windows run over one row per key and day, never over the events. Nothing is stockpiled.
   gap_days are those of the script of OHDSI: the length of the span less that of its stretches of
   records that overlap, each from its first to its last day; two that follow each other are one day
   apart. #}
{% macro era_spans(source, keys, days=30) -%}
{%- set key_list = keys | join(', ') -%}
daily as (
    select
        {{ key_list }},
        start_date,
        max(greatest(start_date, end_date)) as end_date,
        min(event_id) as first_event_id,
        count(*) as n_events
    from {{ source }}
    group by {{ key_list }}, start_date
),

reached as (
    select
        *,
        max(end_date) over (
            partition by {{ key_list }} order by start_date
            rows between unbounded preceding and 1 preceding
        ) as reached_date
    from daily
),

numbered as (
    select
        *,
        sum(
            case
                when start_date <= {{ add_days('reached_date', days) }} then 0
                else 1
            end
        ) over (
            partition by {{ key_list }} order by start_date
            rows between unbounded preceding and current row
        ) as span_number,
        case
            when
                start_date > reached_date
                and start_date <= {{ add_days('reached_date', days) }}
                then {{ days_between('reached_date', 'start_date') }}
            else 0
        end as gap_days
    from reached
),

spans as (
    select
        {{ key_list }},
        min(start_date) as start_date,
        max(end_date) as end_date,
        min(first_event_id) as first_event_id,
        sum(n_events) as n_events,
        sum(gap_days) as gap_days
    from numbered
    group by {{ key_list }}, span_number
)
{%- endmacro %}

{# Id of a span: the source row of its smallest event, and the rank of the span among those of that
   row. One drug has several ingredients, so one row opens several spans; `keys` distinguishes them. #}
{% macro span_id(keys) -%}
    {{ cdm_id(
        row_id_of('spans.first_event_id'),
        'rank() over (partition by ' ~ row_id_of('spans.first_event_id') ~ ' order by '
        ~ keys | join(', ') ~ ') - 1'
    ) }}
{%- endmacro %}

{# What a source code implies for an episode that no table of the SNDS declares. Chemotherapy: a
   session of a tumour (Z511); radiotherapy the session of irradiation (Z5101, Z510 before it was
   split) or an act of irradiation or brachytherapy (CCAM ZZNL). A pregnancy without birth is
   ectopic, molar, lost or ended (O00 to O06; failed attempts and late complications, O07 and O08,
   end nothing) or evacuated (CCAM). #}
{% macro episode_kind(vocabulary, code) -%}
    case
        when {{ vocabulary }} = 'CIM10' and {{ code }} = 'Z511' then 'chemotherapy'
        when {{ vocabulary }} = 'CIM10' and {{ code }} in ('Z510', 'Z5101') then 'radiotherapy'
        when {{ vocabulary }} = 'CCAM' and {{ code }} like 'ZZNL%' then 'radiotherapy'
        when {{ vocabulary }} = 'CIM10' and substr({{ code }}, 1, 3) between 'O00' and 'O06'
            then 'pregnancy_loss'
        when {{ vocabulary }} = 'CCAM' and {{ code }} in ('JNJD001', 'JNJD002', 'JNJP001')
            then 'pregnancy_loss'
    end
{%- endmacro %}

{# The field that an event's id stands in, by domain: named as concepts of vocabulary CDM are. #}
{% macro event_fields() -%}
    {{ return({
        'Condition': 'condition_occurrence.condition_occurrence_id',
        'Drug': 'drug_exposure.drug_exposure_id',
        'Procedure': 'procedure_occurrence.procedure_occurrence_id',
        'Measurement': 'measurement.measurement_id',
        'Device': 'device_exposure.device_exposure_id',
        'Observation': 'observation.observation_id',
        'Visit': 'visit_occurrence.visit_occurrence_id',
    }) }}
{%- endmacro %}
