{# R07: fictitious or unidentified persons carry flat-fee payments, not a life (FILT); nobody was born
   after they were told of. Switched off, it still takes whoever has no year of birth: the CDM has no row for them. #}
{% macro r07_no_real_person(row) -%}
    {{ rule('R07',
        "coalesce(" ~ row ~ ".BEN_CDI_NIR, '00') not in ('00', '03', '04')"
        ~ " or coalesce(" ~ row ~ ".BEN_SEX_COD, '0') not in ('1', '2')"
        ~ " or " ~ row ~ ".birth_year > extract(year from greatest("
        ~ row ~ ".MAX_TRT_DTD, " ~ row ~ ".BEN_DTE_MAJ))"
    ) }}
    {{ always('R07', row ~ ".birth_year is null") }}
{%- endmacro %}

{# R07, found before: it comes before what is found of the rows that it leaves. #}
{% macro r07_carried_over(row) -%}
    {{ always('R07', row ~ ".unreal is not null") }}
{%- endmacro %}

{# R46: rows of one key of both sexes, born in years more than one apart. A year wrongly typed, or a change
   of sex in the register, is a correction and no contradiction. #}
{% macro keys_contradict() -%}
    max(birth_year) filter (where BEN_SEX_COD = '1')
    - min(birth_year) filter (where BEN_SEX_COD = '2') > 1
    or max(birth_year) filter (where BEN_SEX_COD = '2')
    - min(birth_year) filter (where BEN_SEX_COD = '1') > 1
{%- endmacro %}

{# R46: the number is a default value that several persons share: it identifies no person. #}
{% macro r46_contradictory_key(row) -%}
    {{ always('R46', row ~ ".person_key is not null") }}
{%- endmacro %}

{# R43: a right that ends before the observation begins, or begins after it ends. #}
{% macro r43_not_observed(row) -%}
    {{ always('R43', row ~ ".start_date > " ~ row ~ ".end_date or " ~ row ~ ".end_date is null") }}
{%- endmacro %}

{# The archive holds persons without any reimbursement since 2013-01-01. #}
{% macro last_day_of_the_archive() -%} date '2012-12-31' {%- endmacro %}

{# R50: the archive alone knows the person: not observed after 2012, or from later care on. #}
{% macro r50_archived(person, cared) -%}
    {{ rule('R50', person ~ ".is_archived_only and (" ~ cared ~ ".first_care_after_the_archive is null"
        ~ " or " ~ cared ~ ".first_care_after_the_archive >= date '2013-02-01')") }}
{%- endmacro %}

{# R51: the referential states that the person never had care (BEN_TOP_CNS 0), and none was
   delivered: their row is not kept up to date. #}
{% macro r51_never_cared(person, cared) -%}
    {{ rule('R51', person ~ ".is_never_a_consumer and " ~ cared ~ ".person_id is null") }}
{%- endmacro %}

{# R52: a person is not observed before their scheme feeds DCIR. #}
{% macro r52_first_day(starts) -%}
    case
        when {{ first_rule([rule('R52', starts ~ ".first_day is not null")]) }} is not null
            then {{ starts }}.first_day
    end
{%- endmacro %}

{# N02: a nursing home that declares nothing would look like life at home. #}
{% macro n02_nursing_home() -%}
    {{ always('N02', 'true') }}
{%- endmacro %}

{# N03: a pregnancy is told by the stay that ends it, not by the declaration that opens its cover. #}
{% macro n03_declared_pregnancy() -%}
    {{ always('N03', 'true') }}
{%- endmacro %}

{# R10: a line that may tell of a death. A stay in a clinic, or care that PMSI counts, is no event here,
   but whoever died of it is dead; impossible care tells nothing, and nobody dies before they are born. #}
{% macro r10_line_of_the_dead(row) -%}
    not {{ row }}.is_superseded
    and {{ row }}.excluded_by is distinct from 'R11a'
    and extract(year from coalesce({{ row }}.exit_death_date, {{ row }}.BEN_DCD_DTE))
    >= {{ row }}.birth_year
{%- endmacro %}

{# Complementary cover by the State that a line states: the C2S took the place of the CMU-C and of the
   ACS on 1 November 2019. BEN_C2S_TYP is P89 (with a participation), G89 (free) or ZZZ (none). #}
{% macro public_cover(row, day) -%}
        case
            when {{ row }}.BEN_C2S_TYP in ('P89', 'G89') then 'C2S'
            when {{ row }}.BEN_CMU_TOP = '1' then {{ cover_of_contract_89(day) }}
            when {{ row }}.BEN_ACS_TOP = '1' and {{ day }} < date '2019-11-01' then 'ACS'
        end
{%- endmacro %}

{# Contract 89 is the CMU-C and, since 1 November 2019, the C2S. #}
{% macro cover_of_contract_89(day) -%}
    case when {{ day }} >= date '2019-11-01' then 'C2S' else 'CMU-C' end
{%- endmacro %}
