{% set columns = [
    '_row_id', '_source_year', 'BEN_NIR_PSA', 'BEN_RNG_GEM', 'BEN_NIR_ANO', 'BEN_IDT_ANO',
    'BEN_CDI_NIR', 'BEN_NAI_ANN', 'BEN_NAI_MOI', 'BEN_SEX_COD', 'BEN_DCD_DTE', 'BEN_DCD_AME',
    'BEN_RES_DPT', 'BEN_RES_COM', 'ORG_AFF_BEN', 'MAX_TRT_DTD', 'BEN_DTE_MAJ', 'BEN_TOP_CNS',
] | join(', ') -%}
{% set ranked = columns | replace('BEN_RNG_GEM', rank_of('own') ~ ' as BEN_RNG_GEM') -%}
with every_table as (
    select {{ ranked }}, 'IR_BEN_R' as source_table, '2' as is_live
    from {{ ref('stg_beneficiary__ir_ben_r') }} as own
    union all
    select {{ ranked }}, 'IR_BEN_R_ARC' as source_table, '1' as is_live
    from {{ ref('stg_beneficiary__ir_ben_r_arc') }} as own
    union all
    -- the referential of the simplified datamart: a person, whatever their rights
    select
        _row_id, _source_year, BEN_IDT_ANO, {{ identity_rank() }}, null, BEN_IDT_ANO,
        BEN_CDI_NIR, BEN_NAI_ANN, BEN_NAI_MOI, BEN_SEX_COD, BEN_DCD_DTE, BEN_DCD_AME,
        BEN_RES_DPT, BEN_RES_COM, ORG_AFF_BEN, MAX_TRT_DTD, BEN_DTE_MAJ, null,
        'IR_IBA_R', '0'
    from {{ ref('stg_beneficiary__ir_iba_r') }}
),

-- R06: the ladder of identifiers. A pair (PSA, rank) is a right, not a human being.
identified as (
    select
        {{ columns }},
        source_table,
        coalesce(BEN_IDT_ANO, BEN_NIR_ANO, BEN_NIR_PSA || BEN_RNG_GEM) as person_key,
        -- a delivery without ranks: its PSA holds the rights of several persons
        case when BEN_RNG_GEM = '' then coalesce(BEN_IDT_ANO, BEN_NIR_ANO, '') else '' end
            as bearer,
        {{ birth_year('BEN_NAI_ANN') }} as birth_year,
        {{ death_day('BEN_DCD_DTE', 'BEN_DCD_AME') }} as death_date,
        -- live rights are fresher than archived ones, and those than the person alone; then the
        -- latest treatment, then what they state: lines have no order
        {{ freshness([
            'is_live', 'MAX_TRT_DTD', 'BEN_DTE_MAJ', 'BEN_NAI_ANN', 'BEN_NAI_MOI', 'BEN_SEX_COD',
            'BEN_DCD_DTE', 'BEN_RES_DPT', 'BEN_RES_COM', 'ORG_AFF_BEN',
        ], '_row_id') }} as freshness
    from every_table
),

freshest as (
    select BEN_NIR_PSA, BEN_RNG_GEM, bearer, max(freshness) as freshness
    from identified
    group by BEN_NIR_PSA, BEN_RNG_GEM, bearer
),

judged as (
    select
        identified.*,
        (identified.freshness is distinct from freshest.freshness) as is_superseded,
        {{ first_rule([r07_no_real_person('identified')]) }} as unreal
    from identified
    inner join freshest
        on
            identified.BEN_NIR_PSA = freshest.BEN_NIR_PSA
            and identified.BEN_RNG_GEM = freshest.BEN_RNG_GEM
            and identified.bearer = freshest.bearer
),

-- the rows that stand decide whether a key can be that of one human being
contradictory as (
    select person_key
    from judged
    where unreal is null and not is_superseded
    group by person_key
    having {{ keys_contradict() }}
),

final as (
    select
        judged.*,
        {{ first_rule([
            r07_carried_over('judged'),
            r46_contradictory_key('contradictory'),
        ]) }} as excluded_by
    from judged
    left join contradictory on judged.person_key = contradictory.person_key
)

select * from final
