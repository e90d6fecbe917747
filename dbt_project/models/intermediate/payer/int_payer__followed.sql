-- R44: a person passes from one régime to the next, and maybe back, on the first day that the next
-- is seen.
with seen as (
    select * from {{ ref('int_payer__seen') }}
),

compared as (
    select
        person_id,
        first_date,
        max(last_date) over (
            partition by person_id
            order by first_date, payer
            rows between unbounded preceding and 1 preceding
        ) as seen_until
    from seen
),

-- A person who came back to a régime is seen under one between two days of another. There are few
-- of them, and single days are compared for them only.
returned as (
    select distinct person_id
    from compared
    where first_date <= seen_until
),

seen_by_day as (
    select
        surviving.person_id,
        surviving.care_date,
        surviving.payer,
        min(surviving._row_id) as _row_id
    from {{ ref('int_dcir_line__surviving') }} as surviving
    inner join returned on surviving.person_id = returned.person_id
    where {{ keeps_cost('surviving') }} and surviving.payer is not null
    group by surviving.person_id, surviving.care_date, surviving.payer
),

ranked as (
    select
        seen_by_day.*,
        lpad(cast(seen.n_lines as string), 12, '0') || seen.payer as place
    from seen_by_day
    inner join seen
        on seen_by_day.person_id = seen.person_id and seen_by_day.payer = seen.payer
),

-- a day under several is of the one that the person is seen under most
one_a_day as (
    select
        person_id,
        care_date,
        {{ value_at_max('payer', 'place') }} as payer,
        {{ value_at_max('_row_id', 'place') }} as _row_id
    from ranked
    group by person_id, care_date
),

followed_by_day as (
    select
        *,
        lag(payer) over (partition by person_id order by care_date) as previous_payer
    from one_a_day
),

final as (
    select person_id, payer, _row_id, care_date as first_date
    from followed_by_day
    where previous_payer is distinct from payer
    union all
    select seen.person_id, seen.payer, seen._row_id, seen.first_date
    from seen
    left join returned on seen.person_id = returned.person_id
    where returned.person_id is null
)

select * from final
