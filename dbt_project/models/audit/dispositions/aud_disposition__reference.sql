-- Rows that name sites and professionals: the first of each gives the CDM row, the others repeat
-- it.
with care_sites as (
    select * from {{ ref('int_care_site__resolved') }}
),

sites as (
    select distinct _row_id from care_sites
),

providers as (
    select * from {{ ref('int_provider__resolved') }}
),

lines as (
    select * from {{ ref('int_dcir_line__classified') }}
    where not is_superseded
),

professionals as (
    select _row_id, _source_year, PFS_PFS_NUM from {{ ref('stg_reference__da_pra_r') }}
),

establishments as (
    {%- for source_table in ['T_MCOaaE', 'T_SSRaaE', 'T_HADaaE', 'T_RIPaaE'] %}
    select '{{ source_table }}' as source_table, _row_id, _source_year, ETA_NUM
    from {{ staged(source_table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

invoiced as (
    select * from {{ ref('stg_dcir__er_ete_f') }}
),

kept as (
    select _row_id from {{ ref('int_dcir_establishment__keyed') }}
),

final as (
    select
        'DA_PRA_R' as source_table,
        professionals._source_year,
        professionals._row_id,
        case when providers._row_id = professionals._row_id then 'event' else 'merged' end
            as disposition,
        cast(null as string) as rule_id,
        providers._row_id as carrier_row_id
    from professionals
    left join providers on professionals.PFS_PFS_NUM = providers.provider_number
    union all
    select
        establishments.source_table,
        establishments._source_year,
        establishments._row_id,
        case when care_sites._row_id = establishments._row_id then 'event' else 'merged' end,
        null,
        care_sites._row_id
    from establishments
    left join care_sites on establishments.ETA_NUM = care_sites.finess
    union all
    select
        'ER_ETE_F',
        invoiced._source_year,
        invoiced._row_id,
        case
            when kept._row_id is null then 'superseded'
            when sites._row_id is not null then 'event'
            when lines._row_id is null then 'excluded'
            else 'context'
        end,
        case
            when kept._row_id is null then 'R13'
            when sites._row_id is null and lines._row_id is null then 'R15'
        end,
        sites._row_id
    from invoiced
    left join kept on invoiced._row_id = kept._row_id
    left join lines on {{ nine_key_join('invoiced', 'lines') }}
    left join sites on invoiced._row_id = sites._row_id
)

select * from final
