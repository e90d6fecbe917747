"""LPP by family: a code without a mapping takes the concept of its place in the tree of NT_LPP.

NT_LPP is a value table of the SNDS that the project may not carry: a site that has it puts it
in the folder ``nomenclatures`` of its workspace. Families are in ``mappings/LPP/families.csv``;
the longest one that holds a code counts; of two of equal length, the one that asks for more words.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from etl.errors import SndsOmopError
from etl.resources import mappings_dir
from etl.sql_text import literal
from etl.workspace import Workspace

_TREE = ("LPP_ARB_CHA", *(f"LPP_ARB_SC{level}" for level in range(1, 10)))


def site_nomenclatures(workspace: Workspace) -> Path:
    """Where a site may put value tables of the SNDS."""
    return workspace.root / "nomenclatures"


def add_families(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Add to ``computed_target`` the LPP codes that belong to a family, if NT_LPP is there.

    Raises:
        SndsOmopError: SO-415 when NT_LPP lacks a column or cannot be read.
    """
    file = folder / "NT_LPP.csv"
    if not file.is_file():
        return
    families = literal(mappings_dir() / "LPP" / "families.csv")
    tree = ", ".join(_TREE)
    try:
        connection.execute(
            f"""
            insert into computed_target
            with place as (
                select
                    lpad(trim(LPP_PRS_IDE), 7, '0') as code,
                    upper(LPP_RED_LIB) as label,
                    concat_ws('.', {tree}) || '.' as path
                from read_csv({literal(file)}, delim = ';', header = true, all_varchar = true,
                    ignore_errors = true)
            ),
            family as (
                select
                    listed.* replace (coalesce(found.concept_id, listed.concept_id) as concept_id),
                    (length(family), length(coalesce(contains, ''))) as rank
                from read_csv({families}, header = true, types = {{'family': 'VARCHAR'}}) as listed
                left join found on listed.lookup = found.lookup
            ),
            answer as (
                select
                    place.code,
                    arg_max(family.concept_id, family.rank) as concept_id,
                    arg_max(family.equivalence, family.rank) as equivalence
                from place
                inner join family
                    on starts_with(place.path, family.family || '.')
                    and contains(place.label, coalesce(family.contains, ''))
                group by place.code
            )
            select 'LPP', answer.code, concept.concept_id, concept.domain_id, answer.equivalence, 1
            from answer
            inner join concept
                on answer.concept_id = concept.concept_id
                and concept.standard_concept = 'S'
                and concept.invalid_reason is null
            """  # noqa: S608
        )
    except duckdb.Error as error:
        raise SndsOmopError(
            "SO-415",
            "it has not the columns of NT_LPP",
            "il n'a pas les colonnes de NT_LPP",
            where=file.name,
        ) from error
