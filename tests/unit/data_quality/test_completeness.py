"""What is missing from a delivery: boundary values on both sides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from data_quality.completeness import (
    Shortfall,
    Thresholds,
    future_days,
    measure_shortfalls,
    undelivered,
)
from data_quality.completeness.codes import code_groups
from data_quality.completeness.future import is_far_ahead
from data_quality.completeness.measures import _rows_of
from data_quality.completeness.model import KINDS
from data_quality.completeness.months import Stretch, missing_months, without_details
from data_quality.engine.candidate import opened
from data_quality.engine.relations import relations
from data_quality.gate import Policy, gap_text, judge, of_shortfall, read_policy
from data_quality.texts import LANGUAGES
from data_quality.words import DUCKDB
from etl.contracts.registry import contracts
from etl.delivery.declaration import Declaration, Population, record
from etl.settings import Settings
from etl.workspace import Workspace
from tests.quality_candidate import good_candidate

LIMITS = Thresholds()
Measure = Callable[..., tuple[Shortfall, ...]]


def months(*counts: int, first: date = date(2019, 1, 1)) -> dict[date, int]:
    start = first.year * 12 + first.month - 1
    return {date((start + i) // 12, (start + i) % 12 + 1, 1): n for i, n in enumerate(counts) if n}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((10, 10, 10), []),
        ((10, 0, 10), [(2019, 2, 2)]),
        ((9, 0, 10), []),
        ((10, 0, 9), []),
        ((11, 11, 0, 0, 0, 11), [(2019, 3, 5)]),
        # stays of two hundred persons: one month of twelve among months of two is no usual month
        ((2, 3, 12, 1, 2, 0, 12, 2, 3, 1, 2), []),
        # half of the months of each side hold ten rows or more
        ((2, 10, 12, 0, 12, 10, 2), [(2019, 4, 4)]),
        # flux that only brings late payments is no gap
        ((900, 900, 300, 40, 7, 0, 3), []),
        ((91, 90, 99, 116, 90, 103, 23, 23, 4, 1, 3, 0, 15), []),
        # one of the last months missing is one
        ((900, 900, 0, 300, 40, 7), [(2019, 3, 3)]),
        # less than a tenth of both sides, from fifty rows on
        ((50, 4, 50), [(2019, 2, 2)]),
        ((50, 5, 50), []),
        ((49, 4, 50), []),
        ((), []),
        ((100,), []),
    ],
)
def test_missing_months(counts: tuple[int, ...], expected: list[tuple[int, int, int]]) -> None:
    found = missing_months(months(*counts), LIMITS)
    assert found == [Stretch(date(y, a, 1), date(y, b, 1)) for y, a, b in expected]


def test_a_gap_of_twenty_months_is_not_hidden_by_its_neighbours() -> None:
    counts = months(*[30] * 12, *[0] * 20, *[30] * 12)
    assert missing_months(counts, LIMITS) == [Stretch(date(2020, 1, 1), date(2021, 8, 1))]


@pytest.mark.parametrize(
    ("details", "from_lines", "expected"),
    [
        ((4, 4, 4, 4), 8, []),
        ((4, 0, 0, 4), 8, [(2, 3)]),
        ((4, 0, 0, 4), 9, []),
        ((0, 0, 0, 0), 16, [(1, 4)]),
        ((4, 4, 0, 0), 8, [(3, 4)]),
    ],
)
def test_lines_without_details(
    details: tuple[int, ...], from_lines: int, expected: list[tuple[int, int]]
) -> None:
    found = without_details(months(4, 4, 4, 4), months(*details), from_lines)
    assert found == [Stretch(date(2019, a, 1), date(2019, b, 1)) for a, b in expected]


@pytest.fixture
def measured() -> Measure:
    """Shortfalls of a delivery, from its audit and, for months, from its lines."""

    def run(
        *,
        files: list[tuple[str, int | None, int]],
        rejects: list[tuple[str, int | None, str, int]] = [],  # noqa: B006
        unparsed: list[tuple[str, int | None, str, int]] = [],  # noqa: B006
        ledger: list[tuple[str, int | None, str, str | None, int]] = [],  # noqa: B006
        lines: list[tuple[str, str, int]] = [],  # noqa: B006
        packs: list[tuple[str, int]] = [],  # noqa: B006
        codes: list[tuple[str, int, str | None]] = [],  # noqa: B006
    ) -> tuple[Shortfall, ...]:
        with duckdb.connect() as connection:
            connection.execute("create schema audit; create schema lake")
            shapes = {
                "audit.files": "source_table varchar, source_year integer, rows_staged bigint,"
                " fate varchar default 'loaded', file_name varchar, fate_code varchar",
                "audit.rejects": "source_table varchar, source_year integer, reason varchar,"
                " n_rows bigint",
                "audit.unparsed": "source_table varchar, source_year integer,"
                " column_name varchar, n_unparsed bigint",
                "audit.ledger": "source_table varchar, source_year integer, disposition varchar,"
                " rule_id varchar, n_rows bigint",
                "lake.ER_PRS_F": "FLX_DIS_DTD date, PRS_NAT_REF varchar,"
                " _source_year integer default 2019",
                "lake.ER_PHA_F": "FLX_DIS_DTD date, PHA_PRS_C13 varchar default '3400930000000',"
                " PHA_PRS_IDE varchar, _source_year integer default 2019",
                "lake.ER_BIO_F": "_source_year integer, BIO_PRS_IDE varchar",
            }
            for name, columns in shapes.items():
                connection.execute(f"create table {name} ({columns})")
            for name, rows in (
                ("audit.files", [("IR_BEN_R", None, 10), *files]),
                ("audit.rejects", rejects),
                ("audit.unparsed", unparsed),
                ("audit.ledger", ledger),
                ("lake.ER_PRS_F", [row[:2] for row in lines for _ in range(row[2])]),
                ("lake.ER_PHA_F", [row[:1] for row in packs for _ in range(row[1])]),
                ("lake.ER_BIO_F", [row[1:] for row in codes]),
            ):
                if rows:
                    places = ", ".join("?" * len(rows[0]))
                    named = ", ".join(
                        column.split()[0] for column in shapes[name].split(",")[: len(rows[0])]
                    )
                    connection.executemany(f"insert into {name} ({named}) values ({places})", rows)
            return measure_shortfalls(
                lambda sql: connection.execute(sql).fetchall(),
                {name: name for name in shapes},
                LIMITS,
            )

    return run


def kinds(found: tuple[Shortfall, ...]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.what, one.column) for one in found]


@pytest.mark.parametrize(
    ("n", "read", "refused"), [(5, 499, True), (5, 500, False), (4, 10, False)]
)
def test_rows_in_quarantine(measured: Measure, n: int, read: int, *, refused: bool) -> None:
    found = measured(
        files=[("ER_PRS_F", 2019, read - n)], rejects=[("ER_PRS_F", 2019, "SO-221", n)]
    )
    assert kinds(found) == ([("quarantine", "ER_PRS_F 2019", "")] if refused else [])


def test_headers_repeated_in_a_file_are_no_lost_rows(measured: Measure) -> None:
    assert not measured(files=[("ER_PRS_F", 2019, 50)], rejects=[("ER_PRS_F", 2019, "SO-225", 12)])


def test_one_line_cut_short_is_a_file_that_was_cut(measured: Measure) -> None:
    found = measured(files=[("ER_PRS_F", 2019, 9999)], rejects=[("ER_PRS_F", 2019, "SO-226", 1)])
    assert kinds(found) == [("truncated", "ER_PRS_F 2019", "")]


@pytest.mark.parametrize(
    ("column", "n", "refused"),
    [
        ("PHA_PRS_C13", 11, True),
        ("PHA_PRS_C13", 10, False),
        ("PHA_ACT_PRU", 201, True),
        ("PHA_ACT_PRU", 200, False),
    ],
)
def test_values_that_cannot_be_read(
    measured: Measure, column: str, n: int, *, refused: bool
) -> None:
    found = measured(files=[("ER_PHA_F", 2019, 1000)], unparsed=[("ER_PHA_F", 2019, column, n)])
    assert kinds(found) == ([("unparsed", "ER_PHA_F 2019", column)] if refused else [])


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
    measured: Measure, files: list[tuple[str, int, int]], expected: list[tuple[str, str]]
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


@pytest.mark.parametrize(
    ("fate", "expected"),
    [("refused", [("file_refused", "b.csv", "SO-241")]), ("set aside", []), ("not data", [])],
)
def test_a_release_lacks_no_file_that_was_refused(
    fate: str, expected: list[tuple[str, str, str]]
) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create schema audit; create table audit.files as select * from (values"
            " ('IR_BEN_R', null, 9, 'loaded', 'a.csv', null),"
            f" ('IR_BEN_R', null, 0, '{fate}', 'b.csv', 'SO-241'))"
            " as f (source_table, source_year, rows_staged, fate, file_name, fate_code)"
        )
        found = measure_shortfalls(
            lambda sql: connection.execute(sql).fetchall(), {"audit.files": "audit.files"}, LIMITS
        )
    assert kinds(found) == expected


def test_a_year_of_stays_between_two_others(measured: Measure) -> None:
    files = [(f"T_MCOaa{t}", y, 12) for t in "BC" for y in (2018, 2020)]
    assert kinds(measured(files=files)) == [("year_missing", "T_MCOaaB 2019", "")]
    few = [(f"T_MCOaa{t}", y, 11) for t in "BC" for y in (2018, 2020)]
    assert not measured(files=few)
    # the nearest years count, in whatever order the files came
    far = [(f"T_MCOaa{t}", y, n) for t in "BC" for y, n in ((2018, 5), (2017, 40), (2020, 40))]
    assert not measured(files=far)


def test_pharmacy_lines_imply_packs(measured: Measure) -> None:
    lines = [("2019-01-01", "3313", 8), ("2019-02-01", "1111", 9)]
    files = [("ER_PRS_F", 2019, 17)]
    assert kinds(measured(files=files, lines=lines)) == [
        ("detail_missing", "ER_PHA_F 2019-01", "ER_PRS_F")
    ]
    fewer = [("2019-01-01", "3313", 7), ("2019-02-01", "1111", 9)]
    assert not measured(files=files, lines=fewer)


@pytest.mark.parametrize(("n", "refused"), [(44, True), (45, False)])
def test_packs_for_a_part_of_the_lines(measured: Measure, n: int, *, refused: bool) -> None:
    found = measured(
        files=[("ER_PRS_F", 2019, 50), ("ER_PHA_F", 2019, n)],
        lines=[("2019-01-01", "3313", 50)],
        packs=[("2019-01-01", n)],
    )
    assert kinds(found) == ([("detail_short", "ER_PHA_F 2019", "ER_PRS_F")] if refused else [])


@pytest.mark.parametrize(
    ("rule", "n", "refused"),
    [
        ("R09", 41, True),
        ("R09", 40, False),
        ("R06", 21, True),
        ("R06", 20, False),
        ("R19", 96, True),
        ("R19", 95, False),
        ("R17", 100, False),
        ("N02", 100, False),
    ],
)
def test_one_rule_that_excludes_much(
    measured: Measure, rule: str, n: int, *, refused: bool
) -> None:
    found = measured(
        files=[("ER_PRS_F", 2019, 100)],
        ledger=[
            ("ER_PRS_F", 2019, "excluded", rule, n),
            ("ER_PRS_F", 2019, "event", None, 100 - n),
        ],
    )
    assert kinds(found) == ([("one_rule", "ER_PRS_F 2019", rule)] if refused else [])


@pytest.mark.parametrize(
    ("total", "n", "refused"),
    [(8, 8, True), (7, 7, False), (11, 10, True), (10, 9, False), (29, 20, False), (30, 20, True)],
)
def test_a_rule_that_excludes_nearly_all_of_a_small_table(
    measured: Measure, total: int, n: int, *, refused: bool
) -> None:
    found = measured(
        files=[("ER_BIO_F", 2019, total)],
        ledger=[
            ("ER_BIO_F", 2019, "excluded", "R25", n),
            ("ER_BIO_F", 2019, "event", None, total - n),
        ],
    )
    assert kinds(found) == ([("one_rule", "ER_BIO_F 2019", "R25")] if refused else [])


def test_a_delivery_without_beneficiaries_is_refused_by_name() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create schema audit; create table audit.files as select 'ER_PRS_F' as source_table,"
            " 2019 as source_year, 12 as rows_staged, 'loaded' as fate, 'a.csv' as file_name,"
            " null as fate_code union all select 'IR_BEN_R', null, 0, 'loaded', 'b.csv', null"
        )
        relations = {"audit.files": "audit.files"}

        def ask(sql: str) -> list[tuple[object, ...]]:
            return connection.execute(sql).fetchall()

        found = measure_shortfalls(ask, relations, LIMITS)
        absent = undelivered(ask, relations)
    assert [one.kind for one in found] == ["no_beneficiaries"]
    assert "IR_BEN_R / IR_BEN_R_ARC / IR_IBA_R" in of_shortfall(found[0]).say("en")
    assert {"T_MCOaaB", "KI_CCI_R"} <= set(absent)


def test_an_accepted_gap_is_reported_and_refuses_nothing() -> None:
    gap = Shortfall("quarantine", "ER_PRS_F", 2019, percent=3.0)
    accepted = Shortfall(
        "quarantine", "ER_PRS_F", 2019, percent=3.0, accepted_by="A. Person", reason="known"
    )
    for shortfall, reasons in ((gap, 1), (accepted, 0)):
        judgement = judge(
            [], Policy(), [], persons=1, today=date(2024, 1, 1), shortfalls=[shortfall]
        )
        assert len(judgement.reasons) == reasons
    assert "A. Person: known" in gap_text(accepted, "en")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_sentence_in_both_languages(kind: str) -> None:
    gap = Shortfall(kind, "ER_PRS_F", 2019, "R06", percent=12.5)
    sentences = {of_shortfall(gap).say(language) for language in LANGUAGES}
    assert len(sentences) == 2
    assert all("ER_PRS_F 2019" in sentence and "{" not in sentence for sentence in sentences)


def test_the_lists_name_known_tables() -> None:
    for row in _rows_of("siblings.csv"):
        assert {row["parent"], row["sibling"]} <= set(contracts())
    for row in _rows_of("implied.csv"):
        assert set(row["details"].split()) <= set(contracts())


def test_the_policy_that_is_shipped_states_every_threshold(tmp_path: Path) -> None:
    policy = read_policy(tmp_path)
    assert policy.completeness.model_fields_set == set(Thresholds.model_fields)


@pytest.mark.parametrize(
    ("population", "judged"),
    [(None, False), ("targeted", False), ("national", True), ("esnd", True)],
)
def test_national_figures_are_judged_for_whom_they_speak(
    tmp_path: Path, population: Population | None, *, judged: bool
) -> None:
    workspace = Workspace(tmp_path / "w")
    good_candidate(workspace)
    if population is not None:
        record(workspace, "/d", Declaration(population=population))
    with opened(workspace.candidate, Settings().engine, workspace.build / "tmp") as candidate:
        found = relations(candidate, workspace, DUCKDB, date(2024, 1, 1))
        if judged:
            measured = candidate.rows(f"select n from {found['benchmark.women_20_39']}")
            assert measured[0][0] > 0
    assert ("benchmark.women_20_39" in found) is judged
    assert ("benchmark.women" in found) is (population != "targeted")
    # no certificate of death was delivered: the ESND has none
    assert "benchmark.deaths_tumours" not in found


RELEASED = date(2019, 7, 1)


@pytest.mark.parametrize(
    ("later", "today", "far"),
    [
        ([], date(2026, 12, 1), False),
        # late payments: months apart, then seven months, the last empty ones that are skipped
        ([date(2019, 9, 1), date(2020, 4, 1)], date(2026, 12, 1), False),
        ([date(2020, 2, 1)], date(2026, 12, 1), False),
        ([date(2020, 3, 1)], date(2026, 12, 1), True),
        ([date(2031, 4, 1)], date(2026, 12, 1), True),
        # nothing is later than the month of today
        ([date(2019, 9, 1)], date(2019, 9, 1), False),
        ([date(2019, 9, 1)], date(2019, 8, 31), True),
    ],
)
def test_flux_months_in_the_future(later: list[date], today: date, *, far: bool) -> None:
    assert is_far_ahead([RELEASED, *later], RELEASED, today) is far


def test_days_in_the_future_are_noted_by_table_and_year() -> None:
    with duckdb.connect() as connection:
        for statement in (
            "create schema cdm; create schema audit; create schema lake",
            "create table cdm.cdm_source as select date '2019-07-01' as source_release_date",
            "create table lake.NS_PRS_F as select date '2019-06-17' as FLX_DIS_DTD",
            "create table lake.ER_PRS_F as select unnest([date '2019-06-17', date '2031-04-01'])"
            " as FLX_DIS_DTD",
            "create table audit.ledger as select * from (values"
            " ('T_MCOaaB', 2019, 'excluded', 'R04b', 1), ('T_MCOaaB', 2018, 'excluded', 'R04b', 0),"
            " ('IR_VAC_F', null, 'excluded', 'R04b', 2), ('T_MCOaaB', 2017, 'excluded', 'R30a', 4))"
            " as l (source_table, source_year, disposition, rule_id, n_rows)",
            "create table audit.person_facts as select"
            " 'death_before_birth_or_after_the_delivery' as fact, 1 as n_persons",
        ):
            connection.execute(statement)
        names = ("cdm.cdm_source", "lake.ER_PRS_F", "lake.NS_PRS_F", "audit.ledger")
        readable = {name: name for name in (*names, "audit.person_facts")}
        found = future_days(
            lambda sql: connection.execute(sql).fetchall(), readable, date(2026, 12, 1)
        )
        assert [(one.kind, one.what) for one in found] == [
            ("flux", "ER_PRS_F"),
            ("care", "IR_VAC_F"),
            ("care", "T_MCOaaB 2019"),
            ("death", "IR_BEN_R"),
        ]
        connection.execute("update audit.person_facts set n_persons = 0")
        found = future_days(
            lambda sql: connection.execute(sql).fetchall(), readable, date(2026, 12, 1)
        )
        assert "death" not in {one.kind for one in found}
        assert future_days(lambda _sql: [], {}, date(2026, 12, 1)) == ()


@pytest.mark.parametrize(
    ("table", "refused"),
    [("ER_DTR_F", False), ("ER_TRS_F", False), ("ER_INV_F", False), ("ER_RAT_F", False),
     ("ER_BIO_F", True)],
)  # fmt: skip
def test_details_of_lines_that_are_no_visit_may_all_be_excluded(
    measured: Measure, table: str, *, refused: bool
) -> None:
    """R23 keeps transport, pensions and rents out, however many there are."""
    found = measured(files=[(table, 2019, 160)], ledger=[(table, 2019, "excluded", "R23", 160)])
    assert kinds(found) == ([("one_rule", f"{table} 2019", "R23")] if refused else [])


@pytest.mark.parametrize(
    ("rows", "without", "unread", "refused"),
    [(12, 5, 0, True), (12, 4, 0, False), (17, 5, 0, False), (16, 5, 0, True), (12, 6, 6, False)],
)
def test_rows_without_their_code_in_a_small_table(
    measured: Measure, rows: int, without: int, unread: int, *, refused: bool
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


@pytest.mark.parametrize(("n", "refused"), [(4, True), (3, False)])
def test_a_month_of_few_dispensings_without_packs(
    measured: Measure, n: int, *, refused: bool
) -> None:
    """Fifty lines of other months have their packs: four lines without any are no chance."""
    found = measured(
        files=[("ER_PRS_F", 2019, 50 + n), ("ER_PHA_F", 2019, 50)],
        lines=[("2019-01-01", "3313", 50), ("2019-02-01", "3313", n)],
        packs=[("2019-01-01", 50)],
    )
    assert kinds(found) == ([("detail_missing", "ER_PHA_F 2019-02", "ER_PRS_F")] if refused else [])


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
    measured: Measure, summaries: int, links: int, expected: list[tuple[str, str, str]]
) -> None:
    found = measured(files=[("T_MCOaaB", 2019, summaries), ("T_MCOaaC", 2019, links)])
    assert kinds(found) == expected


def test_columns_judged_as_codes_are_in_the_lake() -> None:
    kept = {name: {c.name for c in one.columns if c.kept} for name, one in contracts().items()}
    assert [
        (table, columns)
        for table, groups in code_groups().items()
        for columns in groups
        if not {*columns} <= kept[table]
    ] == []
    assert code_groups()["ER_PRS_F"] == [("PRS_NAT_REF",)]  # its persons have rules of their own


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
