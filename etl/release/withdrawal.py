"""A person objects: they leave lake, quarantine, registry, candidate and every kept release.

The decision is written first (``state/withdrawn.json``); a command that was killed is run again and
goes on. Nothing here shows a key: counts only.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from etl import unchanged
from etl.delivery.declaration import recorded
from etl.errors import SndsOmopError
from etl.loaders.bearers import Bearers
from etl.loaders.generation import settle
from etl.loaders.linkage import forget_linked
from etl.loaders.listed_persons import find_persons, require_unique
from etl.loaders.manifest import Delivery
from etl.loaders.persons_list import Listed, read_persons_list
from etl.loaders.screening import Screened, forget_spill, screen
from etl.loaders.shards import remove_shards, shards_held
from etl.loaders.withdrawn import (
    ExcludedPerson,
    HeldKey,
    Withdrawn,
    keyed,
    read_withdrawn,
    require_known,
    secret_of,
    write_withdrawn,
)
from etl.release import audit_log
from etl.release.candidate import Judge
from etl.release.extract.register import forget_persons
from etl.release.pins import PUBLISHING
from etl.release.remade import Remade, remake
from etl.settings import Settings
from etl.state_file import damaged, read_record, write_whole
from etl.transform import spark
from etl.transform.registry import numbers_of, remove_withdrawn, withdrawn_numbers
from etl.workspace import Workspace

PENDING = "withdrawal.json"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What an exclusion did, counted."""

    rows: int
    repeated: int
    unknown: int
    persons: int
    """Excluded now; those excluded before are not among them."""
    excluded: int
    """In all."""
    screened: Screened
    releases: tuple[Remade, ...]
    published: tuple[str, ...]
    """Publications made before, from the audit log: a person must act on them."""


def exclude(
    workspace: Workspace,
    settings: Settings,
    path: Path,
    *,
    ground: str,
    day: date,
    keep_unknown: bool = False,
    judge: Judge | None = None,
) -> Exclusion:
    """Exclude the persons of a list, with all their rights.

    Args:
        keep_unknown: rows that name no person staged here are kept for later deliveries.
        judge: checks the releases that are made again.

    Raises:
        SndsOmopError: SO-104 nothing is staged, SO-250 to SO-254 the list is refused as a whole,
            and nothing was done.
    """
    settle(workspace)
    # what shards have read is no part of the lake yet: it is read again, without these persons
    with shards_held(workspace):
        remove_shards(workspace)
    listed = read_persons_list(path, _declared_names(workspace))
    if not Delivery.load(workspace.manifest).files:
        raise SndsOmopError("SO-104", "the lake is empty", "le lac est vide")
    known = read_withdrawn(workspace)
    secret = secret_of(workspace)
    bearers = Bearers(workspace, workspace, secret)
    try:
        bearers.hold(known)
        names = numbers_of(workspace, _person_ids(listed.rows))
        found = find_persons(bearers, listed.rows, secret, names)
        require_unique(found, path.name)
        if not keep_unknown:
            require_known(len(listed.rows) - found.unknown, len(listed.rows), path.name)
        new = tuple(
            ExcludedPerson(number=known.last + rank, ground=ground, day=day, keys=())
            for rank in range(1, len(found.seeds) + 1)
        )
        held = {key.digest for person in known.persons for key in person.keys}
        bearers.add(
            [
                (kind, digest, False, person.number)
                for person, seeds in zip(new, found.seeds, strict=True)
                for kind, digest in seeds
                if not any(one in held for _, one in seeds)
            ]
        )
        bearers.spread()
        if not bearers.one("select count(*) from who where n not in (select n from taken)"):
            raise SndsOmopError(
                "SO-254",
                "the list names every person that is staged",
                "la liste désigne toutes les personnes chargées",
                where=path.name,
            )
        extended = bearers.persons(known, new)
    finally:
        bearers.close()
        forget_spill(workspace)
    unchanged.forget(workspace)
    write_withdrawn(workspace, extended)
    added = len(extended.persons) - len(known.persons)
    audit_log.append(workspace, f"persons exclude {ground} {day.isoformat()} persons={added}")
    screened = screen(workspace)
    forget_spill(workspace)
    remade = settle_withdrawal(workspace, settings, judge)
    return Exclusion(
        rows=len(listed.rows) + listed.repeated,
        repeated=listed.repeated,
        unknown=found.unknown,
        persons=added,
        excluded=len(extended.persons),
        screened=screened,
        releases=remade,
        published=_published(workspace),
    )


