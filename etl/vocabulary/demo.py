"""The demo vocabulary: concepts, ancestors and strengths with public evidence, French synonyms.

It runs the whole product without a download and is not for analysis. Every foreign key of
its tables resolves inside it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from etl.errors import SndsOmopError
from etl.sql_text import literal
from etl.vocabulary.mappings import demo_dir
from etl.vocabulary.resolution import link_table
from etl.vocabulary.tables import VALID_FROM, VALID_TO

FILES = (
    "concept",
    "vocabulary",
    "domain",
    "concept_class",
    "relationship",
    "concept_ancestor",
    "concept_synonym",
    "drug_strength",
)


def _read(path: Path) -> str:
    return f"read_csv({literal(path)}, header = true, all_varchar = true, nullstr = '')"


def land_demo(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the base tables that :mod:`etl.vocabulary.loading` completes.

    Raises:
        SndsOmopError: SO-401 when a file of the demo vocabulary is missing.
    """
    folder = demo_dir()
    for name in FILES:
        path = folder / f"{name}.csv"
        if not path.is_file():
            raise SndsOmopError(
                "SO-401", f"{name}.csv is missing", f"{name}.csv manque", where=str(folder)
            )
        connection.execute(f"create or replace table demo_{name} as from {_read(path)}")
    connection.execute(
        "create or replace table concept as "
        "select * exclude (evidence) replace (cast(concept_id as integer) as concept_id) "
        "from demo_concept"
    )
    # The names of domains, classes and vocabularies have no verified concept: 0.
    for name in ("vocabulary", "domain", "concept_class", "relationship"):
        connection.execute(
            f"create or replace table base_{name} as "  # noqa: S608
            f"select *, 0 as {name}_concept_id from demo_{name}"
        )
    connection.execute(
        f"""
        create or replace table base_concept_relationship as
        select
            concept_id as concept_id_1, concept_id as concept_id_2, relationship_id,
            {VALID_FROM} as valid_start_date, {VALID_TO} as valid_end_date,
            null as invalid_reason
        from concept
        cross join (values ('Maps to'), ('Mapped from')) as itself(relationship_id)
        where standard_concept = 'S'
        order by all
        """  # noqa: S608
    )
    connection.execute(
        """
        create or replace table base_concept_ancestor as
        select
            concept_id as ancestor_concept_id, concept_id as descendant_concept_id,
            0 as min_levels_of_separation, 0 as max_levels_of_separation
        from concept
        where standard_concept is not null
        union
        select
            cast(ancestor_concept_id as integer), cast(descendant_concept_id as integer),
            cast(min_levels_of_separation as integer), cast(max_levels_of_separation as integer)
        from demo_concept_ancestor
        order by all
        """
    )
    language = french_language(connection)
    connection.execute(
        f"""
        create or replace table base_concept_synonym as
        select cast(concept_id as integer) as concept_id, concept_synonym_name,
            {language} as language_concept_id
        from demo_concept_synonym
        order by all
        """  # noqa: S608
    )
    connection.execute(
        f"""
        create or replace table base_drug_strength as
        select * exclude (evidence, seen_in), {VALID_FROM} as valid_start_date,
            {VALID_TO} as valid_end_date, null as invalid_reason
        from demo_drug_strength
        order by all
        """  # noqa: S608
    )
    link_table(connection, "base_concept_relationship")


def french_language(connection: duckdb.DuckDBPyConnection) -> int:
    """The concept of the French language, by its name; 0 when none or several have it."""
    found = connection.execute(
        "select concept_id from concept where concept_name = 'French language' "
        "and standard_concept = 'S' and invalid_reason is null"
    ).fetchall()
    return int(found[0][0]) if len(found) == 1 else 0
