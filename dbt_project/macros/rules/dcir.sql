{# Rules that decide of a line of ER_PRS_F, in the order of int_dcir_line__classified. #}

{# N01: a line of the simplified datamart, of a flux month that DCIR itself holds. #}
{% macro n01_in_dcir(row) -%}
    {{ rule('N01', row ~ ".is_in_dcir") }}
{%- endmacro %}

{# R06: no person in IR_BEN_R or its archive has this pair (PSA, rank). #}
{% macro r06_unknown_person(row) -%}
    {{ always('R06', row ~ ".right_is_known is distinct from true") }}
{%- endmacro %}

{# R46: the pair is of a key that identifies no person (found in IR_BEN_R, carried over). #}
{% macro r46_line_of_contradictory_key(row) -%}
    {{ always('R46', row ~ ".right_excluded_by = 'R46'") }}
{%- endmacro %}

{# R07: the pair belongs to no real person (the reason found in IR_BEN_R is carried over). #}
{% macro r07_line_of_no_real_person(row) -%}
    {{ always('R07', row ~ ".right_excluded_by is not null") }}
{%- endmacro %}

{# R07: a line of the scheme made to hold the care of fictitious numbers, whoever bears its number. #}
{% macro r07_anonymous_scheme(row) -%}
    {{ rule('R07', row ~ ".is_anonymous") }}
{%- endmacro %}

{# R04: neither a day nor a month of care. #}
{% macro r04_no_date(row) -%}
    {{ always('R04', row ~ ".care_date is null") }}
{%- endmacro %}

{# R04b: care more than a year after its own flux month. Periods can be paid ahead; nothing is paid
   years before. #}
{% macro r04b_after_flux(row) -%}
    {{ rule('R04b', row ~ ".care_date > " ~ last_of_month(add_months(row ~ ".FLX_DIS_DTD", 12))) }}
{%- endmacro %}

{# R12: a flux month pays care of the three years before it, or of the year after it (R04b). A day that
   is unknown contradicts no month. #}
{% macro can_pay(flux_month, day) -%}
    coalesce({{ month_number(flux_month) }} - {{ month_number(day) }} between -12 and 36, true)
{%- endmacro %}

{# R04b: a hospital file holds what happened until the end of its year. #}
{% macro r04b_after_its_file(row) -%}
    {{ rule('R04b', is_years_after(row ~ ".care_date", row ~ "._source_year")) }}
{%- endmacro %}

{# R04b: rights, doses, tests and certificates have no flux month: nothing is known of a day more than
   a year after the last that the delivery holds, nor after the year of their own file. #}
{% macro r04b_after_delivery(row) -%}
    {{ rule('R04b', row ~ ".care_date > " ~ row ~ ".last_believed_day and not coalesce("
        ~ "extract(year from " ~ row ~ ".care_date) <= " ~ row ~ "._source_year, false)") }}
{%- endmacro %}

{# A day of a later year than that after the file's own, which may hold a few days of the next. #}
{% macro is_years_after(day, source_year) -%}
    extract(year from {{ day }}) > {{ source_year }} + 1
{%- endmacro %}

{# R16: public hospital care "for information", which PMSI holds too. #}
{% macro r16_for_information(row) -%}
    {{ rule('R16', row ~ ".DPN_QLF in ('71', '72') or " ~ row ~ ".PRS_DPN_QLP in ('71', '72')") }}
{%- endmacro %}

{# R17: invoiced by a public hospital (FIDES), which PMSI holds too. #}
{% macro r17_public_invoice(row) -%}
    {{ rule('R17', row ~ ".is_public_invoice") }}
{%- endmacro %}

{# R18: line of a private hospital stay; clinical facts come from PMSI. #}
{% macro r18_private_stay(row) -%}
    {{ rule('R18', row ~ ".is_private_stay") }}
{%- endmacro %}

{# R19: a surcharge or a participation is money, not an act. #}
{% macro r19_surcharge(row) -%}
    {{ rule('R19', to_integer(row ~ ".CPL_MAJ_TOP") ~ " >= 2") }}
{%- endmacro %}

{# R11a, R11b: care before the year of birth, or after death and a tolerance. #}
{% macro r11a_before_birth(row) -%}
    {{ rule('R11a', "extract(year from " ~ row ~ ".care_date) < " ~ row ~ ".birth_year") }}
{%- endmacro %}
{% macro r11b_after_death(row) -%}
    {{ rule('R11b', row ~ ".care_date > "
        ~ add_days(row ~ ".death_date", var('death_tolerance_days'))) }}
{%- endmacro %}

{# R23: transport, allowance, flat fee: money is paid but no person is seen. #}
{% macro r23_no_event(row) -%}
    {{ rule('R23', row ~ ".gives_event is not distinct from false") }}
{%- endmacro %}

{# R23b: a nature that the reviewed list does not hold decides nothing: no visit until it is reviewed. Its
   drugs, acts and tests are events all the same. #}
{% macro r23b_unreviewed_nature(row) -%}
    {{ always('R23b', row ~ ".gives_event is null") }}
{%- endmacro %}

{# The rule by which a line gives no visit, though it is kept. #}
{% macro no_visit(row) -%}
    {{ first_rule([r23_no_event(row), r23b_unreviewed_nature(row)]) }}
{%- endmacro %}

{# R15: a detail line without the line of ER_PRS_F that its nine keys name. #}
{% macro r15_orphan_detail(row) -%}
    {{ always('R15', row ~ ".line_row_id is null") }}
{%- endmacro %}

{# R21: anaesthesia, second team and later phases are parts of an act already counted. #}
{% macro r21_part_of_act(row) -%}
    {{ rule('R21', row ~ ".is_part_of_act") }}
{%- endmacro %}
{# ZZLP: additional anaesthesia, an act of its own, that only an anaesthetist can bill. #}
{% macro part_of_act(activity, phase, code) -%}
    (
        ({{ activity }} in ('4', '5') and not coalesce(upper({{ code }}) like 'ZZLP%', false))
        or {{ to_integer(phase) }} > 1
    )
{%- endmacro %}

{# R25: a dispensing, act or device without any code. #}
{% macro r25_no_product(row) -%}
    {{ always('R25', row ~ ".source_code is null") }}
{%- endmacro %}

{# R25b: servicing, transport, repair or delivery of a device is not a new device. #}
{% macro r25b_device_service(row) -%}
    {{ rule('R25b', row ~ ".is_service") }}
{%- endmacro %}
