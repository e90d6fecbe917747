"""The content of the mapping files, as tables that SQL can join."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from etl.errors import SndsOmopError
from etl.resources import vocabularies_dir
from etl.vocabulary.catalogue import Vocabulary, catalogue, custom_vocabularies
from etl.vocabulary.codes import concept_code, normalise
from etl.vocabulary.mapping_file import (
    DECIDED,
    MappingRow,
    mapping_files,
    read_mapping_file,
)
from etl.vocabulary.registry import RegisteredCode, read_registry, registry_file
from etl.vocabulary.tables import land
from etl.workspace import Workspace

_MAPPING = {
    "vocabulary_id": pl.String,
    "source_vocabulary": pl.String,
    "source_code": pl.String,
    "source_name": pl.String,
    "status": pl.String,
    "equivalence": pl.String,
    "concept_id": pl.Int32,
    "concept_name": pl.String,
    "mapping_type": pl.String,
    "yields": pl.Boolean,
    "lookup": pl.String,
    "gives_event": pl.Boolean,
    "note": pl.String,
}
_REGISTERED = {
    "vocabulary_id": pl.String,
    "source_vocabulary": pl.String,
    "source_code": pl.String,
    "concept_code": pl.String,
    "concept_id": pl.Int32,
    "concept_name": pl.String,
    "default_domain": pl.String,
}
DEMO_METHOD = "demo"
"""Best choice among the few public concepts: yields to any map of a real bundle."""
_SUFFIX = ".usagi.csv"
_EVENT = {"yes": True, "no": False, "": None}


def vocabulary_files(vocabulary: Vocabulary) -> list[Path]:
    """Its mapping files; a structural list is one file, named after its map."""
    if vocabulary.kind == "structural":
        path = vocabulary.folder / f"{vocabulary.source_vocabularies[0]}.usagi.csv"
        return [path] if path.is_file() else []
    return mapping_files(vocabulary.folder)


def site_mappings(workspace: Workspace) -> Path:
    """Where a site keeps its own mapping files, one per vocabulary."""
    return workspace.root / "mappings"


def site_file(vocabulary: Vocabulary, site: Path) -> Path:
    return site / f"{vocabulary.vocabulary_id}{_SUFFIX}"


def site_files(site: Path) -> Iterator[tuple[str, Path]]:
    """Mapping files of a site, each with the vocabulary that its name claims."""
    for path in sorted(site.glob(f"*{_SUFFIX}")):
        yield path.name.removesuffix(_SUFFIX), path


def mapping_rows(site: Path | None = None) -> Iterator[tuple[Vocabulary, MappingRow]]:
    """Every row of every mapping file; what a site decided for a code hides the project's.

    A line that waits (a candidate, a flag) is no decision: the project's stands until there is one.
    """
    for vocabulary in catalogue().values():
        own = site_file(vocabulary, site) if site else None
        of_site = list(read_mapping_file(own)) if own and own.is_file() else []
        decided = {row.source_code for row in of_site if row.status in DECIDED}
        for path in vocabulary_files(vocabulary):
            for row in read_mapping_file(path):
                if row.source_code not in decided:
                    yield vocabulary, row
        for row in of_site:
            yield vocabulary, row


def registered_codes(vocabulary: Vocabulary, site: Path | None) -> list[RegisteredCode]:
    """Codes with an id: those of the project, then those of the site."""
    codes = read_registry(vocabulary, registry_file(vocabulary))
    known = {code.source_code for code in codes}
    own = read_registry(vocabulary, registry_file(vocabulary, site), site=True) if site else []
    for code in own:
        if code.source_code in known:
            # The project took the code up later: the id that rows carry already stays right.
            codes = [entry for entry in codes if entry.source_code != code.source_code]
        codes.append(code)
    return codes


def land_mappings(
    connection: duckdb.DuckDBPyConnection, folder: Path, site: Path | None = None
) -> None:
    """Make table ``mapping``: one row per line of a mapping file, codes normalised."""
    rows = []
    for vocabulary, row in mapping_rows(site):
        source = vocabulary.source_vocabularies[0]
        code = row.source_code
        if vocabulary.kind != "structural":
            code = normalise(source, code)
        rows.append(
            (
                vocabulary.vocabulary_id,
                source,
                code,
                row.source_name,
                row.status,
                row.equivalence,
                row.concept_id,
                row.concept_name,
                row.mapping_type,
                row.method == DEMO_METHOD,
                row.lookup,
                _event(row),
                row.note,
            )
        )
    land(connection, "mapping", rows, _MAPPING, folder)


def _event(row: MappingRow) -> bool | None:
    if row.gives_event not in _EVENT:
        raise SndsOmopError(
            "SO-403",
            "gives_event is yes, no or empty",
            "gives_event vaut yes, no ou rien",
            where=row.where,
        )
    return _EVENT[row.gives_event]


def land_registry(
    connection: duckdb.DuckDBPyConnection, folder: Path, site: Path | None = None
) -> None:
    """Make table ``registered``: every code that has a custom concept id."""
    rows = []
    for vocabulary in custom_vocabularies():
        source = vocabulary.source_vocabularies[0]
        rows += [
            (
                vocabulary.vocabulary_id,
                source,
                code.source_code,
                concept_code(source, code.source_code),
                code.concept_id,
                code.source_name,
                vocabulary.default_domain,
            )
            for code in registered_codes(vocabulary, site)
        ]
    land(connection, "registered", rows, _REGISTERED, folder)


def land_vocabularies(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make table ``french_vocabulary``: rows that the VOCABULARY table needs."""
    rows = [
        (vocabulary.vocabulary_id, vocabulary.name, vocabulary.url, vocabulary.version)
        for vocabulary in catalogue().values()
        if vocabulary.kind != "athena"
    ]
    names = ("vocabulary_id", "vocabulary_name", "vocabulary_reference", "vocabulary_version")
    land(connection, "french_vocabulary", rows, dict.fromkeys(names, pl.String), folder)


def demo_dir() -> Path:
    return vocabularies_dir() / "demo"
