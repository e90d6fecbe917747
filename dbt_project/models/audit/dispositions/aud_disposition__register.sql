-- Registers of persons that give no CDM row, each for its reason (docs/adr/0020-registers.md).
select
    'IR_ESM_R' as source_table,
    _source_year,
    _row_id,
    'excluded' as disposition,
    {{ first_rule([n02_nursing_home()]) }} as rule_id,
    cast(null as bigint) as carrier_row_id
from {{ ref('stg_beneficiary__ir_esm_r') }}
union all
select
    'IR_MAT_R',
    _source_year,
    _row_id,
    'excluded',
    {{ first_rule([n03_declared_pregnancy()]) }},
    null
from {{ ref('stg_beneficiary__ir_mat_r') }}
