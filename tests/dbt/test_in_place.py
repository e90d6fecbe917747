"""Relations made under their own name run hooks; one flux month touches its own rows only."""

from __future__ import annotations

import json
import re
import shutil
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
macro-paths: ['{macros}', macros]
flags: {{send_anonymous_usage_stats: false}}
"""
PROFILE = """
tiny:
  target: duckdb
  outputs:
    duckdb: {{type: duckdb, path: '{file}', threads: 1}}
"""
MODEL = "{{ config(materialized=var('form')) }} select {{ var('value') }} as value"
BY_FLUX = """
{{ config(**by_flux()) }}
select lines.FLX_DIS_DTD, {{ var('value') }} as value
from (
    values (date '1600-01-01'), (date '2019-01-01'), (date '2019-02-01'), (date '2019-03-01'),
        (date '2999-12-01')
) as lines (FLX_DIS_DTD)
where {{ in_flux_batch('lines') }}
"""
HOOKED = """
{{ config(
    materialized=var('form'),
    pre_hook=["create table if not exists seen (hook text)", "insert into seen values ('before')"],
    post_hook=["insert into seen select 'after ' || count(*) from {{ this }}"],
) }} select 1 as value
"""
MONTHS = {"flux_batch": "month", "flux_from": "2019-01-01", "flux_until": "2019-04-01"}
ABSURD = (1600, 2019, 2019, 2019, 2999)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    macros = dbt_project_dir() / "macros" / "materializations"
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "thing.sql").write_text(MODEL)
    (tmp_path / "models" / "by_flux.sql").write_text(BY_FLUX)
    (tmp_path / "models" / "hooked.sql").write_text(HOOKED)
    (tmp_path / "macros").mkdir()
    shutil.copy(dbt_project_dir() / "macros" / "flux_batches.sql", tmp_path / "macros")
    (tmp_path / "dbt_project.yml").write_text(PROJECT.format(macros=macros))
    (tmp_path / "profiles.yml").write_text(PROFILE.format(file=tmp_path / "tiny.duckdb"))
    return tmp_path


def _run(project: Path, model: str, *options: str, **variables: str) -> bool:
    folder = str(project)
    done = dbtRunner().invoke([
        "run", "--quiet", "--select", model, *options,
        "--project-dir", folder, "--profiles-dir", folder,
        "--log-path", folder, "--target-path", folder,
        "--vars", json.dumps(MONTHS | {"form": "table_in_place"} | variables),
    ])  # fmt: skip
    DuckDBConnectionManager.close_all_connections()
    return done.success


def _found(project: Path) -> tuple[str, list[tuple[int]]]:
    with duckdb.connect(str(project / "tiny.duckdb"), read_only=True) as connection:
        forms = "select table_type from information_schema.tables where table_name = 'thing'"
        [(form,)] = connection.execute(forms).fetchall()
        return form, connection.execute("select value from thing").fetchall()


def test_a_model_may_change_its_form(project: Path) -> None:
    shown_as = {"table_in_place": "BASE TABLE", "view_in_place": "VIEW"}
    for form in ("table_in_place", "view_in_place", "table_in_place"):
        shown = shown_as[form]
        for value in ("1", "2"):
            assert _run(project, "thing", form=form, value=value)
            assert _found(project) == (shown, [(int(value),)])


@pytest.mark.parametrize("form", ["table_in_place", "view_in_place"])
def test_hooks_run_before_and_after(project: Path, form: str) -> None:
    assert _run(project, "hooked", form=form)
    with duckdb.connect(str(project / "tiny.duckdb"), read_only=True) as connection:
        assert connection.execute("from seen").fetchall() == [("before",), ("after 1",)]


def test_a_view_is_readable_from_any_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain `dbt build` in the project, without the environment of `snds-omop`."""
    inner, workspace = project / "dbt_project", project / "workspace"
    inner.mkdir()
    for name in ("models", "macros", "dbt_project.yml"):
        shutil.move(project / name, inner / name)
    (inner / "models" / "staged.sql").write_text(
        "{{ config(materialized='view_in_place') }}"
        " select * from read_parquet('../workspace/lake/one.parquet')"
    )
    candidate = "../workspace/build/candidate.duckdb"
    (inner / "profiles.yml").write_text(PROFILE.format(file=candidate))
    for folder in ("build", "lake"):
        (workspace / folder).mkdir(parents=True)
    duckdb.sql("select 7 as value").write_parquet(str(workspace / "lake" / "one.parquet"))
    monkeypatch.delenv("SNDS_OMOP_CANDIDATE", raising=False)
    monkeypatch.chdir(inner)
    assert _run(inner, "staged", value="1")
    monkeypatch.chdir(project)
    with duckdb.connect(str(workspace / "build" / "candidate.duckdb"), read_only=True) as found:
        assert found.execute("from staged").fetchall() == [(7,)]


def test_builtins_of_dbt_are_not_overridden() -> None:
    """Own materializations have own names; dispatched macros (`spark__…`) are allowed."""
    texts = [path.read_text(encoding="utf-8") for path in dbt_project_dir().rglob("*.sql")]
    made = {name for text in texts for name in re.findall(r"{% *materialization +(\w+)", text)}
    macros = {name for text in texts for name in re.findall(r"{%-? *macro +(\w+)", text)}
    assert made == {"table_in_place", "view_in_place"}
    assert not macros & {"ref", "source", "run_hooks", "statement", "create_table_as"}


def test_a_query_that_fails_leaves_what_stood_there(project: Path) -> None:
    assert _run(project, "thing", value="1")
    assert not _run(project, "thing", value="cast('no number' as integer)")
    assert _found(project) == ("BASE TABLE", [(1,)])


def test_a_flux_month_touches_its_own_rows_only(project: Path) -> None:
    """The first and the last month have the absurd ones with them."""

    def values(value: str, *span: str) -> list[int]:
        options = ("--event-time-start", span[0], "--event-time-end", span[1])
        assert _run(project, "by_flux", *options, value=value)
        with duckdb.connect(str(project / "tiny.duckdb"), read_only=True) as connection:
            rows = connection.execute("from by_flux order by FLX_DIS_DTD").fetchall()
        assert tuple(month.year for month, _ in rows) == ABSURD
        return [found for _, found in rows]

    assert values("1", "2019-01-01", "2019-04-01") == [1, 1, 1, 1, 1]
    assert values("2", "2019-02-01", "2019-03-01") == [1, 1, 2, 1, 1]
    assert values("3", "2019-03-01", "2019-04-01") == [1, 1, 2, 3, 3]
    assert values("4", "2019-01-01", "2019-04-01") == [4, 4, 4, 4, 4]
