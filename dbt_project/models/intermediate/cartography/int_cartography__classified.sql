-- Every version computes all years again and is not comparable with the others (R54): the last one
-- delivered holds for all years. A top is a state of a year, known when it ends: it is dated 31
-- December, or the day of death in the year.
with tops as (
    select
        *,
        coalesce({{ to_integer("replace(upper(VERSION), 'G', '')") }}, 0) as version_number
    from {{ ref('stg_cartography__ct_ind') }}
),

latest as (
    select max(version_number) as version_number from tops
),

years as (
    select distinct tops._source_year
    from tops
    inner join latest on tops.version_number = latest.version_number
),

pseudonyms as (
    select * from {{ ref('int_pseudonym__bridged') }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

deaths as (
    select person_id, death_date from {{ ref('int_death__ranked') }}
),

joined as (
    select
        tops._row_id,
        tops._source_year,
        tops.VERSION,
        tops.CT_TOPS,
        tops.version_number < latest.version_number as is_older,
        years._source_year is not null as is_in_latest,
        case
            when extract(year from deaths.death_date) = tops._source_year then deaths.death_date
            else {{ last_of_month(first_day('tops._source_year', '12')) }}
        end as care_date,
        persons.person_id is not null as right_is_known,
        persons.person_id,
        persons.birth_year,
        deaths.death_date
    from tops
    cross join latest
    left join years on tops._source_year = years._source_year
    left join pseudonyms on tops.BEN_IDT_ANO = pseudonyms.pseudonym
    left join persons on pseudonyms.person_id = persons.person_id
    left join deaths on pseudonyms.person_id = deaths.person_id
),

-- one observation of a person and year; two pseudonyms of one person may come with the same tops
kept as (
    select person_id, _source_year, CT_TOPS, max(_row_id) as _row_id
    from joined
    where not is_older
    group by person_id, _source_year, CT_TOPS
),

final as (
    select
        joined.*,
        joined.is_older and joined.is_in_latest as is_replaced,
        not joined.is_older and joined.person_id is not null and kept._row_id is null
            as is_superseded,
        {{ first_rule([
            r54_year_of_an_older_version('joined'),
            r06_unknown_person('joined'),
            r04_no_date('joined'),
            r11a_before_birth('joined'),
            r11b_after_death('joined'),
        ]) }} as excluded_by
    from joined
    left join kept on joined._row_id = kept._row_id
)

select * from final
