"""Concepts that models name: the reviewed lists, as dbt reads them.

A model writes ``{{ concept('type_concept', 'PMSI_RSA') }}``: a list of ``mappings/structural`` and
a code of it. ``snds-omop build`` gives the ids that ``vocab load`` found in the loaded vocabulary.
``macros/concepts.sql``, rendered from the lists by ``python -m etl.vocabulary.listed``, gives them
to dbt when it runs alone. With ``--check`` nothing is written, and the exit code is 1 when the file
is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from etl.resources import dbt_project_dir
from etl.vocabulary.catalogue import vocabulary_of
from etl.vocabulary.mapping_file import read_mapping_file
from etl.vocabulary.mappings import vocabulary_files
from etl.workspace import Workspace

LISTS = ("type_concept", "condition_status", "cost", "country", "unit", "cdm")
"""Lists whose codes are words of our own: no data carries them, so models name them."""

Concepts = Mapping[str, Mapping[str, int]]
"""Concept id by list and code."""


def reviewed_concepts() -> Concepts:
    """The concepts that the lists of the project hold; 0 where only a lookup can answer."""
    return {
        name: {
            row.source_code: row.concept_id
            for path in vocabulary_files(vocabulary_of(name))
            for row in read_mapping_file(path)
            if row.approved
        }
        for name in LISTS
    }


def loaded_concepts(workspace: Workspace) -> Concepts:
    """What the loaded vocabulary answers: the site's decisions and lookups included."""
    path = workspace.vocabulary / "structural_map.parquet"
    if not path.is_file():
        return {}
    rows = (
        pl.read_parquet(path, columns=["map", "source_code", "target_concept_id"], glob=False)
        .filter(pl.col("map").is_in(LISTS))
        .sort("map", "source_code")
    )
    found: dict[str, dict[str, int]] = {}
    for name, code, concept_id in rows.iter_rows():
        found.setdefault(name, {})[code] = concept_id
    return found


def macro_file() -> Path:
    return dbt_project_dir() / "macros" / "concepts.sql"


def render() -> str:
    """Content of ``macros/concepts.sql``."""
    lines = [
        "{# Rendered from mappings/structural by `python -m etl.vocabulary.listed`. #}",
        "{% macro reviewed_concepts() -%}",
        "    {{ return({",
    ]
    for name, codes in reviewed_concepts().items():
        lines.append(f"        '{name}': {{")
        lines += [f"            '{code}': {concept_id}," for code, concept_id in codes.items()]
        lines.append("        },")
    lines += ["    }) }}", "{%- endmacro %}"]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    content, path = render(), macro_file()
    if "--check" in arguments:
        return int(not path.is_file() or path.read_text(encoding="utf-8") != content)
    path.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
