"""The register of French vocabularies: ``vocabularies/vocabularies.csv``."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from etl.resources import mappings_dir, vocabularies_dir

BLOCK = 1_000_000
"""Ids reserved for one vocabulary."""
SITE_OFFSET = 500_000
"""The first half of a block is the project's registry, the second a site's own codes."""

Kind = Literal["custom", "athena", "structural"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One source vocabulary: custom concepts, Athena's own, or a short administrative list."""

    vocabulary_id: str
    kind: Kind
    name: str
    source_vocabularies: tuple[str, ...]
    """Names in code_map; the first one is the form that concept codes take."""
    code_pattern: re.Pattern[str]
    code_form: str
    default_domain: str
    id_base: int | None
    """Start of its block of one million; only custom vocabularies have one."""
    athena_vocabularies: tuple[str, ...]
    """Where Athena holds the same codes, in order of preference."""
    version: str
    licence: str
    url: str

    @property
    def folder(self) -> Path:
        """Where its mapping files are."""
        if self.kind == "structural":
            return mappings_dir() / "structural"
        return mappings_dir() / self.vocabulary_id.removeprefix("SNDS_")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split("|") if word)


def read_catalogue(path: Path) -> dict[str, Vocabulary]:
    """Vocabularies of a register file, by id.

    Raises:
        ValueError: two vocabularies share a block, or a block does not start at a million.
    """
    found: dict[str, Vocabulary] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            found[row["vocabulary_id"]] = Vocabulary(
                vocabulary_id=row["vocabulary_id"],
                kind=cast(Kind, row["kind"]),
                name=row["name"],
                source_vocabularies=_words(row["source_vocabularies"]),
                code_pattern=re.compile(row["code_pattern"]),
                code_form=row["code_form"],
                default_domain=row["default_domain"],
                id_base=int(row["id_base"]) if row["id_base"] else None,
                athena_vocabularies=_words(row["athena_vocabularies"]),
                version=row["version"],
                licence=row["licence"],
                url=row["url"],
            )
    bases = [vocabulary.id_base for vocabulary in found.values() if vocabulary.id_base]
    if len(bases) != len(set(bases)) or any(base % BLOCK for base in bases):
        raise ValueError(f"{path}: id blocks overlap")
    return found


@cache
def catalogue() -> dict[str, Vocabulary]:
    """The register shipped with the project."""
    return read_catalogue(vocabularies_dir() / "vocabularies.csv")


def custom_vocabularies() -> list[Vocabulary]:
    return [vocabulary for vocabulary in catalogue().values() if vocabulary.kind == "custom"]


def structural_vocabularies() -> list[Vocabulary]:
    return [vocabulary for vocabulary in catalogue().values() if vocabulary.kind == "structural"]


@cache
def vocabulary_of(source_vocabulary: str) -> Vocabulary:
    """The vocabulary whose codes go by this name in code_map (``CIP7`` is SNDS_CIP)."""
    return next(
        vocabulary
        for vocabulary in catalogue().values()
        if source_vocabulary in vocabulary.source_vocabularies
    )
