"""Tables and views are made under their own name, and what stood there survives a failed query."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from etl.resources import dbt_project_dir

PROJECT = """
name: tiny
version: 1.0.0
profile: tiny
macro-paths: ['{macros}']
flags: {{send_anonymous_usage_stats: false}}
"""
PROFILE = """
tiny:
  target: duckdb
  outputs:
    duckdb: {{type: duckdb, path: '{file}', threads: 1}}
"""
MODEL = "{{ config(materialized=var('form')) }} select {{ var('value') }} as value"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    macros = dbt_project_dir() / "macros" / "materializations"
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "thing.sql").write_text(MODEL)
    (tmp_path / "dbt_project.yml").write_text(PROJECT.format(macros=macros))
    (tmp_path / "profiles.yml").write_text(PROFILE.format(file=tmp_path / "tiny.duckdb"))
    return tmp_path


def _run(project: Path, form: str, value: str) -> bool:
    folder = str(project)
    done = dbtRunner().invoke(
        ["run", "--project-dir", folder, "--profiles-dir", folder, "--quiet", "--log-path", folder]
        + ["--target-path", folder, "--vars", f"{{form: {form}, value: \"{value}\"}}"]
    )
    DuckDBConnectionManager.close_all_connections()
    return done.success


def _found(project: Path) -> tuple[str, list[tuple[int]]]:
    with duckdb.connect(str(project / "tiny.duckdb"), read_only=True) as connection:
        forms = "select table_type from information_schema.tables where table_name = 'thing'"
        [(form,)] = connection.execute(forms).fetchall()
        return form, connection.execute("select value from thing").fetchall()


def test_a_model_may_change_its_form(project: Path) -> None:
    for form, shown in (("table", "BASE TABLE"), ("view", "VIEW"), ("table", "BASE TABLE")):
        for value in ("1", "2"):
            assert _run(project, form, value)
            assert _found(project) == (shown, [(int(value),)])


def test_a_query_that_fails_leaves_what_stood_there(project: Path) -> None:
    assert _run(project, "table", "1")
    assert not _run(project, "table", "cast('no number' as integer)")
    assert _found(project) == ("BASE TABLE", [(1,)])
