"""Bundles that would give an empty or contradictory CDM in silence, and are refused.

Athena always fills CONCEPT_ANCESTOR and CONCEPT_RELATIONSHIP: a header alone is a broken download.
Its files are of one release: ids that CONCEPT lacks, and maps towards concepts that are not
standard, come from files of several releases in one folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.sql_text import literal
from etl.vocabulary.tables import count

FOREIGN_SHARE = 0.05
"""Largest share of ids that CONCEPT may lack; Athena's own is below one in a thousand."""
FEWEST_ASTRAY = 20
"""With fewer maps towards concepts that are not standard, a bundle is believed."""
_FILLED = (
    "concept",
    "concept_relationship",
    "concept_ancestor",
    "concept_class",
    "domain",
    "vocabulary",
    "relationship",
)
_NAMED = (
    ("concept", "domain_id", "domain", "domain_id"),
    ("concept", "vocabulary_id", "vocabulary", "vocabulary_id"),
    ("concept_relationship", "relationship_id", "relationship", "relationship_id"),
)
"""Words of one table that another must list."""
_IDS = (
    ("concept_relationship", ("concept_id_1", "concept_id_2")),
    ("concept_ancestor", ("ancestor_concept_id", "descendant_concept_id")),
    ("drug_strength", ("drug_concept_id", "ingredient_concept_id")),
)


def refuse_broken_bundle(
    connection: duckdb.DuckDBPyConnection, staged: Mapping[str, Path], cpt4: str | None
) -> list[Clause]:
    """Look at the nine tables together.

    Args:
        staged: the Parquet file of each table.
        cpt4: a query of the ids of CONCEPT_CPT4.csv, which CONCEPT does not repeat.

    Returns:
        What a table without rows costs, where Athena may leave it so.

    Raises:
        SndsOmopError: SO-407 for a table without the rows that it always has, SO-408 for files
            that do not belong together.
    """
    for name in _FILLED:
        if count(connection, staged[name]) == 0:
            raise _broken(name, "no row below its header", "aucune ligne sous son en-tête")
    source = {name: f"read_parquet({literal(path)})" for name, path in staged.items()}
    _refuse_hollow(connection, source)
    for table, column, register, key in _NAMED:
        missing = _values(
            connection,
            f"select distinct {column} from {source[table]} "  # noqa: S608
            f"where {column} not in (select {key} from {source[register]}) order by 1 limit 5",
        )
        if missing:
            raise SndsOmopError(
                "SO-408",
                f"{register.upper()} does not list {', '.join(missing)}",
                f"{register.upper()} ne cite pas {', '.join(missing)}",
                where=f"{table.upper()}.csv",
            )
    known = f"select concept_id from {source['concept']}"  # noqa: S608
    _refuse_foreign(connection, source, f"{known} union all {cpt4}" if cpt4 else known)
    return [clause for name, clause in _LOSSES.items() if count(connection, staged[name]) == 0]


def _refuse_hollow(connection: duckdb.DuckDBPyConnection, source: Mapping[str, str]) -> None:
    """Tables with rows, and none of those that give them their use (SO-407)."""
    hierarchy = f"from {source['concept_ancestor']} where max_levels_of_separation > 0"
    if _share(connection, f"select count(*) {hierarchy}") == 0:
        raise _broken(
            "concept_ancestor",
            "no concept has another one below it",
            "aucun concept n'en a un autre au-dessous de lui",
        )
    maps = (
        f"from {source['concept_relationship']} where relationship_id = 'Maps to' "
        "and invalid_reason is null and concept_id_1 <> concept_id_2"
    )
    if _share(connection, f"select count(*) {maps}") == 0:
        raise _broken(
            "concept_relationship",
            "no valid 'Maps to' from one concept to another",
            "aucun 'Maps to' valide d'un concept vers un autre",
        )


def _refuse_foreign(
    connection: duckdb.DuckDBPyConnection, source: Mapping[str, str], known: str
) -> None:
    """Ids and maps of another release (SO-408)."""
    connection.execute(f"create or replace temp table known_id as {known}")
    for table, ids in _IDS:
        listed = " union all ".join(
            f"select {column} as id from {source[table]}"  # noqa: S608
            for column in ids
        )
        share = _share(
            connection,
            "select avg(if(known_id.concept_id is null, 1, 0)) "  # noqa: S608
            f"from ({listed}) left join known_id on id = known_id.concept_id",
        )
        if share > FOREIGN_SHARE:
            raise SndsOmopError(
                "SO-408",
                f"{share:.0%} of its ids are not in CONCEPT",
                f"{share:.0%} de ses identifiants ne sont pas dans CONCEPT",
                where=f"{table.upper()}.csv",
            )
    maps = (
        f"from {source['concept_relationship']} as link "
        f"inner join {source['concept']} as concept on link.concept_id_2 = concept.concept_id "
        "where link.relationship_id = 'Maps to' and link.invalid_reason is null"
    )
    astray = "if(concept.standard_concept = 'S' and concept.invalid_reason is null, 0, 1)"
    share = _share(connection, f"select avg({astray}) {maps}")
    number = _share(connection, f"select sum({astray}) {maps}")
    connection.execute("drop table known_id")
    if share > FOREIGN_SHARE and number >= FEWEST_ASTRAY:
        raise SndsOmopError(
            "SO-408",
            f"{share:.0%} of its valid 'Maps to' lead to concepts that CONCEPT does not call "
            "standard",
            f"{share:.0%} de ses 'Maps to' valides mènent à des concepts que CONCEPT ne dit pas "
            "standard",
            where="CONCEPT_RELATIONSHIP.csv",
        )


_LOSSES = {
    "drug_strength": Clause(
        "DRUG_STRENGTH has no row: no dose era, no pack matched by its strength",
        "DRUG_STRENGTH n'a pas de ligne : aucune période de dose, aucune présentation reconnue "
        "par son dosage",
    ),
    "concept_synonym": Clause(
        "CONCEPT_SYNONYM has no row: concepts are found by their English name alone",
        "CONCEPT_SYNONYM n'a pas de ligne : les concepts ne se trouvent que par leur nom anglais",
    ),
}


def _broken(table: str, english: str, french: str) -> SndsOmopError:
    return SndsOmopError("SO-407", english, french, where=f"{table.upper()}.csv")


def _values(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [str(value) for (value,) in connection.execute(query).fetchall()]


def _share(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    found = connection.execute(query).fetchone()
    return float(found[0] or 0) if found else 0.0
