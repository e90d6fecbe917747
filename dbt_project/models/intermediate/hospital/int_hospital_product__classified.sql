-- R38: what was really given, and R26: what DCIR does not record. DCIR records a drug or a test of
-- a private bill when it has the same code for the same person during the stay.
with products as (
    select * from {{ ref('int_hospital_product__unioned') }}
),

dcir_details as (
    select * from {{ ref('int_dcir_detail__netted') }}
    where outcome = 'event' and source_vocabulary in ('UCD', 'NABM')
),

avastin as (
    select distinct _source_year, finess, stay_number, source_code
    from products
    where source_table = 'T_MCOaaMED' and source_code in ('9261104', '9261110')
),

stays as (
    select * from {{ ref('int_hospital_stay__unioned') }}
),

parts as (
    select * from {{ ref('int_hospital_part__unioned') }}
),

billed as (
    select distinct products._row_id
    from products
    inner join stays on {{ hospital_stay_join('products', 'stays') }}
    inner join dcir_details
        on
            {{ is_one_of('dcir_details.person_id', 'stays') }}
            and products.source_vocabulary = dcir_details.source_vocabulary
            and products.source_code = dcir_details.source_code
            and {{ is_day_of_stay('dcir_details.care_date', 'stays') }}
    where
        products.source_table in (
            'T_MCOaaFH', 'T_SSRaaFH', 'T_HADaaFH', 'T_MCOaaFL', 'T_SSRaaFL'
        )
),

joined as (
    select
        products.*,
        stays._row_id as stay_row_id,
        stays.person_id,
        stays.visit_occurrence_id,
        parts.visit_detail_id,
        coalesce(stays.excluded_by, parts.excluded_by) as rule_of_stay,
        -- given in the stay, and in the part it is declared with: without a delay on the first day
        -- of it, with one that leads out of it on the nearest
        case
            when not coalesce(stays.is_day_known, false) then stays.care_date
            else greatest(
                    least(
                        coalesce(
                            {{ add_days('stays.care_date', 'products.delay') }},
                            parts.start_date,
                            stays.care_date
                        ),
                        coalesce(parts.end_date, stays.end_date)
                    ),
                    coalesce(parts.start_date, stays.care_date)
                )
        end as start_date,
        {{ is_day_stated('stays', 'products.delay') }} as is_day_stated,
        billed._row_id is not null as is_in_dcir,
        products.source_table = 'T_MCOaaMEDATU' and avastin.source_code is not null
            as is_declared_twice,
        -- until 2018 each stay of a series carries the dose of the whole series
        products.declared_quantity / case
            when products.field = 'MCO' and products._source_year < 2019
                then greatest(coalesce(products.shares, 1), 1)
            else 1
        end as quantity
    from products
    left join stays on {{ hospital_stay_join('products', 'stays') }}
    left join parts on {{ hospital_one_part_join('products', 'parts') }}
    left join billed on products._row_id = billed._row_id
    left join avastin
        on
            products._source_year = avastin._source_year
            and products.finess = avastin.finess
            and products.stay_number = avastin.stay_number
            and products.source_code = avastin.source_code
),

final as (
    select
        joined.*,
        {{ first_rule([
            r31_no_stay('joined'),
            inherited_rule('joined.rule_of_stay'),
            r32_no_code('joined'),
            r38a_impossible_quantity('joined'),
            r38b_declared_twice('joined'),
            r26_in_dcir('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
