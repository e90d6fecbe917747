"""A bundle of Athena, sound or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.vocabulary import load_athena
from etl.workspace import Workspace

Fake = Any  # tests/unit/vocabulary/conftest.py:FakeBundle


def query(workspace: Workspace, sql: str) -> list[tuple[Any, ...]]:
    connection = duckdb.connect()
    for path in workspace.vocabulary.glob("*.parquet"):
        connection.execute(f"create view {path.stem} as from read_parquet('{path}')")
    return connection.execute(sql).fetchall()


def code(workspace: Workspace, vocabulary: str, source_code: str) -> list[tuple[Any, ...]]:
    return query(
        workspace,
        "select source_concept_id, target_concept_id, value_as_concept_id, method from code_map "
        f"where source_vocabulary = '{vocabulary}' and source_code = '{source_code}' "
        "order by target_rank",
    )


@pytest.fixture
def loaded(workspace: Workspace, bundle: Fake, tmp_path: Path) -> Workspace:
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    return workspace


def test_version_and_origin_are_recorded(loaded: Workspace) -> None:
    assert query(loaded, "from vocabulary_meta") == [("v5.0 27-FEB-26", False, "bundle")]


def test_none_and_lone_quotes_are_text(loaded: Workspace) -> None:
    assert query(
        loaded, "select concept_name, vocabulary_id from concept where concept_id = 0"
    ) == [("None", "None")]
    assert query(loaded, "select concept_name from concept where concept_id = 201826") == [
        ('Diabetes "type 2"',)
    ]
    assert ('a lone " quote',) in query(loaded, "select concept_synonym_name from concept_synonym")


def test_dates_are_dates(loaded: Workspace) -> None:
    assert query(
        loaded, "select count(*) from concept where valid_start_date <> date '1970-01-01'"
    ) == [(0,)]


@pytest.mark.parametrize(
    ("vocabulary", "source_code", "expected"),
    [
        # a row made for the demo yields to the map of a real vocabulary
        ("CIM10", "E119", [(1_900_001_001, 201826, None, "athena")]),
        # in ICD10 only
        ("CIM10", "I10", [(1_900_001_003, 320128, None, "athena")]),
        # in neither: what was made for the demo is better than nothing
        ("CIM10", "E039", [(2_001_000_039, 140673, None, "approved")]),
        # 'Maps to value' goes with the observation
        ("CIM10", "Z867", [(1_900_001_004, 1340204, 320128, "athena")]),
        ("CIP7", "3650158", [(1_900_001_005, 1_900_001_008, None, "athena")]),
        ("CIP13", "3400936501584", [(1_900_001_005, 1_900_001_008, None, "athena")]),
        ("ATC", "A10BA02", [(1_900_001_007, 1503297, None, "athena")]),
    ],
)
def test_code_map(
    loaded: Workspace, vocabulary: str, source_code: str, expected: list[tuple[Any, ...]]
) -> None:
    assert code(loaded, vocabulary, source_code) == expected


def test_chapters_are_not_codes(loaded: Workspace) -> None:
    assert code(loaded, "CCAM", "0102") == []


def test_codes_that_athena_holds_get_no_custom_concept(loaded: Workspace) -> None:
    custom = query(loaded, "select concept_code from concept where concept_id > 2000000000")
    assert ("E11.9",) not in custom
    assert ("3400936501584",) not in custom
    assert ("01M301",) in custom


def test_a_source_concept_of_athena_without_map_takes_ours(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    bundle.concept(4249893, "73761001", "SNOMED", "Procedure", "S", "Colonoscopy")
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert code(workspace, "CCAM", "HHQE002") == [(1_900_001_006, 4249893, None, "approved")]
    pairs = query(
        workspace,
        "select concept_id_1, relationship_id, concept_id_2 from concept_relationship "
        "where 1900001006 in (concept_id_1, concept_id_2) order by all",
    )
    assert pairs == [
        (4249893, "Mapped from", 1_900_001_006),
        (1_900_001_006, "Maps to", 4249893),
    ]


def test_a_deprecated_target_is_followed(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    bundle.concept(4249893, "73761001", "SNOMED", "Procedure", "", "old", invalid="U")
    bundle.concept(1_900_002_001, "new", "SNOMED", "Procedure", "", "replacement")
    bundle.concept(1_900_002_002, "newer", "SNOMED", "Procedure", "S", "standard")
    bundle.relate(4249893, "Concept replaced by", 1_900_002_001)
    bundle.relate(1_900_002_001, "Maps to", 1_900_002_002)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert code(workspace, "CCAM", "HHQE002")[0][1:] == (1_900_002_002, None, "approved")


def test_an_approved_row_wins_over_athena(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    bundle.concept(4249893, "73761001", "SNOMED", "Procedure", "S", "Colonoscopy")
    bundle.concept(1_900_002_003, "other", "SNOMED", "Procedure", "S", "another act")
    bundle.relate(1_900_001_006, "Maps to", 1_900_002_003)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert code(workspace, "CCAM", "HHQE002") == [(1_900_001_006, 4249893, None, "approved")]


def test_an_ignored_row_wins_over_athena(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    bundle.concept(1_900_002_004, "U07.12", "CIM10")
    bundle.relate(1_900_002_004, "Maps to", 320128)
    site = workspace.root / "mappings" / "SNDS_CIM10.usagi.csv"
    site.parent.mkdir(parents=True)
    site.write_text(
        "sourceCode,sourceName,mappingStatus,equivalence,statusSetBy,conceptId,mappingType,"
        "createdBy,assignedReviewer\n"
        "U0712,Porteur,IGNORED,UNMATCHED,Bob,0,MAPS_TO,Alice,Bob\n"
    )
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert code(workspace, "CIM10", "U0712") == [(1_900_002_004, 0, None, "none")]


def test_a_choice_of_the_demo_yields_to_the_parent_in_the_bundle(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    site = workspace.root / "mappings" / "SNDS_CIM10.usagi.csv"
    site.parent.mkdir(parents=True)
    reviewed = "WIDER,Bob,140673,MAPS_TO,Alice,Bob,demo"
    site.write_text(
        "sourceCode,sourceName,mappingStatus,equivalence,statusSetBy,conceptId,mappingType,"
        "createdBy,assignedReviewer,ADD_INFO:method\n"
        f"E1190,parent in the bundle,APPROVED,{reviewed}\n"
        f"I2100,no parent there,APPROVED,{reviewed}\n"
        f"U0711,parent means something else,APPROVED,{reviewed}\n"
    )
    bundle.concept(1_900_002_005, "U07.1", "CIM10")
    bundle.relate(1_900_002_005, "Maps to", 320128)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    found = {one: code(workspace, "CIM10", one)[0][1] for one in ("E1190", "I2100", "U0711")}
    assert found == {"E1190": 0, "I2100": 140673, "U0711": 140673}


def test_a_target_that_leads_nowhere_is_listed(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    loaded = load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert any("SNDS_CCAM" in warning.french for warning in loaded.warnings)
    assert code(workspace, "CCAM", "HHQE002") == [(1_900_001_006, 0, None, "none")]


def test_an_invalid_relationship_is_not_followed(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    bundle.concept(1_900_003_001, "Z99.9", "CIM10")
    bundle.relate(1_900_003_001, "Maps to", 201826, invalid="D")
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert code(workspace, "CIM10", "Z999") == [(1_900_003_001, 0, None, "none")]


def test_a_map_to_what_is_not_standard_or_not_valid_is_not_followed(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    bundle.concept(1_900_003_002, "Z99.8", "CIM10")
    bundle.concept(1_900_003_003, "1", "SNOMED", "Condition", "", "not standard")
    bundle.relate(1_900_003_002, "Maps to", 1_900_003_003)
    bundle.concept(1_900_003_004, "Z99.7", "CIM10")
    bundle.concept(1_900_003_005, "2", "SNOMED", "Condition", "S", "deprecated", invalid="D")
    bundle.relate(1_900_003_004, "Maps to", 1_900_003_005)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert code(workspace, "CIM10", "Z998") == [(1_900_003_002, 0, None, "none")]
    assert code(workspace, "CIM10", "Z997") == [(1_900_003_004, 0, None, "none")]


def test_several_targets_are_ranked(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    bundle.concept(1_900_003_001, "Z99.9", "CIM10")
    for target in (320128, 201826, 1340204):
        bundle.relate(1_900_003_001, "Maps to", target)
    bundle.relate(1_900_003_001, "Maps to value", 320128)
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert [row[1:3] for row in code(workspace, "CIM10", "Z999")] == [
        (201826, None),
        (320128, None),
        (1340204, 320128),
    ]


def test_lookups_are_answered_by_the_bundle(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    bundle.concept(1_900_004_001, "EUR", "Currency", "Currency", "S", "Euro")
    bundle.concept(1_900_004_002, "fr", "SNOMED", "Observation", "S", "French language")
    bundle.concept(1_900_004_003, "50121007", "SNOMED", "Device", "S", "Eye glasses")
    bundle.concept(1_900_004_004, "FR", "SNOMED", "Geography", "S", "France")
    bundle.concept(1_900_004_005, "FRA", "OSM", "Geography", "S", "France")
    folder = workspace.root / "nomenclatures"
    folder.mkdir(parents=True)
    tree = "LPP_PRS_IDE;LPP_RED_LIB;LPP_ARB_CHA;" + ";".join(f"LPP_ARB_SC{i}" for i in range(1, 10))
    (folder / "NT_LPP.csv").write_text(f"{tree}\n2299999;MONTURE INVENTEE;2;2;5;3;0;0;0;0;0;0\n")
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    sql = "select target_concept_id from structural_map where map = 'cost' and source_code = 'EUR'"
    assert query(workspace, sql) == [(1_900_004_001,)]
    assert code(workspace, "LPP", "7219150")[0][1:] == (1_900_004_003, None, "approved")
    assert code(workspace, "LPP", "2299999")[0][1:] == (1_900_004_003, None, "computed")
    country = "select target_concept_id from structural_map where map = 'country'"
    assert query(workspace, country) == [(1_900_004_004,)]
    languages = "select distinct language_concept_id from concept_synonym where concept_id > 2e9"
    assert query(workspace, languages) == [(1_900_004_002,)]


def test_a_word_of_the_lists_without_concept_is_named(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    loaded = load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert any("country" in one.english and "FR" in one.english for one in loaded.warnings)
    bundle.concept(1_900_004_004, "FR", "SNOMED", "Geography", "S", "France")
    loaded = load_athena(workspace, bundle.write(tmp_path / "with France"))
    assert not any("country" in one.english for one in loaded.warnings)


def test_upper_case_headers_and_zip(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    first = load_athena(workspace, bundle.write(tmp_path / "bundle", upper=True))
    second = load_athena(workspace, bundle.zipped(tmp_path / "bundle.zip"))
    assert first.rows == second.rows
    assert not list(workspace.lake.glob(".vocabulary*"))
    assert not list(workspace.vocabulary.glob("_*"))


@pytest.mark.parametrize("empty", ["DRUG_STRENGTH", "CONCEPT_SYNONYM"])
def test_a_table_that_may_be_empty_names_what_is_lost(
    workspace: Workspace, bundle: Fake, tmp_path: Path, empty: str
) -> None:
    bundle.spoil(empty, [])
    loaded = load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert [one for one in loaded.warnings if empty in one.english and empty in one.french]


def test_what_macos_adds_to_an_archive_is_no_second_bundle(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    folder = bundle.write(tmp_path / "bundle")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._CONCEPT.csv").write_bytes(b"\x00\x05\x16\x07")
    load_athena(workspace, folder)


def test_missing_vocabularies_are_named_with_their_consequence(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    of_it = {row[0] for row in bundle.concepts if row[3] == "RxNorm Extension"}
    bundle.concepts = [row for row in bundle.concepts if row[0] not in of_it]
    bundle.relationships = [row for row in bundle.relationships if not of_it & set(row[:2])]
    bundle.ancestors = [(201826, 140673, 1, 1)]
    loaded = load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert any(
        "RxNorm Extension" in warning.french and "BDPM" in warning.english
        for warning in loaded.warnings
    )
