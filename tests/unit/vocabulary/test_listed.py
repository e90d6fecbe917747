"""Concepts that models name come from the reviewed lists, and from nowhere else."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from etl.resources import dbt_project_dir, vocabularies_dir
from etl.vocabulary import load_demo
from etl.vocabulary.listed import LISTS, loaded_concepts, macro_file, render, reviewed_concepts
from etl.vocabulary.strengths import UNITS
from etl.workspace import Workspace

_CALL = re.compile(r"concept\('(\w+)', '([^']+)'\)")


def models() -> dict[str, str]:
    folder = dbt_project_dir()
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for part in ("models", "macros")
        for path in sorted(folder.joinpath(part).rglob("*.sql"))
        if path != macro_file()
    }


def test_the_macro_is_rendered_from_the_lists() -> None:
    assert macro_file().read_text(encoding="utf-8") == render(), (
        "run `python -m etl.vocabulary.listed`"
    )


def test_models_name_codes_that_the_lists_have() -> None:
    known = reviewed_concepts()
    asked = {
        (path, name, code) for path, text in models().items() for name, code in _CALL.findall(text)
    }
    assert asked
    assert [one for one in asked if one[2] not in known.get(one[1], {})] == []


def test_no_concept_id_is_typed_into_a_model() -> None:
    ids = {id_ for codes in reviewed_concepts().values() for id_ in codes.values() if id_ > 1000}
    typed = []
    for path, text in models().items():
        code = re.sub(r"\{#.*?#\}|--[^\n]*|'[^']*'", "", text, flags=re.DOTALL)
        typed += [(path, n) for n in map(int, re.findall(r"\b\d{4,8}\b", code)) if n in ids]
    assert typed == []


def test_the_loaded_vocabulary_answers_for_the_lists(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert loaded_concepts(workspace) == {}
    load_demo(workspace)
    found = loaded_concepts(workspace)
    assert set(found) == set(LISTS)
    # The demo vocabulary has evidence for every word but France.
    assert {
        (name, code) for name, codes in found.items() for code, id_ in codes.items() if id_ == 0
    } == {("country", "FR")}
    assert found["condition_status"]["MCO_DP"] == 32903
    assert found["condition_status"]["MCO_DAS"] == 32909


@pytest.mark.parametrize("name", [name for name in LISTS if name != "unit"])
def test_every_approved_row_is_reached_by_a_model(name: str) -> None:
    words = set(re.findall(r"'([^'\n]+)'", "\n".join(models().values())))

    def is_reached(code: str) -> bool:
        field, _, role = code.partition("_")
        # a role is named with its field: concept_of(…, "field || '_' || role")
        return code in words or {field, role} <= words or (f"{field}_" in words and role in words)

    assert [code for code in reviewed_concepts()[name] if not is_reached(code)] == []


def test_units_of_doses_are_those_of_the_list() -> None:
    ours = reviewed_concepts()["unit"]
    with (vocabularies_dir() / "demo" / "concept.csv").open(encoding="utf-8", newline="") as handle:
        codes = {int(row["concept_id"]): row["concept_code"] for row in csv.DictReader(handle)}
    assert {french: codes[ours[french]] for _, french, _, _ in UNITS} == {
        french: ucum for ucum, french, _, _ in UNITS
    }
