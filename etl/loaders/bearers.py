"""Who bears which keys in the lake, and which of them belong to excluded persons.

Numbers rank before rights: a right with another number than that of the excluded person is another
person's, unless the right had no number before (it was certified since). A PSA alone decides only
where a row has nothing more. A number whose rows contradict each other on sex and birth (R46) is no
number. Keys stand in clear in the memory of the connection only.
"""

# ruff: noqa: S608 - SQL is made of names of our own contracts.

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.loaders.lake import table_dir
from etl.loaders.overlap import REFERENTIALS
from etl.loaders.withdrawn import KEYED, ExcludedPerson, HeldKey, Withdrawn
from etl.sql_text import literal
from etl.workspace import Workspace

# Which row of a right is believed: as in int_person_row__classified.
_RANK = {"IR_BEN_R": 2, "IR_BEN_R_ARC": 1}
_FRESH = (
    "MAX_TRT_DTD", "BEN_DTE_MAJ", "BEN_NAI_ANN", "BEN_NAI_MOI", "BEN_SEX_COD", "BEN_DCD_DTE",
    "BEN_RES_DPT", "BEN_RES_COM", "ORG_AFF_BEN",
)  # fmt: skip
TUPLE = ("psa", "rank", "ano", "idt")

_WHO = """
create or replace temp table who as
with default_number as (
    select number from (
        select ano as number, sex, birth from person_row where ano is not null
        union all select idt, sex, birth from person_row where idt is not null
    )
    group by number
    having
        max(birth) filter (where sex = '1') - min(birth) filter (where sex = '2') > 1
        or max(birth) filter (where sex = '2') - min(birth) filter (where sex = '1') > 1
),
numbered as (
    select
        bearer.*,
        case when ano not in (select number from default_number) then ano end as own_ano,
        case when idt not in (select number from default_number) then idt end as own_idt
    from bearer
)
select
    row_number() over () as n,
    psa, rank, ano, idt,
    own_ano is not null
    or (own_idt is not null and own_idt is distinct from psa || coalesce(rank, '')) as has_number,
    keyed('number', own_ano) as ano_d,
    keyed('number', own_idt) as idt_d,
    keyed('right', psa || rank) as right_d,
    keyed('psa', psa) as psa_d
from numbered
"""
_TAKEN = """
create or replace temp table taken as
with held_of as (
    select kind, digest, min(person) as person, bool_or(is_numbered) as is_numbered
    from held group by kind, digest
),
marked as (
    select
        who.*,
        coalesce(a.person, i.person) as by_number,
        r.person as by_right,
        r.is_numbered,
        p.person as by_psa
    from who
    left join held_of as a on a.kind = 'number' and who.ano_d = a.digest
    left join held_of as i on i.kind = 'number' and who.idt_d = i.digest
    left join held_of as r on r.kind = 'right' and who.right_d = r.digest
    left join held_of as p on p.kind = 'psa' and who.psa_d = p.digest
),
-- the freshest row of the right is another person's: it has passed
passed as (
    select distinct marked.right_d
    from marked
    inner join owner
        on
            marked.psa = owner.psa and marked.rank = owner.rank
            and marked.ano is not distinct from owner.one.ano
            and marked.idt is not distinct from owner.one.idt
    where has_number and by_number is null and is_numbered and right_d is not null
),
decided as (
    select
        marked.n,
        case
            when by_number is not null then by_number
            when has_number and rank is not null and not is_numbered then by_right
            when has_number then null
            when rank is null then by_psa
            when passed.right_d is null then by_right
        end as person
    from marked
    left join passed on marked.right_d = passed.right_d
)
select n, person from decided where person is not null
"""
_DERIVED = """
insert into held
select kind, digest, bool_or(is_numbered), min(person)
from (
    select 'number' as kind, ano_d as digest, true as is_numbered, person
    from taken inner join who using (n) where ano_d is not null
    union all
    select 'number', idt_d, true, person
    from taken inner join who using (n) where idt_d is not null
    union all
    select 'right', right_d, has_number, person
    from taken inner join who using (n) where right_d is not null
    union all
    select 'psa', psa_d, false, person
    from taken inner join who using (n) where psa_d is not null
) as derived
where not exists (
    select 1 from held
    where
        held.kind = derived.kind and held.digest = derived.digest
        and (held.is_numbered or not derived.is_numbered)
)
group by kind, digest
"""


def of_persons() -> Iterator[Contract]:
    """Tables whose rows name a person."""
    for contract in contracts().values():
        if contract.of_persons("psa", "ano", "idt"):
            yield contract


def relation(workspace: Workspace, contract: Contract) -> str:
    """SQL of all rows of a table of the lake."""
    files = literal(table_dir(workspace, contract) / "**" / "*.parquet")
    return f"read_parquet({files}, union_by_name = true, hive_partitioning = false)"


