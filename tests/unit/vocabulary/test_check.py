"""Every rule of a mapping file: the shipped files keep them, broken ones are named."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from etl.errors import CATALOGUE, SndsOmopError
from etl.vocabulary import load_athena, load_demo
from etl.vocabulary.catalogue import catalogue
from etl.vocabulary.check import check, check_rows, known_concepts
from etl.vocabulary.mapping_file import read_mapping_file, write_mapping_file
from etl.vocabulary.mappings import DEMO_METHOD, mapping_rows
from etl.vocabulary.meaning_rules import of_labels, of_meaning
from etl.vocabulary.nomenclature import read_nomenclatures
from etl.workspace import Workspace
from tests.usagi_rows import GOOD

OTHER = {**GOOD, "conceptId": "4313889", "conceptName": "Endoscopy"}


def codes(tmp_path: Path, *rows: dict[str, str], vocabulary: str = "SNDS_CCAM") -> list[str]:
    path = tmp_path / "some.usagi.csv"
    write_mapping_file(path, list(rows))
    pairs = [(catalogue()[vocabulary], row) for row in read_mapping_file(path)]
    found = check_rows(pairs, known_concepts(None, pairs))
    assert all(finding.code in CATALOGUE for finding in found)
    assert all(finding.where.startswith("some.usagi.csv:") for finding in found)
    return [f"{finding.severity} {finding.code} {finding.where.split(':')[1]}" for finding in found]


def test_the_shipped_files_keep_every_rule() -> None:
    assert [finding.line() for finding in check()] == []


def test_what_was_picked_among_the_demo_yields_where_athena_has_maps() -> None:
    mapped_by_athena = {"SNDS_CIM10", "SNDS_CIP", "SNDS_UCD", "ATC"}
    methods = {
        row.method
        for vocabulary, row in mapping_rows()
        if vocabulary.vocabulary_id in mapped_by_athena and row.approved
    }
    assert methods == {DEMO_METHOD}


def test_a_good_row_is_silent(tmp_path: Path) -> None:
    assert codes(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sourceCode": "hhqe002"}, "error SO-421"),
        ({"sourceCode": "HHQE 002"}, "error SO-421"),
        ({"sourceCode": "HHQE0023"}, "error SO-421"),
        ({"sourceName": ""}, "error SO-421"),
        ({"sourceName": "x" * 256}, "error SO-421"),
        ({"mappingStatus": "approved"}, "error SO-422"),
        ({"equivalence": "SAME"}, "error SO-422"),
        ({"mappingType": "MAPS"}, "error SO-422"),
        ({"conceptId": "0"}, "error SO-423"),
        ({"equivalence": "UNREVIEWED"}, "error SO-423"),
        ({"mappingStatus": "IGNORED"}, "error SO-423"),
        ({"ADD_INFO:reviewer": "alice"}, "error SO-424"),
        ({"statusSetBy": "Alice"}, "error SO-424"),
        ({"ADD_INFO:reviewer": ""}, "error SO-424"),
        ({"conceptId": "4999999", "domainId": ""}, "error SO-431"),
        ({"conceptId": "8940", "domainId": "Visit"}, "error SO-429"),
        ({"domainId": "Condition"}, "error SO-427"),
        ({"conceptId": "8507", "domainId": "Gender"}, "error SO-427"),
        ({"conceptId": "2001000001"}, "error SO-435"),
        ({"conceptId": "99999999999"}, "error SO-435"),
        ({"conceptId": "-4"}, "error SO-435"),
        ({"createdOn": "1799999999999"}, "error SO-434"),
        ({"createdOn": "2026-11-23"}, "error SO-434"),
        ({"mappingType": "MAPS_TO_VALUE"}, "error SO-432"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, changes: dict[str, str], expected: str) -> None:
    assert f"{expected} 2" in codes(tmp_path, {**GOOD, **changes})


@pytest.mark.parametrize("concept_id", ["8940", "21600102"])
def test_deprecated_and_classification_targets(tmp_path: Path, concept_id: str) -> None:
    row = {**GOOD, "conceptId": concept_id, "domainId": ""}
    assert "error SO-426 2" in codes(tmp_path, row)
    unchecked = {**row, "mappingStatus": "UNCHECKED", "equivalence": "UNREVIEWED"}
    assert "warning SO-426 2" in codes(tmp_path, unchecked)


def test_a_candidate_without_evidence_may_wait(tmp_path: Path) -> None:
    row = {
        **GOOD,
        "conceptId": "4301351",
        "mappingStatus": "UNCHECKED",
        "equivalence": "UNREVIEWED",
    }
    assert codes(tmp_path, row) == []


def test_the_same_line_twice(tmp_path: Path) -> None:
    assert codes(tmp_path, GOOD, GOOD) == ["error SO-420 3"]


def test_two_approved_rows_that_disagree(tmp_path: Path) -> None:
    # several ingredients of one pack are EQUIVALENT together
    assert codes(tmp_path, GOOD, OTHER) == []
    assert codes(tmp_path, {**GOOD, "equivalence": "EQUAL"}, OTHER) == ["error SO-430 3"]


def test_domains_that_do_not_go_together(tmp_path: Path) -> None:
    drug = {**GOOD, "conceptId": "1503297", "conceptName": "metformin", "domainId": "Drug"}
    condition = {**GOOD, "conceptId": "201826", "domainId": "Condition"}
    assert codes(tmp_path, condition, drug) == ["error SO-430 3"]


def test_approved_and_ignored(tmp_path: Path) -> None:
    ignored = {
        **GOOD,
        "mappingStatus": "IGNORED",
        "conceptId": "0",
        "domainId": "",
        "equivalence": "UNMATCHED",
    }
    assert codes(tmp_path, GOOD, ignored) == ["error SO-430 3"]


def test_a_structural_code_has_one_approved_target(tmp_path: Path) -> None:
    sex = {**GOOD, "sourceCode": "1", "conceptId": "8507", "domainId": "Gender"}
    other = {**sex, "conceptId": "8532"}
    assert codes(tmp_path, sex, other, vocabulary="SNDS_SEX") == ["error SO-430 3"]


def test_a_structural_target_is_of_its_domain(tmp_path: Path) -> None:
    row = {**GOOD, "sourceCode": "8-5", "conceptId": "38004446", "domainId": "Provider"}
    assert codes(tmp_path, row, vocabulary="SNDS_ENTRY") == ["error SO-427 2"]


def test_a_value_goes_with_its_concept(tmp_path: Path) -> None:
    concept = {**GOOD, "sourceCode": "I252", "conceptId": "1340204", "domainId": "Observation"}
    value = {
        **concept,
        "conceptId": "4329847",
        "domainId": "Condition",
        "mappingType": "MAPS_TO_VALUE",
    }
    assert codes(tmp_path, concept, value, vocabulary="SNDS_CIM10") == []


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("sourceCode,sourceName\nA,B\n", "some.usagi.csv"),
        ('sourceCode;sourceName\n"A";"B"\n', "some.usagi.csv"),
    ],
)
def test_a_file_without_its_columns(tmp_path: Path, content: str, where: str) -> None:
    path = tmp_path / "some.usagi.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SndsOmopError) as caught:
        list(read_mapping_file(path))
    assert (caught.value.code, caught.value.where) == ("SO-403", where)


def test_a_line_with_too_many_fields(tmp_path: Path) -> None:
    path = tmp_path / "some.usagi.csv"
    write_mapping_file(path, [GOOD])
    path.write_text(path.read_text(encoding="utf-8") + "a" + ",b" * 40 + "\n", encoding="utf-8")
    with pytest.raises(SndsOmopError, match=r"SO-403.*some.usagi.csv:3"):
        list(read_mapping_file(path))


@pytest.mark.parametrize("written", ["colonoscopy", "4249893.5", "nan", "1e7"])
def test_a_concept_id_that_is_no_number(tmp_path: Path, written: str) -> None:
    path = tmp_path / "some.usagi.csv"
    write_mapping_file(path, [{**GOOD, "conceptId": written}])
    with pytest.raises(SndsOmopError, match=r"SO-403.*some.usagi.csv:2"):
        list(read_mapping_file(path))


def test_a_file_in_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "some.usagi.csv"
    write_mapping_file(path, [{**GOOD, "sourceName": "Exérèse"}])
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    with pytest.raises(SndsOmopError, match="SO-403"):
        list(read_mapping_file(path))


def test_a_real_vocabulary_is_asked_too(workspace: Workspace, bundle: Any, tmp_path: Path) -> None:
    load_athena(workspace, bundle.write(tmp_path / "bundle"))
    path = tmp_path / "some.usagi.csv"
    hypertension = {**GOOD, "conceptId": "320128", "domainId": "Condition"}
    gone = {**GOOD, "sourceCode": "HHQE005"}
    write_mapping_file(path, [{**hypertension, "conceptName": "High blood pressure"}, gone])
    pairs = [(catalogue()["SNDS_CCAM"], row) for row in read_mapping_file(path)]
    found = check_rows(pairs, known_concepts(workspace, pairs))
    assert [(one.severity, one.code) for one in found] == [
        ("warning", "SO-428"),
        ("error", "SO-425"),
    ]


def test_files_of_the_site_are_checked_too(workspace: Workspace) -> None:
    folder = workspace.root / "mappings"
    # the project has another target for this code: a site may disagree
    own = {**OTHER, "sourceCode": "HHQE002"}
    write_mapping_file(
        folder / "SNDS_CCAM.usagi.csv",
        [own, {**own, "sourceCode": "hhqe005", "equivalence": "WIDER"}],
    )
    write_mapping_file(folder / "SNDS_CACM.usagi.csv", [own])
    (folder / "SNDS_NABM.usagi.csv").write_text("sourceCode\n0552\n", encoding="utf-8")
    assert [(one.code, one.where) for one in check(workspace)] == [
        ("SO-438", "SNDS_CACM.usagi.csv"),
        ("SO-421", "SNDS_CCAM.usagi.csv:3"),
        ("SO-403", "SNDS_NABM.usagi.csv"),
    ]


def test_a_broken_file_of_the_site_stops_a_load(workspace: Workspace) -> None:
    path = workspace.root / "mappings" / "SNDS_CCAM.usagi.csv"
    broken = ({"conceptId": "99999999999"}, {"sourceCode": " hhqe002"}, {"createdBy": "Bob"})
    for changes in broken:
        write_mapping_file(path, [{**GOOD, **changes}])
        with pytest.raises(SndsOmopError, match=r"SO-411.*SNDS_CCAM\.usagi\.csv:2"):
            load_demo(workspace)
        assert not any(workspace.vocabulary.glob("*.parquet"))
    # what only a vocabulary can show is no reason to stop: loading reports what it lacks
    write_mapping_file(path, [{**GOOD, "conceptId": "1999999999", "conceptName": "Gone"}])
    assert any("SNDS_CCAM" in warning.english for warning in load_demo(workspace).warnings)


def test_an_ignored_diagnosis_must_not_be_answered_by_its_parent(tmp_path: Path) -> None:
    ignored = {**GOOD, "mappingStatus": "IGNORED", "equivalence": "UNMATCHED", "conceptId": "0"}
    lost = {**ignored, "sourceCode": "Z742", "domainId": ""}
    kept = {**lost, "sourceCode": "U0712"}
    assert codes(tmp_path, lost, kept, vocabulary="SNDS_CIM10") == ["error SO-437 2"]


def test_codes_are_looked_up_in_the_value_tables_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "IR_BIO_R.csv").write_text(
        "BIO_PRS_IDE;BIO_INF_LIB\n592;Créatinine\n592;CREATININE\n1104;\n", encoding="latin-1"
    )
    held = read_nomenclatures(tmp_path)
    assert held == {"NABM": {"0592": {"Créatinine", "CREATININE"}, "1104": set()}}
    found = check(nomenclatures={"NABM": {**held["NABM"], "0552": {"GLUCOSE"}}})
    assert {finding.code for finding in found} == {"SO-436"}
    assert {finding.severity for finding in found} == {"warning"}
    assert all(finding.where.startswith("NABM.usagi.csv:") for finding in found)
    assert not any("0552" in finding.message for finding in found)


@pytest.mark.parametrize(("name", "content"), [("a.csv", "x"), ("NT_LPP.csv", "CODE\n1100028\n")])
def test_a_folder_without_value_tables(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(SndsOmopError, match="SO-415"):
        read_nomenclatures(tmp_path)


def meaning(*rows: tuple[str, str, str, int, str, str]) -> list[str]:
    """Codes and lines of what the rules on meanings find; 10 is above 20."""
    text = [
        GOOD
        | {
            "sourceCode": code,
            "sourceName": label,
            "equivalence": equivalence,
            "conceptId": str(concept_id),
            "conceptName": name,
            "domainId": domain,
        }
        for code, label, equivalence, concept_id, name, domain in rows
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "CIM10.usagi.csv"
        write_mapping_file(path, text)
        found = of_meaning(read_mapping_file(path), {20: frozenset({10})})
        return [f"{one.severity} {one.code} {one.where.split(':')[1]}" for one in found]


def test_a_residual_class_equals_no_concept() -> None:
    anaemia = ("Autres anémies", 10, "Anemia", "Condition")
    for equivalence, found in (
        ("EQUAL", ["warning SO-439 2"]),
        ("EQUIVALENT", ["warning SO-439 2"]),
        ("WIDER", []),
    ):
        assert meaning(("D64", anaemia[0], equivalence, *anaemia[1:])) == found
    assert meaning(("D64", "Autrement dit anémie", "EQUAL", *anaemia[1:])) == []


def test_a_child_is_not_less_precise_than_its_parent() -> None:
    parent = ("I702", "Athérosclérose", "WIDER", 20, "Atherosclerosis", "Condition")
    above = ("I7020", "Sans gangrène", "WIDER", 10, "Vascular disease", "Condition")
    assert meaning(parent, above) == ["warning SO-440 3"]
    assert meaning(parent, (*above[:3], 20, *above[4:])) == []
    # not a child, or the more specific one is the child
    assert meaning(parent, ("I7120", *above[1:])) == []
    assert meaning(("I702", *above[1:]), ("I7020", *parent[1:])) == []


def test_an_inexact_child_of_an_exact_parent() -> None:
    parent = ("F172", "Dépendance au tabac", "EQUAL", 30, "Tobacco dependence", "Condition")
    child = ("F1724", "Utilisation actuelle", "INEXACT", 40, "Harmful pattern", "Condition")
    assert meaning(parent, child) == ["warning SO-440 3"]
    assert meaning((*parent[:2], "WIDER", *parent[3:]), child) == []
    assert meaning(parent, (*child[:2], "WIDER", *child[3:])) == []
    assert meaning((*parent[:3], 10, *parent[4:]), (*child[:3], 20, *child[4:])) == []


def test_domains_of_two_releases() -> None:
    kidney = ("Z940", "Greffe de rein", "EQUAL", 1, "Transplanted kidney present", "Condition")
    heart = ("Z941", "Greffe de cœur", "EQUAL", 2, "Transplanted heart present", "Observation")
    assert meaning(kidney, heart) == ["warning SO-441 3"]
    assert meaning(kidney, (*heart[:5], "Condition")) == []
    assert meaning(kidney, (*heart[:4], "Heart graft", "Observation")) == []
    assert meaning(kidney, ("Z841", *heart[1:])) == []


def test_an_unspecified_child_means_its_parent() -> None:
    parent = ("G91", "Hydrocéphalie", "WIDER", 20, "Hydrocephalus", "Condition")
    child = ("G919", "Hydrocéphalies, sans précision", "EQUAL", 20, "Hydrocephalus", "Condition")
    assert meaning(parent, child) == ["warning SO-444 3"]
    assert meaning((*parent[:2], "EQUIVALENT", *parent[3:]), child) == []
    assert meaning((*parent[:2], "EQUAL", 30, *parent[4:]), child) == ["warning SO-444 3"]
    assert meaning(parent, ("G919", "Calcul du rein, sans précision", *child[2:])) == []
    assert meaning(parent, ("G919", "Hydrocéphalie", *child[2:])) == [], "nothing is unspecified"


def test_a_primary_tumour_is_not_every_malignant_one() -> None:
    secondary = ("C787", "Métastase", "EQUIVALENT", 4, "Secondary malignant neoplasm of liver", "C")
    for equivalence, name, found in (
        ("EQUIVALENT", "Malignant neoplasm of liver", ["warning SO-443 2"]),
        ("EQUAL", "Malignant tumor of liver", ["warning SO-443 2"]),
        ("WIDER", "Malignant neoplasm of liver", []),
        ("EQUIVALENT", "Primary malignant neoplasm of liver", []),
        ("EQUIVALENT", "Malignant tumor of breast", []),
    ):
        primary = ("C22", "Tumeur maligne", equivalence, 3, name, "C")
        assert meaning(primary, secondary) == found


def labels(*rows: dict[str, str]) -> list[str]:
    """Codes and lines of what the rules on labels find."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "SNDS_CCAM.usagi.csv"
        write_mapping_file(path, list(rows))
        return [
            f"{one.code} {one.where.split(':')[1]}" for one in of_labels(read_mapping_file(path))
        ]


