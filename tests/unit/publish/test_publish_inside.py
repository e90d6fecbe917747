"""Ares' data folder and the two portal files of a small release."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from etl import release
from etl.errors import SndsOmopError
from etl.publish.ares_tree import files
from etl.publish.ares_tree.index import write_index
from etl.publish.inside import publish_ares, publish_network
from etl.settings import Settings
from etl.workspace import Workspace
from tests.readers.portal_validation import refusals
from tests.small_candidate import build_candidate, released

DQD = {
    "endTimestamp": ["2023-06-01 10:00:00"],
    "CheckResults": [
        {
            "checkId": "table_x",
            "checkName": "isRequired",
            "checkLevel": "FIELD",
            "cdmTableName": "DRUG_EXPOSURE",
            "category": "Conformance",
            "context": "Validation",
            "failed": 1,
            "executionTime": "0.1 secs",
        }
    ],
    "Metadata": [
        {
            "cdmSourceName": "Synthetic SNDS",
            "cdmSourceAbbreviation": "SNDS",
            "cdmReleaseDate": "2022-12-31",
            "cdmVersion": "5.4",
            "dqdVersion": "2.8.4",
        }
    ],
    "Overview": {"countTotal": [2], "countPassed": [1], "countOverallFailed": [1]},
}


@pytest.fixture(scope="module", autouse=True)
def made_up() -> Iterator[None]:
    """The candidate is made up, though no delivery marks it: it needs no names of a site."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.publish.site.is_synthetic", lambda delivery: True)
        yield


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = released(tmp_path_factory.mktemp("inside") / "workspace")
    (workspace.quality / "dq-result.json").write_text(json.dumps(DQD), encoding="utf-8")
    build_candidate(workspace, salt=3, quality=False)
    release.create(workspace, Settings())
    return workspace


@pytest.fixture(scope="module")
def tree(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ares") / "data"
    publish_ares(workspace, release.find(workspace, "current"), root, Settings())
    return root


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_portal_files_are_accepted(workspace: Workspace, tmp_path: Path) -> None:
    found = release.find(workspace, "current")
    written = publish_network(workspace, found, tmp_path, Settings())
    assert [path.name[:17] for path in written.files] == ["catalogue_results", "dashboard_export_"]
    for path in written.files:
        with path.open(encoding="utf-8", newline="") as handle:
            lines = list(csv.reader(handle))
        assert refusals(lines) == []
        assert len(lines) > 100
        counts = {int(line[6]) for line in lines[1:] if int(line[0]) < 2_000_000}
        # Nothing below the smallest count that may be shown.
        assert min(counts) >= 11


def test_the_tree_has_what_each_page_of_ares_needs(tree: Path) -> None:
    (folder,) = [path for path in (tree / "SNDS").iterdir() if path.is_dir()]
    needed = (
        *("person.json", "observationperiod.json", "death.json", "dq-result.json"),
        *("achilles-performance.csv", "quality-completeness.csv", "metadata.csv", "cdmsource.csv"),
        *("datadensity-total.csv", "datadensity-records-per-person.csv", "domain-issues.csv"),
        *("records-by-domain.csv", "temporal-characterization.csv", "domain-summary-provider.csv"),
    )
    assert [name for name in needed if not (folder / name).is_file()] == []
    for name in ("index.json", "network-performance.csv", "notes.json", "SNDS/notes.json"):
        assert (tree / name).is_file(), name
    # Ares shows no concept page whose domain has no issue file, and no issue of another case.
    assert files.read_csv(folder / "domain-issues.csv") == [
        {"cdm_table_name": "drug_exposure", "count_failed": "1"}
    ]


def test_the_person_page_has_its_two_first_rows(tree: Path) -> None:
    (person,) = tree.glob("SNDS/*/person.json")
    summary = read(person)["SUMMARY"]
    assert [row["ATTRIBUTE_NAME"] for row in summary] == ["Source name", "Number of persons"]
    assert summary[1]["ATTRIBUTE_VALUE"] == "120"
    assert {row["CONCEPT_NAME"] for row in read(person)["GENDER_DATA"]} == {"MALE", "FEMALE"}


def test_every_concept_of_a_summary_has_a_file(tree: Path) -> None:
    (folder,) = [path for path in (tree / "SNDS").iterdir() if path.is_dir()]
    listed = files.read_csv(folder / "domain-summary-drug_exposure.csv")
    assert listed
    for row in listed:
        content = read(folder / "concepts" / "drug_exposure" / f"concept_{row['CONCEPT_ID']}.json")
        assert content["CONCEPT_NAME"] == [row["CONCEPT_NAME"]]
        assert content["CDM_TABLE_NAME"] == ["DRUG_EXPOSURE"]
        assert content["PREVALENCE_BY_MONTH"]
        assert {"CONCEPT_NAME", "COUNT_VALUE"} == set(content["DRUGS_BY_TYPE"][0])


def test_the_index_names_the_release(tree: Path) -> None:
    (source,) = read(tree / "index.json")["sources"]
    assert (source["cdm_source_key"], source["count_releases"]) == ("SNDS", 1)
    assert source["average_update_interval_days"] == "n/a"
    (listed,) = source["releases"]
    assert (listed["release_id"], listed["count_person"]) == ("20221231", 120)
    assert (listed["count_data_quality_issues"], listed["count_data_quality_checks"]) == (1, 2)


def test_earlier_releases_stay_and_come_later_in_the_index(tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(tree, root)
    earlier = root / "SNDS" / "20221201"
    shutil.copytree(root / "SNDS" / "20221231", earlier)
    document = read(earlier / "dq-result.json")
    document["Metadata"][0]["cdmReleaseDate"] = "2022-12-01"
    files.write_json(earlier / "dq-result.json", document)
    write_index(root)
    (source,) = read(root / "index.json")["sources"]
    assert [found["release_id"] for found in source["releases"]] == ["20221231", "20221201"]
    assert source["average_update_interval_days"] == 30
    history = read(root / "SNDS" / "data-source-history-index.json")["domainRecords"]
    assert {row["release_date"] for row in history} == {"2022-12-01", "2022-12-31"}


@pytest.mark.parametrize("content", ["", '{"CheckResults": [', "[]", '{"CheckResults": []}'])
def test_damaged_results_in_the_folder_are_named(tree: Path, tmp_path: Path, content: str) -> None:
    root = tmp_path / "data"
    shutil.copytree(tree, root)
    (root / "SNDS" / "20221231" / "dq-result.json").write_text(content, encoding="utf-8")
    with pytest.raises(SndsOmopError, match=r"SO-136.*20221231/dq-result\.json"):
        write_index(root)


@pytest.mark.parametrize("publish", [publish_ares, publish_network], ids=["ares", "network"])
def test_real_data_of_a_site_without_names_are_refused(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish: Any
) -> None:
    monkeypatch.setattr("etl.publish.site.is_synthetic", lambda delivery: False)
    found = release.find(workspace, "current")
    with pytest.raises(SndsOmopError, match=r"SO-140.*source\.abbreviation"):
        publish(workspace, found, tmp_path / "data", Settings())
    assert not (tmp_path / "data").exists()


def test_a_release_without_dqd_results_is_refused(tmp_path: Path) -> None:
    workspace = released(tmp_path / "workspace")
    (workspace.quality / "dq-result.json").unlink(missing_ok=True)
    build_candidate(workspace, salt=5, quality=False)
    found = release.create(workspace, Settings())
    with pytest.raises(SndsOmopError, match="SO-903"):
        publish_ares(workspace, found, tmp_path / "data", Settings())
