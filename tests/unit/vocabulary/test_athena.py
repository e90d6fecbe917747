"""A bundle of Athena, sound or not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.errors import SndsOmopError
from etl.vocabulary import load_athena
from etl.workspace import Workspace

DATES = ("19700101", "20991231", "")
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


def test_a_lookup_with_two_answers_is_refused(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    for place, code_of in enumerate(("FR", "FRA")):
        bundle.concept(1_900_004_004 + place, code_of, "SNOMED", "Geography", "S", "France")
    error = refused(workspace, bundle.write(tmp_path / "bundle"))
    assert error.code == "SO-406"
    assert "concept_name=France" in error.line("en") and "2 concepts" in error.line("fr")


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


Spoil = Callable[[Fake], object]


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda fake: fake.spoil("CONCEPT_ANCESTOR", []), "CONCEPT_ANCESTOR"),
        (lambda fake: fake.spoil("CONCEPT_RELATIONSHIP", []), "CONCEPT_RELATIONSHIP"),
        (lambda fake: fake.spoil("CONCEPT_CLASS", []), "CONCEPT_CLASS"),
        (lambda fake: fake.spoil("DOMAIN", []), "DOMAIN"),
        (lambda fake: fake.spoil("RELATIONSHIP", []), "RELATIONSHIP"),
        # rows, and no hierarchy in them; rows, and no map from one concept to another
        (lambda fake: fake.ancestors.clear(), "CONCEPT_ANCESTOR"),
        (
            lambda fake: fake.spoil("CONCEPT_RELATIONSHIP", [(201826, 201826, "Maps to", *DATES)]),
            "CONCEPT_RELATIONSHIP",
        ),
    ],
)
def test_a_table_without_its_rows_is_refused(
    workspace: Workspace, bundle: Fake, tmp_path: Path, spoil: Spoil, where: str
) -> None:
    spoil(bundle)
    error = refused(workspace, bundle.write(tmp_path / "bundle"))
    assert error.code == "SO-407"
    assert where in error.line("en") and where in error.line("fr")


@pytest.mark.parametrize("empty", ["DRUG_STRENGTH", "CONCEPT_SYNONYM"])
def test_a_table_that_may_be_empty_names_what_is_lost(
    workspace: Workspace, bundle: Fake, tmp_path: Path, empty: str
) -> None:
    bundle.spoil(empty, [])
    loaded = load_athena(workspace, bundle.write(tmp_path / "bundle"))
    assert [one for one in loaded.warnings if empty in one.english and empty in one.french]


def _foreign(fake: Fake, number: int, of: int) -> None:
    """``number`` ancestors of ``of`` are of another release."""
    fake.spoil("CONCEPT_ANCESTOR", [
        (1503297, 1_950_000_000 + place if place < number else 1_900_001_008, 1, 1)
        for place in range(of)
    ])  # fmt: skip


@pytest.mark.parametrize(("number", "is_refused"), [(10, False), (11, True)])
def test_ids_of_another_release_are_refused_above_a_twentieth(
    workspace: Workspace, bundle: Fake, tmp_path: Path, number: int, is_refused: bool
) -> None:
    _foreign(bundle, number, 100)  # one of two ids is foreign: 10 of 100 rows are 5 %
    folder = bundle.write(tmp_path / "bundle")
    if not is_refused:
        load_athena(workspace, folder)
        return
    error = refused(workspace, folder)
    assert error.code == "SO-408"
    assert "CONCEPT_ANCESTOR" in error.line("en")


def test_concepts_of_cpt4_are_known(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    _foreign(bundle, 20, 100)
    folder = bundle.write(tmp_path / "bundle")
    lines = "".join(f"{1_950_000_000 + place}\t\tProcedure\n" for place in range(20))
    (folder / "CONCEPT_CPT4.csv").write_text(f"concept_id\tconcept_name\tdomain_id\n{lines}")
    load_athena(workspace, folder)


@pytest.mark.parametrize(("number", "is_refused"), [(19, False), (20, True)])
def test_maps_of_another_release_are_refused(
    workspace: Workspace, bundle: Fake, tmp_path: Path, number: int, is_refused: bool
) -> None:
    for place in range(number):
        bundle.concept(1_900_005_000 + place, f"Z00.{place}", "ICD10")
        bundle.relate(1_900_005_000 + place, "Maps to", 1_900_001_002)
    folder = bundle.write(tmp_path / "bundle")
    if not is_refused:
        load_athena(workspace, folder)
        return
    error = refused(workspace, folder)
    assert error.code == "SO-408"
    assert "CONCEPT_RELATIONSHIP" in error.line("en")


def test_two_versions_in_vocabulary_are_refused(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    rows = bundle.files()["VOCABULARY"]
    bundle.spoil("VOCABULARY", [*rows, ("None", "None", "", "v5.0 31-AUG-25", 0)])
    error = refused(workspace, bundle.write(tmp_path / "bundle"))
    assert error.code == "SO-408"
    assert "31-AUG-25" in error.line("en") and "27-FEB-26" in error.line("fr")


@pytest.mark.parametrize(("column", "register"), [(2, "DOMAIN"), (3, "VOCABULARY")])
def test_words_that_no_register_lists_are_refused(
    workspace: Workspace, bundle: Fake, tmp_path: Path, column: int, register: str
) -> None:
    rows = [row for row in bundle.files()[register] if row[0] != bundle.concepts[-1][column]]
    bundle.spoil(register, rows)
    error = refused(workspace, bundle.write(tmp_path / "bundle"))
    assert error.code == "SO-408"
    assert f"{register} does not list" in error.line("en")


@pytest.mark.parametrize("as_zip", [False, True])
def test_two_bundles_in_one_place_are_refused(
    workspace: Workspace, bundle: Fake, tmp_path: Path, as_zip: bool
) -> None:
    place = tmp_path / "place"
    bundle.write(place / "v1")
    bundle.write(place / "v2")
    if as_zip:
        place = Path(shutil.make_archive(str(tmp_path / "both"), "zip", place))
    error = refused(workspace, place)
    assert error.code == "SO-409"
    assert "v1" in error.line("en") and "v2" in error.line("fr")


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


def refused(workspace: Workspace, path: Path) -> SndsOmopError:
    with pytest.raises(SndsOmopError) as caught:
        load_athena(workspace, path)
    assert not list(workspace.lake.glob(".vocabulary*"))
    return caught.value


def test_a_needed_vocabulary_is_missing(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    bundle.concepts = [row for row in bundle.concepts if row[3] != "SNOMED"]
    error = refused(workspace, bundle.write(tmp_path / "bundle"))
    assert error.code == "SO-405"
    assert "SNOMED" in error.detail


def test_a_file_is_missing(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    folder = bundle.write(tmp_path / "bundle")
    (folder / "RELATIONSHIP.csv").unlink()
    error = refused(workspace, folder)
    assert (error.code, error.detail) == ("SO-401", "missing RELATIONSHIP.csv")


def test_nothing_is_there(workspace: Workspace, tmp_path: Path) -> None:
    assert refused(workspace, tmp_path / "nowhere").code == "SO-401"


def test_the_delimiter_is_wrong(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    error = refused(workspace, bundle.write(tmp_path / "bundle", delimiter=";"))
    assert error.code == "SO-402"
    assert error.where.endswith(".csv:1")


def test_a_line_is_cut_short(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    folder = bundle.write(tmp_path / "bundle")
    path = folder / "CONCEPT.csv"
    path.write_text(path.read_text(encoding="utf-8") + "12\tcut\n", encoding="utf-8")
    error = refused(workspace, folder)
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert (error.code, error.where) == ("SO-402", f"CONCEPT.csv:{lines}")


def test_a_concept_stands_twice(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    bundle.concept(201826, "44054006", "SNOMED", "Condition", "S", "Diabetes again")
    error = refused(workspace, bundle.write(tmp_path / "bundle"))
    assert (error.code, error.where) == ("SO-402", "CONCEPT.csv")
    assert "201826" in error.detail


def test_a_column_is_missing(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    folder = bundle.write(tmp_path / "bundle")
    path = folder / "DOMAIN.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("domain_name", "name"), "utf-8")
    error = refused(workspace, folder)
    assert (error.code, error.detail) == ("SO-402", "no column domain_name")


def test_there_is_no_row_none(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    rows = [row for row in bundle.files()["VOCABULARY"] if row[0] != "None"]
    bundle.spoil("VOCABULARY", rows)
    error = refused(workspace, bundle.write(tmp_path / "bundle"))
    assert error.code == "SO-402"
    assert "None" in error.detail


@pytest.mark.parametrize("kept", [0.2, 0.97])
def test_the_zip_is_truncated(
    workspace: Workspace, bundle: Fake, tmp_path: Path, kept: float
) -> None:
    path = bundle.zipped(tmp_path / "bundle.zip")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert refused(workspace, path).code == "SO-402"


def test_the_zip_is_damaged_inside(workspace: Workspace, bundle: Fake, tmp_path: Path) -> None:
    path = bundle.zipped(tmp_path / "bundle.zip")
    content = bytearray(path.read_bytes())
    content[120:140] = bytes(20)
    path.write_bytes(bytes(content))
    assert refused(workspace, path).code == "SO-402"


def test_a_failed_load_leaves_the_old_vocabulary(
    loaded: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    refused(loaded, tmp_path / "nowhere")
    assert query(loaded, "select vocabulary_version from vocabulary_meta") == [("v5.0 27-FEB-26",)]
