"""Rules of one line of a mapping file, and rules between the lines of one code."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

from etl.clauses import Clause
from etl.resources import mappings_dir
from etl.vocabulary.catalogue import Vocabulary
from etl.vocabulary.codes import normalise
from etl.vocabulary.findings import Finding, error, graded, warning
from etl.vocabulary.mapping_file import (
    DECIDED,
    EQUIVALENCES,
    MAPPING_TYPES,
    STATUSES,
    MappingRow,
)
from etl.vocabulary.targets import Target

MAXIMUM_ID = 2**31 - 1
CUSTOM_FLOOR = 2_000_000_000
CODE_WIDTH, NAME_WIDTH = 50, 255
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


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are checked against: concepts, and whether they are those of a real bundle."""

    targets: Mapping[int, Target]
    evidenced: Mapping[int, Target]
    real: bool
    ancestors: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Proper ancestors of the targets, among the targets."""


def of_line(
    vocabulary: Vocabulary, row: MappingRow, *, one_person: bool = False
) -> Iterator[Finding]:
    source, code = vocabulary.source_vocabularies[0], row.source_code
    if vocabulary.kind != "structural" and normalise(source, code) != code:
        yield error(
            "SO-421",
            row,
            "the code has blanks, dots, lower case or missing zeros",
            "le code a des blancs, des points, des minuscules ou des zéros absents",
        )
    elif not vocabulary.code_pattern.fullmatch(code) or len(code) > CODE_WIDTH:
        yield error(
            "SO-421",
            row,
            f"the code is not of the form: {vocabulary.code_form}",
            f"le code n'est pas de la forme : {vocabulary.code_form}",
        )
    if not row.source_name.strip() or len(row.source_name) > NAME_WIDTH:
        yield error(
            "SO-421",
            row,
            f"the name is empty or longer than {NAME_WIDTH}",
            f"le nom est vide ou dépasse {NAME_WIDTH} caractères",
        )
    for value, allowed, column in (
        (row.status, STATUSES, "mappingStatus"),
        (row.equivalence, EQUIVALENCES, "equivalence"),
        (row.mapping_type, MAPPING_TYPES, "mappingType"),
    ):
        if value not in allowed:
            yield error(
                "SO-422",
                row,
                f"{column} is none of {', '.join(sorted(allowed))}",
                f"{column} n'est aucun de {', '.join(sorted(allowed))}",
            )
    aimed = row.concept_id != 0 or bool(row.lookup)
    if row.approved and not aimed:
        yield error("SO-423", row, "approved without a target", "approuvée sans cible")
    if row.approved and row.equivalence in ("UNREVIEWED", "UNMATCHED"):
        yield error(
            "SO-423",
            row,
            f"approved, yet its equivalence is {row.equivalence}",
            f"approuvée, mais son équivalence est {row.equivalence}",
        )
    if row.status == "IGNORED" and row.concept_id:
        yield error("SO-423", row, "ignored, yet it has a target", "ignorée, mais elle a une cible")
    if row.status == "IGNORED" and source == "CIM10" and code not in never_truncated():
        yield error(
            "SO-437", row, "its parent would answer for it", "son parent répondrait pour elle"
        )
    if row.status in DECIDED:
        yield from _review(row, one_person=one_person)
    created, decided = row.text.get("createdOn") or "0", row.text.get("statusSetOn") or "0"
    if not (created.isdigit() and decided.isdigit()):
        yield error(
            "SO-434",
            row,
            "createdOn and statusSetOn are milliseconds since 1970",
            "createdOn et statusSetOn sont des millisecondes depuis 1970",
        )
    elif int(decided) and int(decided) < int(created):
        yield error("SO-434", row, "decided before it was created", "décidée avant d'être créée")


def _review(row: MappingRow, *, one_person: bool) -> Iterator[Finding]:
    author, reviewer = row.created_by.strip(), row.reviewer.strip()
    # Usagi names the author of a target: a code that is ignored without one has none
    is_authored = bool(author) or (row.status == "IGNORED" and not row.concept_id)
    if not is_authored or not reviewer or not row.status_set_by.strip():
        yield error(
            "SO-424",
            row,
            "a decided row names its author, its reviewer and who decided",
            "une ligne décidée nomme son auteur, son relecteur et qui a décidé",
        )
    elif not one_person and author.casefold() in (
        reviewer.casefold(),
        row.status_set_by.strip().casefold(),
    ):
        yield error("SO-424", row, "the author reviewed the row", "l'auteur a relu sa propre ligne")


def of_target(vocabulary: Vocabulary, row: MappingRow, known: Known) -> Iterator[Finding]:
    concept_id = row.concept_id
    if concept_id == 0:
        return
    if concept_id < 0 or concept_id > MAXIMUM_ID or concept_id >= CUSTOM_FLOOR:
        yield error(
            "SO-435",
            row,
            f"{concept_id} is no concept of Athena",
            f"{concept_id} n'est pas un concept d'Athena",
        )
        return
    if concept_id in forbidden_targets():
        yield graded("SO-429", row, *forbidden_targets()[concept_id])
    target = known.targets.get(concept_id)
    if target is None:
        if known.real:
            yield graded(
                "SO-425",
                row,
                f"{concept_id} is not in the loaded vocabulary",
                f"{concept_id} n'est pas dans le vocabulaire chargé",
            )
        elif row.approved:
            yield error(
                "SO-431",
                row,
                f"{concept_id} has no public evidence of level A or B",
                f"{concept_id} n'a pas de preuve publique de niveau A ou B",
            )
        return
    if not target.usable:
        if target.standard or not target.valid:
            state = Clause("is deprecated", "est périmé")
        else:
            state = Clause("is not standard", "n'est pas standard")
        yield graded("SO-426", row, f"{concept_id} {state.english}", f"{concept_id} {state.french}")
    if row.domain_id and row.domain_id != target.domain_id:
        yield graded(
            "SO-427",
            row,
            f"{concept_id} is of domain {target.domain_id}",
            f"{concept_id} est du domaine {target.domain_id}",
        )
    elif vocabulary.kind == "structural" and target.domain_id not in _domains(vocabulary):
        expected = vocabulary.default_domain
        yield graded(
            "SO-427",
            row,
            f"{concept_id} is {target.domain_id}, not {expected}",
            f"{concept_id} est {target.domain_id} et non {expected}",
        )
    elif (
        vocabulary.kind != "structural"
        and row.mapping_type == "MAPS_TO"
        and target.domain_id not in EVENT_DOMAINS
    ):
        yield graded(
            "SO-427",
            row,
            f"{concept_id} is {target.domain_id}: no event has it",
            f"{concept_id} est {target.domain_id} : aucun événement ne l'a",
        )
    if known.real and row.concept_name and row.concept_name.casefold() != target.name.casefold():
        yield warning(
            "SO-428",
            row,
            f"{concept_id} is now {target.name!r}",
            f"{concept_id} se nomme à présent {target.name!r}",
        )


def _domains(vocabulary: Vocabulary) -> list[str]:
    return vocabulary.default_domain.split("|")


@cache
def forbidden_targets() -> dict[int, Clause]:
    """Concepts that look right and are not, each with the reason."""
    path = mappings_dir() / "exceptions" / "forbidden_targets.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {
            int(row["concept_id"]): Clause(
                f"{row['concept_id']}: {row['reason']}", f"{row['concept_id']} : {row['reason_fr']}"
            )
            for row in csv.DictReader(handle)
        }


@cache
def never_truncated() -> frozenset[str]:
    """Diagnoses for which no parent may answer."""
    path = mappings_dir() / "exceptions" / "cim10_no_truncation.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return frozenset(row["code"] for row in csv.DictReader(handle))


def between_lines(rows: list[MappingRow], *, structural: bool) -> Iterator[Finding]:
    seen: dict[tuple[int, str], MappingRow] = {}
    for row in rows:
        key = (row.concept_id, row.mapping_type)
        if key in seen:
            yield error(
                "SO-420",
                row,
                f"same code and target as line {seen[key].line}",
                f"même code et même cible que la ligne {seen[key].line}",
            )
        seen.setdefault(key, row)
    approved = [row for row in rows if row.approved and row.mapping_type == "MAPS_TO"]
    for one, other in combinations(approved, 2):
        if one.concept_id == other.concept_id:
            continue
        equal = "EQUAL" in (one.equivalence, other.equivalence)
        if structural or equal:
            yield error(
                "SO-430",
                other,
                f"disagrees with line {one.line}, approved as well",
                f"contredit la ligne {one.line}, approuvée aussi",
            )
        elif (
            one.domain_id != other.domain_id
            and frozenset((one.domain_id, other.domain_id)) not in COMPOUNDS
        ):
            yield error(
                "SO-430",
                other,
                f"{one.domain_id} (line {one.line}) and {other.domain_id} do not go together",
                f"{one.domain_id} (ligne {one.line}) et {other.domain_id} ne vont pas ensemble",
            )
    decided = [row for row in rows if row.status == "IGNORED"]
    if approved and decided:
        yield error(
            "SO-430",
            decided[0],
            f"ignored, yet line {approved[0].line} is approved",
            f"ignorée, mais la ligne {approved[0].line} est approuvée",
        )
    carriers = [row for row in approved if row.domain_id in VALUE_DOMAINS]
    for row in rows:
        if row.approved and row.mapping_type == "MAPS_TO_VALUE" and not carriers:
            yield error(
                "SO-432",
                row,
                "a value needs an approved MAPS_TO of the same code",
                "une valeur demande un MAPS_TO approuvé du même code",
            )
