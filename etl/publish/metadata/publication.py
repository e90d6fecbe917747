"""`publish metadata`: the record of a release as files, checked against the shapes."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdflib import RDF, Graph, URIRef

from etl.clauses import joined, same
from etl.errors import SndsOmopError
from etl.publish.metadata.authorities import profile, refused_terms, unverified_terms
from etl.publish.metadata.facts import read_facts
from etl.publish.metadata.record import Record
from etl.publish.metadata.steward import FILE, read_answers
from etl.publish.metadata.tables import csvw_document, write_dictionary
from etl.publish.source import opened
from etl.release import audit_log
from etl.release.store import Release
from etl.settings import Settings
from etl.workspace import Workspace

SHAPES_FILE = Path(__file__).with_name("shapes.ttl")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What was written, and whether the shapes were checked (pySHACL is of the extra `dev`)."""

    files: tuple[Path, ...]
    validated: bool
    unverified: tuple[str, ...] = ()
    """Terms of lists that are not held, as ``list/code``."""


def publish_metadata(
    workspace: Workspace,
    release: Release,
    output: Path,
    settings: Settings,
    *,
    answers: Path | None = None,
) -> Metadata:
    """Write healthdcat.ttl and .jsonld, csvw.json and the dictionaries.

    Args:
        output: a folder; files of the same names are replaced.
        answers: the steward's file; default ``<workspace>/steward.toml``.

    Raises:
        SndsOmopError: SO-116 naming every missing answer, SO-126 every value that a catalogue
            would refuse, SO-117 for a record that does not meet the shapes, SO-903 and SO-904
            for a release that is not what was signed.
    """
    steward = read_answers(answers or workspace.root / FILE)
    with opened(workspace, release, settings.engine) as source:
        facts = read_facts(source, settings.privacy.minimum_count)
    graph = Record(release.manifest, steward, facts).build()
    validated = require_conformity(graph)
    output.mkdir(parents=True, exist_ok=True)
    texts = {
        "healthdcat.ttl": graph.serialize(format="turtle"),
        "healthdcat.jsonld": _json(json_ld(graph)),
        "csvw.json": _json(csvw_document(steward.uri)),
    }
    for name, text in texts.items():
        (output / name).write_text(text, encoding="utf-8")
    for language in ("fr", "en"):
        write_dictionary(output / f"data_dictionary_{language}.csv", language)
    audit_log.append(workspace, "publish metadata", release=release.id)
    files = sorted([*texts, "data_dictionary_fr.csv", "data_dictionary_en.csv"])
    return Metadata(tuple(output / name for name in files), validated, unverified_terms(graph))


def check_record(file: Path) -> tuple[str, ...]:
    """Check a record, perhaps edited by hand, as one that is about to be written.

    Args:
        file: Turtle, or JSON-LD when its name ends in ``.jsonld`` or ``.json``.

    Returns:
        Terms that could not be verified, as ``list/code``.

    Raises:
        SndsOmopError: SO-117 naming the properties or terms at fault, SO-110 without pySHACL.
    """
    form = "json-ld" if file.suffix in (".jsonld", ".json") else "turtle"
    try:
        graph = Graph().parse(data=file.read_text(encoding="utf-8"), format=form)
    except Exception as error:  # each parser of rdflib raises kinds of its own
        raise SndsOmopError(
            "SO-117", f"the file is not {form}", f"le fichier n'est pas du {form}", where=str(file)
        ) from error
    if (None, RDF.type, URIRef(f"{profile()['namespaces']['dcat']}Dataset")) not in graph:
        raise SndsOmopError(
            "SO-117",
            "it describes no dcat:Dataset",
            "il ne décrit aucun dcat:Dataset",
            where=str(file),
        )
    if not require_conformity(graph):
        raise SndsOmopError(
            "SO-110",
            "pyshacl is absent: pip install pyshacl",
            "pyshacl est absent : pip install pyshacl",
        )
    return unverified_terms(graph)


def json_ld(graph: Graph) -> Any:
    """The graph as JSON-LD whose lists are sorted: rdflib's own order changes from run to run."""
    text = graph.serialize(format="json-ld", context=profile()["namespaces"], auto_compact=True)
    return _sorted(json.loads(text))


def _sorted(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _sorted(node[key]) for key in sorted(node)}
    if isinstance(node, list):
        return sorted(map(_sorted, node), key=lambda part: json.dumps(part, sort_keys=True))
    return node


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def require_conformity(graph: Graph) -> bool:
    """Check a record against the shapes; False when pySHACL is not installed.

    Raises:
        SndsOmopError: SO-117 naming the properties or terms at fault.
    """
    if terms := refused_terms(graph):
        raise SndsOmopError("SO-117", *joined(terms))
    if importlib.util.find_spec("pyshacl") is None:
        return False
    import pyshacl

    # dqv:QualityAnnotation and its kinds need no inference: classes are given as they stand.
    conforms, results, _ = pyshacl.validate(
        graph, shacl_graph=Graph().parse(SHAPES_FILE), inference="none", meta_shacl=False
    )
    if not conforms:
        faults = sorted(_faults(results))
        raise SndsOmopError("SO-117", *same(", ".join(faults)))
    return True


def _faults(results: Graph) -> set[str]:
    query = """
        prefix sh: <http://www.w3.org/ns/shacl#>
        select ?path where { ?result a sh:ValidationResult ; sh:resultPath ?path }
    """
    return {str(row[0]).rpartition("/")[2] for row in results.query(query)}
