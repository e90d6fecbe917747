-- The linkage rows of rehabilitation, home hospital and psychiatry with the dates of their stay.
-- Before 2009 no table has days, and some projects have no access to them: its beginning is then a
-- month, of the linkage row, else of the parts, else of exit.
{% set months = {
    'SSR': (
        'T_SSRaaC', 'T_SSRaaB', 'EXE_SOI_AMD', "substr(MOI_ANN, 3, 4) || substr(MOI_ANN, 1, 2)",
    ),
    'HAD': (
        'T_HADaaC', 'T_HADaaB',
        'coalesce(EXE_SOI_AMD, ENT_ANN || ENT_MOI, SEJ_LUN_ANN || SEJ_LUN_MOI)',
        'coalesce(SOR_ANN_SSEQ || SOR_MOI_SSEQ, FIN_ANN_SEQ || FIN_MOI_SEQ, SOR_ANN || SOR_MOI)',
    ),
    'RIP': (
        'T_RIPaaC', 'T_RIPaaRSA', 'coalesce(EXE_SOI_AMD, ENT_ANN || ENT_MOI)',
        'SEQ_FIN_ANN || SEQ_FIN_MOI',
    ),
} -%}
with files as (
    {%- for field, (source_table, _, month, _) in months.items() %}
    select
        {{ hospital_key(field, source_table, part=false) }},
        NIR_ANO_17,
        {%- for code in stay_return_codes() %}
        {{ code }},
        {%- endfor %}
        coalesce(EXE_SOI_DTD, ENT_DAT) as first_day,
        -- a last day of years after its file is a typing error
        case
            when not coalesce(
                    {{ is_years_after('coalesce(EXE_SOI_DTF, SOR_DAT)', '_source_year') }}, false
                )
                then coalesce(EXE_SOI_DTF, SOR_DAT)
        end as last_day,
        {{ month_start(month) }} as first_month,
        {{ month_start('SOR_ANN || SOR_MOI') }} as last_month
    from {{ staged(source_table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

parts as (
    {%- for field, (_, source_table, _, month) in months.items() %}
    select
        {{ hospital_key(field, source_table, part=false) }},
        {{ month_start(month) }} as month
    from {{ staged(source_table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

months as (
    select
        field,
        _source_year,
        finess,
        stay_number,
        min(month) as first_month,
        max(month) as last_month
    from parts
    group by field, _source_year, finess, stay_number
),

final as (
    select
        files.field,
        files.source_table,
        files._row_id,
        files._source_year,
        files.finess,
        files.stay_number,
        files.NIR_ANO_17,
        {%- for code in stay_return_codes() %}
        files.{{ code }},
        {%- endfor %}
        files.first_day,
        coalesce(
            files.first_day, files.first_month, months.first_month, files.last_month
        ) as care_date,
        files.last_day as end_date,
        -- where the day is not known, it is the last of its month
        coalesce(
            files.last_day,
            {{ last_of_month(
                'coalesce(files.last_month, months.last_month, files.first_month, files.first_day)'
            ) }}
        ) as exit_date
    from files
    left join months on {{ hospital_stay_join('files', 'months') }}
)

select * from final
