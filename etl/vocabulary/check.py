"""Rules that every mapping file keeps (terminology §5.2): coded findings with file and line."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Literal

from etl.errors import SndsOmopError
from etl.resources import mappings_dir
from etl.vocabulary.catalogue import Vocabulary, catalogue, custom_vocabularies
from etl.vocabulary.codes import normalise
from etl.vocabulary.mapping_file import (
    EQUIVALENCES,
    MAPPING_TYPES,
    STATUSES,
    MappingRow,
    read_mapping_file,
)
from etl.vocabulary.mappings import (
    registered_codes,
    site_files,
    site_mappings,
    vocabulary_files,
)
from etl.vocabulary.nomenclature import Codes
from etl.vocabulary.targets import Target, demo_targets, loaded_targets, real_vocabulary
from etl.workspace import Workspace

MAXIMUM_ID = 2**31 - 1
CUSTOM_FLOOR = 2_000_000_000
CODE_WIDTH, NAME_WIDTH = 50, 255
DECIDED = ("APPROVED", "IGNORED")
EVENT_DOMAINS = frozenset(
    ("Condition", "Drug", "Procedure", "Measurement", "Device", "Observation")
)
VALUE_DOMAINS = frozenset(("Observation", "Measurement", "Condition"))
# Domains that one code may reach together; the source domains of Athena name the same pairs.
COMPOUNDS = frozenset(
    frozenset(pair)
    for pair in (
        ("Condition", "Measurement"),
        ("Condition", "Observation"),
        ("Condition", "Procedure"),
        ("Condition", "Device"),
        ("Device", "Procedure"),
        ("Device", "Observation"),
        ("Drug", "Procedure"),
        ("Measurement", "Procedure"),
        ("Measurement", "Observation"),
        ("Observation", "Procedure"),
    )
)

Rows = list[tuple[Vocabulary, MappingRow]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one line."""

    code: str
    severity: Literal["error", "warning"]
    where: str
    message: str

    def line(self) -> str:
        return f"{self.severity} {self.code} [{self.where}] {self.message}"


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are checked against: concepts, and whether they are those of a real bundle."""

    targets: Mapping[int, Target]
    evidenced: Mapping[int, Target]
    real: bool


def check(workspace: Workspace | None = None, nomenclatures: Codes | None = None) -> list[Finding]:
    """Check every mapping file and registry; with a real vocabulary loaded, against it too.

    Args:
        workspace: where a vocabulary may be loaded, and where a site keeps files of its own.
        nomenclatures: codes that exist, where the site has the value tables of the SNDS.
    """
    findings, rows = _read(
        (vocabulary, path)
        for vocabulary in catalogue().values()
        for path in vocabulary_files(vocabulary)
    )
    findings += check_rows(rows, known_concepts(workspace, rows))
    findings += _unregistered(rows)
    findings += _absent(rows, nomenclatures or {})
    if workspace is not None:
        lost, of_site = _site(workspace)
        # A site's lines hide the project's for the same code: they are not held against them.
        findings += lost + check_rows(of_site, known_concepts(workspace, of_site))
        findings += _absent(of_site, nomenclatures or {})
    return sorted(findings, key=lambda finding: (finding.where.split(":")[0], finding.where))


def refuse_broken_site(workspace: Workspace) -> None:
    """Stop before a site's files are used when a line breaks a rule that no vocabulary cures.

    Raises:
        SndsOmopError: SO-411.
    """
    findings, rows = _site(workspace)
    nothing = Known({}, {}, real=True)
    absent = "SO-425"  # the vocabulary is not there yet: loading tells what it lacks
    broken = [one for one in errors(findings + check_rows(rows, nothing)) if one.code != absent]
    if broken:
        raise SndsOmopError("SO-411", summary(broken), where=broken[0].where)


def _site(workspace: Workspace) -> tuple[list[Finding], Rows]:
    named = list(site_files(site_mappings(workspace)))
    unknown = [
        Finding("SO-438", "error", path.name, f"no vocabulary {name} in vocabularies.csv")
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
        except SndsOmopError as error:
            findings.append(Finding(error.code, "error", error.where, error.detail))
    return findings, rows


def known_concepts(workspace: Workspace | None, rows: Rows) -> Known:
    evidenced = demo_targets()
    if workspace is not None and real_vocabulary(workspace):
        wanted = {row.concept_id for _, row in rows}
        return Known(loaded_targets(workspace, wanted), evidenced, real=True)
    return Known(evidenced, evidenced, real=False)


def check_rows(rows: Rows, known: Known) -> list[Finding]:
    """Rules of one line, then rules between lines of one file."""
    findings: list[Finding] = []
    by_code: dict[tuple[str, str], list[MappingRow]] = defaultdict(list)
    for vocabulary, row in rows:
        findings += _of_line(vocabulary, row)
        findings += _of_target(vocabulary, row, known)
        by_code[vocabulary.vocabulary_id, row.source_code].append(row)
    for (vocabulary_id, _), group in by_code.items():
        findings += _between_lines(
            group, structural=catalogue()[vocabulary_id].kind == "structural"
        )
    return findings


def _error(code: str, row: MappingRow, message: str) -> Finding:
    return Finding(code, "error", row.where, message)


def _graded(code: str, row: MappingRow, message: str) -> Finding:
    """An error for an approved row, a warning for one that nothing uses yet."""
    return Finding(code, "error" if row.approved else "warning", row.where, message)


def _of_line(vocabulary: Vocabulary, row: MappingRow) -> Iterator[Finding]:
    source, code = vocabulary.source_vocabularies[0], row.source_code
    if vocabulary.kind != "structural" and normalise(source, code) != code:
        yield _error("SO-421", row, "the code has blanks, dots, lower case or missing zeros")
    elif not vocabulary.code_pattern.fullmatch(code) or len(code) > CODE_WIDTH:
        yield _error("SO-421", row, f"the code is not of the form: {vocabulary.code_form}")
    if not row.source_name.strip() or len(row.source_name) > NAME_WIDTH:
        yield _error("SO-421", row, f"the name is empty or longer than {NAME_WIDTH}")
    for value, allowed, column in (
        (row.status, STATUSES, "mappingStatus"),
        (row.equivalence, EQUIVALENCES, "equivalence"),
        (row.mapping_type, MAPPING_TYPES, "mappingType"),
    ):
        if value not in allowed:
            yield _error("SO-422", row, f"{column} is none of {', '.join(sorted(allowed))}")
    aimed = row.concept_id != 0 or bool(row.lookup)
    if row.approved and not aimed:
        yield _error("SO-423", row, "approved without a target")
    if row.approved and row.equivalence in ("UNREVIEWED", "UNMATCHED"):
        yield _error("SO-423", row, f"approved, yet its equivalence is {row.equivalence}")
    if row.status == "IGNORED" and row.concept_id:
        yield _error("SO-423", row, "ignored, yet it has a target")
    if row.status == "IGNORED" and source == "CIM10" and code not in never_truncated():
        yield _error("SO-437", row, "its parent would answer for it")
    if row.status in DECIDED:
        yield from _review(row)
    created, decided = row.text.get("createdOn") or "0", row.text.get("statusSetOn") or "0"
    if not (created.isdigit() and decided.isdigit()):
        yield _error("SO-434", row, "createdOn and statusSetOn are milliseconds since 1970")
    elif int(decided) and int(decided) < int(created):
        yield _error("SO-434", row, "decided before it was created")


def _review(row: MappingRow) -> Iterator[Finding]:
    author, reviewer = row.created_by.strip(), row.reviewer.strip()
    if not author or not reviewer or not row.status_set_by.strip():
        yield _error("SO-424", row, "a decided row names its author, its reviewer and who decided")
    elif author.casefold() in (reviewer.casefold(), row.status_set_by.strip().casefold()):
        yield _error("SO-424", row, "the author reviewed the row")


def _of_target(vocabulary: Vocabulary, row: MappingRow, known: Known) -> Iterator[Finding]:
    concept_id = row.concept_id
    if concept_id == 0:
        return
    if concept_id < 0 or concept_id > MAXIMUM_ID or concept_id >= CUSTOM_FLOOR:
        yield _error("SO-435", row, f"{concept_id} is no concept of Athena")
        return
    if concept_id in forbidden_targets():
        yield _graded("SO-429", row, f"{concept_id}: {forbidden_targets()[concept_id]}")
    target = known.targets.get(concept_id)
    if target is None:
        if known.real:
            yield _graded("SO-425", row, f"{concept_id} is not in the loaded vocabulary")
        elif row.approved:
            yield _error("SO-431", row, f"{concept_id} has no public evidence of level A or B")
        return
    if not target.usable:
        state = "deprecated" if target.standard or not target.valid else "not standard"
        yield _graded("SO-426", row, f"{concept_id} is {state}")
    if row.domain_id and row.domain_id != target.domain_id:
        yield _graded("SO-427", row, f"{concept_id} is of domain {target.domain_id}")
    elif vocabulary.kind == "structural" and target.domain_id not in _domains(vocabulary):
        expected = vocabulary.default_domain
        yield _graded("SO-427", row, f"{concept_id} is {target.domain_id}, not {expected}")
    elif (
        vocabulary.kind != "structural"
        and row.mapping_type == "MAPS_TO"
        and target.domain_id not in EVENT_DOMAINS
    ):
        yield _graded("SO-427", row, f"{concept_id} is {target.domain_id}: no event has it")
    if known.real and row.concept_name and row.concept_name.casefold() != target.name.casefold():
        yield Finding("SO-428", "warning", row.where, f"{concept_id} is now {target.name!r}")


def _domains(vocabulary: Vocabulary) -> list[str]:
    return vocabulary.default_domain.split("|")


@cache
def forbidden_targets() -> dict[int, str]:
    """Concepts that look right and are not, each with the reason."""
    path = mappings_dir() / "exceptions" / "forbidden_targets.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {int(row["concept_id"]): row["reason"] for row in csv.DictReader(handle)}


@cache
def never_truncated() -> frozenset[str]:
    """Diagnoses for which no parent may answer."""
    path = mappings_dir() / "exceptions" / "cim10_no_truncation.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return frozenset(row["code"] for row in csv.DictReader(handle))


def _between_lines(rows: list[MappingRow], *, structural: bool) -> Iterator[Finding]:
    seen: dict[tuple[int, str], MappingRow] = {}
    for row in rows:
        key = (row.concept_id, row.mapping_type)
        if key in seen:
            yield _error("SO-420", row, f"same code and target as line {seen[key].line}")
        seen.setdefault(key, row)
    approved = [row for row in rows if row.approved and row.mapping_type == "MAPS_TO"]
    for one, other in combinations(approved, 2):
        if one.concept_id == other.concept_id:
            continue
        equal = "EQUAL" in (one.equivalence, other.equivalence)
        if structural or equal:
            yield _error("SO-430", other, f"disagrees with line {one.line}, approved as well")
        elif (
            one.domain_id != other.domain_id
            and frozenset((one.domain_id, other.domain_id)) not in COMPOUNDS
        ):
            message = f"{one.domain_id} (line {one.line}) and {other.domain_id} do not go together"
            yield _error("SO-430", other, message)
    decided = [row for row in rows if row.status == "IGNORED"]
    if approved and decided:
        yield _error("SO-430", decided[0], f"ignored, yet line {approved[0].line} is approved")
    carriers = [row for row in approved if row.domain_id in VALUE_DOMAINS]
    for row in rows:
        if row.approved and row.mapping_type == "MAPS_TO_VALUE" and not carriers:
            yield _error("SO-432", row, "a value needs an approved MAPS_TO beside it")


def _unregistered(rows: Rows) -> Iterator[Finding]:
    """Codes of mapping files that have no custom concept id, and damaged registries."""
    registered: dict[str, set[str]] = {}
    for vocabulary in custom_vocabularies():
        try:
            codes = registered_codes(vocabulary, None)
        except SndsOmopError as error:
            yield Finding(error.code, "error", error.where, error.detail)
            continue
        registered[vocabulary.vocabulary_id] = {code.source_code for code in codes}
    for vocabulary, row in rows:
        known = registered.get(vocabulary.vocabulary_id)
        if known is not None and row.source_code not in known:
            yield _error("SO-433", row, "the code has no custom concept id")


def _absent(rows: Rows, nomenclatures: Codes) -> Iterator[Finding]:
    """Codes that their nomenclature does not hold: a warning, for nomenclatures have versions."""
    for vocabulary, row in rows:
        held = nomenclatures.get(vocabulary.source_vocabularies[0])
        if held is not None and row.source_code not in held:
            yield Finding("SO-436", "warning", row.where, f"{row.source_code} is not in it")


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]


def summary(broken: list[Finding]) -> str:
    """The first of several errors, and how many more there are."""
    more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
    return f"{broken[0].code} {broken[0].message}{more}"
