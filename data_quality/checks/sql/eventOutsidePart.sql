-- Events outside the part of the stay (visit_detail) that they are linked to, or before their visit.
select
    count(
        case
            when t.${field} < d.visit_detail_start_date
                or t.${field} > d.visit_detail_end_date
                or t.${field} < v.visit_start_date
                then 1
        end
    ) as violated,
    count(*) as denominator,
    count(
        distinct case
            when t.${field} < d.visit_detail_start_date
                or t.${field} > d.visit_detail_end_date
                or t.${field} < v.visit_start_date
                then t.person_id
        end
    ) as persons
from ${cdm.<table>} as t
inner join ${cdm.visit_occurrence} as v on v.visit_occurrence_id = t.visit_occurrence_id
left join ${cdm.visit_detail} as d on d.visit_detail_id = t.visit_detail_id
