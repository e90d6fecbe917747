"""The steward's loop: worklist, suggestions, import, coverage, differences, SSSOM."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from etl.errors import SndsOmopError
from etl.settings import Settings
from etl.vocabulary import load_athena, load_demo
from etl.vocabulary.coverage import Part, read_codes, read_parts, shareable, summarise
from etl.vocabulary.diff import compare
from etl.vocabulary.exchange import export_sssom
from etl.vocabulary.masking import masked
from etl.vocabulary.moves import by_known_code
from etl.vocabulary.seen import site_registry
from etl.vocabulary.suggest import suggest, suggestion_rows
from etl.vocabulary.worklist import OpenCode, natures_without_visit, open_codes, usagi_rows
from etl.workspace import Workspace


def test_natures_without_visit_are_listed_unreviewed_first(built: Workspace) -> None:
    found = natures_without_visit(built)
    assert [(one.source_code, one.n_records, one.state) for one in found] == [
        ("9876", 40, "unreviewed"),
        ("4321", 35, "money"),
    ]
    rows = usagi_rows(found, 11)["PRS_NAT_REF"]
    assert [row["sourceCode"] for row in rows] == ["9876", "4321"]


def test_natures_have_a_line_of_coverage(built: Workspace) -> None:
    codes = read_codes(built, by_year=False)
    assert codes["Visit", "PRS_NAT_REF", None] == (3, 2)
    assert read_codes(built, by_year=True)["Visit", "PRS_NAT_REF", 2020] == (1, 1)


def test_masking_hides_what_a_total_would_give_away() -> None:
    assert masked([100, 20, 0], 11) == [100, 20, 0]
    assert masked([100, 20, 3], 11) == [100, None, None]
    assert masked([100, 20, 3, 9], 11) == [100, 20, None, None]
    # with the total known, two ones would be revealed as "two records of two codes"
    assert masked([100, 20, 1, 1], 11) == [100, None, None, None]
    assert masked([20, 20, 3], 11) == [None, 20, None]
    assert masked([3], 11) == [None]


def test_coverage_by_code_and_by_record(built: Workspace) -> None:
    parts = read_parts(built)
    total = summarise(parts, read_codes(built, by_year=False), by_year=False)
    cim10 = next(line for line in total if line.source_vocabulary == "CIM10")
    assert (cim10.n_records, cim10.n_records_mapped) == (1000, 960)
    # I10 is seen in two years and is one code
    assert (cim10.n_codes, cim10.n_codes_mapped, cim10.share) == (3, 2, 96.0)
    assert cim10.by_equivalence == {"EQUAL": 900, "UNMATCHED": 40, "WIDER": 60}
    assert cim10.by_method == {"approved": 900, "computed": 60, "none": 40}
    assert cim10.n_precise == 900
    years = summarise(parts, read_codes(built, by_year=True), by_year=True)
    assert [
        (line.source_year, line.n_codes, line.n_codes_mapped)
        for line in years
        if line.source_vocabulary == "CIM10"
    ] == [(2019, 2, 2), (2020, 2, 1)]
    assert len(years) == 3


def test_uninformative_targets_are_counted_separately() -> None:
    def line(nothing: int) -> dict[str, str]:
        parts = [
            Part("Measurement", "NABM", 2019, method, equivalence, records)
            for method, equivalence, records in (
                ("approved", "NARROWER", 100),
                ("approved", "EQUAL", 50),
                ("approved", "UNINFORMATIVE", nothing),
                ("none", "", 50),
            )
        ]
        (found,) = summarise(parts, {}, by_year=False)
        assert found.n_records_mapped == 150
        return shareable([found], 11)[0]

    shares = ("percent_records", "percent_precise", "percent_wider", "percent_uninformative")
    assert [line(200)[name] for name in shares] == ["37.50", "12.50", "25.00", "50.00"]
    # 150 of the method less the mapped ones would reveal the 10
    assert [line(10)[name] for name in shares] == ["", "", "", ""]
    assert line(10)["records_mapped"] == "hidden"
    assert line(11)["records_mapped"] == "150"


def test_coverage_hides_small_counts(built: Workspace) -> None:
    rows = {
        row["source_vocabulary"]: row
        for row in shareable(
            summarise(read_parts(built), read_codes(built, by_year=False), by_year=False), 11
        )
    }
    assert rows["CIM10"]["records_unmapped"] == "40"
    assert rows["CCAM"]["records_unmapped"] == "hidden"
    assert rows["CCAM"]["percent_records"] == ""
    assert (rows["CIM10"]["percent_records"], rows["CIM10"]["percent_precise"]) == (
        "96.00",
        "90.00",
    )
    assert rows["CCAM"]["percent_precise"] == ""
    assert "4" not in rows["CCAM"]["by_method"]


def test_coverage_needs_a_candidate(workspace: Workspace) -> None:
    with pytest.raises(SndsOmopError, match="SO-106"):
        read_parts(workspace)


def test_worklist_is_by_frequency_and_hides_small_counts(built: Workspace) -> None:
    codes = [code for code in open_codes(built) if code.source_vocabulary == "CCAM"]
    assert [(code.source_code, code.n_records) for code in codes] == [
        ("HBJD001", 300),
        ("HBLD038", 50),
        ("AAAA999", 5),
        ("ZZZZ999", 3),
    ]
    rows = usagi_rows(codes, 11)["SNDS_CCAM"]
    assert [(row["sourceCode"], row["sourceFrequency"]) for row in rows] == [
        ("HBJD001", "300"),
        # the small ones come to 8: 50 is hidden with them, and all three stand in code order
        ("AAAA999", "0"),
        ("HBLD038", "0"),
        ("ZZZZ999", "0"),
    ]
    assert [row["ADD_INFO:cumulative_share"] for row in rows] == ["83.8", "", "", ""]
    assert rows[0]["sourceName"] == "Détartrage et polissage des dents"


def test_worklist_with_codes_that_only_reach_a_wider_concept(built: Workspace) -> None:
    states = {code.source_code: code.state for code in open_codes(built, wider=True)}
    assert states["ACQK001"] == "wider"
    assert "HHQE002" not in states


def test_suggestions_keep_to_domain_and_axis(built: Workspace) -> None:
    code = OpenCode(
        "SNDS_CCAM", "CCAM", "HHQE999", "Coloscopie partielle", "Procedure", 20, "unmapped"
    )
    other = OpenCode("SNDS_CCAM", "CCAM", "HHQN999", "Coloscopie", "Procedure", 20, "unmapped")
    found = suggest(built, [code, other])
    assert found["HHQE999"][0].concept_id == 4249893
    assert all(one.domain_id == "Procedure" for one in found["HHQE999"])
    assert found["HHQN999"] == []


def test_suggestions_are_never_approved(built: Workspace) -> None:
    codes = open_codes(built)
    found = suggest(built, codes)
    assert {row["mappingStatus"] for row in suggestion_rows(codes, found)} <= {"AUTO_MAPPED"}


def test_every_code_that_moves_is_listed(built: Workspace, bundle: Any, tmp_path: Path) -> None:
    old = bundle.write(tmp_path / "old")
    first = [change for change in compare(built, Settings(), old, old) if change.where == ""]
    assert first == [], "a vocabulary differs from itself in nothing"
    registry = {path: path.read_bytes() for path in built.state.rglob("*.csv")}
    # Athena alone maps I10: to hypertension, then elsewhere; E11.9 goes to another table
    bundle.relationships = [
        (row[0], 140673, *row[2:]) if row[:3] == (1_900_001_003, 320128, "Maps to") else row
        for row in bundle.relationships
    ]
    bundle.concepts = [
        (*row[:2], "Observation", *row[3:]) if row[0] == 1_900_001_008 else row
        for row in bundle.concepts
    ]
    bundle.concepts = [
        (*row[:4], "Disorder", *row[5:]) if row[0] == 201826 else row for row in bundle.concepts
    ]
    bundle.ancestors.append((320128, 201826, 1, 1))
    new = bundle.zipped(tmp_path / "new.zip")
    moved = {
        (change.vocabulary_id, change.source_code, change.state): change
        for change in compare(built, Settings(), old, new)
        if change.where == ""
    }
    i10 = moved["SNDS_CIM10", "I10", "map changed"]
    assert i10.concept_id == 320128
    assert i10.proposals == ("140673 Hypothyroidism (Condition)",)
    pack = moved["SNDS_CIP", "3400936501584", "map changed"]
    assert pack.proposals == ("1900001008 Metformin 1000 MG (Observation)",)
    assert moved["SNOMED", "44054006", "class changed"].proposals == ("Undefined > Disorder",)
    assert moved["SNOMED", "44054006", "hierarchy changed"].proposals == ("+320128",)
    assert {key[2] for key in moved} == {"map changed", "class changed", "hierarchy changed"}
    assert {path: path.read_bytes() for path in built.state.rglob("*.csv")} == registry
    backwards = compare(built, Settings(), new, old)
    assert any(change.proposals == ("-320128",) for change in backwards)


def test_records_of_a_code_without_map_are_those_of_its_parent() -> None:
    records = {
        ("CIM10", "I10", 1): 5,
        ("CIM10", "I109", 1): 7,
        ("CIM10", "I10+0", 1): 11,
        ("CIM10", "I11", 2): 13,
        ("CCAM", "HHQE0021", 3): 17,
        ("CIP7", "3650158", 4): 19,
    }
    known = {("CIM10", "I10"), ("CCAM", "HHQE002"), ("CIP13", "3400936501584")}
    counted = by_known_code(records, known)
    assert counted["CIM10", "I10"] == 23
    assert counted["CIM10", "I11"] == 13
    assert counted["CCAM", "HHQE002"] == 0
    assert counted["CIP13", "3400936501584"] == 19


def test_differences_need_vocabularies(built: Workspace, tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError, match="SO-413"):
        compare(built, Settings(), built.vocabulary, tmp_path / "nowhere")


def test_sssom_has_its_head_and_columns(tmp_path: Path) -> None:
    counts = export_sssom(tmp_path)
    lines = (tmp_path / "SNDS_CCAM.sssom.tsv").read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if not line.startswith("#")]
    rows = list(csv.DictReader(table, delimiter="\t"))
    assert len(rows) == counts["SNDS_CCAM"]
    colonoscopy = next(row for row in rows if row["subject_id"] == "ccam:HHQE002")
    assert colonoscopy["object_id"] == "omop:4249893"
    assert colonoscopy["predicate_id"] == "skos:broadMatch", "the ileum is lost"
    panoramic = next(row for row in rows if row["subject_id"] == "ccam:HBQK002")
    assert panoramic["predicate_id"] == "skos:closeMatch"
    assert colonoscopy["author_label"] != colonoscopy["reviewer_label"]
    cardinality = {row["subject_id"]: row["mapping_cardinality"] for row in rows}
    assert cardinality["ccam:HHQE002"] == "n:1"
    assert cardinality["ccam:NBQK001"] == "1:1"
    drugs = (tmp_path / "ATC.sssom.tsv").read_text(encoding="utf-8").splitlines()
    found = list(csv.DictReader([one for one in drugs if one[0] != "#"], delimiter="\t"))
    assert {one["mapping_cardinality"] for one in found} == {"1:1", "1:n", "n:1", "n:n"}


def test_codes_of_the_delivery_get_a_concept(workspace: Workspace) -> None:
    folder = workspace.lake / "dcir" / "er_cam_f"
    folder.mkdir(parents=True)
    codes = ["ZZQK999", "zzqk999 ", "not a code", "HHQE002", None]
    pl.DataFrame({"CAM_PRS_IDE": codes}).write_parquet(folder / "part.parquet")
    load_demo(workspace)
    first = (site_registry(workspace) / "SNDS_CCAM.csv").read_bytes()
    load_demo(workspace)
    assert (site_registry(workspace) / "SNDS_CCAM.csv").read_bytes() == first
    row = (
        duckdb.connect()
        .execute(
            "select source_concept_id, target_concept_id, method from read_parquet(?) "
            "where source_code = 'ZZQK999'",
            [str(workspace.vocabulary / "code_map.parquet")],
        )
        .fetchall()
    )
    assert row == [(2_002_500_001, 0, "none")]
    assert first.decode().count("\n") == 2


def test_athena_codes_get_no_concept_of_the_site(
    workspace: Workspace, bundle: Any, tmp_path: Path
) -> None:
    bundle.concept(1_900_007_001, "ZZQK999", "CCAM", "Procedure")
    folder = workspace.lake / "dcir" / "er_cam_f"
    folder.mkdir(parents=True)
    pl.DataFrame({"CAM_PRS_IDE": ["ZZQK999"]}).write_parquet(folder / "part.parquet")
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert not (site_registry(workspace) / "SNDS_CCAM.csv").exists()
