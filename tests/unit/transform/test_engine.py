"""What the machine may spend reaches DuckDB in dbt, by the project's own profile."""

from __future__ import annotations

from pathlib import Path

import duckdb
import yaml
from jinja2 import Environment

from etl.resources import dbt_project_dir
from etl.settings import Settings
from etl.transform.inputs import environment
from etl.workspace import Workspace


def test_threads_and_memory_reach_dbt(tmp_path: Path) -> None:
    settings = Settings.model_validate({"engine": {"threads": 3, "memory_limit": "600MB"}})
    given = environment(Workspace(tmp_path), settings)

    def env_var(name: str, default: str = "") -> str:
        return given.get(name, default)

    text = (dbt_project_dir() / "profiles.yml").read_text(encoding="utf-8")
    profile = yaml.safe_load(Environment().from_string(text).render(env_var=env_var))  # noqa: S701
    output = profile["snds_omop"]["outputs"]["duckdb"]
    with duckdb.connect(config=output["config_options"]) as connection:
        [(threads, memory, order)] = connection.execute(
            "select current_setting('threads'), current_setting('memory_limit'), "
            "current_setting('preserve_insertion_order')"
        ).fetchall()
    assert (threads, memory, order) == (3, "572.2 MiB", False)
