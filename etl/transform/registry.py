"""The person registry on disk: a DuckDB file that dbt appends to, and the columns it must have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from etl.loaders.pseudonyms import FILE as PSEUDONYMS
from etl.loaders.withdrawn import KEYED, read_withdrawn, secret_of
from etl.sql_text import literal
from etl.workspace import Workspace

COLUMNS = {
    "person_key": "varchar",
    "person_id": "bigint",
    "build": "bigint",
    "former_id": "bigint",
}
"""``build`` counts the builds that changed the registry; ``former_id`` is the number a key had."""


def create_registry(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table, or give that of an earlier version the columns that it lacks."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create table if not exists person_registry ({columns})")
    for name, kind in COLUMNS.items():
        connection.execute(f"alter table person_registry add column if not exists {name} {kind}")


def upgrade_registry(workspace: Workspace) -> None:
    """Bring a registry that exists to this version; dbt makes the first one."""
    if not workspace.registry.is_file():
        return
    with duckdb.connect(str(workspace.registry)) as connection:
        found = connection.execute(
            "select column_name from duckdb_columns() where table_name = 'person_registry'"
        ).fetchall()
        if found and {name for (name,) in found} != set(COLUMNS):
            create_registry(connection)


_LATEST = """
create temp table latest as
select person_key, arg_max(person_id, coalesce(build, 0)) as person_id
from old.person_registry group by person_key
"""
_LEAVING = """
create temp table leaving as
select person_key, person_id from latest
where person_id in (
    select latest.person_id from latest
    where
        keyed('number', person_key) in (select digest from held)
        or keyed('right', person_key) in (select digest from held)
)
"""
_KEPT = """
insert into person_registry by name
select
    person_key,
    person_id,
    build,
    case when former_id not in (select person_id from leaving) then former_id end as former_id
from old.person_registry
where person_key not in (select person_key from leaving) and person_key <> ''
"""
_HIGHEST = """
insert into person_registry by name
select '' as person_key, highest.person_id + cast(is_leaving as integer) as person_id,
    highest.build as build
from (
    select
        max(person_id) as person_id,
        coalesce(max(build), 0) as build,
        max(person_id) in (select person_id from leaving) as is_leaving
    from old.person_registry
) as highest
"""


def withdrawn_numbers(workspace: Workspace) -> list[int]:
    """Numbers that keys of excluded persons lead to in the registry."""
    with _draft_with_old(workspace) as connection:
        if connection is None:
            return []
        found = connection.execute("select distinct person_id from leaving order by 1").fetchall()
        return [int(row[0]) for row in found]


def remove_withdrawn(workspace: Workspace) -> None:
    """Take the keys and numbers of excluded persons out of the registry.

    A row without a key keeps the highest number ever given, or the one after it when an excluded
    person had it, so that no number is given twice. The file is written whole: freed blocks of the
    old one would still hold the keys.
    """
    draft = _draft(workspace)
    with _draft_with_old(workspace) as connection:
        if connection is None or not connection.execute("from leaving limit 1").fetchone():
            return
        create_registry(connection)
        connection.execute(_KEPT)
        connection.execute(_HIGHEST)
        connection.execute("detach old")
        connection.close()
        draft.replace(workspace.registry)


def numbers_of(workspace: Workspace, person_ids: Sequence[int]) -> dict[int, list[str]]:
    """Keys that lead to persons now, by person_id."""
    found: dict[int, list[str]] = {}
    if not person_ids or not workspace.registry.is_file():
        return found
    with duckdb.connect(str(workspace.registry), read_only=True) as connection:
        rows = connection.execute(
            "select person_key, person_id from (select person_key, "
            "arg_max(person_id, coalesce(build, 0)) as person_id from person_registry "
            "group by person_key) where list_contains(?, person_id) and person_key <> ''",
            [list(person_ids)],
        ).fetchall()
    for key, person_id in rows:
        found.setdefault(int(person_id), []).append(str(key))
    return found


def _draft(workspace: Workspace) -> Path:
    return workspace.registry.with_suffix(".draft")


@contextmanager
def _draft_with_old(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """A new file with the registry attached as ``old`` and what leaves it; None when none does."""
    withdrawn = read_withdrawn(workspace)
    draft = _draft(workspace)
    draft.unlink(missing_ok=True)
    if not withdrawn.persons or not workspace.registry.is_file():
        yield None
        return
    try:
        with duckdb.connect(str(draft)) as connection:
            connection.execute(f"attach {literal(workspace.registry)} as old (read_only)")
            has_table = connection.execute(
                "select 1 from duckdb_tables() where database_name = 'old' "
                "and table_name = 'person_registry'"
            ).fetchone()
            if not has_table:
                yield None
                return
            connection.execute(f"set variable secret = '{secret_of(workspace)}'")
            connection.execute(KEYED)
            connection.execute(
                "create temp table held as select unnest(?::varchar[]) as digest",
                [sorted(withdrawn.digests)],
            )
            connection.execute(_LATEST)
            connection.execute(_LEAVING)
            yield connection
    finally:
        draft.unlink(missing_ok=True)
        draft.with_name(f"{draft.name}.wal").unlink(missing_ok=True)


def carry_over(workspace: Workspace) -> int:
    """Give new keys the numbers of the old ones that a declared table joins them to.

    Returns:
        How many keys were added. A key that the registry knows already keeps its number.
    """
    path = workspace.state / PSEUDONYMS
    if not path.is_file():
        return 0
    if not workspace.registry.is_file():
        path.unlink()
        return 0
    with duckdb.connect(str(workspace.registry)) as connection:
        create_registry(connection)
        added = connection.execute(_CARRIED, [str(path)]).fetchone()
    # pseudonyms of two generations side by side are kept no longer than they are needed
    path.unlink()
    return int(added[0]) if added else 0


_CARRIED = """
insert into person_registry by name
with latest as (
    select person_key, arg_max(person_id, coalesce(build, 0)) as person_id
    from person_registry group by person_key
)
select
    pairs.person_key,
    min(latest.person_id) as person_id,
    (select coalesce(max(build), 0) + 1 from person_registry) as build
from read_parquet(?) as pairs
inner join latest on pairs.old_name = latest.person_key
where pairs.person_key not in (select person_key from latest)
group by pairs.person_key
"""
