"""Candidates become releases, or are refused."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from etl import release
from etl.contracts.cdm import cdm_tables
from etl.errors import SndsOmopError
from etl.settings import EngineSettings, ReleaseSettings, RulesSettings, Settings
from etl.workspace import Workspace
from tests.small_candidate import PERSONS, accept, build_candidate, key_of


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    return workspace


def refusal(workspace: Workspace, settings: Settings | None = None) -> SndsOmopError:
    with pytest.raises(SndsOmopError) as caught:
        release.create(workspace, settings or Settings())
    assert not list(workspace.releases.iterdir()), "nothing may be left behind"
    return caught.value


def test_release_holds_three_schemas_and_39_tables(workspace: Workspace) -> None:
    made = release.create(workspace, Settings())
    with duckdb.connect(str(made.database), read_only=True) as connection:
        schemas = connection.execute(
            "select distinct schema_name from duckdb_schemas() "
            "where not internal and schema_name <> 'main' order by 1"
        ).fetchall()
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'cdm'"
        ).fetchall()
    assert schemas == [("audit",), ("cdm",), ("results",)]
    assert {name for (name,) in tables} == set(cdm_tables())
    assert made.manifest.rows("person") == PERSONS
    assert release.verify(made, key_of(made)) == []


def test_manifest_states_what_reading_changed(workspace: Workspace) -> None:
    """Values not read, words for a missing one and rounded amounts, by column."""
    (reading,) = release.create(workspace, Settings()).manifest.readings
    assert (reading.source_table, reading.source_year) == ("ER_PRS_F", 2019)
    assert (reading.column_name, reading.n_missing) == ("BEN_RES_DPT", 12)
    assert (reading.n_unparsed, reading.n_rounded) == (0, 3)


def test_a_candidate_of_an_earlier_version_states_no_readings(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("drop table audit.reading")
    accept(workspace)
    assert release.create(workspace, Settings()).manifest.readings == ()


def test_storage_version_is_one_that_duckdb_1_reads(workspace: Workspace) -> None:
    made = release.create(workspace, Settings())
    with duckdb.connect() as connection:
        connection.execute(f"attach '{made.database}' as r (read_only)")
        tags = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where database_name = 'r'"
        ).fetchone()
    assert tags is not None
    assert tags[0].startswith("v1.0.0")


def test_required_columns_are_not_null(workspace: Workspace) -> None:
    made = release.create(workspace, Settings())
    with duckdb.connect(str(made.database), read_only=True) as connection:
        found = connection.execute(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'cdm' and not is_nullable"
        ).fetchall()
    required = {(f.table, f.name) for t in cdm_tables().values() for f in t.fields if f.required}
    assert set(found) == required


def test_files_and_folders_are_read_only(workspace: Workspace) -> None:
    made = release.create(workspace, Settings())
    modes = {path.stat().st_mode & 0o777 for path in made.path.rglob("*")}
    assert modes == {0o440, 0o550}


def test_same_content_is_the_same_release(workspace: Workspace) -> None:
    first = release.create(workspace, Settings())
    os.utime(workspace.candidate)  # the file is new, what it holds is not
    accept(workspace)
    again = release.create(workspace, Settings())
    assert (first.is_new, again.is_new) == (True, False)
    assert again.id == first.id
    assert len(release.releases(workspace)) == 1


def test_other_row_order_is_the_same_release(workspace: Workspace) -> None:
    first = release.create(workspace, Settings())
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("create table t as select * from cdm.person order by person_id desc")
        connection.execute("delete from cdm.person")
        connection.execute("insert into cdm.person select * from t")
        connection.execute("drop table t")
    accept(workspace)
    assert release.create(workspace, Settings()).id == first.id


def test_manifest_links_to_the_release_before(workspace: Workspace) -> None:
    first = release.create(workspace, Settings())
    build_candidate(workspace, salt=1)
    second = release.create(workspace, Settings())
    assert second.manifest.previous == first.id
    assert second.id.startswith("20221231-")
    assert release.current(workspace) is not None
    assert release.rollback(workspace).id == first.id
    assert release.promote(workspace, second.id).id == second.id


def test_rollback_goes_to_the_one_before_not_to_the_oldest(workspace: Workspace) -> None:
    """Three releases: back to the second, then to the first, and no further."""
    ids = []
    for salt in range(3):
        build_candidate(workspace, salt=salt)
        ids.append(release.create(workspace, Settings()).id)
    assert release.rollback(workspace).id == ids[1]
    assert release.rollback(workspace).id == ids[0]
    with pytest.raises(SndsOmopError, match="SO-107"):
        release.rollback(workspace)
    current = release.current(workspace)
    assert current is not None and current.id == ids[0]


def test_only_k_releases_are_kept_and_never_without_the_current(workspace: Workspace) -> None:
    settings = Settings(release=ReleaseSettings(keep=2))
    ids = []
    for salt in range(4):
        build_candidate(workspace, salt=salt)
        ids.append(release.create(workspace, settings).id)
    assert [found.id for found in release.releases(workspace)] == ids[2:]


def test_leftovers_are_swept(workspace: Workspace) -> None:
    for name in ("next.building", "20200101-00000000.removing"):
        (workspace.releases / name).mkdir()
        (workspace.releases / name / "omop.duckdb").touch()
        (workspace.releases / name).chmod(0o550)
    made = release.create(workspace, Settings())
    assert {path.name for path in workspace.releases.iterdir()} == {made.id, "current"}


def test_no_candidate(workspace: Workspace) -> None:
    workspace.candidate.unlink()
    assert refusal(workspace).code == "SO-106"


def test_no_verdict(workspace: Workspace) -> None:
    (workspace.quality / "verdict.json").unlink()
    assert refusal(workspace).code == "SO-113"


def test_a_verdict_on_other_bytes_of_one_size_and_time_is_not_believed(
    workspace: Workspace,
) -> None:
    before = workspace.candidate.stat()
    with workspace.candidate.open("r+b") as handle:
        handle.seek(before.st_size - 1)
        last = handle.read(1)
        handle.seek(before.st_size - 1)
        handle.write(bytes([last[0] ^ 1]))
    os.utime(workspace.candidate, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert refusal(workspace).code == "SO-113"


def test_refusal_of_the_gate_names_its_reasons(workspace: Workspace) -> None:
    accept(workspace, accepted=False, reasons=("2 fatal checks failed",))
    error = refusal(workspace)
    assert (error.code, error.exit_code) == ("SO-301", 3)
    assert "2 fatal checks failed" in error.line()


def test_unbalanced_ledger_is_refused_whatever_the_verdict(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("update audit.balance set residual = 1")
    accept(workspace)
    error = refusal(workspace)
    assert (error.code, error.exit_code) == ("SO-302", 3)
    assert "ER_PRS_F 2019: 1" in error.line()


def test_null_in_a_required_column_is_named_without_a_value(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("update cdm.person set year_of_birth = null where person_id = 7")
    accept(workspace)
    error = refusal(workspace)
    assert error.code == "SO-901"
    assert error.detail == "cdm.person could not be released (ConstraintException)"


def test_two_sources_are_refused(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("insert into cdm.cdm_source from cdm.cdm_source")
    accept(workspace)
    assert refusal(workspace).code == "SO-301"


def test_full_disk(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(root: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("etl.release.shelf.make_durable", full)
    assert refusal(workspace).code == "SO-902"


def test_reproduced(workspace: Workspace) -> None:
    first = release.create(workspace, Settings())
    build_candidate(workspace)
    again = release.create(workspace, Settings(), reproduce=first.manifest)
    assert again.id == first.id


def test_not_reproduced_is_not_switched_on(workspace: Workspace) -> None:
    first = release.create(workspace, Settings())
    build_candidate(workspace, salt=1)
    with pytest.raises(SndsOmopError) as caught:
        release.create(workspace, Settings(), reproduce=first.manifest)
    assert caught.value.code == "SO-905"
    assert caught.value.detail == "tables that differ: person; what else does: nothing recorded"
    assert [found.id for found in release.releases(workspace)] == [first.id]


def test_results_of_checks_do_not_make_another_release(workspace: Workspace) -> None:
    first = release.create(workspace, Settings())
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("create table audit.quality_result as select current_timestamp as t")
    accept(workspace)
    assert release.create(workspace, Settings()).id == first.id


def test_settings_that_decide_the_content_come_from_the_manifest(workspace: Workspace) -> None:
    made = release.create(workspace, Settings(rules=RulesSettings(off=("R19",))))
    mine = Settings(engine=EngineSettings(threads=1), release=ReleaseSettings(keep=9))
    found = release.settings_to_reproduce(made.manifest, mine)
    assert found.rules.off == ("R19",)
    assert (found.engine.threads, found.release.keep) == (1, 9)
