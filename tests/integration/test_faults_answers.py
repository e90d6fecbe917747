"""A delivery with four times the planted cases, in files of odd form, gives the CDM of its key."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from etl.configuration import load_settings
from etl.loaders import stage
from etl.progress import Silent
from etl.synthetic import generate
from etl.synthetic.faults import Faults
from etl.transform import build
from etl.vocabulary import load_demo
from etl.workspace import Workspace
from tests.integration import test_dcir_answers as dcir
from tests.integration import test_pmsi_answers as pmsi

pytestmark = pytest.mark.slow

#: Nothing of a delivery is lost in these forms.
FORMS = {
    "ER_PRS_F_2020": "parts", "ER_PHA_F_*": "quoted", "ER_CAM_F_2019": "utf16", "T_MCO*B": "marker",
    "ER_BIO_F_2019": "header_again", "IR_BEN_R": "footer", "ER_TIP_F_2020": "blank_line",
    "T_MCO20UM": "twice",
}  # fmt: skip


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A built candidate, with the answer key as views."""
    root = tmp_path_factory.mktemp("faults")
    faults = Faults.model_validate(
        {"all": 4, "file": [{"name": name, "fault": fault} for name, fault in FORMS.items()]}
    )
    generate(root / "delivery", persons=150, seed=6, years=range(2018, 2023), faults=faults)
    workspace = Workspace(root / "workspace")
    workspace.create()
    settings = load_settings(environment={})
    stage(root / "delivery", workspace, settings)
    load_demo(workspace, settings)
    build(workspace, settings, progress=Silent())
    with dcir.connection(workspace, root / "delivery") as opened:
        yield opened


@pytest.mark.parametrize(
    "check",
    [
        dcir.test_persons, dcir.test_excluded_persons_are_nowhere, dcir.test_deaths,
        dcir.test_dcir_visits, dcir.test_dispensed_drugs,
        dcir.test_long_term_diseases, dcir.test_every_trap_of_town_care_was_met,
        dcir.test_balance, dcir.test_money_of_town_care, dcir.test_money_is_reconciled_to_the_cent,
        pmsi.test_every_trap_of_hospitals_was_met,
    ],
)  # fmt: skip
def test_the_answer_key_is_met(cdm: duckdb.DuckDBPyConnection, check: object) -> None:
    check(cdm)  # type: ignore[operator]


@pytest.mark.parametrize("table", [("procedures", "ER_CAM_F"), ("measurements", "ER_BIO_F")])
def test_acts_and_tests(cdm: duckdb.DuckDBPyConnection, table: tuple[str, str]) -> None:
    dcir.test_acts_tests_and_devices(cdm, *table)


@pytest.mark.parametrize("source", ["MCO", "MCO_ACE"])
def test_stays_and_acts(cdm: duckdb.DuckDBPyConnection, source: str) -> None:
    pmsi.test_visits(cdm, source)
    pmsi.test_acts(cdm, source)


def test_there_was_much_to_meet(cdm: duckdb.DuckDBPyConnection) -> None:
    planted = dict(
        cdm.sql("select rule_id, sum(rows_planted::int) from answer_traps group by all").fetchall()
    )
    assert planted["R04"] >= 8 and planted["R11a"] >= 8 and planted["R15"] >= 24
