"""Bundles of Athena that are refused whole, each with its code; the vocabulary in use stays."""

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


@pytest.fixture
def loaded(workspace: Workspace, bundle: Fake, tmp_path: Path) -> Workspace:
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    return workspace


def test_a_lookup_with_two_answers_is_refused(
    workspace: Workspace, bundle: Fake, tmp_path: Path
) -> None:
    for place, code_of in enumerate(("FR", "FRA")):
        bundle.concept(1_900_004_004 + place, code_of, "SNOMED", "Geography", "S", "France")
    error = refused(workspace, bundle.write(tmp_path / "bundle"))
    assert error.code == "SO-406"
    assert "concept_name=France" in error.line("en") and "2 concepts" in error.line("fr")


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
