-- Tables that give no CDM row of their own. `context` ones describe others; the rest is staged and
-- counted but not transformed by this version (N00): nobody may think that it is in the CDM.
{% set context = [
    'be_ide_r', 'ir_pha_r', 'er_dct_f',
] %}
{#- details of payments that are no event (R23): trips, pensions, rents -#}
{% set no_event = ['er_trs_f', 'er_dtr_f', 'er_inv_f', 'er_rat_f'] -%}
{% set transformed = [
    'ir_iba_r', 'ns_prs_f', 'ns_pha_f', 'ns_cam_f', 'ns_bio_f', 'ns_ucd_f', 'ns_tip_f',
    'ir_ben_r', 'ir_ben_r_arc', 'ir_imb_r', 'ir_orc_r', 'ir_acs_r', 'ir_etm_r', 'ir_mtt_r', 'da_pra_r',
    'ir_esm_r', 'ir_mat_r',
    'er_prs_f', 'er_pha_f', 'er_cam_f', 'er_bio_f', 'er_ucd_f', 'er_tip_f', 'er_lot_f', 'er_aro_f',
    'er_ete_f', 't_mcoaac', 't_mcoaab', 't_mcoaaum', 't_mcoaad', 't_mcoaaa', 't_mcoaae',
    't_mcoaavalo', 't_mcoaavaloace', 't_mcoaastc', 't_mcoaafa', 't_mcoaafb', 't_mcoaafc',
    't_ssraavalo', 't_ssraafa', 't_ssraafb', 't_ssraafc', 't_ssraafh', 't_ssraafl', 't_ssraafp',
    't_hadaavalo', 't_hadaafb', 't_hadaafc', 't_hadaafh', 't_ripaafb', 't_ripaafc', 't_mcoaafl',
    'ki_cci_r', 'ir_vac_f', 'de_dep_f',
    't_mcoaacstc', 't_ssraacstc', 't_mcoaafastc', 't_mcoaafbstc', 't_mcoaafcstc', 't_mcoaafmstc',
    't_mcoaaflstc', 't_mcoaafhstc', 't_mcoaafpstc', 't_ssraafbstc', 't_ssraafcstc', 't_ssraafmstc',
    't_ssraaflstc', 't_ssraafhstc', 't_ssraafpstc', 't_mcoaamed', 't_mcoaamedatu', 't_mcoaamedapac',
    't_mcoaamedthrombo', 't_mcoaafh', 't_mcoaadmip', 't_mcoaafp', 't_ssraac', 't_ssraab',
    't_ssraad', 't_ssraas', 't_ssraagme', 't_ssraaccam', 't_ssraacsarr', 't_ssraaccar', 't_ssraaa',
    't_ssraamed', 't_ssraamedatu', 't_ssraamedapac', 't_ssraae', 't_hadaac', 't_hadaab', 't_hadaad',
    't_hadaadmpp', 't_hadaadmpa', 't_hadaaa', 't_hadaagrp', 't_hadaas', 't_hadaamed',
    't_hadaamedatu', 't_hadaamedapac', 't_hadaamedchl', 't_hadaae', 't_ripaac', 't_ripaarsa',
    't_ripaarsad', 't_ripaas', 't_ripaatp', 't_ripaaccam', 't_ripaacstc', 't_ripaar3a',
    't_ripaar3ad', 't_ripaae', 'ki_ecd_r',
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
        {{ 'true' if table.name in context else 'false' }} as is_context,
        {{ 'true' if table.name in no_event else 'false' }} as is_no_event
    from {{ source('snds', table.name) }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as integer) as table_number,
        cast(null as integer) as _source_year,
        cast(null as bigint) as _row_id,
        false as is_context,
        false as is_no_event
    where false
    {%- endfor %}
),

final as (
    select
        tables.source_table,
        counted._source_year,
        counted._row_id,
        case when counted.is_context then 'context' else 'excluded' end as disposition,
        case
            {{ rule('R23', 'counted.is_no_event') }}
            when not counted.is_context then 'N00'
        end as rule_id,
        cast(null as bigint) as carrier_row_id
    from counted
    inner join tables on counted.table_number = tables.table_number
)

select * from final
