"""The manifest while staging changes it: every step leaves lake and manifest in accord."""

from __future__ import annotations

import time

from etl.contracts.registry import contracts
from etl.loaders.lake import Incoming, remove_rows
from etl.loaders.load import Numbering
from etl.loaders.manifest import Delivery, StagedFile
from etl.workspace import Workspace

# A manifest of 20,000 files takes half a second to write: it is written when this share of the time
# spent since then allows. A file that is not in it yet is staged again after an interruption.
_SHARE_OF_TIME = 0.5

_Key = tuple[str, int]  # table, number


class StagingManifest:
    """What is staged in a workspace now, found by place and by content."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._delivery: Delivery | None = None
        self._rest = Delivery()
        self._last_number: dict[str, int] = {}
        self._next_position: dict[str, int] = {}
        self._files: dict[_Key, StagedFile] = {}
        self._places: dict[tuple[str, str], StagedFile] = {}
        self._alike: dict[tuple[str, int | None, int], set[_Key]] = {}
        self._is_saved = True
        self._saved_at = 0.0
        self._save_takes = 0.0
        self._index(Delivery.load(workspace.manifest))

    @property
    def delivery(self) -> Delivery:
        if self._delivery is None:
            numbers = {table: contract.number for table, contract in contracts().items()}
            files = sorted(self._files.values(), key=lambda f: (numbers[f.table], f.number))
            self._delivery = self._rest.model_copy(
                update={
                    "files": tuple(files),
                    "last_number": dict(self._last_number),
                    "next_position": dict(self._next_position),
                }
            )
        return self._delivery

    def at(self, root: str, name: str) -> StagedFile | None:
        """The file staged from a path."""
        return self._places.get((root, name))

    def alike(self, table: str, year: int | None, size: int) -> list[StagedFile]:
        """Files of a table and year that have so many bytes, by number."""
        keys = self._alike.get((table, year, size), set())
        return [self._files[key] for key in sorted(keys)]

    def numbering(self, table: str, known: StagedFile | None, *, moves: bool = False) -> Numbering:
        """Numbers for the rows of a file: those it had before, or new ones.

        Args:
            moves: its rows do not fit the numbers that it had.
        """
        following = self._next_position.get(table, Delivery().following(table))
        if known is None:
            number = self._last_number.get(table, 0) + 1
            return Numbering(contracts()[table], number, following, None)
        if moves:
            return Numbering(contracts()[table], known.number, following, None)
        is_last = known.position + known.room == following
        room = None if is_last else known.room
        return Numbering(contracts()[table], known.number, known.position, room)

    def replace(self, known: StagedFile | None, file: StagedFile, incoming: Incoming) -> None:
        """Put the rows of a file in place of those it gave before."""
        if known is not None:
            self.forget(known)
        incoming.settle()
        self._add(file)
        if time.monotonic() - self._saved_at > self._save_takes / _SHARE_OF_TIME:
            self.flush()

    def forget(self, file: StagedFile) -> None:
        """Rows leave the manifest first: a stop in between leaves no claim without rows."""
        self._remove(file)
        self.flush()
        remove_rows(self._workspace, file)

    def save(self, delivery: Delivery) -> None:
        """Put another manifest in place of this one."""
        self._index(delivery)
        self._is_saved = False
        self.flush()

    def flush(self) -> None:
        """Write the manifest, if it changed since it was written."""
        if not self._is_saved:
            begun = time.monotonic()
            self.delivery.save(self._workspace.manifest)
            self._saved_at = time.monotonic()
            self._save_takes = self._saved_at - begun
            self._is_saved = True

    def _index(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._rest = delivery.model_copy(update={"files": ()})
        self._last_number = dict(delivery.last_number)
        self._next_position = dict(delivery.next_position)
        self._files = {(file.table, file.number): file for file in delivery.files}
        self._places = {(file.root, file.name): file for file in delivery.files}
        self._alike = {}
        for file in delivery.files:
            self._alike.setdefault(_likeness(file), set()).add((file.table, file.number))

    def _add(self, file: StagedFile) -> None:
        key = (file.table, file.number)
        if key in self._files:
            self._remove(self._files[key])
        self._files[key] = file
        self._places[(file.root, file.name)] = file
        self._alike.setdefault(_likeness(file), set()).add(key)
        self._last_number[file.table] = max(file.number, self._last_number.get(file.table, 0))
        end = file.position + file.room
        self._next_position[file.table] = max(end, self._next_position.get(file.table, 0))
        self._delivery, self._is_saved = None, False

    def _remove(self, file: StagedFile) -> None:
        """Its numbers are never given to another file."""
        key = (file.table, file.number)
        if (held := self._files.pop(key, None)) is not None:
            if self._places.get((held.root, held.name)) == held:
                del self._places[(held.root, held.name)]
            self._alike.get(_likeness(held), set()).discard(key)
        self._delivery, self._is_saved = None, False


def _likeness(file: StagedFile) -> tuple[str, int | None, int]:
    return (file.table, file.year, file.size)
