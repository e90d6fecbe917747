-- R39: one visit has several bills; it is a person, a hospital and a day. A bill whose month alone
-- is known (2008) is a visit of its own. An emergency fee makes it an emergency visit: ATU; since
-- 2022 the fee by age (FU0 to FU4) and what the patient pays of it (FPU). A day of which every fee
-- is that of care at a distance (teleconsultation, help with one, tele-expertise, follow-up
-- of data) is telehealth.
with bills as (
    select * from {{ ref('int_external_bill__classified') }}
    where excluded_by is null and not is_superseded
),

emergencies as (
    select distinct stay_row_id
    from {{ ref('int_external_line__classified') }}
    where excluded_by is null and trim(fee_code) in (
            'ATU', 'FU', 'FU0', 'FU1', 'FU2', 'FU3', 'FU4', 'FPU'
        )
),

-- bills of which each act was done at a distance; the letters are those of the page of HDH and HEVA
-- on telemedicine (2024)
distant as (
    select stay_row_id
    from {{ ref('int_external_line__classified') }}
    where excluded_by is null and fee_code is not null
    group by stay_row_id
    having
        bool_and(
            trim(fee_code) in (
                'TC', 'TCG', 'TCP', 'TTE', 'TLC', 'TLS', 'TLL', 'TLD', 'TLE', 'TE1', 'TE2',
                'TDT', 'TEP', 'TEC', 'RQT', 'CRT', 'RQD', 'TSA', 'TSM', 'TSP', 'TVA', 'TVB'
            )
        )
),

final as (
    select
        bills.field,
        bills.person_id,
        bills.finess,
        bills.care_date,
        bills.apart,
        min(bills._row_id) as _row_id,
        {{ cdm_id('min(bills._row_id)') }} as visit_occurrence_id,
        bills.field || case
            when count(emergencies.stay_row_id) > 0 and bills.field = 'MCO' then '_ATU'
            when count(distant.stay_row_id) = count(*) then '_TELE'
            else '_ACE'
        end as visit_kind
    from bills
    left join emergencies on bills._row_id = emergencies.stay_row_id
    left join distant on bills._row_id = distant.stay_row_id
    group by bills.field, bills.person_id, bills.finess, bills.care_date, bills.apart
)

select * from final
