{# Dispositions that rehabilitation, home hospital and psychiatry share: linkage rows carry or join a
   visit, parts are visit details, diagnoses and acts are events. `described` are tables whose rows
   add facts to a stay, `described_parts` to one of its parts. #}
{% macro hospital_dispositions(field, described, described_parts, diagnosis_tables) -%}
with files as (
    select * from {{ ref('int_hospital_file__classified') }}
    where field = '{{ field }}'
),

stays as (
    select * from {{ ref('int_hospital_stay__chained') }}
    where field = '{{ field }}'
),

parts as (
    select * from {{ ref('int_hospital_part__unioned') }}
    where field = '{{ field }}'
),

-- a diagnosis whose procedure is that of an act
repeated as (
    select _row_id, min(act_row_id) as act_row_id
    from {{ ref('int_event__repeated') }}
    where is_whole
    group by _row_id
),

diagnoses as (
    select * from {{ ref('int_hospital_diagnosis__ranked') }}
    where field = '{{ field }}' and source_table in ('{{ diagnosis_tables | join("', '") }}')
),

acts as (
    select * from {{ ref('int_hospital_act__dated') }}
    where field = '{{ field }}'
),

described as (
    {%- for table in described %}
    select
        {{ hospital_key(field, table, part=false) }}
    from {{ staged(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{% if described_parts -%}
described_parts as (
    {%- for table in described_parts %}
    select
        {{ hospital_key(field, table) }}
    from {{ staged(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{% endif -%}
final as (
    select
        files.source_table,
        files._source_year,
        files._row_id,
        case
            when files.is_superseded then 'superseded'
            when files.excluded_by is not null then 'excluded'
            when stays.visit_row_id = files._row_id then 'event'
            else 'merged'
        end as disposition,
        case when files.is_superseded then 'R13' else files.excluded_by end as rule_id,
        stays.visit_row_id as carrier_row_id
    from files
    left join stays on files._row_id = stays._row_id
    union all
    select
        source_table,
        _source_year,
        _row_id,
        case when excluded_by is not null then 'excluded' else 'event' end,
        excluded_by,
        _row_id
    from parts
    union all
    select
        diagnoses.source_table,
        diagnoses._source_year,
        diagnoses._row_id,
        case
            when diagnoses.excluded_by is not null then 'excluded'
            when diagnoses.is_kept and repeated._row_id is null then 'event'
            else 'merged'
        end,
        diagnoses.excluded_by,
        coalesce(repeated.act_row_id, diagnoses.carrier_row_id)
    from diagnoses
    left join repeated on diagnoses.carrier_row_id = repeated._row_id
    union all
    select
        source_table,
        _source_year,
        _row_id,
        case when excluded_by is not null then 'excluded' else 'event' end,
        excluded_by,
        _row_id
    from acts
    union all
    select
        described.source_table,
        described._source_year,
        described._row_id,
        case
            when files._row_id is null or files.excluded_by is not null then 'excluded'
            else 'merged'
        end,
        case when files._row_id is null then 'R31' else files.excluded_by end,
        stays.visit_row_id
    from described
    left join files on {{ hospital_stay_join('described', 'files') }} and not files.is_superseded
    left join stays on files._row_id = stays._row_id
    {%- if described_parts %}
    union all
    select
        described_parts.source_table,
        described_parts._source_year,
        described_parts._row_id,
        case
            when parts._row_id is null or parts.excluded_by is not null then 'excluded'
            else 'merged'
        end,
        case when parts._row_id is null then 'R31' else parts.excluded_by end,
        parts._row_id
    from described_parts
    left join parts on {{ hospital_one_part_join('described_parts', 'parts') }}
    {%- endif %}
)
{%- endmacro %}
