"""How often the target that a person chose is among the first five suggestions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from etl.vocabulary import load_demo
from etl.vocabulary.catalogue import catalogue
from etl.vocabulary.mapping_file import MappingRow, read_mapping_file
from etl.vocabulary.mappings import vocabulary_files
from etl.vocabulary.suggest import (
    Decided,
    by_word,
    candidates,
    spoken,
    standard_names,
    suggest,
)
from etl.vocabulary.worklist import OpenCode
from etl.workspace import Workspace

EACH = 5
"""One row of five is held out: the measure of all rows takes a minute."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("suggest"))
    load_demo(workspace)
    return workspace


def approved(vocabulary_id: str) -> list[MappingRow]:
    return [
        row
        for path in vocabulary_files(catalogue()[vocabulary_id])
        for row in read_mapping_file(path)
        if row.approved and row.concept_id and row.mapping_type == "MAPS_TO"
    ]


@pytest.mark.parametrize("vocabulary_id", ["SNDS_CIM10", "SNDS_CCAM", "SNDS_NABM"])
def test_the_target_is_among_the_first_five(workspace: Workspace, vocabulary_id: str) -> None:
    vocabulary = catalogue()[vocabulary_id]
    source = vocabulary.source_vocabularies[0]
    names = standard_names(workspace, vocabulary.default_domain)
    known = {name.concept_id for name in names}
    rows = approved(vocabulary_id)
    found = tried = 0
    for row in rows[:: EACH if len(rows) > 100 else 1]:
        if row.concept_id not in known:
            continue
        wanted = spoken(row.source_name)
        # the row is held out: neither its own line nor the synonym that was made of it answers
        others = [n for n in names if (n.spoken, n.concept_id) != (wanted, row.concept_id)]
        decided = [
            Decided(one.source_code, one.concept_id, spoken(one.source_name))
            for one in rows
            if one.source_code != row.source_code
        ]
        code = OpenCode(
            vocabulary_id, source, row.source_code, row.source_name, "any", 1, "unmapped"
        )
        first = candidates(code, others, by_word(others), decided)[:5]
        tried += 1
        found += row.concept_id in {one.concept_id for one in first}
    assert tried > 50
    assert found / tried >= 0.6


@pytest.mark.parametrize(
    ("change", "is_taken"),
    [
        ({}, True),
        ({"status": "UNCHECKED"}, False),
        ({"concept_id": 0}, False),
        ({"mapping_type": "MAPS_TO_VALUE"}, False),
    ],
)
def test_only_approved_targets_of_the_code_itself_serve_its_neighbours(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
    *,
    is_taken: bool,
) -> None:
    vocabulary = catalogue()["SNDS_CIM10"]
    row = replace(approved("SNDS_CIM10")[0], source_code="E118", **change)
    monkeypatch.setattr("etl.vocabulary.suggest.mapping_rows", lambda _: [(vocabulary, row)])
    code = OpenCode("SNDS_CIM10", "CIM10", "E119", "zzz", "Condition", 1, "unmapped")
    found = [one.concept_id for one in suggest(workspace, [code]).get("E119", [])]
    assert (found == [row.concept_id]) is is_taken


def test_a_code_without_neighbour_is_served_by_names_alone() -> None:
    code = OpenCode("SNDS_CIM10", "CIM10", "A00", "Choléra", "Condition", 1, "unmapped")
    assert candidates(code, [], {}, [Decided("E11", 201826, "diabete")]) == []
