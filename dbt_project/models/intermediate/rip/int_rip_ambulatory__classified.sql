-- R37: an ambulatory act names a patient of the hospital. The link table of the year identifies
-- this patient; without it, the patient's own stays in that hospital do.
with acts as (
    select
        *,
        coalesce(
            EXE_SOI_DTD,
            {{ month_start('EXE_SOI_AMD') }},
            {{ month_start('RAL_ACT_ANN || RAL_ACT_MOI') }}
        ) as care_date
    from {{ staged_once('T_RIPaaR3A') }}
),

links as (
    select
        _source_year,
        finess,
        IPP_IRR_CRY,
        case
            when count(distinct person_id) filter (where excluded_by is null) = 1
                then min(person_id) filter (where excluded_by is null)
        end as person_id,
        case when count(*) = count(other_person_id) then min(other_person_id) end
            as other_person_id,
        min(excluded_by) as excluded_by
    from {{ ref('int_rip_link__classified') }}
    group by _source_year, finess, IPP_IRR_CRY
),

sequences as (
    select * from {{ ref('int_rip_sequence__placed') }}
    where excluded_by is null
),

files as (
    select _row_id, other_person_id from {{ ref('int_hospital_file__classified') }}
),

summaries as (
    select _row_id, IPP_IRR_CRY from {{ ref('stg_rip__t_ripaarsa') }}
),

patients as (
    select
        sequences.finess,
        summaries.IPP_IRR_CRY,
        case when count(distinct sequences.person_id) = 1 then min(sequences.person_id) end
            as person_id,
        case when count(*) = count(files.other_person_id) then min(files.other_person_id) end
            as other_person_id
    from sequences
    inner join summaries on sequences._row_id = summaries._row_id
    left join files on sequences.file_row_id = files._row_id
    where summaries.IPP_IRR_CRY is not null
    group by sequences.finess, summaries.IPP_IRR_CRY
),

joined as (
    select
        acts._row_id,
        acts._source_year,
        acts.ETA_NUM_EPMSI as finess,
        acts.ORD_NUM,
        acts.DGN_PAL,
        acts.EXE_SOI_DTD is not null as day_is_known,
        acts.care_date,
        coalesce(links.person_id, patients.person_id) as person_id,
        case
            when links.person_id is null then patients.other_person_id
            else links.other_person_id
        end as other_person_id,
        case when coalesce(links.person_id, patients.person_id) is null then links.excluded_by end
            as rule_of_link
    from acts
    left join links
        on
            acts._source_year = links._source_year
            and acts.ETA_NUM_EPMSI = links.finess
            and acts.IPP_IRR_CRY = links.IPP_IRR_CRY
    left join patients
        on
            acts.ETA_NUM_EPMSI = patients.finess
            and acts.IPP_IRR_CRY = patients.IPP_IRR_CRY
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

deaths as (
    select person_id, death_date from {{ ref('int_death__ranked') }}
),

known as (
    select joined.*, persons.birth_year, deaths.death_date
    from joined
    left join persons on joined.person_id = persons.person_id
    left join deaths on joined.person_id = deaths.person_id
),

final as (
    select
        known.*,
        {{ first_rule([
            inherited_rule('known.rule_of_link'),
            r37_unknown_patient('known'),
            r04_no_date('known'),
            r04b_after_its_file('known'),
            r11a_before_birth('known'),
            r11b_after_death('known'),
        ]) }} as excluded_by
    from known
)

select * from final
