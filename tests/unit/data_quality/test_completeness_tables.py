"""What tables of one delivery imply of each other: boundary values on both sides."""

from __future__ import annotations

import duckdb
import pytest

from data_quality.completeness import (
    measure_shortfalls,
)
from data_quality.completeness.codes import code_groups
from etl.contracts.registry import contracts
from tests.stated_delivery import LIMITS, kinds, measured


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([("T_MCOaaB", 2019, 1)], [("T_MCOaaC 2019", "T_MCOaaB")]),
        ([("T_MCOaaB", 2019, 1), ("T_MCOaaC", 2019, 1)], []),
        ([("T_MCOaaB", 2019, 199), ("T_MCOaaC", 2019, 199)], []),
        (
            [("T_MCOaaB", 2019, 200), ("T_MCOaaC", 2019, 200)],
            [
                ("T_MCOaaA 2019", "T_MCOaaB"),
                ("T_MCOaaD 2019", "T_MCOaaB"),
                ("T_MCOaaUM 2019", "T_MCOaaB"),
            ],
        ),
        # another year has it: eight stays are enough
        (
            [(f"T_MCOaa{t}", y, 8) for t in "BC" for y in (2018, 2019)] + [("T_MCOaaD", 2018, 3)],
            [("T_MCOaaD 2019", "T_MCOaaB")],
        ),
        (
            [(f"T_MCOaa{t}", y, 7) for t in "BC" for y in (2018, 2019)] + [("T_MCOaaD", 2018, 3)],
            [],
        ),
        # the stays of a table of persons or of diagnoses
        ([("T_MCOaaC", 2019, 1)], [("T_MCOaaB 2019", "T_MCOaaC")]),
        (
            [("T_MCOaaC", 2019, 1), ("T_MCOaaD", 2019, 1)],
            [("T_MCOaaB 2019", "T_MCOaaC")],
        ),
        ([("T_MCOaaD", 2019, 1)], [("T_MCOaaB 2019", "T_MCOaaD")]),
        ([("T_SSRaaC", 2019, 1)], [("T_SSRaaB 2019", "T_SSRaaC")]),
        ([("T_HADaaC", 2019, 1)], [("T_HADaaB 2019", "T_HADaaC")]),
        # persons of ambulatory psychiatry stand in T_RIPaaC until 2019
        ([("T_RIPaaC", 2016, 1)], []),
        ([("T_RIPaaR3A", 2019, 9)], []),
        ([("T_RIPaaR3A", 2020, 9)], [("T_RIPaaCSTC 2020", "T_RIPaaR3A")]),
    ],
)
def test_tables_of_a_stay_come_together(
    files: list[tuple[str, int, int]], expected: list[tuple[str, str]]
) -> None:
    found = measured(files=files)
    assert [(one.what, one.column) for one in found] == expected
    assert {one.kind for one in found} <= {"sibling_missing"}


@pytest.mark.parametrize(("stays", "refused"), [(7, False), (8, True)])
def test_sessions_imply_no_associated_diagnosis(stays: int, *, refused: bool) -> None:
    with duckdb.connect() as connection:
        for statement in (
            "create schema audit; create schema lake",
            "create table audit.files as select *, 'loaded' as fate, 'a.csv' as file_name,"
            " '' as fate_code from (values"
            f" ('IR_BEN_R', null, 9), ('T_MCOaaB', 2019, 8), ('T_MCOaaB', 2020, {stays + 20}),"
            " ('T_MCOaaC', 2019, 8), ('T_MCOaaC', 2020, 28), ('T_MCOaaD', 2019, 5))"
            " as f (source_table, source_year, rows_staged)",
            "create table lake.T_MCOaaB as select 2020 as _source_year, '28Z04Z' as GRG_GHM,"
            f" null as SOR_ANN, null as SOR_MOI from range(20) union all select 2020, null, null,"
            f" null from range({stays}) union all select 2019, '05M09T', null, null from range(8)",
            "alter table lake.T_MCOaaB add column DGN_PAL varchar default 'Z511'",
        ):
            connection.execute(statement)
        found = measure_shortfalls(
            lambda sql: connection.execute(sql).fetchall(),
            {"audit.files": "audit.files", "lake.T_MCOaaB": "lake.T_MCOaaB"},
            LIMITS,
        )
    assert kinds(found) == ([("sibling_missing", "T_MCOaaD 2020", "T_MCOaaB")] if refused else [])