def key_columns(contract: Contract) -> dict[str, str]:
    """``psa``, ``rank``, ``ano`` and ``idt`` as SQL over a table of the lake."""
    return {key: next(iter(contract.of_persons(key)), "cast(null as varchar)") for key in TUPLE}


def _names(contract: Contract) -> frozenset[str]:
    return frozenset(column.name for column in contract.kept)


class Bearers:
    """Tuples of keys of a lake, in an own connection with the hashes of a workspace."""

    def __init__(self, workspace: Workspace, lake: Workspace, secret: str) -> None:
        """
        Args:
            workspace: holds the folder for what memory does not hold.
            lake: the workspace with the lake, another one while a generation is staged.
            secret: of the hashes.
        """
        spill = workspace.build / "temp"
        self.connection = duckdb.connect(config={"temp_directory": str(spill)})
        self.connection.execute(f"set variable secret = '{secret}'")
        self.connection.execute(KEYED)
        self.lake = lake
        self._gather()

    def close(self) -> None:
        self.connection.close()

    def _gather(self) -> None:
        run = self.connection.execute
        run("create temp table bearer (psa varchar, rank varchar, ano varchar, idt varchar)")
        run(
            "create temp table register (psa varchar, rank varchar, ano varchar, idt varchar, "
            "freshness varchar)"
        )
        run("create temp table person_row (ano varchar, idt varchar, sex varchar, birth integer)")
        run(
            "create temp table held (kind varchar, digest varchar, is_numbered boolean, person int)"
        )
        for contract in of_persons():
            chosen = ", ".join(f"{sql} as {key}" for key, sql in key_columns(contract).items())
            rows = relation(self.lake, contract)
            run(f"insert into bearer select distinct {chosen} from {rows}")
            if contract.table in REFERENTIALS:
                keys = key_columns(contract)
                run(
                    f"insert into person_row select distinct {keys['ano']}, {keys['idt']}, "
                    f"BEN_SEX_COD, try_cast(BEN_NAI_ANN as integer) from {rows}"
                )
                names = _names(contract)
                fresh = " || '|' || ".join(
                    f"coalesce(cast({name} as varchar), '')" for name in _FRESH if name in names
                )
                run(
                    f"insert into register select {chosen}, '{_RANK.get(contract.table, 0)}' "
                    f"|| {fresh} || printf('%20d', _row_id) from {rows} "
                    f"where {keys['psa']} is not null and {keys['rank']} is not null"
                )
        run("create or replace temp table bearer as select distinct * from bearer")
        run(
            "create temp table owner as select psa, rank, "
            "arg_max({'ano': ano, 'idt': idt}, freshness) as one "
            "from register group by psa, rank"
        )
        run(_WHO)

    def hold(self, withdrawn: Withdrawn) -> None:
        """Begin with the keys of the persons excluded so far."""
        rows = [
            (key.kind, key.digest, key.is_numbered, person.number)
            for person in withdrawn.persons
            for key in person.keys
        ]
        self.connection.execute("delete from held")
        self.add(rows)

    def add(self, rows: Sequence[tuple[str, str, bool, int]]) -> None:
        """More keys: kind, hash, whether a right had a number, number of the person."""
        if rows:
            self.connection.executemany("insert into held values (?, ?, ?, ?)", rows)

    def spread(self) -> None:
        """Follow the keys held to all keys of the same persons, until no more are found."""
        before = -1
        while (held := self.one("select count(*) from held")) != before:
            before = held
            self.connection.execute(_TAKEN)
            self.connection.execute(_DERIVED)

    def persons(self, known: Withdrawn, new: Sequence[ExcludedPerson] = ()) -> Withdrawn:
        """The list with all keys that are held now."""
        keys: dict[int, list[HeldKey]] = {}
        for person, kind, digest, is_numbered in self.connection.execute(
            "select min(person), kind, digest, bool_or(is_numbered) from held "
            "group by kind, digest order by all"
        ).fetchall():
            key = HeldKey(kind=kind, digest=digest, is_numbered=is_numbered)
            keys.setdefault(person, []).append(key)
        persons = tuple(
            person.model_copy(update={"keys": tuple(keys[person.number])})
            for person in (*known.persons, *new)
            if person.number in keys
        )
        return known.replaced(persons, max([known.last, *(one.number for one in new)]))

    def one(self, query: str, *arguments: object) -> int:
        row = self.connection.execute(query, list(arguments)).fetchone()
        return int(row[0] or 0) if row else 0


def parts(folder: Path) -> list[Path]:
    """Files of rows of one delivered file."""
    return sorted(folder.glob("part-*.parquet"))
