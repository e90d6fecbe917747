-- Stays of more than a year in short-stay and other hospital care.
select
    count(case when visit_end_date > visit_start_date + 366 then 1 end) as violated,
    count(*) as denominator,
    count(distinct case when visit_end_date > visit_start_date + 366 then person_id end) as persons
from ${cdm.visit_occurrence}
