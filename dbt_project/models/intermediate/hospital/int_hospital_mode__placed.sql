-- How the patient came and left, by stay and year: from the summary of the stay (since 2015 in HAD
-- and RIP), else from its first and last parts.
{% set tables = {
    'SSR': ('T_SSRaaS', 'T_SSRaaB'),
    'HAD': ('T_HADaaS', 'T_HADaaB'),
    'RIP': ('T_RIPaaS', 'T_RIPaaRSA'),
} -%}
with summaries as (
    {%- for field, (summary, _) in tables.items() %}
    select
        {{ hospital_key(field, summary, part=false) }},
        {{ mode_pair('ENT_MOD', 'ENT_PRV') }} as entry,
        {{ mode_pair('SOR_MOD', 'SOR_DES') }} as exit
    from {{ staged(summary) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

parts as (
    {%- for field, (_, part) in tables.items() %}
    select
        {{ hospital_key(field, part) }},
        {{ mode_pair('ENT_MOD', 'ENT_PRV') }} as entry,
        {{ mode_pair('SOR_MOD', 'SOR_DES') }} as exit
    from {{ staged_once(part) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

unioned as (
    select
        field, _source_year, finess, stay_number, entry, exit, 1 as is_summary,
        cast(null as string) as part_key
    from summaries
    union all
    select field, _source_year, finess, stay_number, entry, exit, 0, part_key
    from parts
),

final as (
    select
        field,
        _source_year,
        finess,
        stay_number,
        coalesce(
            max(entry) filter (where is_summary = 1),
            {{ value_at_min('entry', 'part_key') }} filter (where is_summary = 0)
        ) as entry,
        coalesce(
            max(exit) filter (where is_summary = 1),
            {{ value_at_max('exit', 'part_key') }} filter (where is_summary = 0)
        ) as exit
    from unioned
    group by field, _source_year, finess, stay_number
)

select * from final
