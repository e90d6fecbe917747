{{ config(alias='mapping_coverage') }}
with events as (
    select * from {{ ref('int_event__routed') }}
),

-- an event with several targets is one record
records as (
    select distinct
        {{ row_id_of('event_id') }} as _row_id,
        domain,
        source_vocabulary,
        source_code,
        cast(extract(year from start_date) as integer) as source_year,
        method,
        equivalence
    from events
),

natures as (
    select
        *,
        case when is_reviewed then 'manual' else 'none' end as method
    from {{ ref('aud_nature') }}
),

final as (
    select
        domain,
        source_vocabulary,
        source_year,
        method,
        equivalence,
        count(distinct source_code) as n_codes,
        count(*) as n_records
    from records
    group by domain, source_vocabulary, source_year, method, equivalence
    union all
    -- a nature that is money only is reviewed: it is not left to map
    select
        'Visit',
        'PRS_NAT_REF',
        source_year,
        method,
        equivalence,
        count(distinct source_code),
        cast(sum(n_records) as bigint)
    from natures
    group by source_year, method, equivalence
)

select * from final
