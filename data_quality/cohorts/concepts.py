"""Source codes to concept ids, in the vocabulary of the CDM at hand."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from data_quality.cohorts.definition import Criterion

# Our custom vocabularies, and those of Athena that hold the same codes.
VOCABULARIES = {
    "CIM10": ("SNDS_CIM10", "CIM10", "ICD10"),
    "CCAM": ("SNDS_CCAM", "CCAM"),
    "NABM": ("SNDS_NABM",),
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """A criterion with concept ids only: standard ones, and those of the source codes."""

    criterion: Criterion
    source_concepts: tuple[int, ...]

    @property
    def is_empty(self) -> bool:
        return not self.criterion.concepts and not self.source_concepts


def resolve(connection: duckdb.DuckDBPyConnection, criterion: Criterion) -> Resolved:
    """Look the prefixes of codes up in ``cdm.concept``; unknown codes give nothing."""
    found: set[int] = set()
    for vocabulary, prefixes in criterion.codes.items():
        rows = connection.execute(
            """
            select concept_id
            from cdm.concept
            where
                list_contains(?, vocabulary_id)
                and list_bool_or(
                    list_transform(?, lambda p: starts_with(replace(concept_code, '.', ''), p))
                )
            """,
            [list(VOCABULARIES[vocabulary]), list(prefixes)],
        ).fetchall()
        found.update(concept for (concept,) in rows)
    return Resolved(criterion, tuple(sorted(found)))
