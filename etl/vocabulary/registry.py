"""Custom concept ids: given once, kept for ever (``vocabularies/id_registry``).

One CSV per vocabulary, append-only: an id is never changed, never given to another code, and
a code that disappears from its nomenclature keeps its line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from etl.clauses import same
from etl.errors import SndsOmopError
from etl.resources import vocabularies_dir
from etl.vocabulary.catalogue import BLOCK, SITE_OFFSET, Vocabulary

COLUMNS = ("source_code", "concept_id", "source_name", "first_seen")


@dataclass(frozen=True, slots=True)
class RegisteredCode:
    """A code and the id it will always have."""

    source_code: str
    concept_id: int
    source_name: str
    first_seen: str
    """Version of the nomenclature, or of the project, that brought the code."""


def registry_file(vocabulary: Vocabulary, folder: Path | None = None) -> Path:
    root = folder or vocabularies_dir() / "id_registry"
    return root / f"{vocabulary.vocabulary_id}.csv"


def read_registry(
    vocabulary: Vocabulary, path: Path, *, site: bool = False
) -> list[RegisteredCode]:
    """Codes of one registry file, in the order they were given ids.

    Raises:
        SndsOmopError: SO-404 for an id that is none or outside its half of the block, SO-414 for
            a code or an id twice.
    """
    if not path.is_file():
        return []
    codes: list[RegisteredCode] = []
    seen: set[str | int] = set()
    with path.open(encoding="utf-8", newline="") as handle:
        for number, row in enumerate(csv.DictReader(handle), start=2):
            where = f"{path.name}:{number}"
            code, given = row.get("source_code") or "", row.get("concept_id") or ""
            if not code or not given.isdecimal():
                raise SndsOmopError(
                    "SO-404",
                    f"no code, or {given!r} is no id",
                    f"pas de code, ou {given!r} n'est pas un identifiant",
                    where=where,
                )
            entry = RegisteredCode(
                code, int(given), row.get("source_name") or "", row.get("first_seen") or ""
            )
            low, high = _half(vocabulary, site=site)
            if not low < entry.concept_id < high:
                raise SndsOmopError(
                    "SO-404",
                    f"{entry.concept_id} is not in {low + 1} to {high - 1}",
                    f"{entry.concept_id} n'est pas dans {low + 1} à {high - 1}",
                    where=where,
                )
            if entry.source_code in seen or entry.concept_id in seen:
                raise SndsOmopError(
                    "SO-414", *same(f"{entry.source_code} {entry.concept_id}"), where=where
                )
            seen.update((entry.source_code, entry.concept_id))
            codes.append(entry)
    return codes


def _half(vocabulary: Vocabulary, *, site: bool) -> tuple[int, int]:
    """Ends of the half of the block that is the project's, or a site's; neither end is an id."""
    if vocabulary.id_base is None:
        raise ValueError(f"{vocabulary.vocabulary_id} has no block")
    low = vocabulary.id_base + (SITE_OFFSET if site else 0)
    return low, vocabulary.id_base + (BLOCK if site else SITE_OFFSET)


def next_id(vocabulary: Vocabulary, known: Iterable[RegisteredCode], *, site: bool) -> int:
    """First id never given: projects and sites count in their own half of the block.

    Raises:
        SndsOmopError: SO-404 when the half is full.
    """
    low, high = _half(vocabulary, site=site)
    given = [code.concept_id for code in known if low < code.concept_id < high]
    following = max(given, default=low) + 1
    if following >= high:
        raise SndsOmopError(
            "SO-404",
            f"the block of {vocabulary.vocabulary_id} is full",
            f"le bloc de {vocabulary.vocabulary_id} est plein",
        )
    return following


def assign(
    vocabulary: Vocabulary,
    known: list[RegisteredCode],
    codes: Iterable[tuple[str, str]],
    *,
    first_seen: str,
    site: bool,
) -> list[RegisteredCode]:
    """New entries for codes that have no id yet, in code order.

    Args:
        known: everything registered so far, of the project and of the site.
        codes: pairs of normalised code and French label.
    """
    registered = {code.source_code for code in known}
    fresh = sorted({code: name for code, name in codes if code not in registered}.items())
    start = next_id(vocabulary, known, site=site) if fresh else 0
    entries = [
        RegisteredCode(code, start + place, name, first_seen)
        for place, (code, name) in enumerate(fresh)
    ]
    limit = (vocabulary.id_base or 0) + (BLOCK if site else SITE_OFFSET)
    if entries and entries[-1].concept_id >= limit:
        raise SndsOmopError(
            "SO-404",
            f"the block of {vocabulary.vocabulary_id} is full",
            f"le bloc de {vocabulary.vocabulary_id} est plein",
        )
    return entries


def append(path: Path, entries: Iterable[RegisteredCode]) -> None:
    """Write new entries after the old ones; existing bytes are not touched."""
    entries = list(entries)
    if not entries:
        return
    fresh = not path.is_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        if fresh:
            writer.writerow(COLUMNS)
        writer.writerows(
            (entry.source_code, entry.concept_id, entry.source_name, entry.first_seen)
            for entry in entries
        )
