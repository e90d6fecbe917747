"""Two bundles of Athena, each from its load to a release, and what the second one moved.

The second bundle replaces a drug, maps a diagnosis elsewhere, moves an act to another domain and
changes a class. What must move is counted in the first release, before the second one is built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.athena_bundle import MAPPED_CODE, REMAPPED, REPLACEMENT, AthenaBundle

HYPERTENSION, RAMIPRIL, ECG, CHEST_X_RAY = 320128, 1334456, 4145308, 4163872


def first(demo: Path) -> AthenaBundle:
    bundle = AthenaBundle(demo, "v5.0 27-FEB-25")
    bundle.concept(MAPPED_CODE, "I10", "Condition", "ICD10", None)
    bundle.relate(MAPPED_CODE, "Maps to", HYPERTENSION)
    return bundle


def second(demo: Path) -> AthenaBundle:
    bundle = AthenaBundle(demo, "v5.0 28-AUG-25")
    bundle.concept(MAPPED_CODE, "I10", "Condition", "ICD10", None)
    bundle.concept(REMAPPED, "Hypertension, of the second bundle", "Condition", "SNOMED", "S")
    bundle.relate(MAPPED_CODE, "Maps to", REMAPPED)
    bundle.concept(REPLACEMENT, "ramipril, of the second bundle", "Drug", "RxNorm", "S")
    bundle.run(
        f"""
        update concept
        set standard_concept = null, invalid_reason = 'U', valid_end_date = '2025-08-01'
        where concept_id = {RAMIPRIL};
        delete from concept_ancestor
        where {RAMIPRIL} in (ancestor_concept_id, descendant_concept_id);
        insert into concept_ancestor
        values ({REPLACEMENT}, {REPLACEMENT}, 0, 0), ({REMAPPED}, {REMAPPED}, 0, 0);
        update concept set domain_id = 'Measurement' where concept_id = {ECG};
        update concept set concept_class_id = 'Clinical Observation'
        where concept_id = {CHEST_X_RAY};
        """
    )
    for relationship in ("Concept replaced by", "Maps to"):
        bundle.relate(RAMIPRIL, relationship, REPLACEMENT)
    return bundle


def counts(release: Path) -> dict[str, int]:
    """Records of the concepts that the second bundle touches."""
    with duckdb.connect(str(release / "omop.duckdb"), read_only=True) as connection:
        queries = {
            "hypertension of I10": "condition_occurrence where condition_source_value = 'I10'"
            f" and condition_concept_id = {HYPERTENSION}",
            "new target of I10": f"condition_occurrence where condition_concept_id = {REMAPPED}",
            "ramipril": f"drug_exposure where drug_concept_id = {RAMIPRIL}",
            "its replacement": f"drug_exposure where drug_concept_id = {REPLACEMENT}",
            "ecg, acts": f"procedure_occurrence where procedure_concept_id = {ECG}",
            "ecg, measurements": f"measurement where measurement_concept_id = {ECG}",
            "chest x-rays": f"procedure_occurrence where procedure_concept_id = {CHEST_X_RAY}",
        }
        return {
            name: connection.execute(f"select count(*) from cdm.{query}").fetchall()[0][0]
            for name, query in queries.items()
        }


@dataclass(frozen=True, slots=True)
class TwoReleases:
    before: dict[str, int]
    after: dict[str, int]
    vocabulary: dict[str, Any]
    release: dict[str, Any]


@pytest.fixture(scope="module")
def releases(
    tmp_path_factory: pytest.TempPathFactory, command: Callable[..., tuple[int, Any, str]]
) -> TwoReleases:
    folder = tmp_path_factory.mktemp("two")
    where = ("--workspace", folder / "workspace")

    def answer(*arguments: object) -> dict[str, Any]:
        code, found, errors = command(*where, *arguments)
        assert code == 0, errors
        return found

    answer("synth", "--output", folder / "delivery", "--persons", "60", "--seed", "5")
    answer("vocab", "load")
    demo = (folder / "workspace" / "lake" / "vocabulary").resolve()
    bundles = [first(demo).write(folder / "first"), second(demo).write(folder / "second")]
    made: list[Path] = []
    vocabulary: dict[str, Any] = {}
    for bundle in bundles:
        if made:
            vocabulary = answer("vocab", "diff", *bundles)
        answer("vocab", "load", "--athena", bundle)
        answer("run", "--input", folder / "delivery")
        made.append((folder / "workspace" / "releases" / "current").resolve())
    difference = answer("release", "diff", *(release.name for release in made))
    before, after = (counts(release) for release in made)
    return TwoReleases(before, after, vocabulary, difference)


def test_every_record_moves_where_the_second_bundle_says(releases: TwoReleases) -> None:
    was = releases.before
    assert min(was["hypertension of I10"], was["ramipril"], was["ecg, acts"]) > 0
    assert was["chest x-rays"] > 0
    assert releases.after == {
        "hypertension of I10": 0,
        "new target of I10": was["hypertension of I10"],
        "ramipril": 0,
        "its replacement": was["ramipril"],
        "ecg, acts": 0,
        "ecg, measurements": was["ecg, acts"],
        "chest x-rays": was["chest x-rays"],
    }


@pytest.mark.parametrize(
    ("state", "concept", "count"),
    [
        ("replaced", RAMIPRIL, "ramipril"),
        ("domain changed", ECG, "ecg, acts"),
        ("map changed", HYPERTENSION, "hypertension of I10"),
        ("class changed", CHEST_X_RAY, "chest x-rays"),
    ],
)
def test_vocab_diff_announced_what_moved(
    releases: TwoReleases, state: str, concept: int, count: str
) -> None:
    """Counts under eleven are hidden, and larger ones with them until a sum gives none away."""
    found = [
        change["records"]
        for change in releases.vocabulary["changes"]
        if change["state"] == state and change["conceptId"] == str(concept)
    ]
    shown = [int(records) for records in found if records.isdigit()]
    assert found
    was = releases.before[count]
    assert sum(shown) < was if len(shown) < len(found) else sum(shown) == was


def test_the_difference_of_the_releases_explains_it(releases: TwoReleases) -> None:
    codes = releases.release["mappings"]["codes"]
    moved: dict[tuple[int, ...], int] = {}
    for code in codes:
        key = (*code["before"], *code["after"])
        moved[key] = moved.get(key, 0) + code["records"]
    assert moved == {
        (RAMIPRIL, REPLACEMENT): releases.before["ramipril"],
        (HYPERTENSION, REMAPPED): releases.before["hypertension of I10"],
    }
    by_domain = {
        (row["domain"], row["source_vocabulary"]): row["after"] - row["before"]
        for row in releases.release["mappings"]["coverage"]
    }
    assert by_domain == {
        ("Measurement", "CCAM"): releases.before["ecg, acts"],
        ("Procedure", "CCAM"): -releases.before["ecg, acts"],
    }
    assert releases.release["persons"]["before"] == releases.release["persons"]["after"] == 60
