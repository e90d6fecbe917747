{# R29: the INSEE commune of five characters, rebuilt from department, commune and régime
   (HDH documentation, fiche localisation_geographique_beneficiaires, 2024). NULL when not known. #}
{% macro insee_commune(row) -%}
    {%- set dpt = row ~ '.BEN_RES_DPT' -%}
    {%- set com = row ~ '.BEN_RES_COM' -%}
    {%- set regime = 'substr(' ~ row ~ '.ORG_AFF_BEN, 1, 3)' -%}
    case
        when {{ dpt }} is null or {{ com }} is null or {{ dpt }} in ('000', '099', '999') then null
        -- RSI overseas: department 971, commune 0NN
        when substr({{ dpt }}, 1, 2) = '97' and {{ regime }} = '03A'
            then {{ dpt }} || substr({{ com }}, 2, 2)
        -- MSA and others overseas, and the Corsica of 209
        when substr({{ dpt }}, 1, 2) = '97' or {{ dpt }} = '209'
            then substr({{ dpt }}, 1, 2) || {{ com }}
        else substr({{ dpt }}, 2, 2) || {{ com }}
    end
{%- endmacro %}

{# Department of an INSEE commune: two characters, three overseas. #}
{% macro department_of(commune) -%}
    case
        when substr({{ commune }}, 1, 2) = '97' then substr({{ commune }}, 1, 3)
        else substr({{ commune }}, 1, 2)
    end
{%- endmacro %}
