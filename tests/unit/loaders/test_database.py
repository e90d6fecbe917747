"""The SQL that databases are asked, compiled without any server."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import oracle, postgresql

from etl.contracts.registry import contracts, recognise_table
from etl.errors import SndsOmopError
from etl.loaders.database import (
    SESSION,
    Database,
    DatabaseTable,
    Part,
    count_statement,
    months_statement,
    rows_statement,
)

DIALECTS = {"oracle": oracle.dialect(), "postgresql": postgresql.dialect()}


def table(name: str = "er_pha_f", **kinds: sa.types.TypeEngine[object]) -> DatabaseTable:
    """A table with the columns of its contract, typed as on the CNAM portal."""
    contract, year = recognise_table(name) or (contracts()[name], None)
    own: dict[str, sa.types.TypeEngine[object]] = {
        "date": oracle.DATE(),
        "integer": oracle.NUMBER(9, 0),
        "numeric_code": oracle.NUMBER(14, 0),
        "decimal": oracle.NUMBER(11, 2),
        "code": oracle.VARCHAR2(17),
        "month": oracle.VARCHAR2(6),
        "text": oracle.VARCHAR2(100),
    }
    columns = tuple(
        (column.name.lower(), kinds.get(column.name, own[column.type]))
        for column in contract.columns
    )
    return DatabaseTable(name, "oravue", contract, year, columns)


def sql(statement: sa.Select[object], dialect: str = "oracle") -> str:
    text = str(statement.compile(dialect=DIALECTS[dialect]))
    return re.sub(r"\s+", " ", text).lower()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dates_never_leave_the_server_as_dates(dialect: str) -> None:
    text = sql(rows_statement(Part(table(), 1, "2019-12")), dialect)
    assert re.search(r"to_char\(oravue.er_pha_f.flx_trt_dtd, \S+\) as .?flx_trt_dtd", text)
    head = text.split(" from ")[0]
    assert not re.search(r"(select|,) oravue.er_pha_f.fl?x?\w*_dtd,", head)


def test_oracle_reads_one_month_in_the_order_of_the_key() -> None:
    text = sql(rows_statement(Part(table(), 1, "2019-12")))
    assert "cast(oravue.er_pha_f.pha_prs_c13 as varchar2(64 char))" in text
    assert re.search(r"where \S+\.flx_dis_dtd >= \S+ and \S+\.flx_dis_dtd < \S+ order by", text)
    order = text.split("order by ")[1].replace("oravue.er_pha_f.", "").split(", ")
    key = [name.lower() for name in contracts()["ER_PHA_F"].key]
    assert order[: len(key)] == key
    assert len(order) == len(set(order)) == len(contracts()["ER_PHA_F"].columns)


def test_bounds_of_a_month_are_dates() -> None:
    bound = rows_statement(Part(table(), 1, "2019-12")).compile(dialect=DIALECTS["oracle"]).params
    days = [value.isoformat() for value in bound.values() if not isinstance(value, str)]
    assert days == ["2019-12-01", "2020-01-01"]


@pytest.mark.parametrize(
    ("month", "condition"), [("", "flx_dis_dtd is null"), ("9999-12", "flx_dis_dtd >= ")]
)
def test_lines_of_no_month(month: str, condition: str) -> None:
    text = sql(rows_statement(Part(table(), 1, month)))
    assert condition in text
    assert " < " not in text


def test_months_are_counted_by_one_query() -> None:
    assert sql(months_statement(table())) == (
        "select to_char(oravue.er_pha_f.flx_dis_dtd, 'yyyy-mm') as flux_month, count(*) as n_rows "
        "from oravue.er_pha_f group by to_char(oravue.er_pha_f.flx_dis_dtd, 'yyyy-mm') "
        "order by to_char(oravue.er_pha_f.flx_dis_dtd, 'yyyy-mm')"
    )
    assert sql(count_statement(table())).startswith("select count(*)")


@pytest.mark.parametrize(
    ("name", "kinds", "expected"),
    [
        ("er_pha_f", {}, True),
        ("er_pha_f", {"FLX_DIS_DTD": oracle.VARCHAR2(10)}, False),
        ("t_mco19b", {}, False),
        ("ir_ben_r", {}, False),
    ],
)
def test_which_tables_are_read_by_month(
    name: str, kinds: dict[str, object], expected: bool
) -> None:
    assert table(name, **kinds).by_month is expected  # type: ignore[arg-type]


def test_sealed_parts_are_months_and_years() -> None:
    assert Part(table(), 1, "2019-01").is_sealed
    assert Part(table("t_mco19b"), 1).is_sealed
    assert not Part(table(), 1, "").is_sealed
    assert not Part(table("ir_ben_r"), 1).is_sealed


def test_what_is_no_text_number_nor_date_is_refused() -> None:
    with pytest.raises(SndsOmopError, match="SO-207"):
        rows_statement(Part(table(PHA_PRS_C13=sa.types.LargeBinary()), 1))


def test_a_month_kept_as_a_date_is_a_month() -> None:
    text = rows_statement(Part(table("er_prs_f", EXE_SOI_AMD=oracle.DATE()), 1))
    assert "YYYYMM" in text.compile(dialect=DIALECTS["oracle"]).params.values()


@pytest.mark.parametrize("url", ["sqlite:///x", "nonsense", "mysql://u:secret@h/db", ""])
def test_other_databases_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(SndsOmopError, match="SO-118") as refused:
        Database(url, None)
    assert "secret" not in str(refused.value)


def test_oracle_needs_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.loaders.database.find_spec", lambda _: None)
    with pytest.raises(SndsOmopError, match=r"SO-110.*oracledb"):
        Database("oracle://me:secret@host:1521/?service_name=IPIAMPR2", "ORAVUE")


def test_the_name_of_the_source_holds_no_user() -> None:
    database = Database("postgresql://me:secret@host:5433/snds?sslmode=require", "oravue")
    assert database.root == "postgresql://host:5433/snds#oravue"


def test_sessions_are_in_the_zone_of_the_settings() -> None:
    assert all("{zone}" in statements[0] for statements in SESSION.values())


def test_postgresql_compares_text_by_its_bytes() -> None:
    """Another language of the server, or another version of its library, moves no row."""
    statement = rows_statement(Part(table(), 1, "2019-12"), "postgresql")
    order = sql(statement, "postgresql").split("order by ")[1]
    texts = [c.name for c in contracts()["ER_PHA_F"].columns if c.type in ("code", "text", "month")]
    assert order.count('collate "c"') == len(texts)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (sa.types.TIMESTAMP(), True),
        (sa.types.TIMESTAMP(timezone=True), False),
        (sa.types.Date(), False),
    ],
)
def test_a_time_without_zone_comes_with_its_time(
    kind: sa.types.TypeEngine[object], expected: bool
) -> None:
    statement = rows_statement(Part(table(FLX_TRT_DTD=kind), 1), "postgresql")
    assert ("HH24" in str(statement.compile().params.values())) is expected


def test_oracle_writes_an_instant_in_the_zone_of_its_session() -> None:
    instant = oracle.TIMESTAMP(timezone=True)
    text = sql(rows_statement(Part(table(FLX_TRT_DTD=instant), 1), "oracle"))
    assert "flx_trt_dtd at time zone sessiontimezone" in text
