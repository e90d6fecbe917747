-- One row, and no clock: the dates are those of the data, so that the same inputs give the same
-- row.
{% set description = [
    var('source_description'),
    'population: ' ~ var('population') if var('population') else '',
    'sampling fraction: ' ~ var('sampling_fraction') if var('sampling_fraction') else '',
] | select | join('; ') -%}
-- a month that a typing error made is none, nor is the stay of a year after that of its file
with months as (
    select max(flux_month) as last_month from {{ ref('int_flux_month__delivered') }}
),

lines as (
    select max(lines.FLX_DIS_DTD) as last_flux
    from {{ ref('int_dcir_line__unioned') }} as lines
    cross join months
    where {{ first_of_month('lines.FLX_DIS_DTD') }} <= months.last_month
),

stays as (
    select max(end_date) as last_stay
    from {{ ref('int_mco_stay__placed') }}
    where extract(year from end_date) <= _source_year
),

vocabulary_meta as (
    select * from {{ ref('stg_vocabulary__vocabulary_meta') }}
),

-- rehabilitation, home hospital or psychiatry alone: the last year of their files
years as (
    select make_date({{ narrowed('max(source_year)', 'integer') }}, 12, 31) as last_day
    from {{ ref('int_hospital_year__delivered') }}
),

dated as (
    select
        coalesce(
            {%- if var('source_release_date') %}
            date {{ sql_text(var('source_release_date')) }},
            {%- endif %}
            lines.last_flux,
            stays.last_stay,
            years.last_day,
            date '1970-01-01'
        ) as source_release_date
    from lines
    cross join stays
    cross join years
),

final as (
    select
        {{ cdm_columns({
            'cdm_source_name': sql_text(var('cdm_source_name')),
            'cdm_source_abbreviation': sql_text(var('cdm_source_abbreviation')),
            'cdm_holder': sql_text(var('cdm_holder')),
            'source_description': 'nullif(' ~ sql_text(description) ~ ", '')",
            'cdm_etl_reference': sql_text(var('etl_reference')),
            'source_release_date': 'dated.source_release_date',
            'cdm_release_date': 'date ' ~ sql_text(var('cdm_release_date'))
                if var('cdm_release_date') else 'dated.source_release_date',
            'cdm_version': "'5.4'",
            'cdm_version_concept_id': concept('cdm', 'CDM v5.4.0'),
            'vocabulary_version': 'vocabulary_meta.vocabulary_version',
        }) }}
    from dated
    cross join vocabulary_meta
)

select * from final
