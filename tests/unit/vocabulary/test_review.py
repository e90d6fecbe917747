"""What reviewers send back: whole files, decided by two persons, of a site before the project."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.errors import SndsOmopError
from etl.settings import MappingSettings, Settings
from etl.vocabulary import load_demo
from etl.vocabulary.check import refuse_broken_site
from etl.vocabulary.diff import change_rows, compare, totals
from etl.vocabulary.exchange import import_usagi
from etl.vocabulary.mapping_file import read_mapping_file, write_mapping_file
from etl.workspace import Workspace
from tests.usagi_rows import GOOD


def test_import_takes_what_was_reviewed(built: Workspace, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    row = {**GOOD, "sourceCode": "HBJD001", "sourceName": "Détartrage", "conceptId": "4208393"}
    write_mapping_file(export, [row])
    assert import_usagi(built, export, "SNDS_CCAM") == 1
    load_demo(built)
    target = "select target_concept_id, method from read_parquet(?) where source_code = 'HBJD001'"
    path = str(built.vocabulary / "code_map.parquet")
    assert duckdb.connect().execute(target, [path]).fetchall() == [(4208393, "approved")]


def test_what_a_site_decides_hides_the_project(built: Workspace, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    write_mapping_file(export, [{**GOOD, "conceptId": "4313889", "conceptName": "Endoscopy"}])
    import_usagi(built, export, "SNDS_CCAM")
    write_mapping_file(export, [{**GOOD, "sourceCode": "HHQE005"}])
    import_usagi(built, export, "SNDS_CCAM")
    site = list(read_mapping_file(built.root / "mappings" / "SNDS_CCAM.usagi.csv"))
    assert [(row.source_code, row.concept_id) for row in site] == [
        ("HHQE002", 4313889),
        ("HHQE005", 4249893),
    ]
    load_demo(built)
    target = "select target_concept_id from read_parquet(?) where source_code = 'HHQE002'"
    path = str(built.vocabulary / "code_map.parquet")
    assert duckdb.connect().execute(target, [path]).fetchall() == [(4313889,)]


def test_what_a_site_left_open_hides_nothing(built: Workspace, tmp_path: Path) -> None:
    """A whole worklist comes back from Usagi, a few lines of it decided."""
    export = tmp_path / "export.csv"
    waiting = {"mappingStatus": "UNCHECKED", "equivalence": "UNREVIEWED", "conceptId": "0"}
    decided = {**GOOD, "conceptId": "4313889", "conceptName": "Endoscopy"}
    open_line = {**GOOD, **waiting, "sourceCode": "HHQE005", "domainId": ""}
    write_mapping_file(export, [decided, open_line])
    import_usagi(built, export, "SNDS_CCAM")
    load_demo(built)
    target = (
        "select source_code, target_concept_id from read_parquet(?) "
        "where source_code in ('HHQE002', 'HHQE005') order by all"
    )
    path = str(built.vocabulary / "code_map.parquet")
    found = dict(duckdb.connect().execute(target, [path]).fetchall())
    assert found["HHQE002"] == 4313889
    assert found["HHQE005"] > 0, "the project's own line answers as before"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ADD_INFO:reviewer": "Alice"}, "SO-424"),
        ({"conceptId": "8940", "domainId": "Visit"}, "SO-429"),
        ({"conceptId": "1900009999"}, "SO-431"),
        ({"sourceCode": " hhqe002"}, "SO-421"),
    ],
)
def test_import_refuses_the_whole_file(
    built: Workspace, tmp_path: Path, changes: dict[str, str], code: str
) -> None:
    export = tmp_path / "export.csv"
    write_mapping_file(export, [GOOD, {**GOOD, "sourceCode": "HHQE005", **changes}])
    with pytest.raises(SndsOmopError, match=rf"SO-412.*{code}.*export.csv:3"):
        import_usagi(built, export, "SNDS_CCAM")
    assert not (built.root / "mappings").exists()


def test_import_needs_a_known_vocabulary(built: Workspace, tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError, match="SO-412"):
        import_usagi(built, tmp_path / "export.csv", "SNDS_NOWHERE")


def test_differences_between_vocabularies(built: Workspace, bundle: Any, tmp_path: Path) -> None:
    bundle.concept(4311817, "1", "SNOMED", "Procedure", "", "Fiberoptic bronchoscopy", invalid="U")
    bundle.concept(1_900_006_001, "2", "SNOMED", "Procedure", "S", "New endoscopy")
    bundle.relate(4311817, "Maps to", 1_900_006_001)
    bundle.concept(4335825, "3", "SNOMED", "Measurement", "S", "Transthoracic echocardiography")
    bundle.concept(4163872, "4", "SNOMED", "Procedure", "S", "Another name")
    bundle.concept(4203771, "5", "SNOMED", "Procedure", "", "Old hip", invalid="U")
    bundle.concept(1_900_006_002, "6", "SNOMED", "Procedure", "S", "Left hip")
    bundle.concept(1_900_006_003, "7", "SNOMED", "Procedure", "S", "Right hip")
    bundle.relate(4203771, "Maps to", 1_900_006_002)
    bundle.relate(4203771, "Maps to", 1_900_006_003)
    bundle.concept(4249893, "73761001", "SNOMED", "Procedure", "S", "Colonoscopy")
    bundle.relate(1_900_001_006, "Maps to", 1_900_006_001)
    new = bundle.zipped(tmp_path / "new.zip")
    changes = compare(built, Settings(), built.vocabulary, new)
    state = {
        (change.source_code, change.state): change
        for change in changes
        if change.vocabulary_id == "SNDS_CCAM"
    }
    assert state["GEQE007", "replaced"].proposals == ("1900006001 New endoscopy (Procedure)",)
    assert ("DZQM006", "domain changed") in state
    assert ("ZBQK002", "renamed") in state
    assert len(state["NEKA020", "to review"].proposals) == 2
    assert ("QEQK001", "gone") in state
    assert ("HHQE002", "unchanged") in state
    assert state["HHQE002", "new map"].proposals == ("1900006001 New endoscopy (Procedure)",)
    assert state["HHQE002", "unchanged"].n_records == 20
    assert totals(changes)["replaced"] == (1, 0)
    # Two codes of one target: each line has its own records, the total counts each once.
    assert state["QEQK001", "gone"].n_records == 12
    assert state["QEQK005", "gone"].n_records == 30
    mammographies = [one for one in changes if one.concept_id == 4324693 and one.where]
    assert totals(mammographies)["gone"] == (len(mammographies), 42)
    assert totals(changes)["new map"][1] == 20
    assert all(row["state"] != "unchanged" for row in change_rows(changes, 11))


USAGI = (
    "sourceCode,sourceName,sourceFrequency,sourceAutoAssignedConceptIds,matchScore,mappingStatus,"
    "equivalence,statusSetBy,statusSetOn,conceptId,conceptName,domainId,mappingType,comment,"
    "createdBy,createdOn,assignedReviewer\n"
    "HHQE002,Coloscopie,12,,0.71,APPROVED,EQUIVALENT,{by},1795000000000,4249893,Colonoscopy,"
    "Procedure,MAPS_TO,,{author},1790000000000,\n"
)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_file_of_usagi_needs_no_column_of_ours(
    built: Workspace, tmp_path: Path, delimiter: str
) -> None:
    export = tmp_path / "usagi.csv"
    text = USAGI.format(by="dr.martin", author="<auto>").replace(",", delimiter)
    export.write_text(text, encoding="utf-8")
    assert import_usagi(built, export, "SNDS_CCAM") == 1
    kept = next(iter(read_mapping_file(built.root / "mappings" / "SNDS_CCAM.usagi.csv")))
    assert (kept.status_set_by, kept.reviewer) == ("dr.martin", "dr.martin")
    shutil.rmtree(built.root / "mappings")


def test_one_person_reviews_alone_by_a_setting_only(built: Workspace, tmp_path: Path) -> None:
    export = tmp_path / "usagi.csv"
    export.write_text(USAGI.format(by="dr.martin", author="dr.martin"), encoding="utf-8")
    with pytest.raises(SndsOmopError, match="SO-412"):
        import_usagi(built, export, "SNDS_CCAM")
    assert import_usagi(built, export, "SNDS_CCAM", one_person=True) == 1
    with pytest.raises(SndsOmopError, match="SO-411"):
        refuse_broken_site(built)
    refuse_broken_site(built, one_person=Settings(
        mappings=MappingSettings(one_person=True)
    ).mappings.one_person)  # fmt: skip
    with pytest.raises(SndsOmopError, match="SO-412"):
        import_usagi(built, export, "SNDS_CCAM", into_project=True, one_person=True)
    shutil.rmtree(built.root / "mappings")


@pytest.mark.parametrize(
    ("target", "author", "kind"),
    [
        ("4249893,Colonoscopy,Procedure", "<auto>", "MAPS_TO"),
        ("0,Unmapped,", "", "MAPS_TO"),
        ("0,Unmapped,", "", ""),
    ],
    ids=["Usagi keeps the proposal", "nothing was proposed", "no type"],
)
def test_an_ignored_code_of_usagi_has_no_target(
    built: Workspace, tmp_path: Path, target: str, author: str, kind: str
) -> None:
    export = tmp_path / "usagi.csv"
    export.write_text(
        USAGI.format(by="dr.martin", author=author)
        .replace("APPROVED,EQUIVALENT", "IGNORED,UNREVIEWED")
        .replace("4249893,Colonoscopy,Procedure", target)
        .replace("MAPS_TO", kind),
        encoding="utf-8",
    )
    assert import_usagi(built, export, "SNDS_CCAM") == 1
    (kept,) = read_mapping_file(built.root / "mappings" / "SNDS_CCAM.usagi.csv")
    assert (kept.status, kept.concept_id, kept.equivalence) == ("IGNORED", 0, "UNMATCHED")
    refuse_broken_site(built)
    shutil.rmtree(built.root / "mappings")


@pytest.mark.parametrize("status", ["UNCHECKED", "FLAGGED", "AUTO_MAPPED", "INVALID_TARGET"])
def test_a_code_that_no_person_decided_stays_as_it_was(
    built: Workspace, tmp_path: Path, status: str
) -> None:
    export = tmp_path / "usagi.csv"
    text = USAGI.format(by="", author="<auto>").replace("APPROVED,EQUIVALENT", f"{status},EQUAL")
    export.write_text(text.replace("4249893,Colonoscopy", "4313889,Endoscopy"), encoding="utf-8")
    assert import_usagi(built, export, "SNDS_CCAM") == 1
    load_demo(built)
    target = "select target_concept_id from read_parquet(?) where source_code = 'HHQE002'"
    path = str(built.vocabulary / "code_map.parquet")
    assert duckdb.connect().execute(target, [path]).fetchall() == [(4249893,)]
    shutil.rmtree(built.root / "mappings")


def test_latin_1_is_named(built: Workspace, tmp_path: Path) -> None:
    export = tmp_path / "usagi.csv"
    text = USAGI.format(by="dr.martin", author="<auto>").replace("Coloscopie", "Coloscopie été")
    export.write_bytes(text.encode("latin-1"))
    with pytest.raises(SndsOmopError, match="Latin-1"):
        import_usagi(built, export, "SNDS_CCAM")
