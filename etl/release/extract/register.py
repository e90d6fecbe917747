"""What was extracted for whom, and the numbers that extracts have used: ``state/extracts.json``.

Old and new numbers of an extract stand in ``state/extracts/<id>/`` until its permit ends.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from etl.errors import SndsOmopError
from etl.release.extract.numbers import (
    FIRST_PERSON,
    FIRST_ROW,
    PERSONS_FILE,
    ROWS_FILE,
    Blocks,
)
from etl.state_file import damaged, read_table, write_whole
from etl.workspace import Workspace

FILE = "extracts.json"
FOLDER = "extracts"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Extract(_Record):
    """One extract that left, as the workspace remembers it."""

    id: str
    permit: str
    holder: str
    purpose: str
    expires: date
    release: str
    made_at: datetime
    persons: int
    rows: int
    ended: date | None = None
    """Day on which the permit was ended here: the map of numbers was destroyed."""

    def is_expired(self, today: date) -> bool:
        return self.expires < today


class Extracts(_Record):
    """All of them, and the next free numbers."""

    version: Literal[1] = 1
    next_person: int = FIRST_PERSON
    next_row: int = FIRST_ROW
    made: tuple[Extract, ...] = ()

    @property
    def blocks(self) -> Blocks:
        return Blocks(self.next_person, self.next_row)


def read_extracts(workspace: Workspace) -> Extracts:
    """What was extracted so far.

    Raises:
        SndsOmopError: SO-132 when the record is damaged or of another version.
    """
    path = workspace.state / FILE
    if not path.is_file():
        return Extracts()
    try:
        return Extracts.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise damaged(path) from error


def write_extracts(workspace: Workspace, extracts: Extracts) -> None:
    write_whole(workspace.state / FILE, extracts.model_dump_json(indent=1))


def map_folder(workspace: Workspace, extract_id: str) -> Path:
    return workspace.state / FOLDER / extract_id


def sweep_maps(workspace: Workspace) -> None:
    """Remove maps of extracts that were never finished."""
    known = {one.id for one in read_extracts(workspace).made if one.ended is None}
    folder = workspace.state / FOLDER
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in known:
            shutil.rmtree(path)


def end_permit(workspace: Workspace, number: str, today: date) -> tuple[Extract, ...]:
    """Destroy the maps of the extracts of a permit; nothing here leads from them to persons.

    Raises:
        SndsOmopError: SO-262 when no extract was made for the permit.
    """
    extracts = read_extracts(workspace)
    ending = tuple(one for one in extracts.made if one.permit == number)
    if not ending:
        raise SndsOmopError(
            "SO-262",
            f"none was made for permit {number}",
            f"aucun n'a été fait pour l'autorisation {number}",
        )
    ended = tuple(
        one.model_copy(update={"ended": one.ended or today}) if one.permit == number else one
        for one in extracts.made
    )
    write_extracts(workspace, extracts.model_copy(update={"made": ended}))
    sweep_maps(workspace)
    return tuple(one for one in ended if one.permit == number)


def forget_persons(workspace: Workspace, numbers: Sequence[int]) -> dict[str, int]:
    """Take excluded persons out of the maps of numbers.

    Args:
        numbers: person_id in releases.

    Returns:
        Persons by extract that holds some of them; what left the workspace is out of reach.
    """
    found = {}
    for extract, folder in _maps(workspace):
        persons = read_table(folder / PERSONS_FILE)
        leaving = persons.filter(pl.col("old").is_in(list(numbers)))
        if leaving.is_empty():
            continue
        found[extract] = leaving.height
        # the rows first: a kill in between leaves the persons, by whom they are found again
        rows = read_table(folder / ROWS_FILE)
        gone = leaving["new"].to_list()
        _rewrite(
            folder / ROWS_FILE,
            rows.filter(pl.col("person").is_null() | ~pl.col("person").is_in(gone)),
        )
        _rewrite(folder / PERSONS_FILE, persons.filter(~pl.col("old").is_in(list(numbers))))
    return found


def _maps(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    for one in read_extracts(workspace).made:
        folder = map_folder(workspace, one.id)
        if one.ended is None and (folder / PERSONS_FILE).is_file():
            yield one.id, folder


def _rewrite(path: Path, table: pl.DataFrame) -> None:
    draft = path.with_suffix(".draft")
    table.write_parquet(draft)
    draft.replace(path)
