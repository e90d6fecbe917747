-- Numbers of the summaries: a column is the code of its measurement. Blanks, nines over the whole
-- width of the column and, but for SAPS II, zeros are missing values; those outside the range that
-- a value can have give none either. Scores that are taken again every week are kept when they
-- change.
{% set dependency = {'unit': 'null', 'low': 1, 'high': 4, 'is_score': true} -%}
{% set stay = [
    ('POI_NAI', {'unit': "'G'", 'low': 200, 'high': 7000}),
    ('AGE_GES', {'unit': "'SEM'", 'low': 15, 'high': 45}),
    ('DEL_REG_ENT', {'unit': "'J'", 'low': 1, 'high': 320}),
    ('COD_IGS', {'code': 'IGS2_COD', 'unit': 'null', 'low': 0, 'high': 163, 'is_score': true}),
] -%}
{% set parts = {
    'T_SSRaaB': ['HAB_DEP', 'DPL_DEP', 'ALI_DEP', 'CON_DEP', 'CPT_DEP', 'REL_DEP'],
    'T_HADaaB': ['AVQ_HAB', 'AVQ_LOC', 'AVQ_ALI', 'AVQ_CON', 'AVQ_CPT', 'AVQ_REL'],
    'T_RIPaaRSA': [
        'SCO_DEP_HAB', 'SCO_DEP_DPL', 'SCO_DEP_ALI', 'SCO_DEP_CON', 'SCO_DEP_CPT', 'SCO_DEP_REL',
        'SCO_DEP_COM',
    ],
} -%}
with stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

units as (
    select * from {{ ref('int_mco_unit__placed') }}
),

hospital_parts as (
    select * from {{ ref('int_hospital_part__unioned') }}
    where excluded_by is null
),

unioned as (
    {%- for column, number in stay %}
    select
        numbers._row_id,
        {{ 31 - loop.index0 }} as slot,
        stays.person_id,
        '{{ number.get('code', column) }}' as source_code,
        {{ to_number('numbers.' ~ column) }} as number,
        {{ number.unit }} as unit,
        {{ number.low }} as low,
        {{ number.high }} as high,
        {{ number.get('is_score', false) }} as is_score,
        stays.care_date as start_date,
        stays.visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from {{ ref('stg_mco__t_mcoaab') }} as numbers
    inner join stays on numbers._row_id = stays._row_id
    union all
    {%- endfor %}
    select
        numbers._row_id,
        31,
        units.person_id,
        'IGS2_COD',
        {{ to_number('numbers.IGS2_COD') }},
        null,
        0,
        163,
        true,
        units.start_date,
        units.visit_occurrence_id,
        units.visit_detail_id
    from {{ ref('stg_mco__t_mcoaaum') }} as numbers
    inner join units on numbers._row_id = units._row_id
    {%- for table, columns in parts.items() %}
    {%- for column in columns + (['DEP_COT'] if table == 'T_HADaaB' else []) %}
    union all
    select
        numbers._row_id,
        {{ 31 - loop.index0 }},
        hospital_parts.person_id,
        '{{ column }}',
        {{ to_number('numbers.' ~ column) }},
        {{ "'%'" if column == 'DEP_COT' else 'null' }},
        {{ 10 if column == 'DEP_COT' else 1 }},
        {{ 100 if column == 'DEP_COT' else 4 }},
        true,
        hospital_parts.start_date,
        hospital_parts.visit_occurrence_id,
        hospital_parts.visit_detail_id
    from {{ staged(table) }} as numbers
    inner join hospital_parts
        on
            hospital_parts.source_table = '{{ table }}'
            and numbers._row_id = hospital_parts._row_id
    {%- endfor %}
    {%- endfor %}
),

plausible as (
    select * from unioned
    where number between low and high
),

compared as (
    select
        *,
        lag(number) over (
            partition by visit_occurrence_id, source_code
            order by start_date, number, visit_detail_id
        ) as previous_number
    from plausible
),

final as (
    select * from compared
    -- a unit of critical care has a score of its own
    where source_code = 'IGS2_COD' or previous_number is distinct from number
)

select * from final
