with events as (
    select * from {{ ref('int_event__routed') }}
    where domain = 'Observation'
),

payments as (
    select * from {{ ref('int_payment__observed') }}
),

cartography as (
    select * from {{ ref('int_cartography__classified') }}
    where excluded_by is null and not is_replaced and not is_superseded
),

units as (
    select source_code as unit_code, target_concept_id as unit_concept
    from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'unit'
),

unioned as (
    select
        event_id,
        concept_id,
        start_date,
        type_concept_id,
        value_as_concept_id,
        status_source_value,
        person_id,
        provider_id,
        visit_occurrence_id,
        visit_detail_id,
        source_code,
        source_concept_id,
        value_as_number,
        -- the unit of a product is no unit of a number
        case when value_as_number is not null then unit end as unit,
        cast(null as string) as value_as_string
    from events
    union all
    select
        observation_id as event_id,
        0 as concept_id,
        observation_date as start_date,
        {{ concept('type_concept', 'DCIR') }} as type_concept_id,
        null as value_as_concept_id,
        null as status_source_value,
        person_id,
        null as provider_id,
        null as visit_occurrence_id,
        null as visit_detail_id,
        PRS_NAT_REF as source_code,
        source_concept_id,
        cast(days as double) as value_as_number,
        unit,
        null as value_as_string
    from payments
    union all
    select
        {{ cdm_id('_row_id') }} as event_id,
        0 as concept_id,
        care_date as start_date,
        {{ concept('type_concept', 'DERIVED') }} as type_concept_id,
        null as value_as_concept_id,
        VERSION as status_source_value,
        person_id,
        null as provider_id,
        null as visit_occurrence_id,
        null as visit_detail_id,
        'CT_IND' as source_code,
        0 as source_concept_id,
        null as value_as_number,
        null as unit,
        CT_TOPS as value_as_string
    from cartography
),

final as (
    select
        {{ cdm_columns({
            'observation_id': 'event_id',
            'observation_concept_id': 'concept_id',
            'observation_date': 'start_date',
            'observation_datetime': 'start_date',
            'observation_type_concept_id': 'type_concept_id',
            'value_as_number': 'value_as_number',
            'value_as_string': 'value_as_string',
            'value_as_concept_id': 'value_as_concept_id',
            'qualifier_concept_id':
                'case when status_source_value is not null then 0 end',
            'qualifier_source_value': 'status_source_value',
            'unit_concept_id':
                'case when unit is not null then coalesce(units.unit_concept, 0) end',
            'unit_source_value': 'unit',
            'person_id': 'person_id',
            'provider_id': 'provider_id',
            'visit_occurrence_id': 'visit_occurrence_id',
            'visit_detail_id': 'visit_detail_id',
            'observation_source_value': 'source_code',
            'observation_source_concept_id': 'source_concept_id',
        }) }}
    from unioned
    left join units on unioned.unit = units.unit_code
)

select * from final
