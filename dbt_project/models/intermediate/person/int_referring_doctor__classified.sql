-- The doctor a person has declared (médecin traitant). A person keeps the last one known: the
-- contract that began last, whichever right (PSA, rank) it was declared under.
with contracts as (
    select * from {{ ref('stg_beneficiary__ir_mtt_r') }}
),

rights as (
    select * from {{ ref('int_right__bridged') }}
),

joined as (
    select
        contracts._row_id,
        contracts._source_year,
        nullif(contracts.MTT_PFS_NUM, '00000000') as provider_number,
        rights.BEN_NIR_PSA is not null as right_is_known,
        rights.excluded_by as right_excluded_by,
        rights.person_id,
        -- a contract that ended before it began was called off
        case
            when
                nullif(contracts.MTT_PFS_NUM, '00000000') is not null
                and not coalesce(contracts.MTT_FIN_DTE < contracts.MTT_DEB_DTE, false)
                then {{ freshness(
                    ['contracts.MTT_DEB_DTE', 'contracts.MTT_PFS_NUM'], 'contracts._row_id'
                ) }}
        end as freshness
    from contracts
    left join rights
        on
            contracts.BEN_NIR_PSA = rights.BEN_NIR_PSA
            and {{ rank_of('contracts') }} = rights.BEN_RNG_GEM
),

latest as (
    select person_id, max(freshness) as freshness
    from joined
    where person_id is not null
    group by person_id
),

final as (
    select
        joined._row_id,
        joined._source_year,
        joined.provider_number,
        joined.person_id,
        latest.person_id is not null as is_last,
        {{ first_rule([
            r06_unknown_person('joined'),
            r46_line_of_contradictory_key('joined'),
            r07_line_of_no_real_person('joined'),
        ]) }} as excluded_by
    from joined
    left join latest
        on joined.person_id = latest.person_id and joined.freshness = latest.freshness
)

select * from final
