with events as (
    select
        *,
        -- the SNDS has the result of Covid-19 tests alone; the modifiers of an act are no result
        case when source_vocabulary = 'TES_TYP_COD' then modifier end as result
    from {{ ref('int_event__routed') }}
    where domain = 'Measurement'
),

units as (
    select source_code as unit_code, target_concept_id as unit_concept
    from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'unit'
),

results as (
    select source_code as result_code, target_concept_id as result_concept
    from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'covid_result'
),

final as (
    select
        {{ cdm_columns({
            'measurement_id': 'event_id',
            'measurement_concept_id': 'concept_id',
            'measurement_date': 'start_date',
            'measurement_datetime': 'start_date',
            'measurement_type_concept_id': 'type_concept_id',
            'value_as_number': 'value_as_number',
            'value_as_concept_id':
                'coalesce(value_as_concept_id, results.result_concept, case when result is not null then 0 end)',
            'unit_concept_id':
                'case when value_as_number is not null and unit is not null then coalesce(units.unit_concept, 0) end',
            'unit_source_value': 'case when value_as_number is not null then unit end',
            'range_low': 'range_low',
            'range_high': 'range_high',
            'person_id': 'person_id',
            'provider_id': 'provider_id',
            'visit_occurrence_id': 'visit_occurrence_id',
            'visit_detail_id': 'visit_detail_id',
            'measurement_source_value': 'source_code',
            'measurement_source_concept_id': 'source_concept_id',
            'value_source_value':
                "coalesce(result, cast(" ~ narrowed("value_as_number", "integer") ~ " as string))",
        }) }}
    from events
    left join units
        on events.value_as_number is not null and events.unit = units.unit_code
    left join results on events.result = results.result_code
)

select * from final
