"""Codes that the delivery holds and that have no concept yet get one, in the site's half.

A code that was not foreseen keeps its source concept all the same: nothing is 0 for want of a
line in a registry. Only codes of the right form are taken, so that noise gives no concept.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import duckdb

from etl.contracts.registry import code_columns
from etl.sql_text import literal
from etl.vocabulary.catalogue import vocabulary_of
from etl.vocabulary.codes import normalise
from etl.vocabulary.mappings import registered_codes
from etl.vocabulary.registry import append, assign, registry_file
from etl.workspace import Workspace, pattern


def register_seen_codes(
    workspace: Workspace, connection: duckdb.DuckDBPyConnection
) -> dict[str, int]:
    """Append codes of the lake to the site's registry, kept in ``state/concept_ids``.

    The connection holds ``athena_code``: codes that Athena knows need no concept of ours.

    Returns:
        Number of new ids per vocabulary.
    """
    held = {
        (source, code)
        for source, code in connection.execute(
            "select distinct source_vocabulary, source_code from athena_code where preference = 0"
        ).fetchall()
    }
    counts = {}
    for source, codes in _codes_in_lake(workspace, connection).items():
        vocabulary = vocabulary_of(source)
        folder = site_registry(workspace)
        fresh = (
            (code, f"{vocabulary.name} {code}")
            for code in codes
            if vocabulary.code_pattern.fullmatch(code) and (source, code) not in held
        )
        entries = assign(
            vocabulary,
            registered_codes(vocabulary, folder),
            fresh,
            first_seen="site",
            site=True,
        )
        append(registry_file(vocabulary, folder), entries)
        if entries:
            counts[vocabulary.vocabulary_id] = len(entries)
    return counts


def site_registry(workspace: Workspace) -> Path:
    """Ids that this site gave to codes the project does not know."""
    return workspace.state / "concept_ids"


def _codes_in_lake(
    workspace: Workspace, connection: duckdb.DuckDBPyConnection
) -> dict[str, set[str]]:
    """Distinct codes per source vocabulary, in their normal form."""
    codes: dict[str, set[str]] = defaultdict(set)
    for source, contract, column in code_columns():
        folder = workspace.lake / contract.product / contract.model_name
        if not any(folder.glob("**/*.parquet")):
            continue
        files = literal(pattern(folder, "**", "*.parquet"))
        found = connection.execute(
            f"select distinct cast({column} as varchar) "  # noqa: S608
            f"from read_parquet({files}, union_by_name = true) where {column} is not null"
        ).fetchall()
        codes[source].update(_normal(source, code) for (code,) in found)
    return codes


def _normal(source: str, code: str) -> str:
    text = normalise(source, code)
    # CCAM of the PMSI may carry a descriptive suffix; the act is the first seven characters.
    return text[:7] if source == "CCAM" else text
