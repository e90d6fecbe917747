"""Values of a HealthDCAT-AP record: checked before it is written, and by the official shapes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef

from etl import release
from etl.cli import execute
from etl.errors import SndsOmopError
from etl.publish.metadata.authorities import (
    held_lists,
    profile,
    refused_terms,
    require_code,
    unverified_terms,
)
from etl.publish.metadata.publication import check_record, publish_metadata
from etl.publish.metadata.steward import read_answers
from etl.settings import Settings
from tests.conftest import REFERENCE
from tests.small_candidate import released

pyshacl = pytest.importorskip("pyshacl", reason="needs pyshacl (extra `dev`)")

ANSWERS = Path(__file__).with_name("steward.toml")
SHAPES = REFERENCE / "healthdcat-ap"
SH = Namespace("http://www.w3.org/ns/shacl#")
HEALTH = Namespace("http://healthdataportal.eu/ns/health#")
# Every shape file that is handed, one at a time; DCAT-AP 3.0 and the transcriptions of R8.
OFFICIAL = (
    *("official/dcatap300_shapes.ttl", "official/dcatap300_range.ttl"),
    *("official/dcatap300_shapes_recommended.ttl", "official/dcatap300_deprecateduris.ttl"),
    *("official/dcatap300_full.ttl", "official/dcatap301_full.ttl"),
    *("official/dcatap300_mdr-vocabularies.shape.ttl", "transcriptions/r8_mdr.ttl"),
    *("transcriptions/r8_nonpublic_shapes.ttl", "transcriptions/r8_range.ttl"),
    "transcriptions/r8_recommended.ttl",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = released(tmp_path_factory.mktemp("record") / "workspace")
    output = tmp_path_factory.mktemp("written")
    found = release.find(workspace, "current")
    publish_metadata(workspace, found, output, Settings(), answers=ANSWERS)
    return output


@pytest.fixture
def graph(folder: Path) -> Graph:
    return Graph().parse(folder / "healthdcat.ttl")


def answers(folder: Path, before: str, after: str) -> Path:
    """The answers with one of them replaced."""
    text = ANSWERS.read_text(encoding="utf-8")
    assert before in text
    file = folder / "steward.toml"
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ('frequency = "ANNUAL"', 'frequency = "NOPE"', "frequency"),
        ('frequency = "ANNUAL"', 'health_categories = ["HRAD", "NOPE"]', "health_categories"),
        ('frequency = "ANNUAL"', 'health_themes = ["NOPE"]', "health_themes"),
        ('availability = "STABLE"', 'availability = "NOPE"', "availability"),
        ('type = "national-authority"', 'type = "NOPE"', "publisher.type"),
        ('dataset_type = "SYNTHETIC_DATA"', 'dataset_type = "NOPE"', "dataset_type"),
        ('legal_status = "project"', 'legal_status = "NOPE"', "legal_status"),
        ('frequency = "ANNUAL"', 'country = "France"', "country"),
        ("2018-01-01", "2018-13-01", "retention_from"),
        ("2018-01-01", "2018-02-30", "retention_from"),
        ("2018-01-01", "20180101", "retention_from"),
        ('"data@example.org"', '"data at example"', "contact_email"),
        ('"hdab@example.org"', '"hdab@example"', "hdab.email"),
        ('"https://catalogue.example.org/access"', '"www.example.org"', "access_page"),
        ('"https://catalogue.example.org/doc"', '"https://a b"', "documentation"),
        ('"https://catalogue.example.org/snds-omop"', '"urn:x"', "uri"),
    ],
)
def test_a_value_that_a_catalogue_refuses_is_named(
    tmp_path: Path, before: str, after: str, place: str
) -> None:
    file = answers(tmp_path, before, after)
    with pytest.raises(SndsOmopError) as caught:
        read_answers(file)
    assert (caught.value.code, caught.value.exit_code) == ("SO-126", 2)
    assert place in caught.value.detail


def test_the_line_is_named_and_every_fault_at_once(tmp_path: Path) -> None:
    file = answers(tmp_path, 'frequency = "ANNUAL"', 'frequency = "NOPE"')
    text = file.read_text(encoding="utf-8").replace("hdab@example.org", "wrong")
    file.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    with pytest.raises(SndsOmopError) as caught:
        read_answers(file)
    detail = caught.value.detail
    assert f"line {lines.index('frequency = ' + chr(34) + 'NOPE' + chr(34)) + 1}: " in detail
    assert f"line {lines.index('email = ' + chr(34) + 'wrong' + chr(34)) + 1}: " in detail
    assert "NOPE" not in detail


def test_a_fault_of_a_whole_table_names_its_header(tmp_path: Path) -> None:
    file = answers(tmp_path, 'email = "hdab@example.org"\n', "")
    with pytest.raises(SndsOmopError) as caught:
        read_answers(file)
    line = file.read_text(encoding="utf-8").splitlines().index("[hdab]") + 1
    assert f"line {line}: " in caught.value.detail


def test_retention_that_ends_before_it_starts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError) as caught:
        read_answers(answers(tmp_path, "2035-12-31", "2017-12-31"))
    assert caught.value.code == "SO-126"


@pytest.mark.parametrize("name", sorted(held_lists()))
def test_a_held_list_knows_its_codes_and_no_other(name: str) -> None:
    first = min(held_lists()[name])
    assert require_code(name, first) == first
    with pytest.raises(ValueError, match="is expected"):
        require_code(name, "NOPE")


def test_a_list_that_is_not_held_refuses_nothing() -> None:
    assert require_code("country", "NOPE") == "NOPE"


def test_coding_systems_of_the_profile_are_official() -> None:
    assert set(profile()["coding_systems"].values()) <= held_lists()["coding_system"]


def test_lists_have_as_many_codes_as_the_official_ones() -> None:
    sizes = {name: len(codes) for name, codes in held_lists().items()}
    # Article 51 has 17 categories; sizes of the files of Release 8.
    assert (sizes["health_category"], sizes["health_theme"], sizes["frequency"]) == (17, 20, 40)


def test_code_values_are_codes(graph: Graph) -> None:
    found = {str(code) for code in graph.objects(None, HEALTH.hasCodeValues)}
    assert found == {"E11", "G61", "I26", "U07"}


def test_sample_and_analytics_are_distributions(graph: Graph) -> None:
    spaces = {name: Namespace(uri) for name, uri in profile()["namespaces"].items()}
    for predicate in (spaces["adms"].sample, HEALTH.analytics):
        (node,) = graph.objects(None, predicate)
        assert (node, RDF.type, spaces["dcat"].Distribution) in graph
        assert str(graph.value(node, spaces["dcat"].accessURL)).startswith("https://")


def test_variables_have_their_keys(folder: Path) -> None:
    tables = json.loads((folder / "csvw.json").read_text())["tables"]
    schema = {table["url"]: table["tableSchema"] for table in tables}
    assert schema["person.csv"]["primaryKey"] == ["person_id"]
    assert {
        "columnReference": "person_id",
        "reference": {"resource": "person.csv", "columnReference": "person_id"},
    } in schema["condition_occurrence.csv"]["foreignKeys"]


def test_terms_of_other_lists_are_named_as_not_verified(graph: Graph) -> None:
    assert refused_terms(graph) == []
    assert "country/FRA" in unverified_terms(graph)
    assert not [term for term in unverified_terms(graph) if term.startswith("frequency")]


def violations(data: Graph, shapes: Path) -> list[str]:
    """Violations that the report itself lists; details of a warning are not its results."""
    constraints = Graph().parse(shapes)
    for _, _, part in list(constraints.triples((None, SH.property, None))):
        # pySHACL stops at a property shape without a path.
        if constraints.value(part, SH.path) is None:
            constraints.remove((None, SH.property, part))
    _, report, _ = pyshacl.validate(data, shacl_graph=constraints, inference="none", advanced=True)
    assert isinstance(report, Graph)
    return [
        f"{report.value(result, SH.focusNode)} {report.value(result, SH.resultPath)}"
        for result in report.objects(None, SH.result)
        if report.value(result, SH.resultSeverity) == SH.Violation
    ]


@pytest.mark.parametrize("file", OFFICIAL)
def test_official_shapes_find_no_violation(graph: Graph, file: str) -> None:
    if not (SHAPES / file).is_file():
        pytest.skip("the official shapes are not next to this checkout")
    assert violations(graph, SHAPES / file) == []


def test_official_ranges_refuse_what_we_wrote_before(graph: Graph) -> None:
    if not SHAPES.is_dir():
        pytest.skip("the official shapes are not next to this checkout")
    dqv = Namespace(profile()["namespaces"]["dqv"])
    graph.remove((None, RDF.type, dqv.QualityCertificate))
    assert len(violations(graph, SHAPES / "transcriptions/r8_range.ttl")) == 1


def test_a_record_edited_by_hand_is_checked(folder: Path, tmp_path: Path) -> None:
    text = (folder / "healthdcat.ttl").read_text(encoding="utf-8")
    assert "country/FRA" in check_record(folder / "healthdcat.ttl")
    assert "country/FRA" in check_record(folder / "healthdcat.jsonld")
    for before, after, named in (
        ("frequency/ANNUAL", "frequency/NOPE", "NOPE"),
        ("dct:accessRights", "dct:rights", "accessRights"),
    ):
        assert before in text
        (tmp_path / "edited.ttl").write_text(text.replace(before, after), encoding="utf-8")
        with pytest.raises(SndsOmopError) as caught:
            check_record(tmp_path / "edited.ttl")
        assert caught.value.code == "SO-117"
        assert named in caught.value.detail
    for content in ("no turtle at all {", "<urn:a> <urn:b> <urn:c> ."):
        (tmp_path / "edited.ttl").write_text(content, encoding="utf-8")
        with pytest.raises(SndsOmopError) as caught:
            check_record(tmp_path / "edited.ttl")
        assert caught.value.code == "SO-117"


def test_a_term_in_no_list_is_refused(graph: Graph) -> None:
    category = profile()["authorities"]["health_category"]
    graph.add((URIRef("urn:x"), HEALTH.healthCategory, URIRef(f"{category}NOPE")))
    graph.add((URIRef("urn:x"), HEALTH.note, Literal("text")))
    assert [clause.english for clause in refused_terms(graph)] == [
        "NOPE is not in the list health_category"
    ]


def test_the_command_checks_a_record(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb = ["--workspace", str(tmp_path), "--json", "publish", "metadata", "--check"]
    assert execute([*verb, str(folder / "healthdcat.ttl")]) == 0
    assert "country/FRA" in json.loads(capsys.readouterr().out)["unverified"]
