{{ hospital_dispositions(
    'SSR', ['T_SSRaaS', 'T_SSRaaGME'], [], ['T_SSRaaD']
) }}

select * from final
