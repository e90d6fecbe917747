-- Tables that give no CDM row of their own. `context` ones describe others; the rest is staged and
-- counted but not transformed by this version (N00): nobody may think that it is in the CDM.
{% set context = [
    'ir_iba_r', 'ir_etm_r', 'ir_mat_r', 'ir_orc_r', 'ir_acs_r', 'ir_mtt_r', 'ir_esm_r', 'be_ide_r',
    'ir_pha_r',
] %}
{% set transformed = [
    'ir_ben_r', 'ir_ben_r_arc', 'ir_imb_r', 'da_pra_r', 'er_prs_f', 'er_pha_f', 'er_cam_f',
    'er_bio_f', 'er_ete_f', 't_mcoaac', 't_mcoaab', 't_mcoaaum', 't_mcoaad', 't_mcoaaa', 't_mcoaae',
    'ki_cci_r',
] %}
with tables as (
    select * from {{ ref('stg_manifest__tables') }}
),

-- the number of the table stands in the row id
counted as (
    {%- for table in staged_tables() if table.name not in transformed %}
    select
        {{ table_number_of_row_id('_row_id') }} as table_number,
        _source_year,
        _row_id,
        {{ 'true' if table.name in context else 'false' }} as is_context
    from {{ source('snds', table.name) }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as integer) as table_number,
        cast(null as integer) as _source_year,
        cast(null as bigint) as _row_id,
        false as is_context
    where false
    {%- endfor %}
),

final as (
    select
        tables.source_table,
        counted._source_year,
        counted._row_id,
        case when counted.is_context then 'context' else 'excluded' end as disposition,
        case when not counted.is_context then 'N00' end as rule_id,
        cast(null as bigint) as carrier_row_id
    from counted
    inner join tables on counted.table_number = tables.table_number
)

select * from final
