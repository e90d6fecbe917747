"""A small build, then a merge: a delivery that only adds files changes what it touches, no more.

The candidate is copied aside; dbt builds the same models from the touched rows alone and merges
each into its table (``dbt_project/increment.yml``, ``macros/increment.sql``); then the copy takes
the place of the candidate. What may differ from a whole build is left to a whole build.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from etl.clauses import Clause
from etl.contracts.registry import contracts
from etl.ids import CHUNK_BITS, LINE_BITS
from etl.loaders.lake import NO_ROWS
from etl.loaders.manifest import Delivery, StagedFile
from etl.resources import dbt_project_dir
from etl.settings import Settings
from etl.transform.closure import TOUCHED, find_touched
from etl.transform.fingerprint import Inputs, inputs, place, stamped, write_stamp
from etl.transform.safeguards import (
    changed_window,
    lost_numbers,
    new_professionals,
    outside_the_window,
    told_again,
)
from etl.workspace import Workspace

SMALL_SCHEMA = "small_"
# Packs say how many units a box holds, for everybody's drugs.
_FOR_EVERYBODY = {"IR_PHA_R"}


class WholeBuildNeededError(Exception):
    """An increment is not made."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.reason = Clause(english, french)


@dataclass(frozen=True, slots=True)
class Merged:
    """What an increment did."""

    results: list[Any]
    touched_rows: int
    all_rows: int


RunDbt = Callable[["Aside"], list[Any]]


@dataclass(frozen=True, slots=True)
class Aside:
    """Where an increment works. The copy is named as the candidate: views name their database."""

    root: Path

    @property
    def candidate(self) -> Path:
        return self.root / "candidate.duckdb"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def target(self) -> Path:
        """Kept from one increment to the next: dbt need not parse the project again."""
        return self.root / "target"

    def clear(self) -> None:
        self.candidate.unlink(missing_ok=True)
        self.candidate.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        shutil.rmtree(self.lake, ignore_errors=True)


