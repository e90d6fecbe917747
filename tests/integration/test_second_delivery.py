"""After a further delivery, `build` gives the tables of a build from everything, up to ids.

`make splits` cuts the deliveries of a year in forty ways; `make test` in three.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

import duckdb
import pytest

from etl.loaders import stage
from etl.progress import Silent
from etl.settings import Settings
from etl.transform import build, is_current
from etl.transform.fingerprint import inputs, remove_stamp, stamped, write_stamp
from etl.vocabulary import load_demo
from etl.workspace import Workspace
from tests.cdm_content import audit_content, content, differences
from tests.monthly_delivery import FIRST, MONTHS, Months, write_months

SETTINGS = Settings()
SPLITS = int(os.environ.get("SNDS_TEST_SPLITS", "3"))
PERSONS = 24
# Nodes of the first build after which it is killed: views, and some tables.
NOTED = 200
LAST = MONTHS[-1]


def some_splits(number: int) -> list[tuple[int, ...]]:
    """Months after which a build takes place, one or two: one more month first, then any."""
    cuts = [*combinations(range(FIRST, LAST), 1), *combinations(range(FIRST, LAST), 2)]
    cuts.remove((LAST - 1,))
    return [(LAST - 1,), *random.Random(16).sample(cuts, number - 1)]  # noqa: S311


@dataclass(frozen=True)
class Whole:
    """Deliveries of a year, and the workspace in which all of them were built at once."""

    months: Months
    delivery: Path
    workspace: Workspace


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    root = tmp_path_factory.mktemp("whole")
    months = write_months(root, persons=PERSONS, seed=5)
    delivery, workspace = root / "delivery", Workspace(root / "workspace")
    for month in (FIRST, *MONTHS):
        months.deliver(month, delivery)
    workspace.create()
    assert not stage(delivery, workspace, SETTINGS).refused
    load_demo(workspace, SETTINGS)
    stopped_build_goes_on(workspace)
    return Whole(months, delivery, workspace)


@pytest.mark.slow
@pytest.mark.parametrize("cuts", some_splits(SPLITS), ids=lambda cuts: "-".join(map(str, cuts)))
def test_a_split_gives_the_tables_of_the_whole(
    whole: Whole, tmp_path: Path, cuts: tuple[int, ...]
) -> None:
    """The registry grows part by part, so that persons bear other numbers than in the whole."""
    workspace, delivery = Workspace(tmp_path / "workspace"), tmp_path / "delivery"
    workspace.create()
    # a bundle stays the same from delivery to delivery
    shutil.copytree(whole.workspace.vocabulary, workspace.vocabulary, dirs_exist_ok=True)
    for after, until in pairwise((FIRST - 1, *cuts, LAST)):
        for month in range(after + 1, until + 1):
            whole.months.deliver(month, delivery)
        assert not stage(delivery, workspace, SETTINGS).refused
        # what stays from a build of a part is the registry; one split keeps a whole candidate
        is_whole = until == LAST or cuts == (LAST - 1,)
        select = () if is_whole else ("+person_registry",)
        build(workspace, SETTINGS, progress=Silent(), select=select)
    assert is_current(workspace, SETTINGS)
    one, other = (
        content(each.candidate, registry=each.registry) for each in (whole.workspace, workspace)
    )
    assert one["visit_occurrence"]
    assert differences(one, other) == {}
    assert audit_content(whole.workspace.candidate) == audit_content(workspace.candidate)


def kill_build(workspace: Workspace, is_time: Callable[[], bool]) -> None:
    """Build in a process of its own, and end it by SIGKILL."""
    script = (
        "import sys; from pathlib import Path; from etl.progress import Silent;"
        "from etl.settings import Settings; from etl.transform import build;"
        "from etl.workspace import Workspace;"
        "build(Workspace(Path(sys.argv[1])), Settings.model_validate_json(sys.argv[2]),"
        " progress=Silent())"
    )
    arguments = [str(workspace.root), SETTINGS.model_dump_json()]
    process = subprocess.Popen([sys.executable, "-c", script, *arguments])
    deadline = time.monotonic() + 400
    while process.poll() is None and not is_time() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.poll() is None, "it ended before it could be killed"
    process.kill()
    assert process.wait() == -signal.SIGKILL


def stopped_build_goes_on(workspace: Workspace) -> None:
    """SIGKILL in the middle of a build: what was finished is not built again."""
    journal = workspace.build / "finished.jsonl"
    kill_build(workspace, lambda: journal.is_file() and journal.read_bytes().count(b"\n") > NOTED)
    assert not is_current(workspace, SETTINGS)
    finished = journal.read_bytes().count(b"\n") - 1
    report = build(workspace, SETTINGS, progress=Silent())
    assert not journal.exists()
    with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
        built = connection.execute(
            "select count(*) from information_schema.tables where table_catalog = 'candidate'"
        ).fetchone()
    assert built is not None
    # the registry stands elsewhere, and is looked at again
    assert report.nodes <= built[0] + 1 - finished + 1


def test_a_candidate_records_that_it_is_complete(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    built_from = inputs(workspace, SETTINGS)
    assert stamped(workspace) is None
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("create table anything (value text)")
    assert stamped(workspace) is None
    with duckdb.connect(str(workspace.candidate)) as candidate:
        write_stamp(candidate, built_from)
    # validation writes its results there
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("create schema audit; create table audit.quality_result (value text)")
    assert stamped(workspace) == built_from
    assert is_current(workspace, SETTINGS)
    assert not is_current(workspace, Settings.model_validate({"rules": {"off": ["R09"]}}))
    remove_stamp(workspace)
    assert stamped(workspace) is None
    workspace.candidate.write_bytes(b"half")
    assert stamped(workspace) is None
