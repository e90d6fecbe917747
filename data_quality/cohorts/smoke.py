"""Runs the cohorts on a candidate and compares their sizes with the release in use."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from data_quality.cohorts.counting import count_persons
from data_quality.cohorts.definition import cohorts
from data_quality.engine.candidate import opened
from etl.settings import Settings
from etl.workspace import Workspace

FILE = "cohorts.json"
BAND = 0.2
"""A cohort is stable when its share of persons moved by less than a fifth of itself."""


@dataclass(frozen=True, slots=True)
class CohortResult:
    """One cohort in one release. Counts are exact: the file stays in the closed zone."""

    id: str
    group: str
    title: dict[str, str]
    persons: int
    population: int
    previous_persons: int | None
    previous_population: int | None
    stable: bool | None
    """None when there is nothing to compare with."""


def run_cohorts(workspace: Workspace, settings: Settings) -> list[CohortResult]:
    """Count every cohort of the candidate; write ``quality/cohorts.json``.

    Raises:
        SndsOmopError: SO-106 without a candidate.
    """
    before = _previous(workspace)
    with opened(workspace.candidate, settings.engine, workspace.build / "tmp") as candidate:
        population = int(candidate.rows("select count(*) from cdm.person")[0][0])
        results = []
        for cohort in cohorts():
            persons = count_persons(candidate.connection, cohort)
            known = before.get(cohort.id, {})
            results.append(
                CohortResult(
                    id=cohort.id,
                    group=cohort.group,
                    title={str(lang): title for lang, title in cohort.title.items()},
                    persons=persons,
                    population=population,
                    previous_persons=known.get("persons"),
                    previous_population=known.get("population"),
                    stable=is_stable(
                        (persons, population), (known.get("persons"), known.get("population"))
                    ),
                )
            )
    text = json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=1)
    workspace.quality.mkdir(parents=True, exist_ok=True)
    (workspace.quality / FILE).write_text(text + "\n", encoding="utf-8")
    return results


def is_stable(now: tuple[int, int], before: tuple[int | None, int | None]) -> bool | None:
    """Whether a cohort's share of the population kept within the band.

    Args:
        now: persons of the cohort and of the population.
        before: the same in the release in use, None when unknown.
    """
    persons, population = now
    old_persons, old_population = before
    if old_persons is None or not old_population or not population:
        return None
    share, old_share = persons / population, old_persons / old_population
    return abs(share - old_share) <= BAND * old_share


def _previous(workspace: Workspace) -> dict[str, dict[str, Any]]:
    file = workspace.current / "quality" / FILE
    if not file.is_file():
        return {}
    return {entry["id"]: entry for entry in json.loads(file.read_text(encoding="utf-8"))}
