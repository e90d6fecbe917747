"""The columns that models read as codes have their vocabulary in the contracts."""

from __future__ import annotations

import re

import pytest

from etl.contracts.registry import code_columns
from etl.resources import dbt_project_dir

PROJECT = dbt_project_dir()
VOCABULARIES = {"icd10": "CIM10", "ucd": "UCD", "lpp": "LPP", "nabm": "NABM"}
_CALL = re.compile(r"\b(icd10|ucd|lpp|nabm)_code\(('[^']*'|\"[^\"]*\")")


def read_as_codes() -> set[tuple[str, str]]:
    """Vocabulary and name of the columns in calls of the macros that give codes one form."""
    return {
        (VOCABULARIES[kind], name)
        for path in (PROJECT / "models").rglob("*.sql")
        for kind, argument in _CALL.findall(path.read_text(encoding="utf-8"))
        for name in re.findall(r"\b[A-Z][A-Z0-9_]{4,}\b", argument)
    }


def places_of_diagnoses() -> set[tuple[str, str]]:
    """Table and column of `diagnosis_places`: those written out, and those of its two loops."""
    text = (PROJECT / "macros" / "hospital.sql").read_text(encoding="utf-8")
    found = set(re.findall(r"'(T_\w+)', '([A-Z_]+)', '\w+', \d", text))
    for first, last, table, column in re.findall(
        r"range\((\d+), (\d+)\) -%\}\s*\{%- do places.append\(\('\w+', '(\w+)', '(\w+)' ~ number",
        text,
    ):
        found |= {(table, f"{column}{number}") for number in range(int(first), int(last))}
    return found


@pytest.mark.parametrize("pair", sorted(read_as_codes()), ids="-".join)
def test_a_column_read_as_a_code_has_its_vocabulary(pair: tuple[str, str]) -> None:
    """Without it a code that was not foreseen would have no source concept."""
    assert pair in {(vocabulary, name) for vocabulary, _, name in code_columns()}


def test_every_place_of_a_diagnosis_has_its_vocabulary() -> None:
    places = places_of_diagnoses()
    assert {
        ("T_SSRaaB", "ASS_DGN_20"),
        ("T_HADaaB", "DGN_PAL7"),
        ("T_RIPaaRSAD", "ASS_DGN"),
    } < places
    stated = {(contract.table, name) for of, contract, name in code_columns() if of == "CIM10"}
    assert places - stated == set()


def test_private_bills_name_drugs_and_devices_in_old_columns_too() -> None:
    stated = {(contract.table, name) for _, contract, name in code_columns()}
    assert stated >= {
        ("T_MCOaaFH", "COD_UCD"),
        ("T_HADaaFH", "COD_UCD"),
        ("T_SSRaaFH", "COD_UCP_CIP"),
        *((table, f"LPP_COD{n}") for table in ("T_MCOaaFP", "T_SSRaaFP") for n in (1, 2)),
        ("T_SSRaaFPSTC", "LPP_COD"),
        ("T_SSRaaFPSTC", "TIP_PRS_IDE"),
    }
