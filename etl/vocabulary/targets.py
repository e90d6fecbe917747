"""What is known of the concepts that mapping rows point at."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from etl.vocabulary.mappings import demo_dir
from etl.vocabulary.tables import literal
from etl.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Target:
    """A concept as the vocabulary holds it."""

    concept_id: int
    name: str
    domain_id: str
    vocabulary_id: str
    standard: bool
    valid: bool
    evidence: str
    """A, B or V for a concept of the demo vocabulary, empty for one of a real bundle."""

    @property
    def usable(self) -> bool:
        return self.standard and self.valid


def demo_targets() -> dict[int, Target]:
    """Concepts of the demo vocabulary: those with public evidence (docs/adr/0004)."""
    with (demo_dir() / "concept.csv").open(encoding="utf-8", newline="") as handle:
        return {
            int(row["concept_id"]): Target(
                int(row["concept_id"]),
                row["concept_name"],
                row["domain_id"],
                row["vocabulary_id"],
                row["standard_concept"] == "S",
                not row["invalid_reason"],
                row["evidence"],
            )
            for row in csv.DictReader(handle)
        }


def real_vocabulary(workspace: Workspace) -> str | None:
    """Version of the loaded vocabulary when it is a real one; None for the demo or nothing."""
    meta = workspace.vocabulary / "vocabulary_meta.parquet"
    if not meta.is_file():
        return None
    row = (
        duckdb.connect()
        .execute(
            f"select vocabulary_version, is_demo from read_parquet({literal(meta)})"  # noqa: S608
        )
        .fetchone()
    )
    return str(row[0]) if row and not row[1] else None


def loaded_targets(workspace: Workspace, wanted: Iterable[int]) -> dict[int, Target]:
    """The wanted concepts, as the loaded vocabulary holds them."""
    concepts = literal(workspace.vocabulary / "concept.parquet")
    query = f"""
        select
            concept_id, concept_name, domain_id, vocabulary_id,
            coalesce(standard_concept = 'S', false), invalid_reason is null, ''
        from read_parquet({concepts})
        where list_contains(?, concept_id)
    """  # noqa: S608
    rows = duckdb.connect().execute(query, [sorted(set(wanted))]).fetchall()
    return {row[0]: Target(*row) for row in rows}
