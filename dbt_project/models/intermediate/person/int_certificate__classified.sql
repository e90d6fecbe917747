-- R42: a certificate speaks of somebody when it is matched, to one person, who has no other.
with certificates as (
    select
        *,
        coalesce(BEN_IDT_ANO, BEN_NIR_ANO) as person_key,
        {{ death_day('BEN_DCD_DTE', 'BEN_DCD_AME') }} as death_date
    from {{ ref('stg_cepidc__ki_cci_r') }}
),

kept as (
    select DCD_IDT_ENC, max(_row_id) as _row_id
    from certificates
    group by DCD_IDT_ENC
),

counted as (
    select certificates.person_key, count(*) as n_certificates
    from certificates
    inner join kept on certificates._row_id = kept._row_id
    where certificates.person_key is not null
    group by certificates.person_key
),

registry as (
    select * from {{ ref('person_registry') }}
),

current_persons as (
    select person_id from {{ ref('int_person__identified') }}
),

joined as (
    select
        certificates._row_id,
        certificates._source_year,
        kept._row_id is null as is_superseded,
        certificates.DCD_IDT_TOP,
        certificates.DCD_CIM_COD,
        certificates.death_date,
        current_persons.person_id,
        counted.n_certificates
    from certificates
    left join kept on certificates._row_id = kept._row_id
    left join counted on certificates.person_key = counted.person_key
    left join registry on certificates.person_key = registry.person_key
    left join current_persons on registry.person_id = current_persons.person_id
),

final as (
    select
        joined.*,
        {{ first_rule([r42_no_unique_person('joined')]) }} as excluded_by
    from joined
)

select * from final
