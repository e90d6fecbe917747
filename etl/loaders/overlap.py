"""What two generations of a delivery share: lines, lines without keys, and person keys, counted.

Only counts leave this module. Lines are compared by a hash of 64 bits: of a million lines, one
pair in thirty million runs is taken for equal by accident.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import duckdb
from pydantic import BaseModel, ConfigDict

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.loaders.lake import table_dir
from etl.loaders.manifest import StagedFile
from etl.workspace import Workspace

REFERENTIALS = ("IR_BEN_R", "IR_BEN_R_ARC", "IR_IBA_R")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Compared(_Model):
    """Rows of a table and year in the former generation and in the new one."""

    table: str
    year: int | None
    before: int
    after: int
    same: int

    @property
    def withdrawn(self) -> int:
        """Rows that left or changed."""
        return self.before - self.same

    @property
    def added(self) -> int:
        return self.after - self.same


class Difference(_Model):
    """Two generations compared."""

    tables: tuple[Compared, ...] = ()
    lines_without_keys: int = 0
    """Rows that are the same when the columns that name persons are left out."""
    keys_before: int = 0
    keys_after: int = 0
    keys_shared: int = 0

    @property
    def lines(self) -> int:
        """Rows that are the same in every column."""
        return sum(one.same for one in self.tables)

    @property
    def years(self) -> tuple[int, ...]:
        """Years that both generations hold."""
        both = (one.year for one in self.tables if one.year and one.before and one.after)
        return tuple(sorted(set(both)))


Staged = tuple[Workspace, Sequence[StagedFile]]


def compare(former: Staged, later: Staged) -> Difference:
    """Count what two generations share, table by table.

    Args:
        former: a workspace and the files staged there that make the former generation.
        later: the same for the new one.
    """
    names = sorted({file.table for _, files in (former, later) for file in files})
    tables: list[Compared] = []
    keyless = 0
    with duckdb.connect() as connection:
        connection.execute("create table keys (key varchar, is_new boolean)")
        for table in names:
            contract = contracts()[table]
            for is_new, (workspace, files) in enumerate((former, later)):
                paths = _parts(workspace, contract, [f for f in files if f.table == table])
                connection.execute(
                    f"create or replace table side_{is_new} as "  # noqa: S608
                    f"select _source_year as year, {_hash(contract, keys=True)} as line, "
                    f"{_hash(contract, keys=False)} as bare "
                    "from read_parquet(?, union_by_name = true)",
                    [paths],
                )
                # a right is a PSA with its rank: a PSA alone names twins, and PMSI has no more
                for column in contract.of_persons("psa", "ano", "idt"):
                    connection.execute(
                        f"insert into keys select distinct {column}, ? "  # noqa: S608
                        f"from read_parquet(?, union_by_name = true) where {column} is not null",
                        [bool(is_new), paths],
                    )
            tables += [
                Compared(table=table, year=year, before=before, after=after, same=same)
                for year, before, after, same in connection.execute(_SHARED).fetchall()
            ]
            keyless += _one(connection, _BARE)
        counted = connection.execute(
            "select count(*) filter (n_old > 0), count(*) filter (n_new > 0), "
            "count(*) filter (n_old > 0 and n_new > 0) from (select key, "
            "count(*) filter (not is_new) as n_old, count(*) filter (is_new) as n_new "
            "from keys group by key)"
        ).fetchone()
    before, after, shared = counted or (0, 0, 0)
    return Difference(
        tables=tuple(tables),
        lines_without_keys=keyless,
        keys_before=before,
        keys_after=after,
        keys_shared=shared,
    )


_SHARED = """
with counted as (
    select year, line, count(*) filter (not is_new) as n_old, count(*) filter (is_new) as n_new
    from (
        select year, line, false as is_new from side_0
        union all select year, line, true from side_1
    )
    group by all
)
select year, cast(sum(n_old) as bigint), cast(sum(n_new) as bigint),
    cast(sum(least(n_old, n_new)) as bigint)
from counted group by year order by year
"""
_BARE = """
with counted as (
    select bare, count(*) filter (not is_new) as n_old, count(*) filter (is_new) as n_new
    from (
        select bare, false as is_new from side_0
        union all select bare, true from side_1
    )
    group by all
)
select cast(coalesce(sum(least(n_old, n_new)), 0) as bigint) from counted
"""


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _hash(contract: Contract, *, keys: bool) -> str:
    """SQL of the hash of a row. Without keys, a table of persons only has no row that counts."""
    chosen = [column.name for column in contract.kept if keys or column.person is None]
    return f"hash({', '.join(chosen or ['0'])})"


def _parts(workspace: Workspace, contract: Contract, files: Sequence[StagedFile]) -> list[str]:
    folder = table_dir(workspace, contract)
    parts: dict[int, list[str]] = defaultdict(list)
    for file in files:
        parts[file.number] += [str(path) for path in (folder / file.folder).glob("*.parquet")]
    # the file without rows has all columns of the contract, whatever an old generation lacks
    empty = str(folder / "none.parquet")
    return [empty, *(path for number in sorted(parts) for path in sorted(parts[number]))]
