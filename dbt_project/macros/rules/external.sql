{# Rules on external consultations and on what hospitals bill in addition to the stay's tariff. #}

{# R39: a surcharge for the night or a holiday (fifth place of the code of the act) is money. #}
{% macro r39_surcharge_of_bill(row) -%}
    {{ rule('R39',
        "trim(" ~ row ~ ".fee_code) in ('F', 'N') or substr(" ~ row ~ ".fee_code, 5, 1) in ('F', 'N')"
    ) }}
{%- endmacro %}

{# R26: drugs dispensed by a public hospital and those paid in addition to the tariff of a private
   stay are in ER_UCD_F too. Those that DCIR holds are taken from DCIR, where the money is and
   corrections are netted; the others from the hospital. #}
{% macro r26_in_dcir(row) -%}
    {{ rule('R26', row ~ ".is_in_dcir") }}
{%- endmacro %}

{# R38a: nothing was given, it was returned, the quantity is impossible, or it was given in another
   stay (more than two years before the year of the file). A quantity that is absent is not known. #}
{% macro r38a_impossible_quantity(row) -%}
    {{ rule('R38a',
        row ~ ".declared_quantity <= 0 or " ~ row ~ ".price < 0"
        ~ " or (" ~ row ~ ".field = 'SSR' and " ~ row ~ ".declared_quantity >= 100)"
        ~ " or " ~ row ~ ".year_given < " ~ row ~ "._source_year - 2"
    ) }}
{%- endmacro %}

{# R38b: Avastin is declared among the costly drugs and among those of temporary authorisation. #}
{% macro r38b_declared_twice(row) -%}
    {{ rule('R38b', row ~ ".is_declared_twice") }}
{%- endmacro %}
