"""Drugs that reach a concept by way of IR_PHA_R."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from etl.vocabulary import load_athena, load_demo
from etl.workspace import Workspace

# CIP13, CIP7, UCD13, ATC, dose, unit, form. The codes exist in no registry of the project.
DRUGS = [
    (3400949999990, 4999999, 9999999, "A10BA02", None, None, None),
    (3400930000014, 3000001, 9300001, "A10BA02", "500", "mg", "COMPRIME PELLICULE"),
    (3400930000021, 3000002, 0, "V08AB05", None, None, None),
    (3400930000038, 3000003, 9300003, None, "500", "MG", "COMPRIME"),
    (3400930000045, 3000004, 9300004, "A10BA02", "0,5", "G", "comprimé effervescent"),
    (3400930000052, 3000005, 9300004, "A10BA02", "850", "MG", "COMPRIME"),
]


def stage(workspace: Workspace) -> None:
    folder = workspace.lake / "reference" / "ir_pha_r"
    folder.mkdir(parents=True)
    columns = (
        "PHA_CIP_C13", "PHA_PRS_IDE", "PHA_CIP_UCD", "PHA_ATC_CLA", "PHA_DOS_PRA_DSES",
        "PHA_DOS_UNT_DSES", "PHA_FRM_LIB",
    )  # fmt: skip
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
    # A10 is a drug whatever its concept in BDPM; V08 is a contrast medium, and stays a device.
    assert targets(workspace, "CIP7", "3000001")[0][:3] == (1503297, "Drug", "computed")
    assert targets(workspace, "CIP7", "3000002")[0][:3] == (1_900_005_000, "Device", "athena")


METFORMIN, MILLIGRAM = 1503297, 8576
TABLET, EFFERVESCENT = 1_900_006_001, 1_900_006_002


def strengths(bundle: Any) -> None:
    """Two clinical drugs of metformin that differ by their form only."""
    bundle.concept(MILLIGRAM, "mg", "UCUM", "Unit", "S")
    bundle.concept(21_600_747, "A10BA02", "ATC", "Drug")
    if not any(row[0] == METFORMIN for row in bundle.concepts):
        bundle.concept(METFORMIN, "6809", "RxNorm", "Drug", "S", "metformin")
    for drug, form in ((TABLET, "Oral Tablet"), (EFFERVESCENT, "Effervescent Oral Tablet")):
        name = f"metformin hydrochloride 500 MG {form}"
        bundle.concept(drug, str(drug), "RxNorm", "Drug", "S", name, kind="Clinical Drug")
        bundle.strength(drug, METFORMIN, 500, MILLIGRAM)


def test_strength_and_form_lead_to_the_only_clinical_drug(
    workspace: Workspace, bundle: Any, tmp_path: Path
) -> None:
    strengths(bundle)
    stage(workspace)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    expected = [(TABLET, "Drug", "computed", "EQUIVALENT", 1)]
    assert targets(workspace, "CIP13", "3400930000014") == expected
    assert targets(workspace, "CIP7", "3000001") == expected
    assert targets(workspace, "UCD", "9300001") == expected
    # Half a gram is 500 mg, and the form is read without its accents.
    assert targets(workspace, "CIP13", "3400930000045")[0][0] == EFFERVESCENT


@pytest.mark.parametrize(
    ("vocabulary", "code"),
    # The packs of the last one disagree: one of them has no clinical drug.
    [("CIP13", "3400949999990"), ("CIP13", "3400930000052"), ("UCD", "9300004")],
)
def test_no_dose_or_another_dose_falls_back_to_the_ingredient(
    workspace: Workspace, bundle: Any, tmp_path: Path, vocabulary: str, code: str
) -> None:
    strengths(bundle)
    stage(workspace)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert targets(workspace, vocabulary, code) == [(METFORMIN, "Drug", "computed", "WIDER", 2)]


def test_two_clinical_drugs_that_answer_are_none(
    workspace: Workspace, bundle: Any, tmp_path: Path
) -> None:
    strengths(bundle)
    name = "metformin sulfate 500 MG Oral Tablet"
    bundle.concept(1_900_006_003, "x", "RxNorm", "Drug", "S", name, kind="Clinical Drug")
    bundle.strength(1_900_006_003, METFORMIN, 500, MILLIGRAM)
    stage(workspace)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert targets(workspace, "CIP13", "3400930000014")[0][0] == METFORMIN
