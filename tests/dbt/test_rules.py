"""Every rule of the register that is on has a dbt unit test named after it, and all pass."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
import yaml

from etl.contracts.registry import contracts
from etl.loaders import stage
from etl.progress import Silent
from etl.resources import dbt_project_dir, mappings_dir
from etl.settings import Settings
from etl.transform import build
from etl.transform.invocation import run_dbt
from etl.vocabulary import load_demo
from etl.workspace import Workspace

# rule -> why no unit test can bear its name
UNTESTED = {
    "N00": "no rule of the SNDS: it names the tables that this version does not transform",
    "R01": "tests/unit/loaders/test_casts.py: codes keep their zeros",
    "R02": "tests/unit/loaders/test_header.py: an alias holds in its years",
    "R03": "tests/unit/delivery/test_inventory.py: infra-annual files, names of years",
    "R14": "tests/dbt/test_in_place.py: a flux month touches its own rows only",
    "R45": "tests/unit/publish/test_publish_guard.py and test_publish_protection.py",
    "R55": "tests/integration/test_withdrawal.py: rows leave before any model",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A candidate built on no rows at all: unit tests need to know the columns of each input."""
    root = tmp_path_factory.mktemp("rules")
    delivery = root / "delivery"
    delivery.mkdir()
    header = ";".join(column.name for column in contracts()["IR_BEN_R"].columns)
    (delivery / "IR_BEN_R.csv").write_text(f"{header}\n", encoding="utf-8")
    workspace = Workspace(root / "workspace")
    workspace.create()
    settings = Settings()
    assert not stage(delivery, workspace, settings).refused
    load_demo(workspace)
    # the lake of an earlier version, whose contracts had a table less
    shutil.rmtree(workspace.lake / "mco" / "t_mcoaafl")
    build(workspace, settings, progress=Silent())
    return workspace


@pytest.mark.slow
def test_unit_tests_of_dbt_pass(workspace: Workspace) -> None:
    results = run_dbt(
        workspace, Settings(), ["test", "--select", "test_type:unit"], progress=Silent()
    )
    # what dbt runs first (hooks) is no test
    tests = [result for result in results if result.node.resource_type == "unit_test"]
    assert {str(result.status) for result in tests} == {"pass"}
    assert len(tests) == len(_unit_tests())


def test_every_rule_has_its_unit_test() -> None:
    with (mappings_dir() / "rules" / "snds_rules.csv").open(encoding="utf-8", newline="") as file:
        rules = {row["rule_id"] for row in csv.DictReader(file) if row["default_on"] == "yes"}
    tested = {name.split("_")[0] for name in _unit_tests()}
    missing = {rule for rule in rules if rule.lower() not in tested}
    assert missing == set(UNTESTED)


def test_unit_tests_have_distinct_names() -> None:
    names = _unit_tests()
    assert len(names) == len(set(names))


def _unit_tests() -> list[str]:
    files = sorted(Path(dbt_project_dir() / "models").rglob("_*__unit_tests.yml"))
    return [
        test["name"]
        for file in files
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["unit_tests"]
    ]
