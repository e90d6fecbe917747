"""Which vocabulary a workspace holds."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from etl.workspace import Workspace


@dataclass(frozen=True, slots=True)
class VocabularyVersion:
    """The content of ``vocabulary_meta.parquet``."""

    vocabulary_version: str
    is_demo: bool


def loaded_version(workspace: Workspace) -> VocabularyVersion | None:
    """The vocabulary of the lake; None when there is none."""
    path = workspace.vocabulary / "vocabulary_meta.parquet"
    if not path.is_file():
        return None
    row = pl.read_parquet(path, columns=["vocabulary_version", "is_demo"], glob=False).row(
        0, named=True
    )
    return VocabularyVersion(row["vocabulary_version"], bool(row["is_demo"]))
