"""A new month changes what it touches, and gives the tables that a whole build gives."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from etl.loaders import stage
from etl.progress import Silent
from etl.release.content import hash_schema
from etl.resources import dbt_project_dir
from etl.settings import Settings
from etl.transform import BuildReport, build, is_current
from etl.transform.fingerprint import inputs, remove_stamp, stamped, write_stamp
from etl.vocabulary import load_demo
from etl.workspace import Workspace
from tests.monthly_delivery import FIRST, MONTHS, Months, write_months

# Every month on its own, each compared with a whole build, takes a quarter of an hour:
# `SNDS_TEST_MONTHS=1 pytest tests/integration/test_increment.py`. The suite takes six at a time,
# and compares at the end of the year.
AT_A_TIME = int(os.environ.get("SNDS_TEST_MONTHS", "6"))
PERSONS = int(os.environ.get("SNDS_TEST_MONTHS_PERSONS", "24"))
# Nodes of the first build after which it is killed: views, and some tables.
NOTED = 200
SETTINGS = Settings.model_validate({"engine": {"increment_share": 1.0}})
# Steps of an increment that only the touched rows go through.
STEPS = {
    ("intermediate", "int_dcir_detail__repeated"),
    ("intermediate", "int_private_stay__billed"),
}
# Known codes stay known: these tables may hold more than a whole build's.
MORE = {("intermediate", name) for name in ("int_code__used", "int_code__resolved",
                                            "int_drug_ingredient__related")}  # fmt: skip


class Year:
    """A workspace that gets one delivery after the other, and another that builds all each time."""

    def __init__(self, root: Path) -> None:
        self.months: Months = write_months(root, persons=PERSONS, seed=5)
        self.delivery = root / "delivery"
        self.workspace = Workspace(root / "workspace")
        self.whole = Workspace(root / "whole")
        self.workspace.create()

    def stage(self, *months: int) -> dict[str, int]:
        for month in months:
            self.months.deliver(month, self.delivery)
        report = stage(self.delivery, self.workspace, SETTINGS, progress=Silent())
        assert not report.refused
        # once: a code never seen before gets a concept of its own, which is another vocabulary
        if FIRST in months:
            load_demo(self.workspace, SETTINGS)
        return dict(report.counts)

    def build(self) -> BuildReport:
        """Bring the workspace up to date, and keep the registry as it was before."""
        self.whole.create()
        if self.workspace.registry.is_file():
            shutil.copyfile(self.workspace.registry, self.whole.registry)
        return build(self.workspace, SETTINGS, progress=Silent())

    def build_whole(self) -> None:
        """A whole build of the same lake, with the registry as it was before."""
        for folder in ("lake", "quarantine"):
            place = self.whole.root / folder
            shutil.rmtree(place)
            shutil.copytree(self.workspace.root / folder, place, copy_function=os.link)
        shutil.copyfile(self.workspace.manifest, self.whole.manifest)
        report = build(self.whole, SETTINGS, progress=Silent(), full_refresh=True)
        assert report.merged is None


def hashes(candidate: Path) -> dict[tuple[str, str], str]:
    with duckdb.connect(str(candidate), read_only=True) as connection:
        return {
            (table.schema_name, table.table): table.content_hash
            for schema in ("cdm", "audit", "intermediate")
            for table in hash_schema(connection, "candidate", schema)
        }


def differing(year: Year) -> set[tuple[str, str]]:
    one, other = hashes(year.workspace.candidate), hashes(year.whole.candidate)
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


@pytest.mark.slow
def test_twelve_months_give_the_tables_of_a_whole_build(tmp_path: Path) -> None:
    year = Year(tmp_path)
    year.stage(FIRST)
    first = stopped_build_goes_on(year)
    assert first.whole_because is not None
    assert first.whole_because.english == "no complete candidate stands"
    for begin in range(MONTHS[0], MONTHS[-1] + 1, AT_A_TIME):
        months = range(begin, min(begin + AT_A_TIME, MONTHS[-1] + 1))
        year.stage(*months)
        if begin == MONTHS[0]:
            killed_increment_leaves_the_candidate(year)
            assert set(year.stage()) == {"unchanged"}, "no file is read again"
        report = year.build()
        assert report.merged is not None, report.whole_because
        assert 0 < report.merged.touched_rows < report.merged.all_rows
        assert is_current(year.workspace, SETTINGS)
        if AT_A_TIME == 1 or months[-1] == MONTHS[-1]:
            year.build_whole()
            assert differing(year) <= STEPS | MORE, months


def kill_build(year: Year, is_time: Callable[[], bool]) -> None:
    """Build in a process of its own, and end it by SIGKILL."""
    script = (
        "import sys; from pathlib import Path; from etl.progress import Silent;"
        "from etl.settings import Settings; from etl.transform import build;"
        "from etl.workspace import Workspace;"
        "build(Workspace(Path(sys.argv[1])), Settings.model_validate_json(sys.argv[2]),"
        " progress=Silent())"
    )
    arguments = [str(year.workspace.root), SETTINGS.model_dump_json()]
    process = subprocess.Popen([sys.executable, "-c", script, *arguments])
    deadline = time.monotonic() + 400
    while process.poll() is None and not is_time() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.poll() is None, "it ended before it could be killed"
    process.kill()
    assert process.wait() == -signal.SIGKILL


def stopped_build_goes_on(year: Year) -> BuildReport:
    """SIGKILL in the middle of the first build: what was finished is not built again."""
    journal = year.workspace.build / "finished.jsonl"
    kill_build(year, lambda: journal.is_file() and journal.read_bytes().count(b"\n") > NOTED)
    assert not is_current(year.workspace, SETTINGS)
    finished = journal.read_bytes().count(b"\n") - 1
    first = year.build()
    assert not journal.exists()
    with duckdb.connect(str(year.workspace.candidate), read_only=True) as connection:
        built = connection.execute(
            "select count(*) from information_schema.tables where table_catalog = 'candidate'"
        ).fetchone()
    assert built is not None
    # the registry stands elsewhere, and is looked at again
    assert first.nodes <= built[0] + 1 - finished + 1
    return first


def killed_increment_leaves_the_candidate(year: Year) -> None:
    """SIGKILL while dbt merges: the candidate that stood still stands, complete."""
    before = hashes(year.workspace.candidate)
    known = stamped(year.workspace)
    # dbt writes the SQL of a model when it runs it: earlier ones are merged by then
    target = year.workspace.build / "increment" / "target"
    kill_build(year, lambda: any(target.glob("run/**/int_dcir_line__classified.sql")))
    assert known is not None
    assert stamped(year.workspace) == known
    assert hashes(year.workspace.candidate) == before


def test_a_candidate_says_itself_that_it_is_complete(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    built_from = inputs(workspace, SETTINGS)
    assert stamped(workspace) is None
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("create table anything (value text)")
    assert stamped(workspace) is None
    with duckdb.connect(str(workspace.candidate)) as candidate:
        write_stamp(candidate, built_from)
    # validation writes its results beside
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("create schema audit; create table audit.quality_result (value text)")
    assert stamped(workspace) == built_from
    assert is_current(workspace, SETTINGS)
    assert not is_current(workspace, Settings.model_validate({"rules": {"off": ["R09"]}}))
    remove_stamp(workspace)
    assert stamped(workspace) is None
    workspace.candidate.write_bytes(b"half")
    assert stamped(workspace) is None


def models(workspace: Path) -> dict[str, Any]:
    manifest = json.loads((workspace / "build" / "target" / "manifest.json").read_text())
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def classes() -> dict[str, Any]:
    text = (dbt_project_dir() / "increment.yml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def read_by(node: dict[str, Any]) -> set[str]:
    return {name.split(".")[-1] for name in node["depends_on"]["nodes"]}


def test_every_table_has_a_class(demo_workspace: Path) -> None:
    """A new model says how it is brought up to date: nothing else tells its author to think."""
    known = models(demo_workspace)
    plan = classes()
    kinds = [set(plan[kind]) for kind in ("rows", "names", "steps", "everyone", "fixed")]
    named = [name for kind in kinds for name in kind]
    assert len(named) == len(set(named)), "a model stands in two lists"
    assert set(named) <= set(known), "a model of increment.yml is not there"
    tables = {name for name, node in known.items() if node["config"]["materialized"] != "view"}
    assert tables <= set(named), "say in dbt_project/increment.yml how it is brought up to date"
    assert set(plan["numbers"]) <= set(plan["everyone"])


def test_what_is_fixed_depends_on_nothing_that_grows(demo_workspace: Path) -> None:
    known = models(demo_workspace)
    fixed = set(classes()["fixed"])
    for name in fixed:
        grown = read_by(known[name]) & set(known) - fixed
        assert not grown, f"{name} reads {grown}"


# Where what looks at everybody decides of the rows of one: each is answered for in
# etl/transform/safeguards.py (months of DCIR, professionals, window), by ids that follow
# (professionals, sites), or because it is of one person (rights, pseudonyms).
ANSWERED_FOR = {
    ("int_dcir_line__unioned", "int_dcir_flux__delivered"),
    ("int_dcir_line__costed", "int_payer__dated"),
    ("int_event__routed", "int_provider__resolved"),
    ("visit_occurrence", "int_provider__resolved"),
    ("visit_occurrence", "int_care_site__resolved"),
    ("visit_detail", "int_care_site__resolved"),
}
OF_ONE_PERSON = {"int_psa__bridged", "int_right__bridged", "person_registry"}


def test_nothing_else_decides_for_everybody(demo_workspace: Path) -> None:
    known = models(demo_workspace)
    plan = classes()
    everyone = set(plan["everyone"])
    found = {
        (name, read)
        for name, node in known.items()
        if name not in everyone and name not in plan["fixed"] and name != "aud_disposition"
        for read in read_by(node) & everyone - OF_ONE_PERSON
    }
    assert found == ANSWERED_FOR, "say why untouched rows stay the same, and answer for it"
