"""A delivery that replaces another: staged whole next to it, and current at once or not at all.

The new generation is staged below ``.generation`` in the workspace. ``state/delivery.next.json`` is
the point of no return: without it the former generation stands, with it the switch is completed by
the next command that writes, however often it was killed.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from etl.contracts.registry import contracts
from etl.delivery.declaration import STATE, Declaration, Declarations, recorded
from etl.delivery.inventory import Entry
from etl.delivery.sources import Source
from etl.errors import SndsOmopError
from etl.loaders.blocks import content_hash
from etl.loaders.lake import quarantine_file, remove_rows, table_dir, write_empty_tables
from etl.loaders.manifest import Delivery, StagedFile
from etl.loaders.overlap import REFERENTIALS, Difference
from etl.loaders.summary import write_summary
from etl.workspace import Workspace

FOLDER = ".generation"
NEXT = "delivery.next.json"
HISTORY = "generations.jsonl"


def prepare(workspace: Workspace, delivery: Delivery) -> Workspace:
    """An empty workspace in which a generation is staged under numbers never given before."""
    waiting = Workspace(workspace.root / FOLDER)
    shutil.rmtree(waiting.root, ignore_errors=True)
    waiting.create()
    numbers = Delivery(last_number=delivery.last_number, next_position=delivery.next_position)
    numbers.save(waiting.manifest)
    write_empty_tables(waiting)
    return waiting


def discard(workspace: Workspace) -> None:
    """Remove a generation that does not become current."""
    shutil.rmtree(workspace.root / FOLDER, ignore_errors=True)


def root_of(workspace: Workspace, name: str, *, other_than: str) -> str | None:
    """Folder of the delivery of a name; None when no other folder than one has it."""
    return next(
        (
            root
            for root, one in recorded(workspace).by_root.items()
            if root != other_than and name in (one.name, Path(root).name)
        ),
        None,
    )


def make_current(
    workspace: Workspace, root: str, replaced: str, declared: Declaration, found: Difference
) -> None:
    """Put the waiting generation in place of a former one.

    Args:
        root: folder of the new generation.
        replaced: folder of the former one, whose rows leave the lake.
        found: what the two share, kept with the history (counts only).
    """
    waiting = Workspace(workspace.root / FOLDER)
    current, staged = Delivery.load(workspace.manifest), Delivery.load(waiting.manifest)
    leaving = {root, replaced}
    following = current.model_copy(
        update={
            "files": tuple(file for file in current.files if file.root not in leaving),
            "others": tuple(other for other in current.others if other.root not in leaving),
            "last_number": {**current.last_number, **staged.last_number},
            "next_position": {**current.next_position, **staged.next_position},
        }
    )
    for file in staged.files:
        following = following.with_file(file)
    following = following.with_others(root, staged.others)
    kept = {r: one for r, one in recorded(workspace).by_root.items() if r not in leaving}
    declarations = Declarations(by_root={**kept, root: declared})
    (waiting.state / STATE).write_text(declarations.model_dump_json(indent=1), encoding="utf-8")
    line = {"folder": root, "replaces": replaced, **found.model_dump(mode="json")}
    (waiting.state / HISTORY).write_text(json.dumps(line) + "\n", encoding="utf-8")
    following.save(workspace.state / NEXT)
    settle(workspace)


def settle(workspace: Workspace) -> None:
    """Complete a switch that was interrupted, or remove a generation that was not finished."""
    pending = workspace.state / NEXT
    if pending.is_file():
        _switch(workspace, Delivery.load(pending))
        pending.unlink()
    discard(workspace)


def _switch(workspace: Workspace, following: Delivery) -> None:
    """Every step may be done again: a step that was done finds nothing to do."""
    waiting = Workspace(workspace.root / FOLDER)
    keys = {(file.table, file.number) for file in following.files}
    for file in Delivery.load(workspace.manifest).files:
        if (file.table, file.number) not in keys:
            remove_rows(workspace, file)
    for file in following.files:
        _move(waiting, workspace, file)
    following.save(workspace.manifest)
    write_summary(workspace, following)
    declarations, history = waiting.state / STATE, waiting.state / HISTORY
    if history.is_file():
        with (workspace.state / HISTORY).open("a", encoding="utf-8") as handle:
            handle.write(history.read_text(encoding="utf-8"))
        history.unlink()
    if declarations.is_file():
        declarations.replace(workspace.state / STATE)


def _move(waiting: Workspace, workspace: Workspace, file: StagedFile) -> None:
    contract = contracts()[file.table]
    rows = table_dir(waiting, contract) / file.folder
    if rows.is_dir():
        target = table_dir(workspace, contract) / file.folder
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        rows.rename(target)
    rejected = quarantine_file(waiting, contract, file.number)
    if rejected.is_file():
        target = quarantine_file(workspace, contract, file.number)
        target.parent.mkdir(parents=True, exist_ok=True)
        rejected.replace(target)


def covered(delivery: Delivery, root: str, entries: Iterable[Entry]) -> list[Entry]:
    """Files whose table and year (or month) another delivery holds already, with other content.

    Tables without a year are never covered: a further delivery brings them again. A file that was
    staged from the folder before is not new.
    """
    others = [file for file in delivery.files if file.root != root]
    own = {file.name for file in delivery.files if file.root == root}
    held = [(file.table, file.year, file.month) for file in others]
    found = []
    for entry in entries:
        contract = entry.contract
        if contract is None or entry.name in own:
            continue
        if not (contract.is_yearly or contract.has_flux):
            continue
        name, year, month = contract.table, entry.year, entry.month
        shared = any(
            table == name and _meet(past_year, year) and _meet(past_month, month)
            for table, past_year, past_month in held
        )
        if shared and not _same_bytes(entry.source, name, others):
            found.append(entry)
    return found


def _meet(one: object, other: object) -> bool:
    """A name that states no year or month may hold any."""
    return one is None or other is None or one == other


def _same_bytes(source: Source, table: str, others: Sequence[StagedFile]) -> bool:
    alike = [file for file in others if file.table == table and file.size == source.size]
    return bool(alike) and content_hash(source) in {file.sha256 for file in alike}


def of_persons(entries: Iterable[Entry]) -> list[Entry]:
    """Files of the referentials of persons, which decide whether pseudonyms are the same."""
    return [one for one in entries if one.contract and one.contract.table in REFERENTIALS]


def covered_error(entries: Sequence[Entry], found: Difference, root: str) -> SndsOmopError:
    """SO-243: tables and years that are there already, with the counts that decide."""
    tables = Counter(entry.contract.table for entry in entries if entry.contract)
    years = sorted({entry.year for entry in entries if entry.year is not None})
    named, spelt = ", ".join(sorted(tables)), ", ".join(map(str, years))
    return SndsOmopError(
        "SO-243",
        f"{named} of {spelt}: {found.keys_shared} person keys are in both "
        f"({found.keys_before} before, {found.keys_after} now), {found.lines} lines are the same, "
        f"{found.lines_without_keys} when person keys are left out",
        f"{named} de {spelt} : {found.keys_shared} clés de personnes sont dans les deux "
        f"({found.keys_before} avant, {found.keys_after} maintenant), {found.lines} lignes sont "
        f"identiques, {found.lines_without_keys} sans les clés de personnes",
        where=root,
    )


def check_kinship(declared: Declaration, found: Difference, root: str) -> None:
    """Refuse a replacement whose pseudonyms or content have nothing to do with the former one.

    Raises:
        SndsOmopError: SO-244.
    """
    if not found.keys_shared and not found.lines_without_keys:
        raise SndsOmopError(
            "SO-244",
            "no person key and no line is in both",
            "aucune clé de personne ni aucune ligne n'est dans les deux",
            where=root,
        )
    renewed = declared.new_pseudonyms or bool(declared.pseudonyms)
    if not found.keys_shared and not renewed:
        raise SndsOmopError(
            "SO-244",
            f"no person key is in both, {found.lines_without_keys} lines are the same without "
            "their keys: the pseudonyms are new and this is not declared",
            f"aucune clé de personne n'est dans les deux, {found.lines_without_keys} lignes sont "
            "identiques sans leurs clés : les pseudonymes sont nouveaux et ce n'est pas déclaré",
            where=root,
        )
