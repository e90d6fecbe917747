"""A declared table of old and new pseudonyms: persons keep their number, and stay excluded.

What the table joins is worked out while both generations can be read, and waits in
``state/pseudonyms.parquet`` for the next build, which takes it into the registry and removes it.
Persons are never matched by content.
"""

# ruff: noqa: S608 - SQL is made of names of our own contracts.

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from etl.clauses import Clause
from etl.contracts.registry import contracts
from etl.delivery.declaration import Pseudonyms
from etl.errors import SndsOmopError
from etl.loaders.bearers import key_columns, relation
from etl.loaders.overlap import REFERENTIALS
from etl.loaders.persons_list import read_table_of_text
from etl.loaders.withdrawn import (
    KINDS,
    HeldKey,
    keyed,
    read_withdrawn,
    secret_of,
    write_withdrawn,
)
from etl.workspace import Workspace

FILE = "pseudonyms.parquet"
_RANKS = range(100)
_NAMES = """
with person_row as ({rows}),
named as (
    select psa as name, psa, rank, ano, idt from person_row where psa is not null
    union select ano, psa, rank, ano, idt from person_row where ano is not null
    union select idt, psa, rank, ano, idt from person_row where idt is not null
)
select distinct pairs.pair, named.rank, named.psa || coalesce(named.rank, '') as own_right,
    named.ano, named.idt, named.name = named.psa as is_psa
from pairs inner join named on pairs.{side} = named.name
"""


def read_pairs(root: Path, declared: Sequence[Pseudonyms]) -> pl.DataFrame:
    """Columns ``old`` and ``new`` of all declared tables.

    Raises:
        SndsOmopError: SO-247 a table cannot be read, lacks a column or a value, or gives one
            pseudonym twice. No value is quoted.
    """
    found = []
    for one in declared:
        table = read_table_of_text(root / one.file, "SO-247")
        names = {name.strip().upper(): name for name in table.columns}
        if not {one.old.upper(), one.new.upper()} <= names.keys():
            raise _refused(one.file, Clause("a named column is not there", "une colonne manque"))
        pairs = table.select(
            pl.col(names[one.old.upper()]).str.strip_chars().alias("old"),
            pl.col(names[one.new.upper()]).str.strip_chars().alias("new"),
        )
        bad = pairs.filter(pl.any_horizontal(pl.all().is_null() | (pl.all() == ""))).height
        if bad or pairs.is_empty():
            raise _refused(
                one.file, Clause(f"{bad} rows without a value", f"{bad} ligne(s) sans valeur")
            )
        pairs = pairs.unique()
        twice = pairs.height - min(pairs["old"].n_unique(), pairs["new"].n_unique())
        if twice:
            raise _refused(
                one.file,
                Clause(
                    f"{twice} pseudonyms have two partners: it is not one to one",
                    f"{twice} pseudonymes ont deux correspondants : elle n'est pas bijective",
                ),
            )
        found.append(pairs)
    return pl.concat(found) if found else pl.DataFrame(schema={"old": pl.String, "new": pl.String})


def _refused(file: str, clause: Clause) -> SndsOmopError:
    return SndsOmopError("SO-247", *clause, where=file)


def named_in(lake: Workspace, pairs: pl.DataFrame, side: str) -> pl.DataFrame:
    """Keys of the persons whom one side of the pairs names in a lake."""
    schema = {
        "pair": pl.Int64,
        "rank": pl.String,
        "own_right": pl.String,
        "ano": pl.String,
        "idt": pl.String,
        "is_psa": pl.Boolean,
    }
    if pairs.is_empty():
        return pl.DataFrame(schema=schema)
    rows = " union ".join(
        f"select {', '.join(f'{sql} as {key}' for key, sql in key_columns(contract).items())} "
        f"from {relation(lake, contract)}"
        for contract in (contracts()[name] for name in REFERENTIALS)
    )
    with duckdb.connect() as connection:
        connection.execute("create table pairs (pair bigint, old varchar, new varchar)")
        connection.executemany(
            "insert into pairs values (?, ?, ?)",
            [(rank, *pair) for rank, pair in enumerate(pairs.select("old", "new").iter_rows())],
        )
        found = connection.execute(_NAMES.format(rows=rows, side=side)).fetchall()
    return pl.DataFrame(found, schema=schema, orient="row")


def note_pairs(workspace: Workspace, former: pl.DataFrame, later: pl.DataFrame) -> int:
    """Write which new key is which old one; return how many persons the table joins.

    Args:
        former: keys that the old pseudonyms name, read before the switch.
        later: keys that the new pseudonyms name in the new generation.
    """
    # a PSA joins rights of the same rank; a number joins persons
    joined = later.join(former, on="pair", suffix="_old").filter(
        pl.col("is_psa").not_()
        | pl.col("is_psa_old").not_()
        | pl.col("rank").eq_missing(pl.col("rank_old"))
    )
    key = pl.coalesce("idt", "ano", "own_right").alias("person_key")
    olds = [pl.col(name).alias("old_name") for name in ("idt_old", "ano_old", "own_right_old")]
    names = pl.concat([joined.select(key, old) for old in olds]).drop_nulls().unique()
    if not names.is_empty():
        draft = workspace.state / f"{FILE}.tmp"
        names.sort("person_key", "old_name").write_parquet(draft)
        draft.chmod(0o600)
        draft.replace(workspace.state / FILE)
    return names["person_key"].n_unique()


def extend_exclusions(workspace: Workspace, pairs: pl.DataFrame) -> None:
    """New pseudonyms of excluded persons are excluded too, before a row of theirs is kept."""
    withdrawn = read_withdrawn(workspace)
    if not withdrawn.persons or pairs.is_empty():
        return
    secret = secret_of(workspace)
    bearer = {
        key.digest: (person.number, key) for person in withdrawn.persons for key in person.keys
    }
    added: dict[int, set[HeldKey]] = {}
    for old, new in pairs.select("old", "new").iter_rows():
        tails = [""]
        if keyed(secret, "psa", old) in bearer:
            tails += [str(rank) for rank in _RANKS]
        for kind in KINDS:
            for tail in tails if kind == "right" else ("",):
                found = bearer.get(keyed(secret, kind, old + tail))
                if found and found[1].kind == kind:
                    digest = keyed(secret, kind, new + tail)
                    # its number is new too: a right with an unknown number is still theirs
                    held = HeldKey(kind=kind, digest=digest, is_numbered=kind == "number")
                    added.setdefault(found[0], set()).add(held)
    persons = tuple(
        person.model_copy(
            update={
                "keys": tuple(
                    sorted(
                        {*person.keys, *added.get(person.number, ())},
                        key=lambda key: (key.kind, key.digest),
                    )
                )
            }
        )
        if added.get(person.number, set()) - set(person.keys)
        else person
        for person in withdrawn.persons
    )
    write_withdrawn(workspace, withdrawn.replaced(persons))
