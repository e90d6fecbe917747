{# What SSR, HAD and RIP have in common: a stay has one linkage row a year, under a number that is new
   every year, and is cut into parts (weeks, sub-sequences, sequences). Their columns differ in name. #}
{% macro hospital_fields() -%}
    {{ return({
        'SSR': {'finess': 'ETA_NUM', 'number': 'RHA_NUM', 'part': 'RHS_NUM'},
        'HAD': {'finess': 'ETA_NUM_EPMSI', 'number': 'RHAD_NUM', 'part': "SEQ_NUM || '-' || SSEQ_NUM"},
        'RIP': {'finess': 'ETA_NUM_EPMSI', 'number': 'RIP_NUM', 'part': 'SEQ_SEQ_NUM'},
    }) }}
{%- endmacro %}

{# The columns that name a row of such a table: field, table, stay and part of the stay. #}
{% macro hospital_key(field, source_table, part=true) -%}
        {%- set names = hospital_fields()[field] -%}
        '{{ field }}' as field,
        '{{ source_table }}' as source_table,
        _row_id,
        _source_year,
        {{ names['finess'] }} as finess,
        {{ names['number'] }} as stay_number
        {%- if part %},
        {{ names['part'] }} as part_key
        {%- endif %}
{%- endmacro %}

{# What distinguishes two rows of one part of a stay that a file repeats. #}
{% macro part_content() -%}
    {{ return({
        'T_HADaaB': ['DGN_PAL', 'PEC_PAL', 'PEC_ASS', 'SSEQ_NBJ', 'SEQ_SEJ_NBJ', 'SSEQ_SEQ_NBJ'],
        'T_MCOaaUM': ['PAR_DUR_SEJ', 'DGN_PAL', 'DGN_REL', 'AUT_TYP1_UM', 'ETA_NUM_GEO', 'IGS2_COD'],
        'T_RIPaaRSA': ['DGN_PAL', 'FOR_ACT', 'ENT_DEL_DAT', 'DEL_DAT', 'SEQ_COU_NBJ', 'SEQ_IND'],
        'T_RIPaaR3A': ['EXE_SOI_DTD', 'DGN_PAL', 'ACT_NAT'],
        'T_SSRaaB': [
            'MOR_PRP', 'ETL_AFF', 'FP_PEC', 'RHS_ANT_SEJ_ENT', 'SEJ_ANT', 'GRG_GME', 'TYP_GEN_RHA',
            'ETA_NUM_GEO', 'MOI_ANN',
        ],
    }) }}
{%- endmacro %}

{# The staging model of an SNDS table. #}
{% macro staged(source_table) -%}
    {%- set product = {'MCO': 'mco', 'SSR': 'ssr', 'HAD': 'had', 'RIP': 'rip'}[source_table[2:5]] -%}
    {{ return(ref('stg_' ~ product ~ '__' ~ source_table | lower)) }}
{%- endmacro %}

{% macro hospital_stay_join(left, right) -%}
    {{ left }}.field = {{ right }}.field
    and {{ left }}._source_year = {{ right }}._source_year
    and {{ left }}.finess = {{ right }}.finess
    and {{ left }}.stay_number = {{ right }}.stay_number
{%- endmacro %}

{% macro hospital_part_join(left, right) -%}
    {{ hospital_stay_join(left, right) }}
    and {{ left }}.part_key = {{ right }}.part_key
{%- endmacro %}

{# The one part that a row names: a week in two units is represented by the first of them, except
   for what the row of the second holds. #}
{% macro hospital_one_part_join(left, right) -%}
    {{ hospital_part_join(left, right) }}
    and case
        when {{ left }}.source_table = {{ right }}.source_table
            then {{ left }}._row_id = {{ right }}._row_id
        else {{ right }}.is_second_unit is not true
    end
{%- endmacro %}

{% macro stay_return_codes() -%}
    {{ return([
        'NIR_RET', 'NAI_RET', 'SEX_RET', 'SEJ_RET', 'FHO_RET', 'PMS_RET', 'DAT_RET',
        'COH_NAI_RET', 'COH_SEX_RET',
    ]) }}
{%- endmacro %}

{% macro bill_return_codes() -%}
    {{ return(['NIR_RET', 'NAI_RET', 'SEX_RET', 'IAS_RET', 'ENT_DAT_RET']) }}
{%- endmacro %}

{# A rule found on another row holds for this one too: `when <column> is not null then <column>`. #}
{% macro inherited_rule(column) -%}
    when {{ column }} is not null then {{ column }}
{%- endmacro %}

{% macro monday_of(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{# R26: a UCD is seven digits, with zeros or blanks before them, or with a prefix before and
   a check digit after: 3400 8 and UCD, as 3400 9 and CIP7 (UCD13). #}
{% macro ucd_code(column) -%}
    case
        when trim({{ column }}) like '3400_________' and substr(trim({{ column }}), 5, 1) = '8'
            then substr(trim({{ column }}), 6, 7)
        else nullif(right(trim({{ column }}), 7), '')
    end
{%- endmacro %}

{# An LPP code is seven digits; it comes with blanks before it or zeros that make it longer. #}
{% macro lpp_code(column) -%}
    nullif(right(trim({{ column }}), 7), '')
{%- endmacro %}

{# A NABM code is four digits; hospitals write it longer, with zeros before it. #}
{% macro nabm_code(column) -%}
    {%- set plain = "coalesce(cast(" ~ to_integer(column) ~ " as string), nullif(trim(" ~ column ~ "), ''))" -%}
    {{ pad_code(plain, 4) }}
{%- endmacro %}

{# Rows of a hospital table, those of a stay delivered again left out (R13). #}
{% macro staged_once(source_table) -%}
    (
        select delivered.*
        from {{ staged(source_table) }} as delivered
        left join {{ ref('int_hospital_row__superseded') }} as superseded
            on delivered._row_id = superseded._row_id
        where superseded._row_id is null
    ) as rows
{%- endmacro %}

{# Places of the diagnoses of rehabilitation, home hospital and psychiatry, strongest first: field, table,
   column, role, slot and slots. Associated diagnoses stood in columns of the week until 2008, of the
   sub-sequence until 2009: rows of those years have more slots (ADR 6). #}
{% macro diagnosis_places() -%}
    {%- set week = 'case when _source_year <= 2008 then 23 else 3 end' -%}
    {%- set part = 'case when _source_year between 2007 and 2009 then 8 else 1 end' -%}
    {#- no longer coded since March 2023 -#}
    {%- set purpose = "case when substr(MOI_ANN, 3, 4) || substr(MOI_ANN, 1, 2) <= '202302'"
        ~ " or _source_year < 2023 then FP_PEC end" -%}
    {%- set places = [
        ('SSR', 'T_SSRaaB', 'MOR_PRP', 'MMP', 0, week),
        ('SSR', 'T_SSRaaB', 'ETL_AFF', 'AE', 1, week),
        ('SSR', 'T_SSRaaB', purpose, 'FPP', 2, week),
        ('SSR', 'T_SSRaaD', 'DGN_COD', 'DAS', 0, 1),
        ('HAD', 'T_HADaaB', 'DGN_PAL', 'DP', 0, part),
        ('HAD', 'T_HADaaDMPP', 'DGN_ASS_MPP', 'DMPP', 0, 1),
        ('HAD', 'T_HADaaDMPA', 'DGN_ASS_MPA', 'DMPA', 0, 1),
        ('HAD', 'T_HADaaD', 'DGN_ASS', 'DAS', 0, 1),
        ('RIP', 'T_RIPaaRSA', 'DGN_PAL', 'DP', 0, 1),
        ('RIP', 'T_RIPaaRSAD', 'ASS_DGN', 'DAS', 0, 1),
    ] -%}
    {%- for number in range(1, 21) -%}
        {%- do places.append(('SSR', 'T_SSRaaB', 'ASS_DGN_' ~ number, 'DAS', number + 2, week)) -%}
    {%- endfor -%}
    {%- for number in range(1, 8) -%}
        {%- do places.append(('HAD', 'T_HADaaB', 'DGN_PAL' ~ number, 'DAS', number, part)) -%}
    {%- endfor -%}
    {{ return(places) }}
{%- endmacro %}

{# The first day of a week of rehabilitation: the age of the stay in days since 2010; before it weeks
   are counted from the first Monday. #}
{% macro ssr_week_start(file, week) -%}
    coalesce(
        {{ add_days(file ~ '.care_date', week ~ '.RHS_ANT_SEJ_ENT') }},
        greatest(
            {{ file }}.care_date,
            {{ add_days(
                monday_of(file ~ '.care_date'),
                '7 * (' ~ to_integer(week ~ '.part_key') ~ ' - 1)'
            ) }}
        )
    )
{%- endmacro %}

{# From March 2025 a week of rehabilitation holds acts of CSARR and of CSAR, whose codes begin with
   the two digits of their chapter. #}
{% macro rehabilitation_vocabulary(code) -%}
    case when substr(trim({{ code }}), 1, 1) between '0' and '9' then 'CSAR' else 'CSARR' end
{%- endmacro %}

{# The delay of a row leads to a day within its stay; without a delay, or a day of the stay, to none. #}
{% macro is_day_stated(stays, delay) -%}
    coalesce(
            {{ stays }}.is_day_known
            and {{ add_days(stays ~ '.care_date', delay) }}
            between {{ stays }}.care_date and {{ stays }}.end_date,
            false
        )
{%- endmacro %}
