"""The JSON that DQD's viewer, Ares and CdmOnboarding read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from data_quality import validate
from etl.progress import Silent
from etl.settings import Settings
from etl.workspace import Workspace

Spoil = Callable[..., Workspace]
pytestmark = pytest.mark.usefixtures("without_report")


@pytest.fixture
def document(spoiled: Spoil) -> dict[str, Any]:
    workspace = spoiled(
        "update cdm.drug_exposure set provider_id = 999 where person_id % 9 = 0",
        "alter table cdm.measurement alter value_as_number type varchar using 'many'",
    )
    validate(workspace, Settings(), progress=Silent(), suites=False)
    loaded: dict[str, Any] = json.loads((workspace.quality / "dq-result.json").read_text("utf-8"))
    return loaded


def test_scalars_are_lists_of_one(document: dict[str, Any]) -> None:
    for name in ("startTimestamp", "endTimestamp", "executionTime", "executionTimeSeconds"):
        assert len(document[name]) == 1
    assert all(len(value) == 1 for value in document["Overview"].values())


def test_every_check_is_there_once_with_dqd_fields(document: dict[str, Any]) -> None:
    checks = document["CheckResults"]
    assert len(checks) == len({check["checkId"] for check in checks}) == 2533
    always = {
        "executionTime", "checkName", "checkLevel", "checkDescription", "cdmTableName", "sqlFile",
        "category", "context", "severity", "checkId", "failed", "passed", "isError",
        "notApplicable", "queryText",
    }  # fmt: skip
    for check in checks:
        assert always <= set(check), check["checkId"]
        neither = max(check["isError"], check["notApplicable"])
        assert check["failed"] + check["passed"] + neither == 1
        structure = check["checkName"] in ("cdmTable", "cdmField")
        assert ("thresholdValue" in check) is not structure
        assert check["queryText"]
        assert None not in check.values()
        assert check["cdmTableName"].isupper()


def test_counts_and_statuses(document: dict[str, Any]) -> None:
    checks = {check["checkId"]: check for check in document["CheckResults"]}
    orphan = checks["field_isforeignkey_drug_exposure_provider_id"]
    assert (orphan["failed"], orphan["numDenominatorRows"]) == (1, 1200)
    assert orphan["pctViolatedRows"] == round(orphan["numViolatedRows"] / 1200, 4)
    broken = checks["field_plausiblebeforedeath_note_note_date"]
    assert broken["notApplicable"] == 1
    assert broken["notApplicableReason"] == "Table NOTE is empty."
    assert "numViolatedRows" in broken


def test_the_overview_counts_as_dqd_does(document: dict[str, Any]) -> None:
    overview = {name: value[0] for name, value in document["Overview"].items()}
    checks = document["CheckResults"]
    failed = sum(check["failed"] for check in checks)
    assert overview["countTotal"] == 2533
    # Errors and checks that do not apply are in "passed", but not in that of their category.
    assert overview["countOverallFailed"] == failed
    assert overview["countPassed"] == 2533 - failed
    assert overview["countErrorFailed"] == sum("error" in check for check in checks)
    assert overview["percentFailed"] == round(100 * failed / 2533, 2)
    for category in ("Plausibility", "Conformance", "Completeness"):
        of = [check for check in checks if check["category"] == category]
        assert overview[f"countTotal{category}"] == len(of)
        assert overview[f"countFailed{category}"] == sum(check["failed"] for check in of)
        assert overview[f"countPassed{category}"] == sum(check["passed"] for check in of)


def test_metadata_is_the_source_in_camel_case(document: dict[str, Any]) -> None:
    (metadata,) = document["Metadata"]
    assert metadata["dqdVersion"] == "2.8.4"
    assert metadata["cdmSourceAbbreviation"] == "SNDS"
    assert metadata["vocabularyVersion"] == "demo"
