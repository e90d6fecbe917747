"""Staging divided over machines: each reads its share of the files, ``stage`` puts them together.

A shard is a workspace of its own below ``shards/``. Its rows have provisional numbers; ``stage``
gives each file the numbers that it would have had if it had been read there, and the lake is the
same.
"""

from __future__ import annotations

import heapq
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import polars as pl

from etl.contracts.registry import contracts
from etl.delivery.inventory import Entry
from etl.errors import SndsOmopError
from etl.ids import row_id_at
from etl.loaders.lake import Incoming, is_whole, quarantine_file, table_dir
from etl.loaders.load import Numbering, contract_mark, settings_mark
from etl.loaders.manifest import Delivery, StagedFile
from etl.settings import InputSettings
from etl.workspace import Workspace

_NAME = re.compile(r"(\d{1,4})-of-(\d{1,4})")
_OPTION = re.compile(r"(\d{1,4})/(\d{1,4})")
_FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several shares of a delivery, from 1 on."""

    index: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``I/N``.

        Raises:
            SndsOmopError: SO-100.
        """
        found = _OPTION.fullmatch(text)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            raise SndsOmopError(
                "SO-100",
                "--shard is I/N, such as 1/3: I from 1 to N",
                "--shard s'écrit I/N, par exemple 1/3 : I de 1 à N",
                where="snds-omop stage",
            )
        return cls(int(found[1]), int(found[2]))

    def workspace(self, workspace: Workspace) -> Workspace:
        """Where its rows wait."""
        return Workspace(workspace.shards / f"{self.index}-of-{self.number}")

    def share(self, entries: Sequence[Entry]) -> list[Entry]:
        """Its files: each file goes to the share that has least so far, the largest first.

        Every machine divides alike, since it depends on names and sizes only.
        """
        shares = [(0, index) for index in range(1, self.number + 1)]
        mine = set()
        for entry in sorted(entries, key=lambda one: (-one.size, one.name)):
            held, index = heapq.heappop(shares)
            heapq.heappush(shares, (held + entry.size, index))
            if index == self.index:
                mine.add(entry.name)
        return [entry for entry in entries if entry.name in mine]

    def begin(self, workspace: Workspace) -> None:
        """It counts as unfinished until :meth:`finish`."""
        (self.workspace(workspace).state / _FINISHED).unlink(missing_ok=True)

    def finish(self, workspace: Workspace) -> None:
        """All of its files were looked at."""
        (self.workspace(workspace).state / _FINISHED).touch()


class Shards:
    """What the shards of a workspace have read."""

    def __init__(self, workspace: Workspace) -> None:
        self._known: dict[tuple[str, str], tuple[Workspace, StagedFile]] = {}
        self._finished: set[Shard] = set()
        self._numbers: set[int] = set()
        self.taken = 0
        """Files whose rows came from a shard."""
        for shard in _shards(workspace):
            place = shard.workspace(workspace)
            self._numbers.add(shard.number)
            if (place.state / _FINISHED).is_file():
                self._finished.add(shard)
            for file in Delivery.load(place.manifest).files:
                self._known[file.root, file.name] = (place, file)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Shards, as ``I/N``, that were stopped or never begun."""
        return tuple(
            f"{index}/{number}"
            for number in sorted(self._numbers)
            for index in range(1, number + 1)
            if Shard(index, number) not in self._finished
        )

    def find(self, entry: Entry, settings: InputSettings) -> tuple[Workspace, StagedFile] | None:
        """The rows of a file, if a shard has read what it is now, in the way that is asked."""
        found = self._known.get((str(entry.root), entry.name))
        if found is None or entry.contract is None:
            return None
        place, file = found
        is_same = (
            file.table == entry.contract.table
            and file.year == entry.year
            and file.size == entry.size
            and file.modified == entry.source.modified
            and file.contract == contract_mark(entry.contract)
            and file.forced == settings_mark(settings)
            and is_whole(place, file)
        )
        return found if is_same else None

    def take_over(
        self, found: tuple[Workspace, StagedFile], workspace: Workspace, numbering: Numbering
    ) -> tuple[StagedFile, Incoming]:
        """The rows of a shard under other numbers; they wait in the returned :class:`Incoming`.

        Raises:
            RoomExceededError, SndsOmopError: as :meth:`Numbering.reserve`.
        """
        place, file = found
        contract = contracts()[file.table]
        numbering.reserve(file.room - 1)
        moved = row_id_at(contract.number, numbering.position) - file.first_row_id
        incoming = Incoming(workspace, contract, numbering.number)
        shifted = pl.col("_row_id") + moved
        try:
            for part in sorted((table_dir(place, contract) / file.folder).glob("part-*.parquet")):
                incoming.add_part(pl.read_parquet(part, glob=False).with_columns(shifted))
            rejected = quarantine_file(place, contract, file.number)
            if rejected.is_file():
                rows = pl.read_parquet(rejected, glob=False).with_columns(shifted)
                incoming.reject_rows(rows)
        except BaseException:
            incoming.discard()
            raise
        self.taken += 1
        renumbered = {
            "number": numbering.number,
            "position": numbering.position,
            "room": numbering.room,
        }
        return file.model_copy(update=renumbered), incoming


@contextmanager
def shards_held(workspace: Workspace) -> Iterator[None]:
    """Hold every shard, so that none is being written.

    Raises:
        SndsOmopError: SO-111 while one of them runs.
    """
    with ExitStack() as stack:
        for shard in _shards(workspace):
            stack.enter_context(shard.workspace(workspace).locked())
        yield


def remove_shards(workspace: Workspace) -> None:
    """Remove what the shards have read: it is in the lake, or is read again."""
    shutil.rmtree(workspace.shards, ignore_errors=True)


def _shards(workspace: Workspace) -> list[Shard]:
    names = (path.name for path in workspace.shards.glob("*-of-*"))
    found = (_NAME.fullmatch(name) for name in names)
    shards = (Shard(int(match[1]), int(match[2])) for match in found if match)
    return sorted(shards, key=lambda shard: (shard.number, shard.index))