@pytest.mark.parametrize(("stays", "refused"), [(7, False), (8, True)])
def test_weeks_of_few_stays_imply_no_associated_diagnosis(stays: int, *, refused: bool) -> None:
    """Five weeks a stay: the stays count, whose weeks lack a diagnosis together."""
    weeks = 5 * stays
    with duckdb.connect() as connection:
        for statement in (
            "create schema audit; create schema lake",
            "create table audit.files as select *, 'loaded' as fate, 'a.csv' as file_name,"
            " '' as fate_code from (values ('IR_BEN_R', null, 9), ('T_SSRaaB', 2021, 40),"
            f" ('T_SSRaaC', 2021, 8), ('T_SSRaaD', 2021, 5), ('T_SSRaaB', 2022, {weeks}),"
            f" ('T_SSRaaC', 2022, {stays})) as f (source_table, source_year, rows_staged)",
            "create table lake.T_SSRaaB as select 2022 as _source_year, 'R26' as MOR_PRP,"
            " null as ETL_AFF, null as FP_PEC, null as MOI_ANN, null as JP_HWE, '1' as ETA_NUM,"
            f" cast(i % {stays} as varchar) as RHA_NUM from range({weeks}) as n(i)",
        ):
            connection.execute(statement)
        found = measure_shortfalls(
            lambda sql: connection.execute(sql).fetchall(),
            {"audit.files": "audit.files", "lake.T_SSRaaB": "lake.T_SSRaaB"},
            LIMITS,
        )
    assert kinds(found) == ([("sibling_missing", "T_SSRaaD 2022", "T_SSRaaB")] if refused else [])


@pytest.mark.parametrize(
    ("summaries", "links", "expected"),
    [
        (12, 6, [("sibling_short", "T_MCOaaC 2019", "T_MCOaaB")]),
        (6, 12, [("sibling_short", "T_MCOaaB 2019", "T_MCOaaC")]),
        (16, 11, [("sibling_short", "T_MCOaaC 2019", "T_MCOaaB")]),
        (17, 12, []),  # 70.6 %
        (8, 4, []),  # four rows fewer
        (100, 70, []),
        (100, 69, [("sibling_short", "T_MCOaaC 2019", "T_MCOaaB")]),
    ],
)
def test_two_tables_of_one_row_a_stay_have_the_same_stays(
    summaries: int, links: int, expected: list[tuple[str, str, str]]
) -> None:
    found = measured(files=[("T_MCOaaB", 2019, summaries), ("T_MCOaaC", 2019, links)])
    assert kinds(found) == expected


def test_a_year_of_stays_between_two_others() -> None:
    files = [(f"T_MCOaa{t}", y, 12) for t in "BC" for y in (2018, 2020)]
    assert kinds(measured(files=files)) == [("year_missing", "T_MCOaaB 2019", "")]
    few = [(f"T_MCOaa{t}", y, 11) for t in "BC" for y in (2018, 2020)]
    assert not measured(files=few)
    # the nearest years count, in whatever order the files came
    far = [(f"T_MCOaa{t}", y, n) for t in "BC" for y, n in ((2018, 5), (2017, 40), (2020, 40))]
    assert not measured(files=far)


