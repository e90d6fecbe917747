"""Rules on what targets mean: each finds a kind of mistake that a reader found by hand.

They compare lines of one vocabulary with their parents and siblings, and are warnings: a
hierarchy and a label are signs, and a person decides. A reason in ``comment`` answers the two
rules on labels.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations

from etl.resources import mappings_dir
from etl.vocabulary.findings import Finding, warning
from etl.vocabulary.mapping_file import MappingRow

PRECISE = ("EQUAL", "EQUIVALENT")
"""Equivalences whose target has the meaning of the code, neither broader nor narrower."""
UNINFORMATIVE = "UNINFORMATIVE"
"""In the place of an equivalence: an uninformative target, never counted as mapped."""
CATEGORY = 3
"""Characters of a category of CIM-10; no parent is shorter."""
_RESIDUAL = ("autre ", "autres ")
_UNSPECIFIED = re.compile(r",? sans (autre )?précision$")
_EXCLUDES = re.compile(
    r"\bsans (?!(autre )?précision|reste à charge)|\bsauf\b|\bexcept|[àa] l'ex(ception|clusion) d"
    r"|\bnon classée?s? ailleurs"
)
_SAYS_SO = re.compile(
    r"\b(without|no|not|except|excluding)\b|\bnon|\bun(ruptured|complicated)", re.IGNORECASE
)
_SECONDARY = re.compile(r"Secondary malignant neoplasm of (.+)", re.IGNORECASE)
_MALIGNANT = re.compile(r"Malignant (?:neoplasm|tumou?r) of (.+)", re.IGNORECASE)
_ARTICLES = re.compile(r"\b(?:des|du|de|d|la|les|le|l)\b")
Ancestors = Mapping[int, frozenset[int]]
"""Proper ancestors of a concept."""


@cache
def uninformative_targets() -> frozenset[int]:
    """Concepts too general to inform about the codes that reach them."""
    path = mappings_dir() / "exceptions" / "uninformative_targets.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return frozenset(int(row["concept_id"]) for row in csv.DictReader(handle))


def of_meaning(rows: Iterable[MappingRow], ancestors: Ancestors) -> Iterator[Finding]:
    """Findings between the approved lines of one hierarchical vocabulary (CIM-10)."""
    used = [row for row in rows if row.approved and row.mapping_type == "MAPS_TO"]
    by_code: dict[str, list[MappingRow]] = defaultdict(list)
    for row in used:
        by_code[row.source_code].append(row)
    for row in used:
        yield from _of_label(row)
        parent = next(
            (
                row.source_code[:end]
                for end in range(len(row.source_code) - 1, CATEGORY - 1, -1)
                if row.source_code[:end] in by_code
            ),
            None,
        )
        if parent is not None:
            yield from _of_parent(row, by_code[parent], ancestors)
            yield from _of_unspecified(row, by_code[parent][0])
    yield from _of_siblings(used)
    yield from _of_secondary(used)


def of_labels(rows: Iterable[MappingRow]) -> Iterator[Finding]:
    """Findings of labels with more in them than a target called exact, in one vocabulary."""
    exact: dict[int, list[MappingRow]] = defaultdict(list)
    for row in rows:
        if row.approved and row.mapping_type == "MAPS_TO" and row.equivalence in PRECISE:
            exact[row.concept_id].append(row)
            yield from _of_exclusion(row)
    for concept_id, group in exact.items():
        if concept_id:
            yield from _of_one_target(group)


def _of_exclusion(row: MappingRow) -> Iterator[Finding]:
    """A label "… sans fistule" is narrower than a target without it."""
    if (
        not row.comment.strip()
        and _EXCLUDES.search(row.source_name.casefold())
        and not _SAYS_SO.search(row.concept_name)
    ):
        yield _excluded(row)


def _excluded(row: MappingRow) -> Finding:
    return warning(
        "SO-443",
        row,
        f"{row.equivalence}, yet the label excludes what {row.concept_id} does not",
        f"{row.equivalence}, mais le libellé exclut ce que {row.concept_id} n'exclut pas",
    )


def _of_one_target(group: list[MappingRow]) -> Iterator[Finding]:
    """Two codes differ, so that one target cannot be exact for both, a parent's apart."""
    for one, other in combinations(group, 2):
        codes = (one.source_code, other.source_code)
        related = codes[0].startswith(codes[1]) or codes[1].startswith(codes[0])
        if not related and not (one.comment.strip() and other.comment.strip()):
            yield exact_for_two(one, other)