def classes() -> dict[str, Any]:
    """How each model is brought up to date: ``dbt_project/increment.yml``."""
    text = (dbt_project_dir() / "increment.yml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def increment(workspace: Workspace, settings: Settings, run: RunDbt) -> Merged:
    """Bring the candidate up to date with the files it does not know.

    Raises:
        WholeBuildNeededError: the candidate and its stamp are as they were; the person registry may
            have grown, as it does in any build.
        SndsOmopError: SO-901 when dbt fails; the candidate that stood still stands.
    """
    wanted = inputs(workspace, settings)
    new_files = added_files(workspace, wanted)
    aside = Aside(workspace.build / "increment")
    aside.clear()
    aside.root.mkdir(exist_ok=True)
    try:
        shutil.copyfile(workspace.candidate, aside.candidate)
        with _opened(aside, workspace, settings) as connection:
            touched, every = _prepare(connection, workspace, settings, new_files)
            _write_small_lake(connection, workspace, aside)
        results = run(aside)
        with _opened(aside, workspace, settings) as connection:
            _refuse_doubts(connection)
            _tidy(connection)
            write_stamp(connection, wanted)
        aside.candidate.replace(workspace.candidate)
    except (duckdb.Error, OSError) as error:
        # no room for a second candidate, or not enough memory: a whole build needs less of the one
        # and spills the other
        kind = type(error).__name__
        raise WholeBuildNeededError(
            f"the increment ended with {kind}", f"la mise à jour a fini par {kind}"
        ) from error
    finally:
        aside.clear()
    return Merged(results, touched, every)


def added_files(workspace: Workspace, wanted: Inputs) -> list[StagedFile]:
    """Files that the candidate does not know, when they are all that changed.

    Raises:
        WholeBuildNeededError: something else changed, or nothing.
    """
    known = stamped(workspace)
    if known is None:
        raise WholeBuildNeededError(
            "no complete candidate stands", "il n'y a pas de version candidate complète"
        )
    if workspace.candidate.with_suffix(".duckdb.wal").exists():
        raise WholeBuildNeededError(
            "the candidate was not closed", "la version candidate n'a pas été fermée"
        )
    if known.rules != wanted.rules:
        raise WholeBuildNeededError(
            "code, settings or vocabulary changed",
            "le code, les réglages ou le vocabulaire ont changé",
        )
    if any(wanted.files.get(name) != digest for name, digest in known.files.items()):
        raise WholeBuildNeededError(
            "a file was replaced or removed", "un fichier a été remplacé ou retiré"
        )
    files = Delivery.load(workspace.manifest).files
    added = [file for file in files if place(file) not in known.files]
    if not added:
        raise WholeBuildNeededError("nothing was added", "rien n'a été ajouté")
    for file in added:
        if file.table in _FOR_EVERYBODY and file.rows_staged:
            raise WholeBuildNeededError(f"{file.table} was delivered", f"{file.table} a été livrée")
    return added


@contextmanager
def _opened(
    aside: Aside, workspace: Workspace, settings: Settings
) -> Iterator[duckdb.DuckDBPyConnection]:
    limits = settings.engine.duckdb(workspace.build / "temp")
    with duckdb.connect(str(aside.candidate), config=limits) as connection:
        yield connection


def _prepare(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    settings: Settings,
    new_files: list[StagedFile],
) -> tuple[int, int]:
    """Find what is touched, and keep what the checks after the merge compare with."""
    connection.execute("create schema increment")
    for name in ("window", "flux"):
        table = {"window": "int_observation_window", "flux": "int_dcir_flux__delivered"}[name]
        connection.execute(f"create table increment.{name} as from intermediate.{table}")
    connection.execute("create table increment.numbers (kind text, name text, number bigint)")
    connection.execute(
        "create table increment.moves (kind text, old_number bigint, new_number bigint)"
    )
    for table, names in classes()["numbers"].items():
        connection.execute(
            f"insert into increment.numbers select '{names['number']}', {names['name']}, "  # noqa: S608
            f"{names['number']} from intermediate.{table} where {names['name']} is not null"
        )
    seeds = [
        told_again(new_files),
        outside_the_window(settings.observation),
        new_professionals(new_files),
    ]
    touched = find_touched(connection, new_files, seeds, settings.rules.off)
    every = sum(file.rows_staged for file in Delivery.load(workspace.manifest).files)
    limit = settings.engine.increment_share
    if touched > limit * every:
        raise WholeBuildNeededError(
            f"{touched / every:.0%} of all rows are touched",
            f"{touched / every:.0%} des lignes sont touchées",
        )
    return touched, every


def _write_small_lake(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, aside: Aside
) -> None:
    """The touched rows in the form of the lake; every other table is there without rows."""
    counted = connection.execute(
        f"select _row_id >> {CHUNK_BITS + LINE_BITS}, count(*) from {TOUCHED} group by all"  # noqa: S608
    ).fetchall()
    present = {int(number) for number, _ in counted}
    for contract in contracts().values():
        whole = workspace.lake / contract.product / contract.model_name
        small = aside.lake / contract.product / contract.model_name
        small.mkdir(parents=True)
        shutil.copyfile(whole / NO_ROWS, small / NO_ROWS)
        if contract.number in present:
            connection.execute(
                f"copy (select * from read_parquet('{_quoted(whole)}/**/*.parquet') "  # noqa: S608
                f"semi join {TOUCHED} using (_row_id)) "
                f"to '{_quoted(small)}/f00001.parquet' (format parquet)"
            )


def _refuse_doubts(connection: duckdb.DuckDBPyConnection) -> None:
    for doubt in (changed_window, lost_numbers):
        if reason := doubt(connection):
            raise WholeBuildNeededError(*reason)


def _tidy(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave what a candidate has that was just built: the verdict is that of the one before."""
    schemas = connection.execute(
        "select schema_name from duckdb_schemas() where database_name = current_database() "
        "and (schema_name = 'increment' or starts_with(schema_name, ?))",
        [SMALL_SCHEMA],
    ).fetchall()
    for (schema,) in schemas:
        connection.execute(f"drop schema {schema} cascade")
    connection.execute("drop table if exists audit.quality_result")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