def test_pharmacy_lines_imply_packs() -> None:
    lines = [("2019-01-01", "3313", 8), ("2019-02-01", "1111", 9)]
    files = [("ER_PRS_F", 2019, 17)]
    assert kinds(measured(files=files, lines=lines)) == [
        ("detail_missing", "ER_PHA_F 2019-01", "ER_PRS_F")
    ]
    fewer = [("2019-01-01", "3313", 7), ("2019-02-01", "1111", 9)]
    assert not measured(files=files, lines=fewer)


@pytest.mark.parametrize(("n", "refused"), [(44, True), (45, False)])
def test_packs_for_a_part_of_the_lines(n: int, *, refused: bool) -> None:
    found = measured(
        files=[("ER_PRS_F", 2019, 50), ("ER_PHA_F", 2019, n)],
        lines=[("2019-01-01", "3313", 50)],
        packs=[("2019-01-01", n)],
    )
    assert kinds(found) == ([("detail_short", "ER_PHA_F 2019", "ER_PRS_F")] if refused else [])


@pytest.mark.parametrize(("n", "refused"), [(4, True), (3, False)])
def test_a_month_of_few_dispensings_without_packs(n: int, *, refused: bool) -> None:
    """Fifty lines of other months have their packs: four lines without any are no chance."""
    found = measured(
        files=[("ER_PRS_F", 2019, 50 + n), ("ER_PHA_F", 2019, 50)],
        lines=[("2019-01-01", "3313", 50), ("2019-02-01", "3313", n)],
        packs=[("2019-01-01", 50)],
    )
    assert kinds(found) == ([("detail_missing", "ER_PHA_F 2019-02", "ER_PRS_F")] if refused else [])


@pytest.mark.parametrize(
    ("rows", "without", "unread", "refused"),
    [(12, 5, 0, True), (12, 4, 0, False), (17, 5, 0, False), (16, 5, 0, True), (12, 6, 6, False)],
)
def test_rows_without_their_code_in_a_small_table(
    rows: int, without: int, unread: int, *, refused: bool
) -> None:
    """Five rows and more than three in ten; values that cannot be read are judged as such."""
    codes = [("ER_BIO_F", 2019, None if i < without else "1104") for i in range(rows)]
    found = measured(
        files=[("ER_BIO_F", 2019, rows)],
        unparsed=[("ER_BIO_F", 2019, "BIO_PRS_IDE", unread)] if unread else [],
        codes=codes,
    )
    expected = [("codes_missing", "ER_BIO_F 2019", "BIO_PRS_IDE")] if refused else []
    assert [one for one in kinds(found) if one[0] != "unparsed"] == expected


def test_one_of_two_codes_is_enough() -> None:
    groups = code_groups()
    assert groups["ER_PHA_F"] == [("PHA_PRS_C13", "PHA_PRS_IDE")]
    assert groups["T_MCOaaB"] == [("DGN_PAL",)]
    assert groups["T_MCOaaD"] == [("ASS_DGN",)]
    assert "IR_IMB_R" not in groups


def test_columns_judged_as_codes_are_in_the_lake() -> None:
    kept = {name: {c.name for c in one.columns if c.kept} for name, one in contracts().items()}
    assert [
        (table, columns)
        for table, groups in code_groups().items()
        for columns in groups
        if not {*columns} <= kept[table]
    ] == []
    assert code_groups()["ER_PRS_F"] == [("PRS_NAT_REF",)]  # its persons have rules of their own


@pytest.mark.parametrize(
    ("table", "refused"),
    [("ER_DTR_F", False), ("ER_TRS_F", False), ("ER_INV_F", False), ("ER_RAT_F", False),
     ("ER_BIO_F", True)],
)  # fmt: skip
def test_details_of_lines_that_are_no_visit_may_all_be_excluded(
    table: str, *, refused: bool
) -> None:
    """R23 keeps transport, pensions and rents out, however many there are."""
    found = measured(files=[(table, 2019, 160)], ledger=[(table, 2019, "excluded", "R23", 160)])
    assert kinds(found) == ([("one_rule", f"{table} 2019", "R23")] if refused else [])
