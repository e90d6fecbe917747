"""Drugs that reach a concept by way of IR_PHA_R."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from etl.vocabulary import load_athena, load_demo
from etl.workspace import Workspace

# CIP13, CIP7, UCD13, ATC. The codes exist in no registry of the project.
DRUGS = [
    (3400949999990, 4999999, 9999999, "A10BA02"),
    (3400930000014, 3000001, 9300001, "A10BA02"),
    (3400930000021, 3000002, 0, "V08AB05"),
    (3400930000038, 3000003, 9300003, None),
]


def stage(workspace: Workspace) -> None:
    folder = workspace.lake / "reference" / "ir_pha_r"
    folder.mkdir(parents=True)
    columns = ("PHA_CIP_C13", "PHA_PRS_IDE", "PHA_CIP_UCD", "PHA_ATC_CLA")
    pl.DataFrame(DRUGS, schema=list(columns), orient="row").write_parquet(folder / "a.parquet")


def targets(workspace: Workspace, vocabulary: str, code: str) -> list[tuple[Any, ...]]:
    return (
        duckdb.connect()
        .execute(
            "select target_concept_id, target_domain_id, method, equivalence, fallback_level from "
            f"read_parquet('{workspace.vocabulary}/code_map.parquet') "
            "where source_vocabulary = ? and source_code = ?",
            [vocabulary, code],
        )
        .fetchall()
    )


@pytest.mark.parametrize(
    ("vocabulary", "code"),
    [("CIP13", "3400949999990"), ("CIP7", "4999999"), ("UCD", "9999999")],
)
def test_atc_gives_the_ingredient(workspace: Workspace, vocabulary: str, code: str) -> None:
    stage(workspace)
    load_demo(workspace)
    expected = [(1503297, "Drug", "computed", "WIDER", 2)]
    assert targets(workspace, vocabulary, code) == expected


def test_a_ucd_takes_the_target_of_its_packs(
    workspace: Workspace, bundle: Any, tmp_path: Path
) -> None:
    bundle.concept(1_900_005_001, "3000001", "BDPM", "Drug")
    bundle.relate(1_900_005_001, "Maps to", 1_900_001_008)
    stage(workspace)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    expected = [(1_900_001_008, "Drug", "computed", "EQUIVALENT", 1)]
    assert targets(workspace, "UCD", "9300001") == expected


def test_a_drug_filed_as_device_goes_back_to_drugs(
    workspace: Workspace, bundle: Any, tmp_path: Path
) -> None:
    bundle.concept(1_900_005_000, "device", "RxNorm Extension", "Device", "S")
    for place, code in ((1, "3000001"), (2, "3000002")):
        bundle.concept(1_900_005_000 + place, code, "BDPM", "Device")
        bundle.relate(1_900_005_000 + place, "Maps to", 1_900_005_000)
    stage(workspace)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    # A10 is a drug whatever BDPM says; V08 is a contrast medium, and stays a device.
    assert targets(workspace, "CIP7", "3000001")[0][:3] == (1503297, "Drug", "computed")
    assert targets(workspace, "CIP7", "3000002")[0][:3] == (1_900_005_000, "Device", "athena")
