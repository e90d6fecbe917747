-- R32 for rehabilitation, home hospital and psychiatry: a diagnosis stands in several parts and
-- places of one visit, in the years of one that goes on too; the strongest place keeps it, then the
-- first part, whose days it has. Places are given strongest first; lines have no order.
with diagnoses as (
    {%- for field, source_table, column, role, slot, slots in diagnosis_places() %}
    select
        {{ hospital_key(field, source_table) }},
        '{{ role }}' as diagnosis_role,
        {{ slot }} as slot,
        {{ slots }} as slots,
        '{{ '%02d' % loop.index }}' as strength,
        {{ icd10_code(column) }} as source_code
    from {{ staged_once(source_table) }}
    {%- if role == 'DAS' and source_table in ('T_SSRaaB', 'T_HADaaB') %}
    where {{ column }} is not null
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

parts as (
    select * from {{ ref('int_hospital_part__unioned') }}
),

joined as (
    select
        diagnoses.*,
        parts._row_id as stay_row_id,
        parts.person_id,
        parts.visit_occurrence_id,
        parts.visit_detail_id,
        parts.start_date,
        parts.excluded_by as rule_of_part,
        diagnoses.strength
        || coalesce(cast(parts.start_date as string), '') || '|' || coalesce(diagnoses.part_key, '')
        || '|' || coalesce(parts.source_value, '') || '|' || coalesce(parts.site, '')
        || '|' || lpad(cast(diagnoses._row_id as string), 16, '0') as place
    from diagnoses
    left join parts on {{ hospital_one_part_join('diagnoses', 'parts') }}
),

classified as (
    select
        joined.*,
        {{ first_rule([
            "when joined.stay_row_id is null then 'R31'",
            inherited_rule('joined.rule_of_part'),
            r32_no_code('joined'),
        ]) }} as excluded_by
    from joined
),

strongest as (
    select visit_occurrence_id, source_code, min(place) as place
    from classified
    where excluded_by is null
    group by visit_occurrence_id, source_code
),

final as (
    select
        classified.*,
        (classified.place is not distinct from strongest.place) as is_kept,
        cast(right(strongest.place, 16) as bigint) as carrier_row_id
    from classified
    left join strongest
        on
            classified.visit_occurrence_id = strongest.visit_occurrence_id
            and classified.source_code = strongest.source_code
            and classified.excluded_by is null
)

select * from final
