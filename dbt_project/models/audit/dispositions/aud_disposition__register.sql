-- Registers of persons that give no CDM row, each for its reason (docs/adr/0020-registers.md);
-- residence in nursing homes gives one when N02 is switched off.
select
    'IR_ESM_R' as source_table,
    _source_year,
    _row_id,
    case
        when excluded_by is not null then 'excluded'
        when is_superseded then 'superseded'
        else 'event'
    end as disposition,
    coalesce(excluded_by, case when is_superseded then 'R13' end) as rule_id,
    _row_id as carrier_row_id
from {{ ref('int_care_home__classified') }}
union all
select
    'IR_MAT_R',
    _source_year,
    _row_id,
    'excluded',
    {{ first_rule([n03_declared_pregnancy()]) }},
    null
from {{ ref('stg_beneficiary__ir_mat_r') }}
