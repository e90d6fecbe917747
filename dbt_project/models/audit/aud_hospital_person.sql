{{ config(alias='hospital_person') }}
-- Persons whose hospital care is excluded because PMSI knows the PSA alone: those of a PSA that
-- several persons share (R08), by sex and decade of birth, and those whom no table of beneficiaries
-- knows (R06), of whom nothing more is known.
with care as (
    {%- for model in (
        'int_mco_stay__classified', 'int_hospital_file__classified',
        'int_external_bill__classified',
    ) %}
    select NIR_ANO_17, excluded_by
    from {{ ref(model) }}
    where excluded_by in ('R06', 'R08') and NIR_ANO_17 is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

keys as (
    select distinct NIR_ANO_17, excluded_by from care
),

rights as (
    select distinct BEN_NIR_PSA, person_id
    from {{ ref('int_right__bridged') }}
    where BEN_RNG_GEM <> {{ identity_rank() }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

bearers as (
    select distinct
        persons.person_id,
        persons.BEN_SEX_COD as sex,
        persons.birth_year - persons.birth_year % 10 as birth_decade
    from keys
    inner join rights on keys.NIR_ANO_17 = rights.BEN_NIR_PSA
    inner join persons on rights.person_id = persons.person_id
    where keys.excluded_by = 'R08'
),

final as (
    select
        'R08' as rule_id,
        sex,
        birth_decade,
        count(*) as n_persons
    from bearers
    group by sex, birth_decade
    union all
    select
        'R06',
        cast(null as string),
        cast(null as integer),
        count(distinct NIR_ANO_17)
    from keys
    where excluded_by = 'R06'
    having count(*) > 0
)

select * from final
