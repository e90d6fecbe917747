"""Snapshots: addressed by content, one current, those of a candidate kept and verified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from etl.errors import SndsOmopError
from etl.loaders import stage
from etl.settings import Settings
from etl.vocabulary import load_athena, load_demo
from etl.vocabulary.catalogue import vocabulary_of
from etl.vocabulary.loading import resolve_again
from etl.vocabulary.registry import read_registry, registry_file
from etl.vocabulary.seen import site_registry
from etl.vocabulary.snapshot import (
    address,
    bound_address,
    current,
    read_resolution,
    require_bound_snapshot,
)
from etl.workspace import Workspace

Fake = Any  # tests/unit/vocabulary/conftest.py:FakeBundle


def build_on(workspace: Workspace) -> None:
    """A candidate whose vocabulary is the current snapshot, as dbt's views have it."""
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("create schema cdm")
        file = current(workspace) / "concept.parquet"
        candidate.execute(f"create view cdm.concept as from read_parquet('{file}')")


def test_the_name_of_a_snapshot_is_its_content(workspace: Workspace) -> None:
    load_demo(workspace)
    first = current(workspace)
    assert first.parent == workspace.snapshots
    assert address(first) == first.name
    load_demo(workspace)
    assert current(workspace) == first, "the same vocabulary is the same snapshot"


def test_another_vocabulary_leaves_the_candidate_its_own(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    load_demo(workspace)
    first = current(workspace)
    build_on(workspace)
    load_athena(workspace, bundle.write(tmp_path / "one"))
    second = current(workspace)
    bundle.version = "v5.0 31-AUG-26"
    load_athena(workspace, bundle.write(tmp_path / "two"))
    assert bound_address(workspace) == first.name
    assert first.is_dir(), "the candidate reads it"
    assert not second.is_dir(), "nothing reads it any more"
    require_bound_snapshot(workspace)


@pytest.mark.parametrize("harm", ["changed", "removed"])
def test_a_candidate_whose_snapshot_is_no_longer_its_own_is_refused(
    workspace: Workspace, harm: str
) -> None:
    load_demo(workspace)
    build_on(workspace)
    folder = current(workspace)
    if harm == "changed":
        frame = pl.read_parquet(folder / "concept.parquet")
        frame.head(5).write_parquet(folder / "concept.parquet")
    else:
        folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(SndsOmopError) as caught:
        require_bound_snapshot(workspace)
    assert caught.value.code == "SO-122"


def test_a_candidate_that_owns_its_tables_is_bound_to_no_snapshot(workspace: Workspace) -> None:
    workspace.create()
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute("create schema cdm; create table cdm.concept (concept_id integer)")
    assert bound_address(workspace) is None
    require_bound_snapshot(workspace)


def test_a_vocabulary_of_an_earlier_version_is_replaced(workspace: Workspace) -> None:
    workspace.create()
    workspace.vocabulary.mkdir()
    (workspace.vocabulary / "code_map.parquet").write_bytes(b"of an earlier version")
    assert read_resolution(current(workspace)) is None
    assert not resolve_again(workspace, Settings())
    load_demo(workspace)
    assert workspace.vocabulary.is_symlink()
    assert not resolve_again(workspace, Settings()), "nothing has changed since"


def delivered(folder: Path) -> Path:
    """Packs and two diagnoses that no registry knows, one of them noise."""
    folder.mkdir()
    (folder / "IR_PHA_R.csv").write_text(
        "PHA_CIP_C13;PHA_CIP_UCD;PHA_ATC_CLA\n3400999999998;9999999;A10BA02\n", encoding="utf-8"
    )
    (folder / "T_MCO21D.csv").write_text(
        "ETA_NUM;RSA_NUM;ASS_DGN\n010000001;1;Z98X9\n010000001;1;no code\n", encoding="utf-8"
    )
    return folder


def content(workspace: Workspace) -> dict[str, list[tuple[object, ...]]]:
    return {
        path.stem: pl.read_parquet(path).rows() for path in workspace.vocabulary.glob("*.parquet")
    }


@pytest.mark.parametrize("real", [False, True])
def test_the_order_of_stage_and_load_changes_nothing(
    tmp_path: Path, bundle: Fake, real: bool
) -> None:
    folder = bundle.write(tmp_path / "bundle")
    delivery = delivered(tmp_path / "delivery")
    settings = Settings()

    def load(workspace: Workspace) -> None:
        if real:
            load_athena(workspace, folder)
        else:
            load_demo(workspace)

    one, two = Workspace(tmp_path / "one"), Workspace(tmp_path / "two")
    for workspace in (one, two):
        workspace.create()
    assert not stage(delivery, one, settings).refused
    load(one)
    assert not resolve_again(one, settings)
    load(two)
    assert not stage(delivery, two, settings).refused
    assert resolve_again(two, settings)
    assert not resolve_again(two, settings), "once is enough"
    assert content(one) == content(two)
    codes = content(one)["code_map"]
    assert [row for row in codes if row[1] == "Z98X9" and row[2]], "it has a source concept"
    assert [row for row in codes if row[1] == "9999999" and row[3] == 1503297] or not real
    registry = site_registry(two)
    vocabulary = vocabulary_of("CIM10")
    known = read_registry(vocabulary, registry_file(vocabulary, registry), site=True)
    assert [code.source_code for code in known] == ["Z98X9"]
