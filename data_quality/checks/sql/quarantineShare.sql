-- Table and years of which more than 1 % of the rows read went to quarantine.
select
    count(case when n_quarantined * 100.0 > n_read * ${parameter} then 1 end) as violated,
    count(*) as denominator
from ${audit.balance}
where n_read > 0
