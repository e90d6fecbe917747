{{ config(**by_flux()) }}
{% set care_date = "coalesce(lines.EXE_SOI_DTD, " ~ month_start('lines.EXE_SOI_AMD') ~ ")" -%}
with lines as (
    select lines.* from {{ ref('int_dcir_line__unioned') }} as lines
    where {{ in_flux_batch('lines') }}
),

repeated as (
    select repeated.* from {{ ref('int_dcir_line__repeated').render() }} as repeated
    where {{ in_flux_batch('repeated') }}
),

establishments as (
    select keyed.* from {{ ref('int_dcir_establishment__keyed').render() }} as keyed
    where {{ in_flux_batch('keyed') }}
),

rights as (
    select * from {{ ref('int_right__bridged') }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

visit_kinds as (
    select * from {{ ref('int_prs_nat_ref__mapped') }}
),

joined as (
    select
        lines.source_table,
        lines.is_in_dcir,
        lines._row_id,
        lines._source_year,
        {%- for key in nine_keys() %}
        lines.{{ key }},
        {%- endfor %}
        (lines._row_id is distinct from coalesce(repeated.kept_row_id, lines._row_id))
            as is_superseded,
        rights.BEN_NIR_PSA is not null as right_is_known,
        rights.excluded_by as right_excluded_by,
        rights.person_id,
        persons.birth_year,
        {{ care_date }} as care_date,
        lines.BEN_DCD_DTE,
        lines.PRS_ACT_QTE,
        lines.PRS_ACT_NBR,
        lines.RGO_ASU_NAT,
        lines.EXE_SOI_DTF,
        lines.PRS_PAI_MNT,
        lines.BSE_REM_BSE,
        {{ compulsory_share('lines') }} as compulsory_share,
        substr(lines.ORG_AFF_BEN, 1, 3) as payer,
        {{ place_of_care('lines') }} as place,
        {{ public_cover('lines', care_date) }} as public_cover,
        lines.is_anonymous,
        lines.DPN_QLF,
        lines.PRS_DPN_QLP,
        lines.CPL_MAJ_TOP,
        lines.PSE_SPE_COD,
        lines.PSE_ACT_NAT,
        lines.PSE_STJ_COD,
        coalesce(lines.PRS_NAT_REF, '') as PRS_NAT_REF,
        {{ own_number('lines.PFS_EXE_NUM') }} as PFS_EXE_NUM,
        {{ own_number('lines.PFS_PRE_NUM') }} as PFS_PRE_NUM,
        establishments.ETB_EXE_FIN,
        establishments.is_public_invoice,
        establishments.is_private_stay,
        case
            when establishments.ends_with_death then coalesce(lines.EXE_SOI_DTF, {{ care_date }})
        end as exit_death_date,
        coalesce(visit_kinds.visit_concept_id, 0) as visit_concept_id,
        visit_kinds.gives_event
    from lines
    left join repeated on {{ nine_key_join('lines', 'repeated') }}
    left join establishments on {{ nine_key_join('lines', 'establishments') }}
    left join rights
        on
            lines.BEN_NIR_PSA = rights.BEN_NIR_PSA
            and lines.BEN_RNG_GEM = rights.BEN_RNG_GEM
    left join persons on rights.person_id = persons.person_id
    left join visit_kinds on lines.PRS_NAT_REF = visit_kinds.PRS_NAT_REF
),

final as (
    select
        joined.*,
        coalesce(joined.PFS_EXE_NUM, joined.ETB_EXE_FIN, '') as performer,
        {{ first_rule([
            n01_in_dcir('joined'),
            r06_unknown_person('joined'),
            r46_line_of_contradictory_key('joined'),
            r07_line_of_no_real_person('joined'),
            r07_anonymous_scheme('joined'),
            r04_no_date('joined'),
            r04b_after_flux('joined'),
            r16_for_information('joined'),
            r17_public_invoice('joined'),
            r18_private_stay('joined'),
            r19_surcharge('joined'),
            r11a_before_birth('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
