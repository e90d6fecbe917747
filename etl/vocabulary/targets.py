"""What is known of the concepts that mapping rows point at."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from etl.sql_text import literal
from etl.vocabulary.mappings import demo_dir
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


def demo_ancestors() -> dict[int, frozenset[int]]:
    """Proper ancestors in the demo vocabulary, by descendant."""
    with (demo_dir() / "concept_ancestor.csv").open(encoding="utf-8", newline="") as handle:
        return _by_descendant(
            (int(row["descendant_concept_id"]), int(row["ancestor_concept_id"]))
            for row in csv.DictReader(handle)
        )


def loaded_ancestors(workspace: Workspace, wanted: Iterable[int]) -> dict[int, frozenset[int]]:
    """Proper ancestors of the wanted concepts, among them, in the loaded vocabulary."""
    file = literal(workspace.vocabulary / "concept_ancestor.parquet")
    query = f"""
        select descendant_concept_id, ancestor_concept_id from read_parquet({file})
        where list_contains($ids, descendant_concept_id)
        and list_contains($ids, ancestor_concept_id)
    """  # noqa: S608
    return _by_descendant(duckdb.connect().execute(query, {"ids": sorted(set(wanted))}).fetchall())


def _by_descendant(pairs: Iterable[tuple[int, int]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for descendant, ancestor in pairs:
        if descendant != ancestor:
            found[descendant].add(ancestor)
    return {descendant: frozenset(ancestors) for descendant, ancestors in found.items()}


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
