-- R42: causes of a death, once per certificate and code. The initial cause is the underlying one,
-- line 1 the immediate one; the others contributed. The place on the certificate marks codes that a
-- machine gave (-IA) and the code of an unknown cause (-R99).
with causes as (
    select
        *,
        {{ icd10_code('ECD_CIM_COD') }} as source_code
    from {{ ref('stg_cepidc__ki_ecd_r') }}
),

delivered as (
    {{ kept_rows('causes', ['DCD_IDT_ENC', 'CER_LIG_NUM', 'ECD_CAU_RNG'], ['source_code']) }}
),

certificates as (
    select
        rows.DCD_IDT_ENC,
        {{ icd10_code('rows.DCD_CIM_COD') }} as initial_code,
        rows.CER_PRD_TYP in ('3', '4', '5', '6') as is_coded_by_machine,
        classified._row_id,
        classified.person_id,
        classified.death_date,
        classified.excluded_by
    from {{ ref('int_certificate__classified') }} as classified
    inner join {{ ref('stg_cepidc__ki_cci_r') }} as rows on classified._row_id = rows._row_id
    where not classified.is_superseded
),

joined as (
    select
        causes._row_id,
        causes._source_year,
        causes.source_code,
        delivered._row_id is null as is_superseded,
        certificates._row_id as stay_row_id,
        certificates.person_id,
        certificates.death_date,
        certificates.excluded_by as rule_of_certificate,
        case
            when causes.source_code = certificates.initial_code then 1
            when causes.CER_LIG_NUM = '1' then 2
            else 3
        end as strength,
        causes.CER_LIG_NUM || '-' || cast(causes.ECD_CAU_RNG as string)
        || case when certificates.is_coded_by_machine then '-IA' else '' end
        || case when causes.source_code like 'R99%' then '-R99' else '' end as place_on_certificate
    from causes
    left join delivered on causes._row_id = delivered._row_id
    left join certificates on causes.DCD_IDT_ENC = certificates.DCD_IDT_ENC
),

classified as (
    select
        joined.*,
        cast(strength as string) || coalesce(place_on_certificate, '') || '|'
        || lpad(cast(_row_id as string), 16, '0') as place,
        {{ first_rule([
            r31_no_stay('joined'),
            inherited_rule('joined.rule_of_certificate'),
            r32_no_code('joined'),
        ]) }} as excluded_by
    from joined
),

strongest as (
    select person_id, source_code, min(place) as place
    from classified
    where excluded_by is null and not is_superseded
    group by person_id, source_code
),

final as (
    select
        classified.*,
        (classified.place is not distinct from strongest.place) as is_kept,
        cast(right(strongest.place, 16) as bigint) as carrier_row_id
    from classified
    left join strongest
        on
            classified.person_id = strongest.person_id
            and classified.source_code = strongest.source_code
            and classified.excluded_by is null
            and not classified.is_superseded
)

select * from final
