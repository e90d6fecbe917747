"""Which persons of the lake the rows of a list name, as hashes of their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from etl.errors import SndsOmopError
from etl.loaders.bearers import Bearers
from etl.loaders.persons_list import Listed
from etl.loaders.withdrawn import Kind, keyed

Seed = tuple[Kind, str]
"""Kind and hash of a key."""


@dataclass(frozen=True, slots=True)
class Found:
    """Keys by row of the list; rows that name no person, or several."""

    seeds: tuple[tuple[Seed, ...], ...]
    unknown: int
    ambiguous: int


def find_persons(
    bearers: Bearers, rows: Sequence[Listed], secret: str, names: Mapping[int, Sequence[str]]
) -> Found:
    """Look the rows of a list up among the bearers of keys.

    Args:
        names: keys in the registry by person_id.
    """
    seeds, unknown, ambiguous = [], 0, 0
    for row in rows:
        given = _given(row, secret, names)
        if any(_is_ambiguous(bearers, row, seed) for seed in given):
            ambiguous += 1
        elif not any(_is_known(bearers, seed) for seed in given):
            unknown += 1
        seeds.append(tuple(given))
    return Found(tuple(seeds), unknown, ambiguous)


def require_unique(found: Found, where: str) -> None:
    """Refuse a list with rows that name several persons (SO-253)."""
    if found.ambiguous:
        raise SndsOmopError(
            "SO-253",
            f"{found.ambiguous} of {len(found.seeds)} rows name several persons",
            f"{found.ambiguous} ligne(s) sur {len(found.seeds)} désignent plusieurs personnes",
            where=where,
        )


def _given(row: Listed, secret: str, names: Mapping[int, Sequence[str]]) -> list[Seed]:
    found: list[Seed] = [("number", keyed(secret, "number", one)) for one in row.numbers]
    if row.psa and row.rank is not None:
        found.append(("right", keyed(secret, "right", row.psa + row.rank)))
    elif row.psa:
        found.append(("psa", keyed(secret, "psa", row.psa)))
    for name in names.get(row.person_id, ()) if row.person_id is not None else ():
        found += [
            ("number", keyed(secret, "number", name)),
            ("right", keyed(secret, "right", name)),
        ]
    return found


def _is_known(bearers: Bearers, seed: Seed) -> bool:
    kind, digest = seed
    columns = {"number": "ano_d = $1 or idt_d = $1", "right": "right_d = $1", "psa": "psa_d = $1"}
    return bool(
        bearers.one(
            f"select (select count(*) from who where {columns[kind]}) "  # noqa: S608
            "+ (select count(*) from held where digest = $1)",
            digest,
        )
    )


def _is_ambiguous(bearers: Bearers, row: Listed, seed: Seed) -> bool:
    """Whether a key leads to several persons; numbers rank before rights."""
    kind, digest = seed
    if kind == "number":
        # a default value (R46): it stands in rows, and is the number of none
        return bool(row.numbers) and bool(
            bearers.one(
                "select count(*) from who where (list_contains($1, ano) and ano_d is null) "
                "or (list_contains($1, idt) and idt_d is null)",
                list(row.numbers),
            )
        )
    column = "right_d" if kind == "right" else "psa_d"
    owners = bearers.one(
        f"with own as (select * from who where {column} = $1), "  # noqa: S608
        "numbers as (select distinct coalesce(idt_d, ano_d) as owner from own where has_number), "
        "others as (select distinct right_d as owner from own where right_d is not null "
        "and right_d not in (select right_d from own where has_number and right_d is not null)) "
        "select count(*) from (select * from numbers union all select * from others)",
        digest,
    )
    return owners > 1 and not row.numbers
