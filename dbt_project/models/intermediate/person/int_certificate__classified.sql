-- R42: a certificate counts when it is matched to one person, who has no other certificate.
with certificates as (
    select
        *,
        {{ death_day('BEN_DCD_DTE', 'BEN_DCD_AME') }} as death_date
    from {{ ref('stg_cepidc__ki_cci_r') }}
),

kept as (
    {{ kept_rows('certificates', ['DCD_IDT_ENC'], [
        'death_date', 'BEN_DCD_DTE', 'DCD_IDT_TOP', 'BEN_IDT_ANO', 'BEN_NIR_ANO', 'DCD_CIM_COD',
    ]) }}
),

pseudonyms as (
    select * from {{ ref('int_pseudonym__bridged') }}
),

identified as (
    select
        certificates._row_id,
        certificates._source_year,
        kept._row_id is null as is_superseded,
        certificates.DCD_IDT_TOP,
        certificates.DCD_CIM_COD,
        certificates.death_date,
        coalesce(by_identifier.person_id, by_number.person_id) as person_id
    from certificates
    left join kept on certificates._row_id = kept._row_id
    left join pseudonyms as by_identifier on certificates.BEN_IDT_ANO = by_identifier.pseudonym
    left join pseudonyms as by_number on certificates.BEN_NIR_ANO = by_number.pseudonym
),

counted as (
    select person_id, count(*) as n_certificates
    from identified
    where not is_superseded and person_id is not null
    group by person_id
),

deliveries as (
    select * from {{ ref('int_delivery__dated') }}
),

joined as (
    select
        identified.*,
        identified.death_date as care_date,
        counted.n_certificates,
        deliveries.last_believed_day
    from identified
    left join counted on identified.person_id = counted.person_id
    cross join deliveries
),

final as (
    select
        joined.*,
        {{ first_rule([
            r42_no_unique_person('joined'),
            r04b_after_delivery('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
