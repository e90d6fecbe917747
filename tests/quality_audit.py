"""Statements that write the audit of the good candidate: five years of one table, and its files."""

from __future__ import annotations

AUDIT = [
    "create schema audit",
    "create table audit.ledger (source_table varchar, source_year integer, disposition varchar,"
    " rule_id varchar, n_rows bigint)",
    "insert into audit.ledger select 'ER_PRS_F', year, disposition, rule, n from"
    " (values (2018), (2019), (2020), (2021), (2022)) as y(year),"
    " (values ('event', null, 900), ('cancelled', 'R05', 60), ('excluded', 'R10', 40))"
    " as d(disposition, rule, n)",
    "create table audit.balance as select source_table, source_year,"
    " cast(1010 as bigint) as n_read, cast(1000 as bigint) as n_staged,"
    " cast(10 as bigint) as n_quarantined, cast(0 as bigint) as n_withdrawn,"
    " cast(sum(n_rows) as bigint) as n_disposed,"
    " cast(1000 - sum(n_rows) as bigint) as residual from audit.ledger"
    " group by source_table, source_year",
    "create table audit.money as select source_table, source_year, 'dcir' as product,"
    " 'compulsory' as payer, cast(100.01 as decimal(18, 2)) as amount_in,"
    " cast(90.00 as decimal(18, 2)) as amount_out,"
    " cast(10.01 as decimal(18, 2)) as amount_set_aside, cast(0 as decimal(18, 2)) as residual"
    " from audit.balance",
    "create table audit.rejects as select source_table, source_year, 'SO-221' as reason,"
    " cast(10 as bigint) as n_rows from audit.balance",
    "create table audit.mapping_coverage as select 'Condition' as domain,"
    " 'CIM10' as source_vocabulary, y as source_year, 'approved' as method,"
    " 'EQUAL' as equivalence, cast(3 as bigint) as n_codes, cast(240 as bigint) as n_records"
    " from range(2018, 2023) as t(y)",
    "create table audit.fan_out as select 'drug_exposure' as cdm_table,"
    " 'ER_PRS_F' as source_table, cast(1200 as bigint) as n_source_rows,"
    " cast(1200 as bigint) as n_cdm_rows",
    "create table audit.coverage as select * from (values"
    " ('DCIR', date '2018-01-01', 'complete'), ('DCIR', date '2018-02-01', 'complete'),"
    " ('DCIR', date '2018-03-01', 'partial'), ('DCIR', date '2018-04-01', 'complete'),"
    " ('HOSPITAL', date '2018-01-01', 'absent')) as c (domain, month, status)",
    "create table audit.hospital_person as select * from (values ('R08', '1', 1990, 25),"
    " ('R08', '2', 1990, 4), ('R06', null, null, 33)) as p (rule_id, sex, birth_decade, n_persons)",
    "create table audit.gaps as select 'table not delivered' as gap, 'ER_LOT_F' as source_table,"
    " y as source_year, cast(null as date) as first_month, cast(null as date) as last_month"
    " from range(2018, 2020) as t(y) union all select 'flux without any line', 'ER_PRS_F', null,"
    " date '2020-03-01', date '2020-04-30'",
    "create table audit.files as select 'ER_PRS_F' as source_table, y as source_year,"
    " y - 2018 as file_number, 'ER_PRS_F_' || y || '.csv' as file_name,"
    " repeat('ab', 32) as sha256, cast(1010 as bigint) as rows_read,"
    " cast(1000 as bigint) as rows_staged, cast(10 as bigint) as rows_quarantined,"
    " cast(0 as bigint) as rows_withdrawn,"
    " (y - 2018) * cast(8192 as bigint) as first_row_id,"
    " (y - 2017) * cast(8192 as bigint) - 1 as last_row_id,"
    " 'loaded' as fate, '' as fate_code, cast(1011 as bigint) as n_lines"
    " from range(2018, 2023) as t(y) union all select 'IR_BEN_R', null, 1, 'IR_BEN_R.csv',"
    " repeat('cd', 32), 300, 300, 0, 0, 10 * 8192, 11 * 8192 - 1, 'loaded', '', 301",
    "insert into audit.files"
    " select t, null, null, f, null, 0, 0, 0, 0, null, null, fate, code, 0 from"
    " (values ('IR_NAT_V', 'IR_NAT_V.csv', 'set aside', 'SO-237'),"
    " ('ER_PRS_F', 'copy of/ER_PRS_F_2019.csv', 'duplicate', 'SO-209'),"
    " (null, 'read me.pdf', 'not data', 'SO-234')) as v (t, f, fate, code)",
]
