"""When an increment is not made, and what it answers for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from etl.contracts.registry import contracts
from etl.ids import first_row_id
from etl.loaders.manifest import Chunk, Delivery, StagedFile
from etl.settings import ObservationSettings, Settings
from etl.transform import safeguards
from etl.transform.fingerprint import inputs, write_stamp
from etl.transform.increment import WholeBuildNeededError, added_files
from etl.workspace import Workspace

NUMBER = {table: contracts()[table].number for table in ("ER_PRS_F", "NS_PRS_F", "DA_PRA_R")}


def staged(table: str, number: int, sha256: str = "0", rows: int = 1) -> StagedFile:
    return StagedFile(
        root="/delivery", name=f"{number}/{table}.csv", table=table, year=None, size=1, modified=1,
        sha256=sha256, contract="0", forced="", chunks=(Chunk(number=number, first_line=0),),
        parts=1, rows_read=rows, rows_staged=rows, rejected={}, unparsed={},
    )  # fmt: skip


FIRST = (staged("ER_PRS_F", 1), staged("IR_BEN_R", 1))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A candidate of two files stands."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    deliver(workspace, *FIRST)
    with duckdb.connect(str(workspace.candidate)) as candidate:
        write_stamp(candidate, inputs(workspace, Settings()))
    return workspace


def deliver(workspace: Workspace, *files: StagedFile) -> None:
    Delivery(files=files).save(workspace.manifest)


def test_files_that_were_added(workspace: Workspace) -> None:
    month = staged("ER_PRS_F", 2)
    deliver(workspace, *FIRST, month, staged("IR_PHA_R", 1, rows=0))
    found = added_files(workspace, inputs(workspace, Settings()))
    assert found == [month, staged("IR_PHA_R", 1, rows=0)]


@pytest.mark.parametrize(
    ("files", "settings", "reason"),
    [
        (FIRST, {}, "nothing was added"),
        (FIRST[:1], {}, "a file was replaced or removed"),
        ((FIRST[0], staged("IR_BEN_R", 1, "1")), {}, "a file was replaced or removed"),
        ((*FIRST, staged("IR_PHA_R", 1)), {}, "IR_PHA_R was delivered"),
        (
            (*FIRST, staged("ER_PRS_F", 2)),
            {"rules": {"off": ["R09"]}},
            "code, settings or vocabulary changed",
        ),
    ],
)
def test_all_is_built_again(
    workspace: Workspace, files: tuple[StagedFile, ...], settings: dict[str, object], reason: str
) -> None:
    deliver(workspace, *files)
    with pytest.raises(WholeBuildNeededError, match=reason) as raised:
        added_files(workspace, inputs(workspace, Settings.model_validate(settings)))
    assert raised.value.reason.french != reason


def test_all_is_built_again_without_a_candidate(workspace: Workspace) -> None:
    workspace.candidate.unlink()
    with pytest.raises(WholeBuildNeededError, match="no complete candidate"):
        added_files(workspace, inputs(workspace, Settings()))


def test_all_is_built_again_with_another_vocabulary(workspace: Workspace) -> None:
    deliver(workspace, *FIRST, staged("ER_PRS_F", 2))
    (workspace.vocabulary / "code_map.parquet").write_bytes(b"another")
    with pytest.raises(WholeBuildNeededError, match="vocabulary"):
        added_files(workspace, inputs(workspace, Settings()))


@pytest.fixture
def merged() -> Iterator[duckdb.DuckDBPyConnection]:
    """A candidate after the merge: lines 1 to 4, of which 4 is new and 3 touched with it."""
    old, new = first_row_id(NUMBER["ER_PRS_F"], 1), first_row_id(NUMBER["ER_PRS_F"], 2)
    simplified, doctors = first_row_id(NUMBER["NS_PRS_F"], 1), first_row_id(NUMBER["DA_PRA_R"], 2)
    connection = duckdb.connect()
    connection.execute(
        f"""
        create schema staging; create schema intermediate; create schema increment;
        create table increment.touched as from (values ({old + 3}), ({new + 4})) as t(_row_id);
        create table increment.flux as select date '2019-01-01' as FLX_DIS_DTD;
        create table increment.window as
            select date '2019-01-01' as start_date, date '2019-03-31' as end_date;
        create table increment.numbers as
            from (values ('provider_id', 'known', 10), ('provider_id', 'going', 20))
            as t(kind, name, number);
        create table staging.stg_dcir__er_prs_f as
            from (values ({old + 1}, date '2019-01-01', 'known', null),
                         ({new + 4}, date '2019-02-01', 'known', 'coming'))
            as t(_row_id, FLX_DIS_DTD, PFS_EXE_NUM, PFS_PRE_NUM);
        create table staging.stg_dcirs__ns_prs_f as
            from (values ({simplified + 1}, date '2019-01-01', null, null),
                         ({simplified + 2}, date '2019-02-01', null, null),
                         ({simplified + 3}, date '2019-03-01', null, null))
            as t(_row_id, FLX_DIS_DTD, PFS_EXE_NUM, PFS_PRE_NUM);
        create table staging.stg_reference__da_pra_r as
            from (values ({doctors + 1}, 'listed')) as t(_row_id, PFS_PFS_NUM);
        create table staging.stg_beneficiary__ir_mtt_r (_row_id bigint, MTT_PFS_NUM text);
        create table intermediate.int_dcir_line__classified as
            from (values ({old + 1}, date '2019-02-01', null),
                         ({old + 2}, date '2019-04-05', 'R18'),
                         ({old + 3}, date '2019-04-06', 'R07'),
                         ({new + 4}, date '2019-04-01', null))
            as t(_row_id, care_date, excluded_by);
        create table intermediate.int_observation_window as
            select date '2019-01-01' as start_date, date '2019-03-31' as end_date;
        create table intermediate.int_provider__resolved as
            from (values ('known', 10), ('going', 21)) as t(provider_number, provider_id);
        create table intermediate.int_event__routed as
            from (values ({32 * (old + 1)}, 10), ({32 * (old + 2)}, 21))
            as t(event_id, provider_id);
        create table intermediate.int_covid_vaccination__classified as
            from (values (7, 'coming'), (8, 'listed')) as t(_row_id, PFS_EXE_NUM);
        create table intermediate.int_dcir_detail__classified as
            from (values (9, 'known', 'coming'), (11, 'known', null))
            as t(_row_id, PFS_EXE_NUM, PFS_PRE_NUM);
        """
    )
    yield connection
    connection.close()


def places(connection: duckdb.DuckDBPyConnection, query: str) -> list[int]:
    """Line numbers of the row ids that a query gives."""
    return sorted(row_id & 0xFF for (row_id,) in connection.execute(query).fetchall())


def test_months_that_dcir_now_tells(merged: duckdb.DuckDBPyConnection) -> None:
    assert places(merged, safeguards.told_again([staged("ER_PRS_F", 2)])) == [2]
    assert places(merged, safeguards.told_again([])) == []


def test_lines_outside_a_window_that_may_move(merged: duckdb.DuckDBPyConnection) -> None:
    moving = ObservationSettings()
    fixed = ObservationSettings.model_validate({"start": "2019-01-01", "end": "2019-03-31"})
    assert places(merged, safeguards.outside_the_window(moving)) == [2, 4]
    assert places(merged, safeguards.outside_the_window(fixed)) == []


def test_professionals_newly_named(merged: duckdb.DuckDBPyConnection) -> None:
    files = [staged("ER_PRS_F", 2), staged("DA_PRA_R", 2)]
    assert places(merged, safeguards.new_professionals(files)) == [7, 8, 9]
    assert places(merged, safeguards.new_professionals(files[:1])) == [7, 9]


def test_a_window_that_moved_over_an_untouched_line(merged: duckdb.DuckDBPyConnection) -> None:
    assert safeguards.changed_window(merged) is None
    merged.execute("update intermediate.int_observation_window set end_date = date '2019-04-30'")
    reason = safeguards.changed_window(merged)
    assert reason is not None
    assert "window" in reason.english
    merged.execute("insert into increment.touched select _row_id from "
                   "intermediate.int_dcir_line__classified where excluded_by = 'R18'")  # fmt: skip
    assert safeguards.changed_window(merged) is None


def test_a_professional_who_came_or_went(merged: duckdb.DuckDBPyConnection) -> None:
    assert safeguards.lost_numbers(merged) is None, "a number that changed is followed"
    merged.execute("insert into intermediate.int_provider__resolved values ('coming', 30)")
    assert safeguards.lost_numbers(merged) is not None
    merged.execute("insert into increment.touched values (7), (9)")
    assert safeguards.lost_numbers(merged) is None
    merged.execute("delete from intermediate.int_provider__resolved where provider_id = 21")
    assert safeguards.lost_numbers(merged) is None, "no row names the one who went"
    merged.execute("insert into intermediate.int_event__routed values (1, 20)")
    assert safeguards.lost_numbers(merged) is not None
