"""`study run` on a release of 120 persons that are arithmetic: answers are known by hand."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from etl import release
from etl.cli import execute
from etl.errors import SndsOmopError
from etl.publish.memory import read_memory
from etl.settings import Settings
from etl.study.pool import pool, read_archive
from etl.study.run import Study, run_study
from etl.workspace import Workspace
from tests.small_candidate import key_of, released_site
from tests.summarised_format import faults, read_result
from tests.unit.study.test_study_definitions import expression

DIABETES, METFORMIN = 201826, 1503297
ALL_BUT_FIVE = (
    "select person_id, observation_period_start_date as cohort_start_date, "
    "observation_period_end_date as cohort_end_date from cdm.observation_period "
    "where person_id > 5"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return released_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def workspace(tmp_path: Path, site: Path) -> Workspace:
    shutil.copytree(site, tmp_path / "workspace", symlinks=True)
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """30 persons with diabetes; those of them with metformin: 10; all of 120 but 5."""
    folder = tmp_path / "definitions"
    folder.mkdir()
    diabetes = expression(DIABETES)
    (folder / "diabetes.json").write_text(json.dumps(diabetes), encoding="utf-8")
    treated = expression(DIABETES, rules=1)
    drug = {"concept": {"CONCEPT_ID": METFORMIN}, "includeDescendants": True}
    treated["ConceptSets"].append({"id": 1, "name": "m", "expression": {"items": [drug]}})
    (rule,) = treated["InclusionRules"]
    rule["name"] = "metformin at any time"
    (criterion,) = rule["expression"]["CriteriaList"]
    criterion["Criteria"] = {"DrugExposure": {"CodesetId": 1}}
    criterion["StartWindow"] = {"Start": {"Coeff": -1}, "End": {"Coeff": 1}, "UseEventEnd": False}
    (folder / "treated.json").write_text(json.dumps(treated), encoding="utf-8")
    (folder / "nearly_all.sql").write_text(ALL_BUT_FIVE, encoding="utf-8")
    return folder


def run(workspace: Workspace, definitions: Path, output: Path, **options: Any) -> Study:
    found = release.find(workspace, "current")
    return run_study(workspace, found, [definitions], output, Settings(), **options)


def rows_of(study: Study, folder: Path) -> list[dict[str, str]]:
    with zipfile.ZipFile(study.file) as archive:
        archive.extractall(folder)
    (result,) = folder.glob("results_*.csv")
    return read_result(result)


def value(rows: list[dict[str, str]], **wanted: str) -> str:
    (found,) = [row for row in rows if all(row[name] == one for name, one in wanted.items())]
    return found["estimate_value"]


def in_2019(rows: list[dict[str, str]], result: str, cohort: str, estimate: str, sex: str) -> str:
    word = "incidence" if result == "3" else "prevalence"
    return value(
        rows,
        result_id=result,
        group_level=f"observed_persons &&& {cohort}",
        strata_level=sex,
        estimate_name=estimate,
        additional_name=f"{word}_start_date &&& {word}_end_date &&& analysis_interval",
        additional_level="2019-01-01 &&& 2019-12-31 &&& years",
    )


@pytest.fixture
def rows(workspace: Workspace, definitions: Path, tmp_path: Path) -> list[dict[str, str]]:
    pytest.importorskip("circe", reason="needs ohdsi-circepy (extra `study`)")
    study = run(workspace, definitions, tmp_path / "out", accept=["concepts"])
    return rows_of(study, tmp_path / "unpacked")


def test_what_is_shown_is_what_was_computed_by_hand(rows: list[dict[str, str]]) -> None:
    assert list(faults(rows)) == []
    cohort = {"result_id": "1", "group_level": "diabetes"}
    subjects = {**cohort, "variable_name": "Number subjects"}
    assert value(rows, **subjects, strata_level="overall") == "30"
    # 15 each, rounded up
    assert value(rows, **subjects, strata_level="Female") == "20"
    assert value(rows, **subjects, strata_level="Male") == "20"
    assert value(rows, **subjects, strata_name="year", strata_level="2019") == "30"
    # 120 persons observed after 365 days; each of 30 enters after its own start
    assert in_2019(rows, "3", "diabetes", "denominator_count", "overall") == "120"
    assert in_2019(rows, "3", "diabetes", "outcome_count", "overall") == "30"
    assert in_2019(rows, "3", "diabetes", "outcome_count", "Male") == "20"
    # 90 persons from day j to 31 December (26,145 days), 30 until they enter (465 days)
    assert in_2019(rows, "3", "diabetes", "person_days", "overall") == "26600"
    assert in_2019(rows, "3", "diabetes", "person_years", "overall") == "72.827"
    # (30 - 4.5) / 72.827 years
    rate = float(in_2019(rows, "3", "diabetes", "incidence_100000_pys", "overall"))
    assert rate == pytest.approx(35014.2, abs=1)
    share = float(in_2019(rows, "4", "diabetes", "prevalence", "overall"))
    assert share == pytest.approx(25.5 / 115.5, abs=1e-5)


def test_the_interval_covers_every_count_that_is_rounded_to_the_one_shown(
    rows: list[dict[str, str]],
) -> None:
    lower, upper = (
        float(in_2019(rows, "3", "diabetes", f"incidence_100000_pys_95CI_{end}", "overall"))
        for end in ("lower", "upper")
    )
    # R: qchisq(0.025, 2 * 21) / 2 = 12.99933, qchisq(0.975, 2 * 31) / 2 = 42.82686
    years = 26600 / 365.25
    assert lower == pytest.approx(12.99933 / years * 1e5, rel=1e-4)
    assert upper == pytest.approx(42.82686 / years * 1e5, rel=1e-4)


def test_ten_persons_are_hidden_with_what_would_give_them_back(
    rows: list[dict[str, str]],
) -> None:
    treated = {"result_id": "2", "group_level": "treated"}
    assert value(rows, **treated, variable_name="number_subjects", additional_level="1") == "30"
    for variable in ("number_subjects", "excluded_subjects"):
        assert value(rows, **treated, variable_name=variable, additional_level="2") == "-"
    overall = {"group_level": "treated", "strata_name": "overall"}
    assert value(rows, **overall, result_id="1", variable_name="Number subjects") == "-"
    assert in_2019(rows, "3", "treated", "outcome_count", "overall") == "-"
    assert in_2019(rows, "3", "treated", "incidence_100000_pys", "overall") == "-"
    assert in_2019(rows, "3", "treated", "denominator_count", "overall") == "120"


def test_all_but_five_are_not_shown_next_to_all(rows: list[dict[str, str]]) -> None:
    assert in_2019(rows, "4", "nearly_all", "denominator_count", "overall") == "120"
    assert in_2019(rows, "4", "nearly_all", "outcome_count", "overall") == "-"
    assert in_2019(rows, "4", "nearly_all", "prevalence", "overall") == "-"


def test_no_count_is_small_and_zero_looks_like_hidden(rows: list[dict[str, str]]) -> None:
    counts = {row["estimate_value"] for row in rows if row["estimate_type"] == "integer"}
    assert "-" in counts
    assert "0" not in counts
    assert all(int(count) >= 11 and int(count) % 10 == 0 for count in counts - {"-"})


def test_the_archive_is_signed_and_states_what_was_run(
    workspace: Workspace, definitions: Path, tmp_path: Path
) -> None:
    pytest.importorskip("circe", reason="needs ohdsi-circepy (extra `study`)")
    found = release.find(workspace, "current")
    study = run(workspace, definitions, tmp_path / "out", accept=["concepts"])
    with zipfile.ZipFile(study.file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    key_of(found).verify(content["MANIFEST.json.sig"], content["MANIFEST.json"])
    with pytest.raises(InvalidSignature):
        key_of(found).verify(content["MANIFEST.json.sig"], content["MANIFEST.json"] + b" ")
    manifest = json.loads(content["MANIFEST.json"])
    assert manifest["release_id"] == found.id
    assert manifest["site"]["abbreviation"] == "SITE_A"
    assert {one["file"]: one["sha256"] for one in manifest["definitions"]} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in definitions.iterdir()
    }
    assert {name: hashlib.sha256(content[name]).hexdigest() for name in manifest["files"]} == (
        manifest["files"]
    )
    assert set(content) == {
        *manifest["files"], "MANIFEST.json", "MANIFEST.json.sig", "public-key.pem",
    }  # fmt: skip
    # the same again: the same result, and the memory holds no second entry
    before = read_memory(workspace)
    again = run(workspace, definitions, tmp_path / "again", accept=["concepts"])
    with zipfile.ZipFile(again.file) as archive:
        assert archive.read("results_SITE_A.csv") == content["results_SITE_A.csv"]
    assert read_memory(workspace) == before
    assert {name for name, _ in before} == {"study"}


def test_a_study_that_is_refused_leaves_nothing(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none.sql").write_text(f"{ALL_BUT_FIVE} and false", encoding="utf-8")
    command = ["--workspace", str(workspace.root), "study", "run"]
    assert execute([*command, str(tmp_path / "none.sql")]) == 2
    assert "SO-164 a cohort is empty: none" in capsys.readouterr().err
    assert not (workspace.root / "studies").exists()
    assert execute([*command, str(tmp_path / "none.sql"), "--accept", "empty"]) == 0
    assert execute([*command, str(tmp_path / "none.sql"), "--accept", "empty"]) == 2
    assert "SO-114" in capsys.readouterr().err
    (tmp_path / "all.sql").write_text("select * from cdm.person", encoding="utf-8")
    assert execute([*command, str(tmp_path / "all.sql"), "--name", "other"]) == 5
    assert "SO-504" in capsys.readouterr().err
    assert execute([*command, str(tmp_path / "none.sql"), "--release", "nothing"]) == 2
    assert "SO-107" in capsys.readouterr().err
    assert execute(command) == 2
    assert "SO-160" in capsys.readouterr().err


def test_absent_concepts_stop_a_study_unless_they_are_accepted(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("circe", reason="needs ohdsi-circepy (extra `study`)")
    path = tmp_path / "unknown.json"
    path.write_text(json.dumps(expression(999_999_999)), encoding="utf-8")
    command = ["--workspace", str(workspace.root), "study", "run", "--cohorts", str(path)]
    assert execute(command) == 2
    assert "SO-161" in (shown := capsys.readouterr().err) and "999999999" in shown
    assert execute(["--json", *command, "--accept", "concepts", "--accept", "empty"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["absent_concepts"] == {"unknown": [999_999_999]}


def test_archives_that_do_not_belong_together_are_not_pooled(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "most.sql").write_text(ALL_BUT_FIVE, encoding="utf-8")
    first = read_archive(run(workspace, tmp_path / "most.sql", tmp_path / "a").file)
    for archives in ([first], [first, first]):
        with pytest.raises(SndsOmopError, match="SO-165"):
            pool(archives, tmp_path / "pool.csv")
    other = run(workspace, tmp_path / "most.sql", tmp_path / "b", prior_observation=0)
    second = read_archive(other.file)
    second.manifest["site"]["abbreviation"] = "B"
    with pytest.raises(SndsOmopError, match="SO-165"):
        pool([first, second], tmp_path / "pool.csv")
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(other.file) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"120", b"130") if "results" in name else content)
    with pytest.raises(SndsOmopError, match="SO-904"):
        read_archive(changed)
    (tmp_path / "no.zip").write_bytes(b"no")
    with pytest.raises(SndsOmopError, match="SO-165"):
        read_archive(tmp_path / "no.zip")
