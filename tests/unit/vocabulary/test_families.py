"""LPP codes without a mapping, by their place in NT_LPP."""

from __future__ import annotations

import csv
from typing import Any

import duckdb
import pytest

from etl.errors import SndsOmopError
from etl.resources import mappings_dir
from etl.vocabulary import load_demo
from etl.vocabulary.targets import demo_targets
from etl.workspace import Workspace

HEADER = "LPP_PRS_IDE;LPP_RED_LIB;LPP_ARB_CHA;" + ";".join(
    f"LPP_ARB_SC{level}" for level in range(1, 10)
)
CODES = (
    "1199999;PANSEMENT INVENTE;1;3;1;7;6;0;0;0;0;0",
    "1299999;CANNE INVENTEE, + APPUI ANTEBRACH;1;2;2;2;0;0;0;0;0;0",
    "1299998;CANNE BLANCHE INVENTEE;1;2;2;2;0;0;0;0;0;0",
    "4199999;FAUTEUIL INVENTE, PROPULSION MANUELLE;4;1;1;2;0;0;0;0;0;0",
    "4199998;FAUTEUIL INVENTE, PROPULSION ELECTRIQUE;4;1;1;2;0;0;0;0;0;0",
    "1299996;BEQUILLES D'AISSELLES INVENTEES;1;2;2;2;0;0;0;0;0;0",
    "1199997;AUTOCONTROLE, BANDELETTES INVENTEES;1;1;3;1;1;0;0;0;0;0",
    "3199999;ENDOPROTHESE CORONAIRE INVENTEE;3;1;1;2;3;0;0;0;0;0",
    "3199998;ENDOPROTHESE AORTIQUE INVENTEE;3;1;1;1;0;0;0;0;0;0",
    "1399999;AUTRE CHOSE;1;3;1;70;0;0;0;0;0;0",
    "2299999;OPTIQUE, VERRE INVENTE;2;2;5;1;0;0;0;0;0;0",
    "2299998;OPTIQUE, MONTURE INVENTEE;2;2;5;3;0;0;0;0;0;0",
    "2199999;CORRECTION ORTHOPEDIQUE, COLLIER INVENTE;2;1;6;0;0;0;0;0;0;0",
    "3399999;GREFFON CORNEEN INVENTE;3;3;3;2;0;0;0;0;0;0",
    "3499999;DEFIBRILLATEUR CARDIAQUE INVENTE;3;4;7;0;0;0;0;0;0;0",
    "3499998;SYSTEME DE TELESURVEILLANCE POUR DCI INVENTE;3;4;7;5;0;0;0;0;0;0",
    "3199996;IMPLANT OPHTALMOLOGIQUE, CRISTALLINIEN, PRODUIT INVENTE;3;1;3;1;0;0;0;0;0;0",
    "3199995;IMPLANT OPHTALMOLOGIQUE, CRISTALLINIEN, MONOFOCAL;3;1;3;1;0;0;0;0;0;0",
    "3199997;CHARGEUR D'AGRAFES POUR FIXATION D'IMPLANTS;3;1;6;5;0;0;0;0;0;0",
    # approved by hand: a family never overrides it
    "1136581;OXYGENOTHERAPIE;1;3;1;7;0;0;0;0;0;0",
)


def load(workspace: Workspace, *lines: str) -> dict[str, tuple[Any, ...]]:
    folder = workspace.root / "nomenclatures"
    folder.mkdir(parents=True)
    (folder / "NT_LPP.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    load_demo(workspace)
    rows = duckdb.sql(
        "select source_code, target_concept_id, method, equivalence, fallback_level"
        f" from read_parquet('{workspace.vocabulary}/code_map.parquet')"
        " where source_vocabulary = 'LPP'"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_a_code_takes_the_concept_of_its_family(workspace: Workspace) -> None:
    found = load(workspace, HEADER, *CODES)
    assert "1199999" not in found, "a dressing is not one branded film of one size"
    assert found["1299999"] == (4251933, "computed", "EQUIVALENT", 1)
    assert "1299998" not in found, "a white cane is no crutch"
    assert found["4199999"] == (4045112, "computed", "EQUIVALENT", 1)
    assert found["1299996"] == (4251933, "computed", "WIDER", 1), "an axillary crutch"
    assert "1199997" not in found, "strips and lancets are no meter"
    assert (found["3199999"][0], found["3199998"][0]) == (45767945, 4223622), "the longest"
    assert "4199998" not in found, "an electric chair is no manual one"
    assert "1399999" not in found, "branch 70 is not branch 7"
    assert found["2299999"] == (45760651, "computed", "WIDER", 1), "a lens is a lens"
    assert "2299998" not in found, "no public file shows the concept of spectacles"
    assert found["2199999"] == (4082905, "computed", "INEXACT", 1)
    assert found["3399999"] == (4195128, "computed", "WIDER", 1)
    assert found["3499999"] == (4217646, "computed", "WIDER", 1)
    # what goes with an implant is no implant: it would count one that no person received
    assert not {"3499998", "3199996", "3199997"} & set(found)
    assert found["3199995"] == (4208975, "computed", "WIDER", 1)
    assert found["1136581"][:2] == (4222968, "approved")


def test_another_table_under_that_name_is_refused(workspace: Workspace) -> None:
    with pytest.raises(SndsOmopError, match="SO-415"):
        load(workspace, "CODE;LABEL", "1199999;x")


def test_families_lead_to_devices_with_evidence() -> None:
    with (mappings_dir() / "LPP" / "families.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    places = [(row["family"], row["contains"]) for row in rows]
    assert len(set(places)) == len(places), "two answers for one place"
    concepts = [int(row["concept_id"]) for row in rows if not row["lookup"]]
    evidenced = demo_targets()
    assert {evidenced[concept].domain_id for concept in concepts} == {"Device"}
