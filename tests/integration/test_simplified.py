"""The simplified datamart gives the care that DCIR gives; where both are, DCIR is believed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from etl.configuration import load_settings
from etl.loaders import stage
from etl.progress import Silent
from etl.synthetic import generate
from etl.transform import build
from etl.vocabulary import load_demo
from etl.workspace import Workspace
from tests.cdm_content import content, differences

pytestmark = pytest.mark.slow
# What does not depend on surcharges, batch numbers and twice-read archives, which only DCIR has.
CARE = ("person", "death", "measurement", "device_exposure", "procedure_occurrence",
        "condition_occurrence", "observation")  # fmt: skip


def built(root: Path, *deliveries: Path) -> Workspace:
    workspace = Workspace(root)
    workspace.create()
    settings = load_settings(environment={})
    for delivery in deliveries:
        assert not stage(delivery, workspace, settings).refused
    load_demo(workspace, settings)
    build(workspace, settings, progress=Silent())
    return workspace


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    root = tmp_path_factory.mktemp("deliveries")
    for simplified in (False, True):
        generate(root / str(simplified), persons=80, seed=8, years=range(2018, 2020),
                 simplified=simplified)  # fmt: skip
    return {simplified: root / str(simplified) for simplified in (False, True)}


def ask(workspace: Workspace, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(workspace.candidate), read_only=True) as opened:
        return opened.execute(query).fetchall()


DRUGS = ("select person_id, drug_source_value, drug_exposure_start_date, quantity, "
         "dose_unit_source_value from cdm.drug_exposure order by all")  # fmt: skip
VISITS = ("select person_id, visit_concept_id, visit_start_date, visit_end_date, "
          "visit_source_value from cdm.visit_occurrence order by all")  # fmt: skip

RESIDENCES = "from audit.residence order by all"


@pytest.fixture(scope="module")
def workspaces(
    deliveries: dict[bool, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[bool, Workspace]:
    root = tmp_path_factory.mktemp("built")
    return {kind: built(root / str(kind), folder) for kind, folder in deliveries.items()}


def test_same_care(workspaces: dict[bool, Workspace]) -> None:
    full, simple = (content(workspaces[kind].candidate) for kind in (False, True))
    assert full["measurement"] and full["procedure_occurrence"]
    assert {n: d for n, d in differences(full, simple).items() if n in CARE} == {}
    for query in (DRUGS, VISITS, RESIDENCES):
        assert ask(workspaces[False], query) == ask(workspaces[True], query)


def test_every_row_is_accounted_for_and_every_cent(workspaces: dict[bool, Workspace]) -> None:
    simple = workspaces[True]
    assert ask(simple, "select * from audit.balance where residual <> 0") == []
    assert ask(simple, "select * from audit.money where residual <> 0") == []
    ledger = ask(
        simple,
        "select source_table, disposition, rule_id from audit.ledger where source_table like 'NS%' "
        "or source_table = 'IR_IBA_R'",
    )
    assert ("NS_PRS_F", "event", None) in ledger
    assert ("NS_PHA_F", "event", None) in ledger
    assert ("IR_IBA_R", "merged", None) in ledger
    assert "N00" not in {rule for _, _, rule in ledger}


def test_dcir_is_believed_where_both_are(
    workspaces: dict[bool, Workspace], deliveries: dict[bool, Path], tmp_path: Path
) -> None:
    both = built(tmp_path / "both", deliveries[False], deliveries[True])
    dispositions = ask(
        both,
        "select distinct disposition, rule_id from audit.ledger where source_table = 'NS_PRS_F'",
    )
    assert dispositions == [("excluded", "N01")]
    for query in (DRUGS, VISITS):
        assert ask(both, query) == ask(workspaces[False], query)
    assert ask(both, "select * from audit.balance where residual <> 0") == []


def test_persons_of_the_datamart_alone(deliveries: dict[bool, Path], tmp_path: Path) -> None:
    """Without IR_BEN_R, IR_IBA_R is who there is."""
    alone = tmp_path / "alone"
    alone.mkdir()
    for path in deliveries[True].iterdir():
        if path.name.startswith(("NS_", "IR_IBA_R", "DA_", "IR_PHA")):
            (alone / path.name).symlink_to(path)
    workspace = built(tmp_path / "w", alone)
    ((persons, drugs),) = ask(
        workspace,
        "select (select count(*) from cdm.person), (select count(*) from cdm.drug_exposure)",
    )
    assert persons and drugs
    assert ask(workspace, "select * from audit.balance where residual <> 0") == []
