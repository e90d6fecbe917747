-- The last day that the delivery vouches for: of its flux months, of its years of PMSI, of what the
-- referential of persons knows. A year more is the last day that is believed of a death, a right, a
-- dose or a test, which have neither flux nor file of their year. NULL when nothing is dated so.
with persons as (
    select MAX_TRT_DTD, BEN_DTE_MAJ from {{ ref('stg_beneficiary__ir_ben_r') }}
    union all
    select MAX_TRT_DTD, BEN_DTE_MAJ from {{ ref('stg_beneficiary__ir_iba_r') }}
),

days as (
    select {{ last_of_month('max(flux_month)') }} as last_day
    from {{ ref('int_flux_month__delivered') }}
    union all
    select make_date({{ narrowed('max(source_year)', 'integer') }}, 12, 31)
    from {{ ref('int_hospital_year__delivered') }}
    union all
    select max(MAX_TRT_DTD) from persons
    union all
    select max(BEN_DTE_MAJ) from persons
),

known as (
    select max(last_day) as last_day from days
),

final as (
    select
        last_day,
        {{ last_of_month(add_months('last_day', 12)) }} as last_believed_day
    from known
)

select * from final
