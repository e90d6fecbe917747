-- Records whose French code has no standard concept, by vocabulary (audit.mapping_coverage).
select
    cast(coalesce(sum(case when method = 'none' then n_records else 0 end), 0) as bigint) as violated,
    cast(coalesce(sum(n_records), 0) as bigint) as denominator
from ${audit.mapping_coverage}
where source_vocabulary = '${parameter}'
