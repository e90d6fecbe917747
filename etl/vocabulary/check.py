"""Rules that every mapping file keeps (terminology §5.2): coded findings with file and line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.vocabulary.catalogue import Vocabulary, catalogue, custom_vocabularies
from etl.vocabulary.findings import Finding, error, errors, summary, warning
from etl.vocabulary.mapping_file import (
    MappingRow,
    read_mapping_file,
)
from etl.vocabulary.mappings import (
    registered_codes,
    site_files,
    site_mappings,
    vocabulary_files,
)
from etl.vocabulary.meaning_rules import of_labels, of_meaning
from etl.vocabulary.nomenclature import Codes
from etl.vocabulary.property_rules import of_classes, of_properties, sense_lost
from etl.vocabulary.row_rules import Known, between_lines, of_line, of_target
from etl.vocabulary.targets import (
    demo_ancestors,
    demo_targets,
    loaded_ancestors,
    loaded_targets,
    real_vocabulary,
)
from etl.workspace import Workspace

Rows = list[tuple[Vocabulary, MappingRow]]


def check(
    workspace: Workspace | None = None,
    nomenclatures: Codes | None = None,
    *,
    one_person: bool = False,
) -> list[Finding]:
    """Check every mapping file and registry; with a real vocabulary loaded, against it too.

    Args:
        workspace: where a vocabulary may be loaded, and where a site keeps files of its own.
        nomenclatures: codes that exist, where the site has the value tables of the SNDS.
        one_person: the site has one person, who may review what she or he wrote.
    """
    findings, rows = _read(
        (vocabulary, path)
        for vocabulary in catalogue().values()
        for path in vocabulary_files(vocabulary)
    )
    findings += check_rows(rows, known_concepts(workspace, rows))
    findings += _unregistered(rows)
    findings += _unlike(rows, nomenclatures or {})
    if workspace is not None:
        lost, of_site = _site(workspace)
        # A site's lines hide the project's for the same code: they are not held against them.
        known = known_concepts(workspace, of_site)
        findings += lost + check_rows(of_site, known, one_person=one_person)
        findings += _unlike(of_site, nomenclatures or {})
    return sorted(findings, key=lambda finding: (finding.where.split(":")[0], finding.where))


def refuse_broken_site(workspace: Workspace, *, one_person: bool = False) -> None:
    """Stop before a site's files are used when a line breaks a rule that no vocabulary cures.

    Raises:
        SndsOmopError: SO-411.
    """
    findings, rows = _site(workspace)
    nothing = Known({}, {}, real=True)
    absent = "SO-425"  # the vocabulary is not there yet: loading reports what it lacks
    found = findings + check_rows(rows, nothing, one_person=one_person)
    broken = [one for one in errors(found) if one.code != absent]
    if broken:
        raise SndsOmopError("SO-411", *summary(broken), where=broken[0].where)


def _site(workspace: Workspace) -> tuple[list[Finding], Rows]:
    named = list(site_files(site_mappings(workspace)))
    unknown = [
        Finding(
            "SO-438",
            "error",
            path.name,
            Clause(
                f"no vocabulary {name} in vocabularies.csv",
                f"aucun vocabulaire {name} dans vocabularies.csv",
            ),
        )
        for name, path in named
        if name not in catalogue()
    ]
    findings, rows = _read((catalogue()[name], path) for name, path in named if name in catalogue())
    return unknown + findings, rows


def _read(files: Iterable[tuple[Vocabulary, Path]]) -> tuple[list[Finding], Rows]:
    findings: list[Finding] = []
    rows: Rows = []
    for vocabulary, path in files:
        try:
            rows += [(vocabulary, row) for row in read_mapping_file(path)]
        except SndsOmopError as refused:
            findings.append(Finding(refused.code, "error", refused.where, refused.clause))
    return findings, rows


def known_concepts(workspace: Workspace | None, rows: Rows) -> Known:
    evidenced = demo_targets()
    if workspace is not None and real_vocabulary(workspace):
        wanted = {row.concept_id for _, row in rows}
        ancestors = loaded_ancestors(workspace, wanted)
        return Known(loaded_targets(workspace, wanted), evidenced, real=True, ancestors=ancestors)
    return Known(evidenced, evidenced, real=False, ancestors=demo_ancestors())


def check_rows(rows: Rows, known: Known, *, one_person: bool = False) -> list[Finding]:
    """Rules of one line, then rules between lines of one file."""
    findings: list[Finding] = []
    by_code: dict[tuple[str, str], list[MappingRow]] = defaultdict(list)
    for vocabulary, row in rows:
        findings += of_line(vocabulary, row, one_person=one_person)
        findings += of_target(vocabulary, row, known)
        by_code[vocabulary.vocabulary_id, row.source_code].append(row)
    for (vocabulary_id, _), group in by_code.items():
        findings += between_lines(group, structural=catalogue()[vocabulary_id].kind == "structural")
    for read_by_label in ("CIM10", "CCAM", "CSARR", "NABM"):
        findings += of_labels(_of(read_by_label, rows))
    findings += of_properties(_of("NABM", rows))
    findings += of_classes(_of("ATC", rows))
    return [*findings, *of_meaning(_of("CIM10", rows), known.ancestors)]


def _of(source: str, rows: Rows) -> list[MappingRow]:
    """The rows of one source vocabulary."""
    return [row for vocabulary, row in rows if source in vocabulary.source_vocabularies]


def _unregistered(rows: Rows) -> Iterator[Finding]:
    """Codes of mapping files that have no custom concept id, and damaged registries."""
    registered: dict[str, set[str]] = {}
    for vocabulary in custom_vocabularies():
        try:
            codes = registered_codes(vocabulary, None)
        except SndsOmopError as refused:
            yield Finding(refused.code, "error", refused.where, refused.clause)
            continue
        registered[vocabulary.vocabulary_id] = {code.source_code for code in codes}
    for vocabulary, row in rows:
        known = registered.get(vocabulary.vocabulary_id)
        if known is not None and row.source_code not in known:
            yield error(
                "SO-433",
                row,
                "the code has no custom concept id",
                "le code n'a pas d'identifiant de concept propre",
            )


def _unlike(rows: Rows, nomenclatures: Codes) -> Iterator[Finding]:
    """Codes and labels that are not those of the nomenclature: warnings, for it has versions."""
    for vocabulary, row in rows:
        held = nomenclatures.get(vocabulary.source_vocabularies[0])
        if held is None:
            continue
        if row.source_code not in held:
            yield warning(
                "SO-436", row, f"{row.source_code} is not in it", f"{row.source_code} n'y est pas"
            )
        elif lost := sense_lost(row.source_name, held[row.source_code]):
            words = ", ".join(lost)
            yield warning(
                "SO-446",
                row,
                f"the label leaves out: {words}",
                f"le libellé omet : {words}",
            )
