"""Rules on what an analysis measures and on classes of one substance.

A LOINC name states a property in brackets, which most French labels leave open, and some a
method ("by …"). What the target states more and what the label states more decide the
equivalence. Warnings, as in ``meaning_rules``: a reason in ``comment`` answers those on
properties.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations

from etl.resources import mappings_dir
from etl.vocabulary.findings import Finding, warning
from etl.vocabulary.mapping_file import MappingRow
from etl.vocabulary.meaning_rules import PRECISE, exact_for_two, plain_letters

SAME_CLASS = "the same class under two codes"
"""Comment of two ATC codes that the WHO gave one class in two years."""
COMBINATION = 50
"""Last two digits of an ATC code from which it names a combination."""
_PROPERTY = re.compile(r"\[([^\]]+)\]")
_STATED = {
    "Presence": r"recherche|\brech\b|depist|detection|evidence|confirmation|statut|caracter"
    r"|immuno blot",
    "Titer": r"titrage|\btitre",
    "Identifier": r"identif|typage|etude|caracter|culot",
}
"""Words of a French label that state a property; amounts are stated by none of them."""
_AMOUNT = re.compile(r"^(mass|moles|units|enzymatic activity)/", re.IGNORECASE)
_NARROWED = re.compile(
    r"\b(chez|femmes?|hommes?|enfants?|nouveau ne|heures suivant|prelevements suivants|dpn"
    r"|sous antivitamine|diabete insulino ?dependant|et son metabolite|iteratif)\b"
)
"""Persons, occasions, specimens and further tests that a label names."""
_INDICATION = re.compile(r"\b(indique|limitee?|prise en charge|contextes)\b")
"""From here on a label states who is reimbursed, not what is measured."""
_SENSE = re.compile(
    r"\b(sans|sauf|exclusion|exception|hors|unilaterale?|bilaterale?|deux cotes"
    r"|eia|ifi|iha|rfc|western|immunotransfert|immunochimique|chromatographie)\b"
)
"""Words of a label that change what it means: what it leaves out, sides, methods."""


def sense_lost(label: str, nomenclature: Iterable[str]) -> tuple[str, ...]:
    """Words that change the sense, in the nearest label of the nomenclature and not in ours."""
    ours = set(_SENSE.findall(plain_letters(label)))
    theirs = [
        set(_SENSE.findall(_INDICATION.split(plain_letters(text))[0])) - ours
        for text in nomenclature
    ]
    nearest: set[str] = min(theirs, key=lambda words: len(words), default=set())
    return tuple(sorted(nearest))


def of_properties(rows: Iterable[MappingRow]) -> Iterator[Finding]:
    """Findings between what the label of an analysis states and what its target states."""
    for row in rows:
        if not row.approved or row.mapping_type != "MAPS_TO" or row.comment.strip():
            continue
        found = _PROPERTY.search(row.concept_name)
        if found is None:
            continue
        label = _INDICATION.split(plain_letters(row.source_name))[0]
        stated = re.search(_STATED.get(found[1], r"(?!)"), label) is not None
        narrowed = _NARROWED.search(label) is not None
        amount = _AMOUNT.match(found[1]) is not None
        if row.equivalence == "WIDER" and (amount or found[1] in _STATED) and not stated:
            yield _unstated(row, found[1], "INEXACT")
        elif row.equivalence in PRECISE and amount:
            yield _unstated(row, found[1], "NARROWER")
        elif row.equivalence in (*PRECISE, "NARROWER") and narrowed:
            yield warning(
                "SO-445",
                row,
                f"{row.equivalence}, yet the label is limited to what the target does not name",
                f"{row.equivalence}, mais le libellé se limite à ce que la cible ne nomme pas",
            )


def _unstated(row: MappingRow, measured: str, fitting: str) -> Finding:
    return warning(
        "SO-445",
        row,
        f"{row.equivalence}, yet the label does not state [{measured}]: {fitting}",
        f"{row.equivalence}, mais le libellé ne précise pas [{measured}] : {fitting}",
    )


@cache
def classes_elsewhere() -> Mapping[str, str]:
    """Other classes of the substance of an ATC code that the mapping file does not hold."""
    path = mappings_dir() / "exceptions" / "atc_other_classes.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["atc"]: row["other_classes"] for row in csv.DictReader(handle)}


def of_classes(rows: Iterable[MappingRow]) -> Iterator[Finding]:
    """Two ATC classes of the same substances differ by route or use, so that they equal neither."""
    by_code: dict[str, list[MappingRow]] = defaultdict(list)
    for row in rows:
        if row.approved and row.mapping_type == "MAPS_TO":
            by_code[row.source_code].append(row)
    exact: dict[frozenset[int], list[MappingRow]] = defaultdict(list)
    for code, group in by_code.items():
        names_all = len(group) > 1 or (code[-2:].isdigit() and int(code[-2:]) < COMBINATION)
        if names_all and all(row.equivalence in PRECISE for row in group):
            exact[frozenset(row.concept_id for row in group)].append(group[0])
            if code in classes_elsewhere():
                yield warning(
                    "SO-442",
                    group[0],
                    f"{group[0].equivalence}, yet {classes_elsewhere()[code]} names it too",
                    f"{group[0].equivalence}, mais {classes_elsewhere()[code]} désigne aussi "
                    "la substance",
                )
    for group in exact.values():
        for one, other in combinations(group, 2):
            if not (one.comment.startswith(SAME_CLASS) and other.comment.startswith(SAME_CLASS)):
                yield exact_for_two(one, other)
