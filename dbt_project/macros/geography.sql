{# R29: the INSEE commune of five characters, rebuilt from department, commune and régime
   (HDH documentation, fiche localisation_geographique_beneficiaires, 2024). NULL when not known. #}
{% macro insee_commune(row) -%}
    {%- set dpt = 'upper(' ~ row ~ '.BEN_RES_DPT)' -%}
    {%- set com = row ~ '.BEN_RES_COM' -%}
    {%- set regime = 'substr(' ~ row ~ '.ORG_AFF_BEN, 1, 3)' -%}
    case
        when
            {{ dpt }} is null or {{ dpt }} in ('000', '099', '999')
            or {{ com }} is null or {{ com }} in ('000', '999')
            then null
        -- Corsica is one department or two, in digits
        when {{ dpt }} = '201' then '2A' || {{ com }}
        when {{ dpt }} = '202' then '2B' || {{ com }}
        when {{ dpt }} in ('209', '020')
            then case when {{ com }} in ({{ southern_corsica() }}) then '2A' else '2B' end || {{ com }}
        -- RSI overseas: department 971, commune 0NN, which no other scheme writes
        when
            substr({{ dpt }}, 1, 2) = '97'
            and ({{ regime }} = '03A' or ({{ regime }} is null and {{ com }} like '0%'))
            then {{ dpt }} || substr({{ com }}, 2, 2)
        -- MSA and others overseas
        when substr({{ dpt }}, 1, 2) = '97' then '97' || {{ com }}
        else substr({{ dpt }}, 2, 2) || {{ com }}
    end
{%- endmacro %}

{# The department alone, when the commune is not known or must not be shown: that of the residence,
   else that of the fund for schemes whose funds are local. What is left of Corsica without a
   commune is "20"; of overseas, nothing. #}
{% macro residence_department(row) -%}
    {%- set dpt = 'upper(' ~ row ~ '.BEN_RES_DPT)' -%}
    {%- set fund = 'substr(' ~ row ~ '.ORG_AFF_BEN, 4, 3)' -%}
    case
        when {{ dpt }} = '201' then '2A'
        when {{ dpt }} = '202' then '2B'
        when {{ dpt }} in ('209', '020') then '20'
        when {{ dpt }} = '097' then null
        when substr({{ dpt }}, 1, 2) = '97' then {{ dpt }}
        when coalesce({{ dpt }}, '000') not in ('000', '099', '999') then substr({{ dpt }}, 2, 2)
        when substr({{ row }}.ORG_AFF_BEN, 1, 3) not in ('01C', '02A', '03A') then null
        when {{ fund }} = '201' then '2A'
        when {{ fund }} = '202' then '2B'
        when substr({{ fund }}, 1, 2) = '97' then {{ fund }}
        when {{ fund }} between '001' and '095' then substr({{ fund }}, 2, 2)
        when {{ fund }} between '100' and '959' then substr({{ fund }}, 1, 2)
    end
{%- endmacro %}

{# R44: where a person lived on the day of a line, as precisely as the line states it; the fund of
   affiliation alone is no residence. #}
{% macro place_of_care(row) -%}
    case
        when {{ row }}.BEN_RES_DPT is not null
            then coalesce({{ insee_commune(row) }}, {{ residence_department(row) }})
    end
{%- endmacro %}

{# Communes of Corse-du-Sud; the numbers of the former department 20 were kept when it was cut in two
   (INSEE, code officiel géographique 2023). #}
{% macro southern_corsica() -%}
        '001', '004', '006', '008', '011', '014', '017', '018', '019', '021', '022', '024', '026', '027',
        '028', '031', '032', '035', '038', '040', '041', '048', '056', '060', '061', '062', '064', '065',
        '066', '070', '071', '085', '089', '090', '091', '092', '094', '098', '099', '100', '103', '104',
        '108', '114', '115', '117', '118', '119', '127', '128', '129', '130', '131', '132', '133', '139',
        '141', '142', '144', '146', '154', '158', '160', '163', '174', '181', '186', '189', '191', '196',
        '197', '198', '200', '203', '204', '209', '211', '212', '215', '228', '232', '240', '247', '249',
        '253', '254', '258', '259', '262', '266', '268', '269', '270', '271', '272', '276', '278', '279',
        '282', '284', '285', '288', '295', '300', '308', '310', '312', '322', '323', '324', '326', '330',
        '331', '336', '345', '348', '349', '351', '357', '358', '359', '360', '362', '363'
{%- endmacro %}

{# Department of an INSEE commune: two characters, three overseas. #}
{% macro department_of(commune) -%}
    case
        when substr({{ commune }}, 1, 2) = '97' then substr({{ commune }}, 1, 3)
        else substr({{ commune }}, 1, 2)
    end
{%- endmacro %}
