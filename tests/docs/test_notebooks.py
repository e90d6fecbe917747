"""The Python notebook runs and counts what the answer key holds; the R notebook asks the same."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
PYTHON, R = NOTEBOOKS / "study-python.ipynb", NOTEBOOKS / "study-r.ipynb"
FIRST, LAST = date(2018, 1, 1), date(2022, 12, 31)


def cells(path: Path, kind: str) -> list[str]:
    content = json.loads(path.read_text("utf-8"))
    return ["".join(one["source"]) for one in content["cells"] if one["cell_type"] == kind]


@pytest.fixture(scope="module")
def executed(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the cells leave behind, executed in their order next to a workspace."""
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "workspace").symlink_to(demo_workspace)
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for cell in cells(PYTHON, "code"):
            exec(cell, names)  # noqa: S102
    yield names
    names["base"].close()


@pytest.fixture(scope="module")
def entries(demo_workspace: Path) -> dict[str, date]:
    """First diagnosis E11 of each person within observation, from the answer key alone."""
    answers = demo_workspace / "demo-answers"
    events, persons = (
        pl.read_csv(answers / f"{name}.csv", separator=";", infer_schema=False)
        for name in ("conditions", "persons")
    )
    day = "%d/%m/%Y"
    known = events.filter(pl.col("code").str.starts_with("E11")).join(persons, on="person_key")
    known = known.with_columns(
        day=pl.col("start_date").str.to_date(day),
        end=pl.min_horizontal(pl.col("death_date").str.to_date(day).fill_null(LAST), pl.lit(LAST)),
    ).filter(pl.col("day").is_between(FIRST, pl.col("end")))
    first = known.group_by("person_key").agg(pl.col("day").min())
    return dict(first.iter_rows())


@pytest.mark.slow
def test_the_cohort_has_the_persons_of_the_answer_key(
    executed: dict[str, Any], entries: dict[str, date]
) -> None:
    assert sorted(executed["diabetes"]["entry"].dt.date) == sorted(entries.values()) != []
    assert executed["who"]["persons"].sum() == len(entries)


@pytest.mark.slow
def test_new_cases_by_year_are_those_of_the_answer_key(
    executed: dict[str, Any], entries: dict[str, date]
) -> None:
    expected = {
        year: sum(day.year == year for day in entries.values()) for year in range(2019, 2023)
    }
    incidence = executed["incidence"]
    assert dict(zip(incidence["year"], incidence["new_cases"], strict=True)) == expected
    assert sum(expected.values()) > 0


@pytest.mark.slow
def test_time_at_risk_is_that_of_a_count_person_by_person(
    executed: dict[str, Any], demo_workspace: Path
) -> None:
    known = dict(executed["diabetes"].itertuples(index=False))
    release = demo_workspace / "releases" / "current" / "omop.duckdb"
    with duckdb.connect(str(release), read_only=True) as base:
        periods = base.execute(
            "select person_id, observation_period_start_date, observation_period_end_date"
            " from cdm.observation_period"
        ).fetchall()
    for year, shown in zip(
        executed["incidence"]["year"], executed["incidence"]["person_years"], strict=True
    ):
        days = 0
        for person, start, end in periods:
            first = max(start + timedelta(days=365), date(year, 1, 1))
            last = min(end, date(year, 12, 31))
            if person in known:
                last = min(last, known[person].date())
            days += max(0, (last - first).days + 1)
        assert shown == pytest.approx(days / 365.25, abs=0.06)


@pytest.mark.slow
def test_the_chart_draws_the_incidence(executed: dict[str, Any]) -> None:
    drawn = executed["chart"].to_dict()
    assert drawn["encoding"]["y"]["field"] == "per_1000_person_years"
    assert len(next(iter(drawn["datasets"].values()))) == 4


def questions(path: Path) -> list[str]:
    """SQL of several lines."""
    found = re.findall(r'"(\n    .*?\n)"', "\n".join(cells(path, "code")), re.DOTALL)
    assert found
    return found


def test_both_notebooks_ask_the_same() -> None:
    r = [
        text for cell in cells(R, "code") for text in re.findall(r'(\n    .*\n)"', cell, re.DOTALL)
    ]
    assert r == questions(PYTHON)


def test_the_r_notebook_is_marked_as_not_executed() -> None:
    content = json.loads(R.read_text("utf-8"))
    assert content["metadata"]["snds_omop"] == {"executed": False}
    first = cells(R, "markdown")[0]
    assert "**Not executed.**" in first
    assert "***Non exécuté.***" in first


@pytest.mark.parametrize("path", [PYTHON, R], ids=["python", "r"])
def test_no_notebook_is_committed_with_output(path: Path) -> None:
    content = json.loads(path.read_text("utf-8"))
    assert all(cell.get("outputs", []) == [] for cell in content["cells"])
    assert content["nbformat"] == 4


@pytest.mark.parametrize("picture", sorted((NOTEBOOKS.parent / "images").rglob("*.png")))
def test_a_picture_of_the_documents_is_small(picture: Path) -> None:
    assert picture.stat().st_size <= 200_000
