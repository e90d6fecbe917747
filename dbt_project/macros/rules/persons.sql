{# R07: fictitious or unidentified persons carry flat-fee payments, not a life (FILT); so does a
   person born after the row was written. Switched off, it still excludes persons without a year of
   birth, for whom the CDM has no row. #}
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

{# R47: a right that is suspended, or closed on a day that is not known, covers no person. #}
{% macro r47_suspended_right(row) -%}
    {{ rule('R47', row ~ ".is_suspended") }}
{%- endmacro %}

{# N02: a nursing home that declares nothing would look like life at home. Switched off, residence
   becomes an observation; a service at home is none. #}
{% macro n02_nursing_home(row) -%}
    {{ rule('N02', 'true') }}
    {{ always('N02', row ~ ".ESM_DOM_COD = 'O'") }}
{%- endmacro %}

{# N03: a pregnancy is recorded from the stay that ends it, not from the declaration that opens its
   cover. #}
{% macro n03_declared_pregnancy() -%}
    {{ always('N03', 'true') }}
{%- endmacro %}

{# R10: a line that may prove a death. A stay in a clinic, or care that PMSI counts, is no event
   here, but a death in it counts; impossible care proves nothing, nor does a date before birth. #}
{% macro r10_line_of_the_dead(row) -%}
    not {{ row }}.is_superseded
    and {{ row }}.excluded_by is distinct from 'R11a'
    and extract(year from coalesce({{ row }}.exit_death_date, {{ row }}.BEN_DCD_DTE))
    >= {{ row }}.birth_year
{%- endmacro %}

{# Complementary cover by the State that a line states. BEN_C2S_TYP is P89 (with a participation), G89
   (free) or ZZZ (none); BEN_CMU_TOP is 1 for contract 89; the ACS ended on 31 October 2019. #}
{% macro public_cover(row, day) -%}
        case
            when {{ row }}.BEN_C2S_TYP in ('P89', 'G89') then {{ public_contract() }}
            when {{ row }}.BEN_CMU_TOP = '1' then {{ public_contract() }}
            when {{ row }}.BEN_ACS_TOP = '1' and {{ day }} < date '2019-11-01' then 'ACS'
        end
{%- endmacro %}

{# The contract 89, which is the CMU-C and, since 1 November 2019, the C2S. #}
{% macro public_contract() -%} 'C2S/CMU-C' {%- endmacro %}

{# What a contract of IR_ORC_R is. A delivery without BEN_CTA_TYP knows the public ones by the state of
   the C2S or by the body that manages the CMU-C. #}
{% macro plan_of_contract() -%}
    case
        when {{ to_integer('BEN_CTA_TYP') }} = 89 then {{ public_contract() }}
        when {{ to_integer('BEN_CTA_TYP') }} in (91, 92, 93) then 'ACS'
        when BEN_CTA_TYP is not null then 'OC'
        when REF_C2S_COD is not null or BEN_CMU_ORG is not null then {{ public_contract() }}
        else 'OC'
    end
{%- endmacro %}

{# R54: a year that only an older version of the disease cartography has. Versions are never mixed. #}
{% macro r54_year_of_an_older_version(row) -%}
    {{ always('R54', row ~ ".is_older and not " ~ row ~ ".is_in_latest") }}
{%- endmacro %}
