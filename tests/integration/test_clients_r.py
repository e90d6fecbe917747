"""R's own packages open a release; IncidencePrevalence and `study run` count the same.

Skipped where R lacks duckdb, CDMConnector or IncidencePrevalence: neither PyPI nor the closed zone
of a test machine has them.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from etl.publish.source import CATALOG
from etl.study.cohorts import COHORT, SCHEMA, Cohort
from etl.study.estimates import Figures, Yearly, figures

HERE = Path(__file__).parent
NOTEBOOK = HERE.parents[1] / "docs" / "notebooks" / "study-r.ipynb"
PACKAGES = ("duckdb", "CDMConnector", "IncidencePrevalence", "ggplot2")
NAMES = {1: "one", 2: "two", 3: "three"}
PRIOR = (0, 365)

Key = tuple[str, str, int, int, str]
"""Kind, cohort, days of prior observation, year and sex."""


def has_packages() -> bool:
    program = shutil.which("Rscript")
    if program is None:
        return False
    asked = "; ".join(f"stopifnot(requireNamespace('{name}', quietly = TRUE))" for name in PACKAGES)
    return subprocess.run([program, "-e", asked], capture_output=True, timeout=120).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_packages(), reason=f"needs R with {', '.join(PACKAGES)}"),
]


def run_r(*arguments: str | Path, folder: Path) -> str:
    done = subprocess.run(
        ["Rscript", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=1800,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def release_file(demo_workspace: Path) -> Path:
    return (demo_workspace / "releases" / "current" / "omop.duckdb").resolve()


@pytest.fixture(scope="module")
def answers(release_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of what R wrote."""
    folder = tmp_path_factory.mktemp("r")
    run_r(HERE / "darwin.R", release_file, folder, folder=folder)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def expected(folder: Path) -> dict[Key, tuple[int, ...]]:
    """Denominator and outcome (and person-days) as IncidencePrevalence exports them."""
    found: dict[Key, dict[str, str]] = defaultdict(dict)
    for kind in ("incidence", "prevalence"):
        content = rows(folder / f"{kind}.csv")
        settings: dict[str, dict[str, str]] = defaultdict(dict)
        for row in content:
            if row["variable_name"] == "settings":
                settings[row["result_id"]][row["estimate_name"]] = row["estimate_value"]
        for row in content:
            of = settings[row["result_id"]]
            if row["variable_name"] == "settings" or of["result_type"] != kind:
                continue
            prior = int(of["denominator_days_prior_observation"])
            cohort = row["group_level"].split(" &&& ")[1]
            year = int(row["additional_level"][:4])
            key = (kind, cohort, prior, year, of["denominator_sex"])
            found[key][row["estimate_name"]] = row["estimate_value"]
    counted = ("denominator_count", "outcome_count", "person_days")
    return {
        key: tuple(int(values[name]) for name in counted if name in values)
        for key, values in found.items()
    }


def ours(release_file: Path, folder: Path) -> dict[Key, tuple[int, ...]]:
    """The same by :mod:`etl.study.estimates`, of the cohorts that R made."""
    found: dict[Key, tuple[int, ...]] = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{release_file}' as {CATALOG} (read_only)")
        connection.execute(f"create schema {SCHEMA}")
        connection.execute(f"create table {COHORT} as from read_csv('{folder}/cohorts.csv')")
        made = [cast(Cohort, SimpleNamespace(number=n, name=name)) for n, name in NAMES.items()]
        for prior in PRIOR:
            for name, one in figures(connection, made, prior).items():
                found |= of_cohort(name, one, prior)
    return found


def of_cohort(name: str, one: Figures, prior: int) -> dict[Key, tuple[int, ...]]:
    """Prevalence asks for no prior observation: it is compared once."""
    found: dict[Key, tuple[int, ...]] = {}
    kinds: list[tuple[str, dict[tuple[int, str], Yearly]]] = [("incidence", one.incidence)]
    if prior == 0:
        kinds.append(("prevalence", one.prevalence))
    for kind, yearly in kinds:
        for year in {year for year, _ in yearly}:
            for sex in ("Both", "Male", "Female"):
                parts = [v for (y, s), v in yearly.items() if y == year and sex in ("Both", s)]
                days = (sum(part.days for part in parts),) if kind == "incidence" else ()
                persons = sum(part.denominator for part in parts)
                found[kind, name, prior, year, sex] = (
                    persons, sum(part.outcome for part in parts), *days,
                )  # fmt: skip
    return found


def test_cdmconnector_opens_a_release_and_takes_a_snapshot(
    answers: Path, release_file: Path
) -> None:
    [snapshot] = rows(answers / "snapshot.csv")
    with duckdb.connect(str(release_file), read_only=True) as release:
        source: Any = release.execute(
            "select cdm_source_name, cdm_version, vocabulary_version,"
            " (select count(*) from cdm.person) from cdm.cdm_source"
        ).fetchone()
    stated = ("cdm_source_name", "cdm_version", "vocabulary_version", "person_count")
    assert [snapshot[name] for name in stated] == [str(value) for value in source]


def test_incidence_and_prevalence_equal_those_of_incidenceprevalence(
    answers: Path, release_file: Path
) -> None:
    theirs = expected(answers)
    found = ours(release_file, answers)
    assert len(found) >= 100
    assert {key: theirs.get(key) for key in found} == found
    assert sum(value[1] for value in found.values()) > 50, "the cohorts are all but empty"


def test_the_notebook_in_r_runs_as_it_is(demo_workspace: Path, tmp_path: Path) -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    (tmp_path / "workspace").symlink_to(demo_workspace)
    (tmp_path / "notebook.R").write_text("\n".join(code), "utf-8")
    assert "persons" in run_r("notebook.R", folder=tmp_path)
