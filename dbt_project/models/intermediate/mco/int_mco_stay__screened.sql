{% set return_codes = stay_return_codes() -%}
with summaries as (
    select * from {{ ref('stg_mco__t_mcoaab') }}
),

kept as (
    {{ kept_rows('summaries', ['_source_year', 'ETA_NUM', 'RSA_NUM'], [
        'SOR_ANN', 'SOR_MOI', 'SEJ_NBJ', 'DGN_PAL', 'DGN_REL', 'GRG_GHM', 'ENT_MOD', 'ENT_PRV',
        'SOR_MOD', 'SOR_DES', 'SEJ_TYP', 'TYP_GEN_RSA',
    ]) }}
),

linkages as (
    select * from {{ ref('int_mco_linkage__keyed') }}
),

psa as (
    select * from {{ ref('int_psa__bridged') }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

duplicated_finess as (
    select * from {{ ref('finess_duplicates') }}
),

joined as (
    select
        summaries._row_id,
        summaries._source_year,
        summaries.ETA_NUM,
        summaries.RSA_NUM,
        summaries.DGN_PAL,
        summaries.DGN_REL,
        summaries.GRG_GHM,
        summaries.SEJ_TYP,
        summaries.TYP_GEN_RSA,
        summaries.SEJ_NBJ,
        summaries.ENT_MOD,
        summaries.ENT_PRV,
        summaries.SOR_MOD,
        summaries.SOR_DES,
        summaries.STC_URG,
        kept._row_id is null as is_superseded,
        linkages._row_id as linkage_row_id,
        linkages.NIR_ANO_17,
        {%- for code in return_codes %}
        linkages.{{ code }},
        {%- endfor %}
        psa.n_persons,
        psa.excluded_by as psa_excluded_by,
        psa.person_id,
        psa.other_person_id,
        persons.birth_year,
        duplicated_finess.ETA_NUM is not null as is_duplicated_finess,
        coalesce(linkages.EXE_SOI_DTD, linkages.ENT_DAT) as first_day,
        -- a last day of years after its file is a typing error
        case
            when not coalesce(
                    {{ is_years_after(
                        'coalesce(linkages.EXE_SOI_DTF, linkages.SOR_DAT)', 'summaries._source_year'
                    ) }}, false
                )
                then coalesce(linkages.EXE_SOI_DTF, linkages.SOR_DAT)
        end as last_day,
        {{ entry_month('linkages') }} as first_month,
        {{ exit_month('summaries', 'linkages') }} as last_month
    from summaries
    left join kept on summaries._row_id = kept._row_id
    left join linkages on {{ stay_join('summaries', 'linkages') }}
    left join psa on linkages.NIR_ANO_17 = psa.BEN_NIR_PSA
    left join persons on psa.person_id = persons.person_id
    left join duplicated_finess
        on
            summaries.ETA_NUM = duplicated_finess.ETA_NUM
            and summaries._source_year
            between duplicated_finess.first_year and duplicated_finess.last_year
),

dated as (
    select
        joined.*,
        -- a stay whose month alone is known stands on its first day: of exit before 2009
        coalesce(first_day, first_month, last_month, last_day) as care_date,
        coalesce(
            last_day, {{ add_days('first_day', 'SEJ_NBJ') }}, first_day, last_month, first_month
        ) as end_date,
        first_day is not null as is_day_known,
        coalesce(last_day, first_day) is not null as is_last_day_known
    from joined
),

final as (
    select
        dated.*,
        {{ first_rule([
            r30a_grouping_error('dated'),
            r30b_provided_for_another('dated'),
            r30c_automatic_summary('dated'),
            r30d_duplicated_finess('dated'),
            r30e_cumulative_summary('dated'),
            r09_invalid_linkage('dated', return_codes),
            r06_unknown_psa('dated'),
            r46_psa_of_contradictory_key('dated'),
            r07_psa_of_no_real_person('dated'),
            r08_ambiguous_psa('dated'),
            r04_no_date('dated'),
            r04b_after_its_file('dated'),
            r11a_before_birth('dated'),
        ]) }} as excluded_by
    from dated
)

select * from final
