-- The years of PMSI that were delivered whole, by field: those of the file of its stays. A field
-- delivered without stays has the years of its other files.
{% set stays = "'T_MCOaaB', 'T_SSRaaB', 'T_HADaaB', 'T_RIPaaRSA'" -%}
with files as (
    select
        upper(tables.product) as field,
        files.source_year,
        files.source_table in ({{ stays }}) as holds_stays
    from {{ ref('stg_manifest__files') }} as files
    inner join {{ ref('stg_manifest__tables') }} as tables
        on files.source_table = tables.source_table
    where tables.product in ('mco', 'ssr', 'had', 'rip') and files.source_year is not null
),

fields as (
    select field, count(case when holds_stays then 1 end) as n_files_of_stays
    from files
    group by field
),

final as (
    select distinct files.field, files.source_year
    from files
    inner join fields on files.field = fields.field
    where files.holds_stays or fields.n_files_of_stays = 0
)

select * from final
