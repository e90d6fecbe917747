"""Give ids to codes that have none: those of the mapping files, or those seen in the lake."""

from __future__ import annotations

from pathlib import Path

from etl.vocabulary.catalogue import custom_vocabularies
from etl.vocabulary.codes import normalise
from etl.vocabulary.mapping_file import read_mapping_file
from etl.vocabulary.mappings import vocabulary_files
from etl.vocabulary.registry import append, assign, read_registry, registry_file


def register_mapped_codes(version: str, folder: Path | None = None) -> dict[str, int]:
    """Append the codes of the mapping files to the project's registry.

    Args:
        version: the value of ``first_seen`` for the new codes.
        folder: where the registry files are; default ``vocabularies/id_registry``.

    Returns:
        Number of new ids per vocabulary.
    """
    counts = {}
    for vocabulary in custom_vocabularies():
        source = vocabulary.source_vocabularies[0]
        path = registry_file(vocabulary, folder)
        codes = (
            (normalise(source, row.source_code), row.source_name)
            for file in vocabulary_files(vocabulary)
            for row in read_mapping_file(file)
        )
        entries = assign(
            vocabulary, read_registry(vocabulary, path), codes, first_seen=version, site=False
        )
        append(path, entries)
        counts[vocabulary.vocabulary_id] = len(entries)
    return counts