def test_one_target_is_not_exact_for_two_codes() -> None:
    other = GOOD | {"sourceCode": "HHQE005"}
    assert labels(GOOD, other) == ["SO-442 3"]
    assert labels(GOOD, other | {"equivalence": "WIDER"}) == []
    assert labels(GOOD, other | {"mappingStatus": "FLAGGED"}) == []
    assert labels(GOOD, other | {"conceptId": "4313889"}) == []
    # a reason on both lines answers it, on one line it does not
    assert labels(GOOD | {"comment": "price"}, other) == ["SO-442 3"]
    assert labels(GOOD | {"comment": "price"}, other | {"comment": "price"}) == []
    assert labels(GOOD | {"sourceCode": "K50"}, GOOD | {"sourceCode": "K509"}) == [], "its child"


@pytest.mark.parametrize(
    ("label", "target", "found"),
    [
        ("Coloscopie totale, sans franchissement", "Colonoscopy", ["SO-443 2"]),
        ("Syncope et collapsus (sauf choc)", "Syncope", ["SO-443 2"]),
        ("Tumeur du rein, à l'exception du bassinet", "Neoplasm of kidney", ["SO-443 2"]),
        ("IgE, a l'exception des supports", "IgE [Units/volume] in Serum", ["SO-443 2"]),
        ("Sinus pilonidal (sans abcès)", "Pilonidal sinus without abscess", []),
        ("Anévrisme cérébral, sans rupture", "Nonruptured cerebral aneurysm", []),
        ("Stéatose du foie, non classée ailleurs", "Steatosis of liver", ["SO-443 2"]),
        ("Anémie au cours de maladies classées ailleurs", "Anemia", []),
        ("Hydrocéphalie, sans précision", "Hydrocephalus", []),
        ("Couronne sans reste à charge", "Dental crown", []),
    ],
)
def test_a_label_that_excludes_is_narrower(label: str, target: str, found: list[str]) -> None:
    line = GOOD | {"sourceName": label, "conceptName": target}
    assert labels(line) == found
    assert labels(line | {"comment": "the reason"}) == []
    assert labels(line | {"equivalence": "WIDER"}) == []


def test_check_reads_labels_of_acts_and_analyses(tmp_path: Path) -> None:
    excluding = GOOD | {"sourceName": "Coloscopie totale, sans biopsie"}
    assert codes(tmp_path, excluding) == ["warning SO-443 2"]