def settle_withdrawal(
    workspace: Workspace, settings: Settings, judge: Judge | None = None
) -> tuple[Remade, ...]:
    """Take excluded persons out of registry, candidate and releases; goes on after a kill."""
    withdrawn = read_withdrawn(workspace)
    if withdrawn.settled == withdrawn.revision:
        return ()
    pending = workspace.state / PENDING
    try:
        numbers = set(read_record(pending)["numbers"]) if pending.is_file() else set()
    except (KeyError, TypeError) as error:
        raise damaged(pending) from error
    numbers |= set(withdrawn_numbers(workspace))
    write_whole(pending, json.dumps({"numbers": sorted(numbers)}))
    remove_withdrawn(workspace)
    _remove_candidate(workspace, settings)
    forget_persons(workspace, sorted(numbers))
    forget_linked(workspace)
    remade = remake(workspace, settings, sorted(numbers), judge) if numbers else ()
    write_withdrawn(workspace, withdrawn.model_copy(update={"settled": withdrawn.revision}))
    pending.unlink()
    return remade


def readmit(workspace: Workspace, path: Path) -> int:
    """Lift the exclusion of the persons of a list; the next delivery brings them back.

    Returns:
        How many persons are no longer excluded.

    Raises:
        SndsOmopError: SO-250, SO-251 the list is refused; SO-255 a row names no excluded person.
    """
    settle(workspace)
    listed = read_persons_list(path, _declared_names(workspace))
    withdrawn = read_withdrawn(workspace)
    leaving: set[int] = set()
    missing = 0
    secret = secret_of(workspace) if withdrawn.persons else ""
    for row in listed.rows:
        found = _excluded(withdrawn, row, secret)
        missing += not found
        leaving |= found
    if missing:
        raise SndsOmopError(
            "SO-255",
            f"{missing} of {len(listed.rows)} rows name no excluded person",
            f"{missing} ligne(s) sur {len(listed.rows)} ne désignent aucune personne exclue",
            where=path.name,
        )
    kept = tuple(one for one in withdrawn.persons if one.number not in leaving)
    unchanged.forget(workspace)
    # first the files are to be read again: a kill in between then only reads them for nothing
    delivery = Delivery.load(workspace.manifest)
    files = tuple(
        file.model_copy(update={"contract": ""}) if file.withdrawn or file.unlinked else file
        for file in delivery.files
    )
    delivery.model_copy(update={"files": files}).save(workspace.manifest)
    write_withdrawn(workspace, withdrawn.replaced(kept))
    audit_log.append(workspace, f"persons readmit persons={len(leaving)}")
    return len(leaving)


def _excluded(withdrawn: Withdrawn, row: Listed, secret: str) -> set[int]:
    """Numbers of excluded persons that a row names; a PSA alone only if one person had it."""
    wanted = {keyed(secret, "number", one) for one in row.numbers}
    if row.psa and row.rank is not None:
        wanted.add(keyed(secret, "right", row.psa + row.rank))
    if wanted:
        return {
            person.number
            for person in withdrawn.persons
            if any(key.digest in wanted for key in person.keys)
        }
    psa = keyed(secret, "psa", row.psa or "")
    found = {
        person.number
        for person in withdrawn.persons
        if HeldKey(kind="psa", digest=psa) in person.keys
    }
    return found if len(found) == 1 else set()


def _declared_names(workspace: Workspace) -> dict[str, str]:
    """Names that the deliveries declared for columns of persons."""
    declared = recorded(workspace).by_root.values()
    return {name: column for one in declared for name, column in one.columns.items()}


def _person_ids(rows: Sequence[Listed]) -> list[int]:
    return [row.person_id for row in rows if row.person_id is not None]


def _remove_candidate(workspace: Workspace, settings: Settings) -> None:
    """What was built with the persons: the next build begins again."""
    for path in (
        workspace.candidate,
        workspace.candidate.with_suffix(".duckdb.wal"),
        workspace.build / "finished.jsonl",
    ):
        path.unlink(missing_ok=True)
    spark.remove(workspace, settings.engine)
    shutil.rmtree(workspace.timelines, ignore_errors=True)


def _published(workspace: Workspace) -> tuple[str, ...]:
    """Command, day and release of each publication so far."""
    path = audit_log.audit_log(workspace)
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        entry = json.loads(line)
        if str(entry.get("command", "")).startswith(PUBLISHING):
            found.append(f"{entry['command']} {str(entry['at'])[:10]} {entry['release']}".strip())
    return tuple(found)


__all__ = ["Exclusion", "exclude", "readmit", "settle_withdrawal"]
