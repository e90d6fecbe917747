{{ config(alias='nature') }}
-- What became of each nature of act (PRS_NAT_REF) that was delivered: a visit, money only, or
-- nothing as long as no person has reviewed it (R23b).
with lines as (
    select
        nullif(PRS_NAT_REF, '') as PRS_NAT_REF,
        cast(extract(year from care_date) as integer) as source_year,
        gives_event,
        visit_concept_id
    from {{ ref('int_dcir_line__classified') }}
    where excluded_by is null and not is_superseded
),

natures as (
    select source_code, source_label, note, equivalence
    from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'prs_nat_ref'
),

final as (
    select
        lines.PRS_NAT_REF as source_code,
        natures.source_label,
        lines.source_year,
        natures.source_code is not null as is_reviewed,
        coalesce(lines.gives_event, false) as gives_visit,
        lines.visit_concept_id,
        natures.note as reason,
        natures.equivalence,
        count(*) as n_records
    from lines
    left join natures on lines.PRS_NAT_REF = natures.source_code
    group by
        lines.PRS_NAT_REF, natures.source_label, lines.source_year, natures.source_code,
        lines.gives_event, lines.visit_concept_id, natures.note, natures.equivalence
)

select * from final
