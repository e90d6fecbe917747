{{ config(alias='person_facts') }}
-- What a reader of `person` should know and cannot see there: persons, by what is peculiar.
{% set facts = {
    'all': 'true',
    'several_rights': 'n_rights > 1',
    'sex_differs_between_rights': 'has_sex_conflict',
    'birth_year_differs_between_rights': 'has_birth_conflict',
    'birth_month_not_delivered': 'birth_month is null',
    'residence_not_known': 'place is null',
    'residence_known_by_its_department_only': 'commune is null and place is not null',
    'death_known_by_its_month_only': 'is_death_month_only',
    'death_before_birth_or_after_the_delivery': 'has_impossible_death',
} -%}
with persons as (
    select * from {{ ref('int_person__identified') }}
),

final as (
    {%- for fact, condition in facts.items() %}
    select '{{ fact }}' as fact, count(*) as n_persons
    from persons
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
