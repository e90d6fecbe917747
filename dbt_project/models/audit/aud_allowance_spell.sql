{{ config(alias='allowance_spell') }}
-- R53: spells of daily allowances with their last day, which an OBSERVATION cannot hold. A spell in
-- the general scheme begins after the waiting days, which no line pays.
select
    observation_id,
    person_id,
    risk,
    is_part_time,
    start_date as first_day,
    end_date as last_day,
    cast(days as double) as days,
    days_from
from {{ ref('int_allowance_spell__merged') }}
