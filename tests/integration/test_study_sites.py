"""The studies of the documents on three synthetic sites, and their pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import REPOSITORY, Command
from tests.summarised_format import faults, read_result

pytest.importorskip("circe", reason="needs ohdsi-circepy (extra `study`)")
pytestmark = pytest.mark.slow

STUDIES = REPOSITORY / "docs" / "studies"
NEEDED_PERSONS = 11


@pytest.fixture(scope="module")
def sites(
    demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory, command: Command
) -> dict[str, Path]:
    """Three workspaces: the demo, and two of other persons that have stated their names."""
    found = {"SNDS": demo_workspace}
    for name, seed in (("SITE_B", "8"), ("SITE_C", "9")):
        folder = tmp_path_factory.mktemp(name)
        config = folder / "snds-omop.toml"
        config.write_text(f'[source]\nabbreviation = "{name}"\n', encoding="utf-8")
        workspace = folder / "workspace"
        code, _, errors = command(
            "--workspace", workspace, "--config", config, "demo", "--persons", "60",
            "--seed", seed,
        )  # fmt: skip
        assert code == 0, errors
        found[name] = workspace
    return found


def run(command: Command, workspace: Path, study: str, folder: Path) -> Path:
    code, answer, errors = command(
        "--workspace", workspace, "study", "run", STUDIES / study, "--share", folder,
        "--name", study, "--accept", "empty",
    )  # fmt: skip
    assert code == 0, errors
    return Path(answer["file"])


@pytest.fixture(scope="module")
def pooled(
    sites: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, command: Command
) -> dict[str, list[dict[str, str]]]:
    found = {}
    for study in ("phenotypes", "drug_use"):
        folder = tmp_path_factory.mktemp(study)
        archives = [run(command, workspace, study, folder) for workspace in sites.values()]
        code, answer, errors = command(
            "study", "pool", *archives, "--output", folder / "pool.csv", cwd=folder
        )
        assert code == 0, errors
        assert answer["sites"].keys() == sites.keys()
        found[study] = read_result(folder / "pool.csv")
    return found


@pytest.mark.parametrize("study", ["phenotypes", "drug_use"])
def test_the_pool_is_a_summarised_result_of_all_sites(
    pooled: dict[str, list[dict[str, str]]], study: str, sites: dict[str, Path]
) -> None:
    assert list(faults(pooled[study])) == []
    assert {row["cdm_name"] for row in pooled[study]} == {*sites, "pooled", "NA"}
    cohorts = {path.stem for path in (STUDIES / study).iterdir()}
    named = {row["group_level"] for row in pooled[study] if row["group_name"] == "cohort_name"}
    assert named == cohorts


def values(rows: list[dict[str, str]], **wanted: str) -> dict[str, str]:
    """Value by site, and of the pool."""
    return {
        row["cdm_name"]: row["estimate_value"]
        for row in rows
        if all(row[name] == one for name, one in wanted.items())
    }


def persons(workspace: Path, query: str) -> int:
    """A count of its own, on the release's file: no code of `study` is in it."""
    database = workspace / "releases" / "current" / "omop.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def up_to_ten(count: int) -> str:
    return "-" if count < NEEDED_PERSONS else str(-(-count // 10) * 10)


OF_CONCEPT = (
    "select count(distinct e.person_id) from cdm.{table} as e "
    "inner join cdm.observation_period as o on e.person_id = o.person_id "
    "and e.{date} between o.observation_period_start_date and o.observation_period_end_date "
    "where e.{stem}_concept_id in "
    "(select descendant_concept_id from cdm.concept_ancestor where ancestor_concept_id in ({ids}))"
)
DRUG: dict[str, Any] = {
    "table": "drug_exposure", "date": "drug_exposure_start_date", "stem": "drug",
}  # fmt: skip
SIMPLE = [
    ("drug_use", "paracetamol", OF_CONCEPT.format(**DRUG, ids=1125315)),
    ("phenotypes", "amoxicillin", OF_CONCEPT.format(**DRUG, ids=1713332)),
    (
        "phenotypes",
        "complete_blood_count",
        OF_CONCEPT.format(
            table="measurement", date="measurement_date", stem="measurement", ids=4132152
        ),
    ),
    (
        "phenotypes",
        "emergency_visit",
        OF_CONCEPT.format(
            table="visit_occurrence", date="visit_start_date", stem="visit", ids="9203, 262"
        ),
    ),
    (
        "phenotypes",
        "hypertension",
        OF_CONCEPT.format(
            table="condition_occurrence", date="condition_start_date", stem="condition",
            ids=320128,
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("study", "cohort", "query"), SIMPLE, ids=[one[1] for one in SIMPLE])
def test_persons_are_those_of_a_plain_query(
    sites: dict[str, Path],
    pooled: dict[str, list[dict[str, str]]],
    study: str,
    cohort: str,
    query: str,
) -> None:
    exact = {name: persons(workspace, query) for name, workspace in sites.items()}
    found = values(
        pooled[study],
        result_id="1",
        group_level=cohort,
        strata_level="overall",
        variable_name="Number subjects",
    )
    expected = {name: up_to_ten(count) for name, count in exact.items()}
    whole = "-" not in expected.values()
    expected["pooled"] = str(sum(map(int, expected.values()))) if whole else "-"
    assert found == expected
    assert any(count >= NEEDED_PERSONS for count in exact.values())


def test_pooled_rates_come_from_what_is_pooled(pooled: dict[str, list[dict[str, str]]]) -> None:
    year = "2020-01-01 &&& 2020-12-31 &&& years"
    place = {
        "group_level": "observed_persons &&& paracetamol",
        "strata_level": "overall",
        "additional_level": year,
    }
    rows = pooled["drug_use"]
    people = values(rows, **place, result_id="4", estimate_name="denominator_count")
    cases = values(rows, **place, result_id="4", estimate_name="outcome_count")
    assert "-" not in {*people.values(), *cases.values()}
    sites = [name for name in people if name != "pooled"]
    assert int(people["pooled"]) == sum(int(people[name]) for name in sites)
    # each site's count is the middle of ten: 4.5 less
    share = (sum(int(cases[name]) - 4.5 for name in sites)) / sum(
        int(people[name]) - 4.5 for name in sites
    )
    found = values(rows, **place, result_id="4", estimate_name="prevalence")
    assert float(found["pooled"]) == pytest.approx(share, abs=1e-5)
    least, most = sorted(float(found[name]) for name in sites)[:: len(sites) - 1]
    assert least <= float(found["pooled"]) <= most


def test_a_count_that_one_site_hides_is_hidden_in_the_pool(
    pooled: dict[str, list[dict[str, str]]],
) -> None:
    by_place: dict[tuple[str, ...], dict[str, str]] = {}
    for row in pooled["phenotypes"]:
        if row["estimate_type"] == "integer":
            key = tuple(v for n, v in row.items() if n not in ("cdm_name", "estimate_value"))
            by_place.setdefault(key, {})[row["cdm_name"]] = row["estimate_value"]
    hidden = [one for one in by_place.values() if "-" in one.values()]
    assert hidden
    assert all(one["pooled"] == "-" for one in hidden)
