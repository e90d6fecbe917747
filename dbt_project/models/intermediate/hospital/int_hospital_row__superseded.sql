-- R13 for rows without a key of their own: when a year of a table came in several files, a stay or
-- a bill has its rows from the last of them. Of tables and years of one file, the rule, only parts
-- of stays are read: the last row of each counts.
{% set numbers = {
    'RSA_NUM': ['T_MCOaaUM', 'T_MCOaaD', 'T_MCOaaA', 'T_MCOaaMED', 'T_MCOaaMEDATU',
                'T_MCOaaMEDAPAC', 'T_MCOaaMEDTHROMBO', 'T_MCOaaDMIP', 'T_MCOaaFA', 'T_MCOaaFB',
                'T_MCOaaFC', 'T_MCOaaFH', 'T_MCOaaFL', 'T_MCOaaFP'],
    'SEQ_NUM': ['T_MCOaaFASTC', 'T_MCOaaFBSTC', 'T_MCOaaFCSTC', 'T_MCOaaFMSTC', 'T_MCOaaFHSTC',
                'T_MCOaaFLSTC', 'T_MCOaaFPSTC', 'T_SSRaaFBSTC', 'T_SSRaaFCSTC', 'T_SSRaaFMSTC',
                'T_SSRaaFLSTC', 'T_SSRaaFHSTC', 'T_SSRaaFPSTC'],
    'RHA_NUM': ['T_SSRaaB', 'T_SSRaaD', 'T_SSRaaCCAM', 'T_SSRaaCSARR', 'T_SSRaaCCAR', 'T_SSRaaA',
                'T_SSRaaMED', 'T_SSRaaMEDATU', 'T_SSRaaMEDAPAC', 'T_SSRaaFA', 'T_SSRaaFB',
                'T_SSRaaFC', 'T_SSRaaFH', 'T_SSRaaFL', 'T_SSRaaFP'],
    'RHAD_NUM': ['T_HADaaB', 'T_HADaaD', 'T_HADaaDMPP', 'T_HADaaDMPA', 'T_HADaaA', 'T_HADaaMED',
                 'T_HADaaMEDATU', 'T_HADaaMEDAPAC', 'T_HADaaMEDCHL', 'T_HADaaFB', 'T_HADaaFC',
                 'T_HADaaFH'],
    'RIP_NUM': ['T_RIPaaRSA', 'T_RIPaaRSAD', 'T_RIPaaCCAM', 'T_RIPaaFB', 'T_RIPaaFC'],
    'ORD_NUM': ['T_RIPaaR3A', 'T_RIPaaR3AD'],
} -%}
{#- parts of a stay have a number: one that a file repeats is one; a week has a row a unit -#}
{% set parts = {
    'T_MCOaaUM': ('ETA_NUM', 'RSA_NUM', 'RUM_ORD_NUM'),
    'T_SSRaaB': (
        'ETA_NUM', 'RHA_NUM',
        "RHS_NUM || '|' || coalesce(NUM_ANO_UM, '') || '|' || coalesce(AUT_TYP_UM, '')"
        ~ " || '|' || coalesce(HOS_TYP_UM, '')",
    ),
    'T_HADaaB': ('ETA_NUM_EPMSI', 'RHAD_NUM', "SEQ_NUM || '|' || SSEQ_NUM"),
    'T_RIPaaRSA': ('ETA_NUM_EPMSI', 'RIP_NUM', 'SEQ_SEQ_NUM'),
    'T_RIPaaR3A': ('ETA_NUM_EPMSI', 'IPP_IRR_CRY', 'ORD_NUM'),
} -%}
with delivered as (
    select source_table, source_year
    from {{ ref('stg_manifest__files') }}
    where rows_staged > 0
    group by source_table, source_year
    having count(*) > 1
),

blocks as (
    select * from {{ ref('stg_manifest__blocks') }}
),

rows as (
    {%- for number, tables in numbers.items() %}
    {%- set last_number = loop.last %}
    {%- for table in tables %}
    {%- set finess = 'ETA_NUM_EPMSI' if table[2:5] in ('HAD', 'RIP') else 'ETA_NUM' %}
    select
        '{{ table }}' as source_table,
        _row_id,
        _source_year,
        {{ finess }} as finess,
        {{ number }} as stay_number
    from {{ staged(table) }}
    where '{{ table }}' in (select delivered.source_table from delivered)
    {{ 'union all' if not (loop.last and last_number) }}
    {%- endfor %}
    {%- endfor %}
),

placed as (
    select rows.*, blocks.file_number
    from rows
    inner join delivered
        on
            rows.source_table = delivered.source_table
            and rows._source_year is not distinct from delivered.source_year
    inner join blocks on {{ block_of_row_id('rows._row_id') }} = blocks.block
),

latest as (
    select source_table, _source_year, finess, stay_number, max(file_number) as file_number
    from placed
    group by source_table, _source_year, finess, stay_number
),

parts as (
    {%- for table, (finess, number, part) in parts.items() %}
    select
        '{{ table }}' as source_table,
        _row_id,
        _source_year,
        {{ finess }} as finess,
        {{ number }} as stay_number,
        cast({{ part }} as string) as part
    from {{ staged(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

repeated as (
    select source_table, _source_year, finess, stay_number, part, max(_row_id) as _row_id
    from parts
    where part is not null
    group by source_table, _source_year, finess, stay_number, part
    having count(*) > 1
),

final as (
    select parts.source_table, parts._source_year, parts._row_id
    from parts
    inner join repeated
        on
            parts.source_table = repeated.source_table
            and parts._source_year = repeated._source_year
            and parts.finess = repeated.finess
            and parts.stay_number = repeated.stay_number
            and parts.part = repeated.part
            and parts._row_id < repeated._row_id
    union
    select placed.source_table, placed._source_year, placed._row_id
    from placed
    inner join latest
        on
            placed.source_table = latest.source_table
            and placed._source_year = latest._source_year
            and placed.finess = latest.finess
            and placed.stay_number = latest.stay_number
            and placed.file_number < latest.file_number
)

select * from final
