-- CépiDc and SI-DEP know a person by BEN_IDT_ANO or BEN_NIR_ANO. The two are one text in the SNDS,
-- but project deliveries encrypt them apart (NUM_ENQ_IDT, NUM_ENQ_ANO): IR_BEN_R, which holds both,
-- links the two. A text that several persons bear names no person.
with person_rows as (
    select BEN_NIR_ANO, person_key
    from {{ ref('int_person_row__classified') }}
    where excluded_by is null and not is_superseded
),

registry as (
    select * from {{ ref('int_person__numbered') }}
),

named as (
    select person_key as pseudonym, person_key
    from person_rows
    union all
    select BEN_NIR_ANO, person_key
    from person_rows
    where BEN_NIR_ANO is not null
),

final as (
    select
        named.pseudonym,
        case when count(distinct registry.person_id) = 1 then min(registry.person_id) end
            as person_id
    from named
    inner join registry on named.person_key = registry.person_key
    group by named.pseudonym
)

select * from final
