"""What is missing from a delivery: boundary values on both sides."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from data_quality.completeness import (
    Shortfall,
    Thresholds,
    measure_shortfalls,
    undelivered,
)
from data_quality.completeness.measures import LINES, _rows_of, details_of
from data_quality.completeness.model import KINDS
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
from tests.stated_delivery import LIMITS, kinds, measured


@pytest.mark.parametrize(
    ("n", "read", "refused"), [(5, 499, True), (5, 500, False), (4, 10, False)]
)
def test_rows_in_quarantine(n: int, read: int, *, refused: bool) -> None:
    found = measured(
        files=[("ER_PRS_F", 2019, read - n)], rejects=[("ER_PRS_F", 2019, "SO-221", n)]
    )
    assert kinds(found) == ([("quarantine", "ER_PRS_F 2019", "")] if refused else [])


def test_headers_repeated_in_a_file_are_no_lost_rows() -> None:
    assert not measured(files=[("ER_PRS_F", 2019, 50)], rejects=[("ER_PRS_F", 2019, "SO-225", 12)])


def test_one_line_cut_short_is_a_file_that_was_cut() -> None:
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
def test_values_that_cannot_be_read(column: str, n: int, *, refused: bool) -> None:
    found = measured(files=[("ER_PHA_F", 2019, 1000)], unparsed=[("ER_PHA_F", 2019, column, n)])
    assert kinds(found) == ([("unparsed", "ER_PHA_F 2019", column)] if refused else [])


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
def test_one_rule_that_excludes_much(rule: str, n: int, *, refused: bool) -> None:
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
    total: int, n: int, *, refused: bool
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
        assert all(details_of(lines, row["activities"]) for lines in LINES)


def test_a_drug_that_a_hospital_hands_out_is_looked_for_by_its_hospital_code_first() -> None:
    assert details_of("ER_PRS_F", "hospital_pharmacy") == ("ER_UCD_F", "ER_PHA_F")
    assert details_of("NS_PRS_F", "pharmacy") == ("NS_PHA_F",)
    assert details_of("ER_PRS_F", "imaging surgery technical_act") == ("ER_CAM_F",)
    assert details_of("ER_PRS_F", "transport") == ()


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


@pytest.mark.parametrize(("lost", "refused"), [(6, True), (5, False), (4, False)])
def test_days_of_death_that_nobody_can_read(lost: int, *, refused: bool) -> None:
    """Few rows have one: the share is that of the values of the column, not of the rows."""
    with duckdb.connect() as connection:
        connection.execute(
            "create schema audit; create schema lake;"
            "create table audit.files as select 'IR_BEN_R' as source_table,"
            " null::integer as source_year, 1000 as rows_staged, 'loaded' as fate,"
            " 'a.csv' as file_name, null as fate_code;"
            "create table audit.unparsed as select 'IR_BEN_R' as source_table,"
            f" null::integer as source_year, 'BEN_DCD_DTE' as column_name, {lost} as n_unparsed;"
            "create table lake.ir_ben_r as select null::integer as _source_year,"
            " case when i < 20 then date '2019-01-01' end as BEN_DCD_DTE from range(1000) t(i)"
        )
        known = {name: name for name in ("audit.files", "audit.unparsed")}
        found = measure_shortfalls(
            lambda sql: connection.execute(sql).fetchall(),
            known | {"lake.IR_BEN_R": "lake.ir_ben_r"},
            LIMITS,
        )
    unread = [one for one in found if one.kind == "unparsed"]
    assert bool(unread) is refused
    if unread:
        assert (unread[0].column, unread[0].percent) == ("BEN_DCD_DTE", 23.1)
