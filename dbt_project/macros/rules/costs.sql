{# Rules of money. R22: the amounts of ER_PRS_F are counted once a line, never once a detail. #}

{# What compulsory insurance pays of a line. #}
{% macro compulsory_share(row) -%}
    (coalesce({{ row }}.BSE_REM_MNT, 0) + coalesce({{ row }}.CPL_REM_MNT, 0))
{%- endmacro %}

{# What the payers leave of the charge to the person and to insurance that the source does not know: NULL
   without a charge, or with one below what was paid (a surcharge whose charge is on another line). A
   reversal takes back what was left. #}
{% macro left_to_patient(charge, payer, others, is_reversal='false') -%}
    {%- set rest = charge ~ ' - coalesce(' ~ payer ~ ', 0) - coalesce(' ~ others ~ ', 0)' -%}
    case when {{ rest }} >= 0 or {{ is_reversal }} then {{ rest }} end
{%- endmacro %}

{# Lines that are money though they are no event keep their cost: surcharges (R19), and private stays
   (R18), whose clinical facts alone come from PMSI. What public hospitals are paid (R16, R17) comes
   from PMSI, except for the flat participations of external care (a surcharge, or a kind of
   reimbursement that is not 1, under PRS_DPN_QLP alone), which only DCIR records. What belongs to
   no person (R06, R07, R46) or is impossible (R04, R11) is set aside with its line. #}
{% macro keeps_cost(row) -%}
    (
        not {{ row }}.is_superseded
        and (
            coalesce({{ row }}.excluded_by, 'R18') in ('R18', 'R19')
            or (
                {{ row }}.excluded_by = 'R16'
                and coalesce({{ row }}.DPN_QLF, '0') not in ('71', '72')
                and (
                    coalesce({{ to_integer(row ~ '.CPL_MAJ_TOP') }}, 0) >= 2
                    or coalesce({{ row }}.REM_TYP_AFF, 1) <> 1
                )
            )
        )
    )
{%- endmacro %}

{# R22a: a stay or a bill that health insurance did not value (VALO = 0), or that the hospital may not
   bill to it (FAC_SEJ_AM = 0), has no cost. #}
{% macro r22a_not_valued(row) -%}
    {{ rule('R22a', row ~ ".is_refused") }}
{%- endmacro %}

{# R15: a payment without the line of ER_PRS_F that its nine keys name. #}
{% macro r15_orphan_payment(row) -%}
    {{ always('R15', row ~ ".line_row_id is null") }}
{%- endmacro %}

{# R22b: DCIR has the bill of this private stay with what was paid: the money is taken from DCIR.
   The bill in PMSI counts for the stays that DCIR does not bill, as when it was not delivered. #}
{% macro r22b_billed_in_dcir(row) -%}
    {{ rule('R22b', row ~ ".is_billed_in_dcir") }}
{%- endmacro %}

{# R22c: the total of a bill whose lines were delivered, or the hospital's statement of a stay for
   which VALO holds what was paid: the same money twice. #}
{% macro r22c_better_source(row) -%}
    {{ rule('R22c', row ~ ".has_better_source") }}
{%- endmacro %}
