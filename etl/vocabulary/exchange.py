"""In from Usagi, out to SSSOM."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from etl import __version__
from etl.errors import SndsOmopError
from etl.vocabulary.catalogue import Vocabulary, catalogue
from etl.vocabulary.check import check_rows, known_concepts
from etl.vocabulary.codes import normalise
from etl.vocabulary.findings import errors, summary
from etl.vocabulary.mapping_file import MappingRow, read_mapping_file, write_mapping_file
from etl.vocabulary.mappings import mapping_rows, site_file, site_mappings, vocabulary_files
from etl.workspace import Workspace

PREDICATES = {
    "EQUAL": "skos:exactMatch",
    "EQUIVALENT": "skos:closeMatch",
    "WIDER": "skos:broadMatch",
    "NARROWER": "skos:narrowMatch",
    "INEXACT": "skos:relatedMatch",
}
JUSTIFICATIONS = {"lexical": "semapv:LexicalMatching"}
SSSOM_COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "object_category",
    "mapping_justification",
    "author_label",
    "reviewer_label",
    "subject_source_version",
    "mapping_tool",
    "mapping_cardinality",
    "comment",
)


def import_usagi(
    workspace: Workspace,
    export: Path,
    vocabulary_id: str,
    *,
    into_project: bool = False,
    one_person: bool = False,
) -> int:
    """Take in what a review in Usagi decided; returns the number of codes taken.

    Codes of the export replace their lines of the mapping file. Nothing is written when a
    rule is broken: a target that does not hold, an author who is the reviewer, a bad code.

    Args:
        into_project: write the project's file, not the site's own.
        one_person: the author may be the reviewer; never for the project's file.

    Raises:
        SndsOmopError: SO-403 for a file that cannot be read, SO-412 for broken rules.
    """
    vocabulary = _vocabulary(vocabulary_id)
    rows = [_settled(row) for row in read_mapping_file(export)]
    if not rows:
        raise SndsOmopError(
            "SO-412", "the export has no line", "l'export n'a pas de ligne", where=export.name
        )
    pairs = [(vocabulary, row) for row in rows]
    known = known_concepts(workspace, pairs)
    broken = errors(check_rows(pairs, known, one_person=one_person and not into_project))
    if broken:
        raise SndsOmopError("SO-412", *summary(broken), where=broken[0].where)
    target = _target_file(workspace, vocabulary, into_project=into_project)
    taken = {row.source_code for row in rows}
    kept = list(read_mapping_file(target)) if target.is_file() else []
    merged = [row for row in kept if row.source_code not in taken] + rows
    merged.sort(key=lambda row: (row.source_code, row.mapping_type, row.concept_id))
    # a file of Usagi has no column of reviewers: written down, since this one has
    write_mapping_file(target, [row.text | {"ADD_INFO:reviewer": row.reviewer} for row in merged])
    return len(taken)


def _settled(row: MappingRow) -> MappingRow:
    """A line as a mapping file holds it: an ignored code keeps its proposal in Usagi, not here."""
    cells = {} if row.mapping_type else {"mappingType": "MAPS_TO"}
    if row.status == "IGNORED":
        cells |= {"conceptId": "0", "conceptName": "", "domainId": "", "equivalence": "UNMATCHED"}
        row = replace(row, concept_id=0, concept_name="", domain_id="", equivalence="UNMATCHED")
    return replace(row, mapping_type=row.mapping_type or "MAPS_TO", text=row.text | cells)


def _vocabulary(vocabulary_id: str) -> Vocabulary:
    if vocabulary_id not in catalogue():
        raise SndsOmopError(
            "SO-412",
            f"no vocabulary {vocabulary_id} in vocabularies.csv",
            f"aucun vocabulaire {vocabulary_id} dans vocabularies.csv",
        )
    return catalogue()[vocabulary_id]


def _target_file(workspace: Workspace, vocabulary: Vocabulary, *, into_project: bool) -> Path:
    if not into_project:
        return site_file(vocabulary, site_mappings(workspace))
    files = vocabulary_files(vocabulary)
    name = vocabulary.vocabulary_id.removeprefix("SNDS_")
    return files[0] if files else vocabulary.folder / f"{name}.usagi.csv"


def export_sssom(folder: Path, site: Path | None = None) -> dict[str, int]:
    """Write one SSSOM file per vocabulary from approved rows; returns rows per vocabulary."""
    by_vocabulary: dict[str, list[MappingRow]] = {}
    for vocabulary, row in mapping_rows(site):
        if row.approved and row.concept_id and row.mapping_type == "MAPS_TO":
            by_vocabulary.setdefault(vocabulary.vocabulary_id, []).append(row)
    folder.mkdir(parents=True, exist_ok=True)
    for vocabulary_id, rows in by_vocabulary.items():
        _write_sssom(folder / f"{vocabulary_id}.sssom.tsv", catalogue()[vocabulary_id], rows)
    return {vocabulary_id: len(rows) for vocabulary_id, rows in by_vocabulary.items()}


def _write_sssom(path: Path, vocabulary: Vocabulary, rows: list[MappingRow]) -> None:
    prefix = vocabulary.vocabulary_id.removeprefix("SNDS_").lower()
    head = (
        f"#mapping_set_id: https://w3id.org/sssom/mappings/snds-omop/{prefix}",
        "#license: https://www.apache.org/licenses/LICENSE-2.0",
        f"#mapping_set_version: '{__version__}'",
        "#curie_map:",
        f"#  {prefix}: {vocabulary.url}#",
        "#  omop: https://athena.ohdsi.org/search-terms/terms/",
        "#  skos: http://www.w3.org/2004/02/skos/core#",
        "#  semapv: https://w3id.org/semapv/vocab/",
    )
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.write("".join(f"{line}\n" for line in head))
        writer = csv.DictWriter(handle, SSSOM_COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_sssom_rows(vocabulary, prefix, rows))


def _sssom_rows(
    vocabulary: Vocabulary, prefix: str, rows: list[MappingRow]
) -> Iterator[dict[str, str]]:
    targets = Counter(row.source_code for row in rows)
    sources = Counter(row.concept_id for row in rows)
    for row in rows:
        many = (sources[row.concept_id] > 1, targets[row.source_code] > 1)
        cardinality = ":".join("n" if one else "1" for one in many)
        yield _sssom_row(vocabulary, prefix, row, cardinality)


def _sssom_row(
    vocabulary: Vocabulary, prefix: str, row: MappingRow, cardinality: str
) -> dict[str, str]:
    code = row.source_code
    if vocabulary.kind != "structural":
        code = normalise(vocabulary.source_vocabularies[0], code)
    return {
        "subject_id": f"{prefix}:{code}",
        "subject_label": row.source_name,
        "predicate_id": PREDICATES[row.equivalence],
        "object_id": f"omop:{row.concept_id}",
        "object_label": row.concept_name,
        "object_category": row.domain_id,
        "mapping_justification": JUSTIFICATIONS.get(row.method, "semapv:ManualMappingCuration"),
        "author_label": row.created_by,
        "reviewer_label": row.reviewer,
        "subject_source_version": vocabulary.version,
        "mapping_tool": f"snds-omop {__version__}",
        "mapping_cardinality": cardinality,
        "comment": row.comment,
    }
