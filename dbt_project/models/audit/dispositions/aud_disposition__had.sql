{{ hospital_dispositions(
    'HAD', ['T_HADaaS'], ['T_HADaaGRP'], ['T_HADaaD', 'T_HADaaDMPP', 'T_HADaaDMPA']
) }}

select * from final
