{{ config(alias='balance') }}
-- Lines counted from bytes = read + lines that are no row; read = staged + quarantined + withdrawn
-- (R55); staged = the sum of dispositions. The residual is what is missing on either side of the
-- three. Anything but 0 blocks the release.
with files as (
    select * from {{ ref('stg_manifest__files') }}
    where fate = 'loaded'
),

ledger as (
    select * from {{ ref('aud_ledger') }}
),

delivered as (
    select
        source_table,
        source_year,
        sum(n_lines) as n_lines,
        sum(n_header_lines + n_blank_lines + n_continuation_lines) as n_no_row,
        -- file by file: what one has too many must not hide what another lacks
        sum(
            abs(n_lines - n_header_lines - n_blank_lines - n_continuation_lines - rows_read)
        ) as n_uncounted,
        sum(rows_read) as n_read,
        sum(rows_staged) as n_staged,
        sum(rows_quarantined) as n_quarantined,
        sum(rows_withdrawn) as n_withdrawn
    from files
    group by source_table, source_year
),

disposed as (
    select source_table, source_year, sum(n_rows) as n_disposed
    from ledger
    group by source_table, source_year
),

final as (
    select
        coalesce(delivered.source_table, disposed.source_table) as source_table,
        coalesce(delivered.source_year, disposed.source_year) as source_year,
        cast(coalesce(delivered.n_lines, 0) as bigint) as n_lines,
        cast(coalesce(delivered.n_no_row, 0) as bigint) as n_no_row,
        cast(coalesce(delivered.n_read, 0) as bigint) as n_read,
        cast(coalesce(delivered.n_staged, 0) as bigint) as n_staged,
        cast(coalesce(delivered.n_quarantined, 0) as bigint) as n_quarantined,
        cast(coalesce(delivered.n_withdrawn, 0) as bigint) as n_withdrawn,
        cast(coalesce(disposed.n_disposed, 0) as bigint) as n_disposed,
        cast(
            coalesce(delivered.n_uncounted, 0)
            + abs(
                coalesce(delivered.n_read, 0)
                - coalesce(delivered.n_staged, 0)
                - coalesce(delivered.n_quarantined, 0)
                - coalesce(delivered.n_withdrawn, 0)
            )
            + abs(coalesce(delivered.n_staged, 0) - coalesce(disposed.n_disposed, 0))
            as bigint
        ) as residual
    from delivered
    full outer join disposed
        on
            delivered.source_table = disposed.source_table
            and delivered.source_year is not distinct from disposed.source_year
)

select * from final
