{# Rules that decide of a hospital stay, in the order of int_mco_stay__classified. #}

{% macro r30a_grouping_error(row) -%}
    {{ rule('R30a', row ~ ".GRG_GHM like '90%'") }}
{%- endmacro %}

{% macro r30b_provided_for_another(row) -%}
    {{ rule('R30b', "trim(" ~ row ~ ".SEJ_TYP) = 'B'") }}
{%- endmacro %}

{# TYP_GEN_RSA exists since 2015; NULL before. #}
{% macro r30c_automatic_summary(row) -%}
    {{ rule('R30c', row ~ ".TYP_GEN_RSA <> '0'") }}
{%- endmacro %}

{% macro r30d_duplicated_finess(row) -%}
    {{ rule('R30d', row ~ ".is_duplicated_finess") }}
{%- endmacro %}

{# R30e: a stay sent again with the months that follow; it has a letter in its number, until 2018. #}
{% macro r30e_cumulative_summary(row) -%}
    {{ rule('R30e',
        row ~ "._source_year <= 2018 and " ~ matches(row ~ ".RSA_NUM", "^[A-Za-z]")
    ) }}
{%- endmacro %}

{# R09: a key that is not a hash, no linkage row, or a return code that is not 0, be it written 0.0. A
   code that does not exist yet in that year, or was not delivered, is not judged. #}
{% macro r09_invalid_linkage(row, return_codes) -%}
    {%- set faults = [
        row ~ ".NIR_ANO_17 is null",
        "lower(" ~ row ~ ".NIR_ANO_17) like 'xxxxxxxxxxxxxxxx%'",
        "upper(" ~ row ~ ".NIR_ANO_17) like '%XXXXXXXXXXXXXXXX'",
    ] -%}
    {%- set first_years = {
        'DAT_RET': 2006, 'COH_NAI_RET': 2013, 'COH_SEX_RET': 2013, 'ENT_DAT_RET': 2009,
    } -%}
    {%- for code in return_codes -%}
        {%- set since = row ~ "._source_year >= " ~ first_years[code] ~ " and " if code in first_years -%}
        {%- set column = row ~ "." ~ code -%}
        {%- do faults.append(
            "(" ~ (since or '') ~ column ~ " is not null and coalesce(" ~ to_integer(column)
            ~ ", 1) <> 0)"
        ) -%}
    {%- endfor -%}
    {{ rule('R09', faults | join(' or ')) }}
{%- endmacro %}

{% macro r06_unknown_psa(row) -%}
    {{ always('R06', row ~ ".n_persons is null") }}
{%- endmacro %}

{% macro r46_psa_of_contradictory_key(row) -%}
    {{ always('R46', row ~ ".n_persons = 0 and " ~ row ~ ".psa_excluded_by = 'R46'") }}
{%- endmacro %}

{% macro r07_psa_of_no_real_person(row) -%}
    {{ always('R07', row ~ ".n_persons = 0") }}
{%- endmacro %}

{% macro r08_ambiguous_psa(row) -%}
    {{ always('R08', row ~ ".n_persons > 1 and " ~ row ~ ".person_id is null") }}
{%- endmacro %}

{# R31: a row whose stay was not delivered. #}
{% macro r31_no_stay(row) -%}
    {{ always('R31', row ~ ".stay_row_id is null") }}
{%- endmacro %}

{% macro r32_no_code(row) -%}
    {{ always('R32', row ~ ".source_code is null") }}
{%- endmacro %}

{# R42: not matched, matched to an unknown person, or one person with several certificates. #}
{% macro r42_no_unique_person(row) -%}
    {{ always('R42',
        "coalesce(" ~ row ~ ".DCD_IDT_TOP, '1') <> '1'"
        ~ " or " ~ row ~ ".person_id is null"
        ~ " or " ~ row ~ ".death_date is null"
        ~ " or " ~ row ~ ".n_certificates > 1"
    ) }}
{%- endmacro %}

{# R40: only long-term diseases (listed, off list, several), coded in ICD-10. #}
{% macro r40_no_long_term_disease(row) -%}
    {{ rule('R40',
        row ~ ".IMB_ETM_NAT is null or " ~ row ~ ".IMB_ETM_NAT not in ('41', '43', '45')"
        ~ " or coalesce(upper(" ~ row ~ ".MED_NCL_IDT), 'CIM10') <> 'CIM10'"
    ) }}
{%- endmacro %}
