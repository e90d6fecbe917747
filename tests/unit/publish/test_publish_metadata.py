"""The HealthDCAT-AP record: whole, valid, rounded, and honest about what only a person knows."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path

import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from etl import release
from etl.cli import execute
from etl.contracts.cdm import cdm_tables
from etl.errors import SndsOmopError
from etl.publish.metadata.authorities import profile
from etl.publish.metadata.facts import Facts
from etl.publish.metadata.publication import Metadata, publish_metadata, require_conformity
from etl.publish.metadata.record import Record
from etl.publish.metadata.steward import read_answers, write_template
from etl.publish.metadata.variables import variables
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import released

pytest.importorskip("pyshacl", reason="needs pyshacl (extra `dev`)")

ANSWERS = Path(__file__).with_name("steward.toml")
NS = {name: Namespace(uri) for name, uri in profile()["namespaces"].items()}

MANDATORY = (
    *("dct:title", "dct:description", "dct:identifier", "dct:accessRights", "dct:type"),
    *("dct:provenance", "dct:publisher", "dcatap:applicableLegislation", "dcat:distribution"),
    *("dcat:theme", "dcat:keyword", "dcat:contactPoint", "healthdcatap:hdab"),
    *("healthdcatap:healthCategory", "healthdcatap:hasStructuredData", "healthdcatap:hasVariables"),
)
RECOMMENDED = (
    *("healthdcatap:hasCodeValues", "healthdcatap:hasCodingSystem", "dct:conformsTo", "foaf:page"),
    *("dct:accrualPeriodicity", "healthdcatap:healthTheme", "dct:isReferencedBy", "dct:language"),
    *("dpv:hasLegalBasis", "healthdcatap:minTypicalAge", "healthdcatap:maxTypicalAge"),
    *("healthdcatap:numberOfRecords", "healthdcatap:numberOfUniqueIndividuals"),
    *("dpv:hasPersonalData", "healthdcatap:populationCoverage", "dpv:hasPurpose"),
    *("dqv:hasQualityAnnotation", "healthdcatap:retentionPeriod", "dct:relation", "dct:temporal"),
    *("dcat:temporalResolution", "dcat:landingPage", "geodcatap:custodian"),
    *("adms:sample", "healthdcatap:analytics"),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return released(tmp_path_factory.mktemp("metadata") / "workspace")


@pytest.fixture(scope="module")
def folder(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("record")
    assert publish(workspace, output).validated
    return output


@pytest.fixture
def graph(folder: Path) -> Graph:
    return Graph().parse(folder / "healthdcat.ttl")


def publish(workspace: Workspace, output: Path) -> Metadata:
    current = release.find(workspace, "current")
    return publish_metadata(workspace, current, output, Settings(), answers=ANSWERS)


def term(name: str) -> URIRef:
    prefix, _, local = name.partition(":")
    return NS[prefix][local]


def dataset_of(graph: Graph) -> URIRef:
    (dataset,) = graph.subjects(RDF.type, NS["dcat"].Dataset)
    assert isinstance(dataset, URIRef)
    return dataset


@pytest.mark.parametrize("name", [*MANDATORY, *RECOMMENDED])
def test_property_is_there(graph: Graph, name: str) -> None:
    assert list(graph.objects(dataset_of(graph), term(name)))


@pytest.mark.parametrize("name", MANDATORY)
def test_shapes_notice_a_missing_property(graph: Graph, name: str) -> None:
    graph.remove((dataset_of(graph), term(name), None))
    with pytest.raises(SndsOmopError) as caught:
        require_conformity(graph)
    assert caught.value.code == "SO-117"
    assert name.partition(":")[2] in caught.value.detail


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("#distribution", "dcatap:applicableLegislation"),
        ("#distribution", "dcat:accessURL"),
        ("#contact", "vcard:hasEmail"),
        ("#hdab", "cv:contactPoint"),
        ("#hdab-contact", "cv:email"),
        ("#variables/person/person_id", "csvw:title"),
        ("#variables/person/person_id", "csvw:datatype"),
        ("#variables/person", "csvw:column"),
        ("#quality", "oa:hasBody"),
    ],
)
def test_shapes_look_below_the_dataset(graph: Graph, subject: str, name: str) -> None:
    node = URIRef(f"{dataset_of(graph)}{subject}")
    assert list(graph.objects(node, term(name)))
    graph.remove((node, term(name), None))
    with pytest.raises(SndsOmopError):
        require_conformity(graph)


def test_access_is_non_public_and_nothing_else(graph: Graph) -> None:
    rights = list(graph.objects(dataset_of(graph), NS["dct"].accessRights))
    assert [str(right).rpartition("/")[2] for right in rights] == ["NON_PUBLIC"]


def test_counts_are_rounded_up(graph: Graph) -> None:
    dataset = dataset_of(graph)
    persons = graph.value(dataset, NS["healthdcatap"].numberOfUniqueIndividuals)
    records = graph.value(dataset, NS["healthdcatap"].numberOfRecords)
    assert int(str(persons)) == 120
    assert int(str(records)) % 10 == 0


def test_few_persons_are_not_counted(workspace: Workspace) -> None:
    manifest = release.find(workspace, "current").manifest
    facts = Facts(None, None, None, None, None, None, (), {}, {}, None, {})
    graph = Record(manifest, read_answers(ANSWERS), facts).build()
    assert not list(graph.objects(None, NS["healthdcatap"].numberOfUniqueIndividuals))
    require_conformity(graph)


def test_turtle_and_json_ld_say_the_same(folder: Path) -> None:
    turtle = Graph().parse(folder / "healthdcat.ttl")
    json_ld = Graph().parse(folder / "healthdcat.jsonld")
    assert isomorphic(turtle, json_ld)


def test_same_release_same_bytes(workspace: Workspace, folder: Path, tmp_path: Path) -> None:
    publish(workspace, tmp_path)
    for file in folder.iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_every_column_has_words_in_both_languages(folder: Path) -> None:
    fields = {(f.table, f.name) for table in cdm_tables().values() for f in table.fields}
    assert {(variable.table, variable.name) for variable in variables()} == fields
    for variable in variables():
        for language in ("fr", "en"):
            assert variable.title[language] and variable.description[language]
    for language in ("fr", "en"):
        with (folder / f"data_dictionary_{language}.csv").open(encoding="utf-8") as handle:
            assert len(list(csv.DictReader(handle))) == len(fields)
    tables = json.loads((folder / "csvw.json").read_text())["tables"]
    assert sum(len(table["tableSchema"]["columns"]) for table in tables) == len(fields)


def test_quality_and_provenance(graph: Graph) -> None:
    run_ = graph.value(dataset_of(graph), NS["prov"].wasGeneratedBy)
    used = {
        str(graph.value(node, NS["rdfs"].label)) for node in graph.objects(run_, NS["prov"].used)
    }
    assert used == {"ER_PRS_F"}
    shares = [float(str(v)) for v in graph.objects(None, NS["dqv"].value)]
    assert shares and all(0 <= share <= 1 for share in shares)


def test_coding_systems_follow_the_vocabulary(graph: Graph) -> None:
    found = graph.objects(dataset_of(graph), NS["healthdcatap"].hasCodingSystem)
    codes = {str(system).rpartition("/")[2] for system in found}
    assert codes == {"OHDSI-VOCAB", "SNOMED-CT", "RXNORM", "LOINC", "ICD-10-NAT"}


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_open_questions_are_named(tmp_path: Path, lang: str) -> None:
    write_template(tmp_path / "steward.toml", lang)
    with pytest.raises(SndsOmopError) as caught:
        read_answers(tmp_path / "steward.toml")
    assert (caught.value.code, caught.value.exit_code) == ("SO-116", 2)
    for question in ("identifier", "title.fr", "hdab.email", "keywords.en", "dataset_type"):
        assert question in caught.value.detail


def test_both_files_of_questions_ask_the_same_and_list_the_codes(tmp_path: Path) -> None:
    asked = {}
    for lang in ("en", "fr"):
        path = tmp_path / f"{lang}.toml"
        write_template(path, lang)
        text = path.read_text(encoding="utf-8")
        asked[lang] = re.sub(r"TO BE ANSWERED|À COMPLÉTER", "?", str(tomllib.loads(text)))
        assert not re.findall(r"\{[a-z_]+\}", text)
        for code in ("MRMR", "HEALTH_SYSTEMS", "QUINQUENNIAL", "TEMPORARY", "stat-agency"):
            assert code in text
        with pytest.raises(SndsOmopError) as caught:
            read_answers(path)
        assert len(caught.value.detail.split(", ")) == 20
    assert asked["en"] == asked["fr"]
    with pytest.raises(SndsOmopError, match="no such file yet"):
        read_answers(tmp_path / "none.toml")


def test_missing_answer_is_named(tmp_path: Path) -> None:
    text = ANSWERS.read_text().replace('[hdab]\nname = "Access body"\n', "[hdab]\n")
    (tmp_path / "steward.toml").write_text(text)
    with pytest.raises(SndsOmopError) as caught:
        read_answers(tmp_path / "steward.toml")
    assert "hdab.name" in caught.value.detail


def test_template_is_never_written_over_answers(tmp_path: Path) -> None:
    write_template(tmp_path / "steward.toml")
    with pytest.raises(SndsOmopError):
        write_template(tmp_path / "steward.toml")


def test_nothing_a_person_did_not_say_is_claimed(graph: Graph) -> None:
    """No placeholder reaches a catalogue."""
    assert not [o for o in graph.objects() if isinstance(o, Literal) and "ANSWERED" in str(o)]


def test_command_line(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb = ["--workspace", str(workspace.root), "--json", "publish", "metadata"]
    assert execute(verb) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "SO-116"
    assert execute([*verb, "--new-answers", str(tmp_path / "new.toml")]) == 0
    capsys.readouterr()
    assert execute([*verb, "--answers", str(ANSWERS)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["validated"] is True
    assert all(Path(file).is_file() for file in answer["files"])