def exact_for_two(one: MappingRow, other: MappingRow) -> Finding:
    """The finding on the second of two lines whose target cannot be exact for both."""
    return warning(
        "SO-442",
        other,
        f"{other.concept_id} is exact for {one.source_code} too (line {one.line})",
        f"{other.concept_id} est exacte aussi pour {one.source_code} (ligne {one.line})",
    )


def _of_label(row: MappingRow) -> Iterator[Finding]:
    """A residual class ("autres …") holds what its siblings do not: no concept equals it."""
    if row.equivalence in PRECISE and row.source_name.casefold().startswith(_RESIDUAL):
        yield warning(
            "SO-439",
            row,
            f"{row.equivalence}, yet the label names what remains of a class",
            f"{row.equivalence}, mais le libellé désigne le reste d'une classe",
        )


def _of_parent(
    row: MappingRow, parents: list[MappingRow], ancestors: Ancestors
) -> Iterator[Finding]:
    """The parent's target is more precise than that of the code itself."""
    own = row.concept_id
    for parent in parents:
        theirs = parent.concept_id
        less = own in ancestors.get(theirs, frozenset())
        astray = (
            row.equivalence == "INEXACT"
            and parent.equivalence in PRECISE
            and own != theirs
            and theirs not in ancestors.get(own, frozenset())
        )
        if less or astray:
            yield warning(
                "SO-440",
                row,
                f"{theirs} of {parent.source_code} (line {parent.line}) is nearer than {own}",
                f"{theirs} de {parent.source_code} (ligne {parent.line}) est plus proche que {own}",
            )


def _of_unspecified(row: MappingRow, parent: MappingRow) -> Iterator[Finding]:
    """A code "X, sans précision" under "X": one meaning, so one target and one precision."""
    name = _UNSPECIFIED.sub("", row.source_name)
    if name == row.source_name or _folded(name) != _folded(parent.source_name):
        return
    same = row.concept_id == parent.concept_id
    if not same or (row.equivalence in PRECISE) != (parent.equivalence in PRECISE):
        yield warning(
            "SO-444",
            row,
            f"the label is that of {parent.source_code} (line {parent.line}), the answer another",
            f"le libellé est celui de {parent.source_code} (ligne {parent.line}), la réponse "
            "une autre",
        )


def plain_letters(name: str) -> str:
    """Words of a label in small letters without accents or marks, one space between them."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe"))
    return " ".join(re.findall(r"[a-z0-9]+", letters.encode("ascii", "ignore").decode()))


def _folded(name: str) -> str:
    """A label without accents, brackets, articles and plurals."""
    words = plain_letters(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name))
    return " ".join(word.rstrip("sx") for word in _ARTICLES.sub(" ", words).split())


def _of_secondary(rows: list[MappingRow]) -> Iterator[Finding]:
    """A primary tumour's code excludes metastases, which "malignant neoplasm of …" holds."""
    organs = {found[1] for row in rows if (found := _SECONDARY.match(row.concept_name))}
    for row in rows:
        found = _MALIGNANT.match(row.concept_name)
        if row.equivalence in PRECISE and found is not None and found[1] in organs:
            yield _excluded(row)


def _of_siblings(rows: list[MappingRow]) -> Iterator[Finding]:
    """Targets that differ by one word and lie in two domains: two releases of Athena."""
    by_category: dict[str, list[MappingRow]] = defaultdict(list)
    for row in rows:
        by_category[row.source_code[:CATEGORY]].append(row)
    for group in by_category.values():
        for one, other in combinations(group, 2):
            if one.domain_id != other.domain_id and _one_word_apart(one, other):
                yield warning(
                    "SO-441",
                    other,
                    f"{other.domain_id}, and {one.domain_id} on line {one.line}: the domains look "
                    "like those of two releases",
                    f"{other.domain_id}, et {one.domain_id} à la ligne {one.line} : les domaines "
                    "semblent ceux de deux versions",
                )


def _one_word_apart(one: MappingRow, other: MappingRow) -> bool:
    first, second = one.concept_name.split(), other.concept_name.split()
    different = sum(word != its for word, its in zip(first, second, strict=False))
    return len(first) == len(second) > 1 and different == 1
