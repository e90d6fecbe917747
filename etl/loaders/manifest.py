"""The delivery manifest: what is staged, from which bytes, under which numbers.

It lives in ``state/delivery.json`` and is rewritten, whole and atomically, after every file. It is
all that turns a row id back into a file and a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from etl.contracts.registry import contract_by_number, contracts
from etl.delivery.names import ARCHIVE
from etl.delivery.sources import Source
from etl.errors import SndsOmopError
from etl.ids import FIRST_POSITION, decode_row_id, row_id_at
from etl.state_file import damaged, read_record, write_whole

FIRST_NUMBER = 1
VERSION = 2


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LineCounts(_Model):
    """Physical lines of a file, counted from its bytes, and those that are no row.

    ``physical = header + rows + quarantined + blank + continuation``; what is missing on one side
    is part of the residual. Parquet and SAS files: the number of rows that their own metadata
    states, and no other line.
    """

    physical: int
    header: int = 0
    blank: int = 0
    continuation: int = 0
    of_cp1252: int = 0
    """Of which in cp1252, in a file that is UTF-8 elsewhere; read so."""


class OtherFile(_Model):
    """A file of a delivery folder that gave no row, and why."""

    root: str
    name: str
    fate: Literal["duplicate", "refused", "set aside", "not data"]
    code: str
    table: str | None = None
    year: int | None = None
    size: int = 0


class StagedFile(_Model):
    """One delivery file whose rows are in the lake."""

    root: str = Field(description="delivery directory")
    name: str = Field(description="path below the delivery directory, with slashes")
    table: str
    year: int | None
    size: int
    modified: int = Field(description="nanoseconds since 1970")
    sha256: str
    contract: str = Field(description="contract and loader it was read with")
    forced: str = Field(description="what the configuration forced: separator, encoding")
    separator: str = ""
    encoding: str = ""
    number: int = Field(description="names its folder in the lake; never reused in its table")
    position: int = Field(description="of line 0 among the lines of its table")
    room: int = Field(description="positions that are its own, whole blocks")
    parts: int = Field(description="Parquet files in its folder of the lake")
    rows_read: int
    rows_staged: int
    rejected: dict[str, int] = Field(description="rows in quarantine, by reason")
    unparsed: dict[str, int] = Field(description="values that became NULL, by column")
    forms: dict[str, str] = Field({}, description="how most of them are written, where known")
    orders: dict[str, str] = Field({}, description="day, month or open: numeric dates, by column")
    missing: dict[str, int] = Field({}, description="words for a missing value, by column")
    rounded: dict[str, int] = Field({}, description="amounts finer than their column, by column")
    absent: tuple[str, ...] = Field((), description="contract columns the file lacks")
    extra: tuple[str, ...] = Field((), description="columns of the file the contract does not name")
    month: str | None = Field(None, description="flux month in the name, YYYY-MM")
    part: str = Field("", description="part in the name or the folders")
    form: str = Field("", description="text, gzip, parquet, sas; empty from a database")
    lines: LineCounts = LineCounts(physical=0)
    withdrawn: int = Field(0, description="rows of excluded persons that left")
    unlinked: int = Field(0, description="columns of other rows that named an excluded person")
    screened: str = Field("", description="state of the list of excluded persons it follows")

    @property
    def rows_quarantined(self) -> int:
        return self.rows_read - self.rows_staged - self.withdrawn

    @property
    def folder(self) -> str:
        return folder_name(self.number)

    @property
    def source(self) -> Source:
        """Its bytes: a file below the delivery directory, or a member of an archive there."""
        path = Path(self.root) / self.name
        for parent in path.parents:
            if parent.suffix.lower() == ARCHIVE and parent.is_file():
                return Source(parent, path.relative_to(parent).as_posix(), self.size)
        return Source(path, size=self.size)

    @property
    def path(self) -> Path:
        return self.source.path

    def row_id(self, line: int) -> int:
        """Row id of a physical line of the file."""
        return self.first_row_id + line

    @property
    def first_row_id(self) -> int:
        """Row id of line 0."""
        return row_id_at(contracts()[self.table].number, self.position)


class Delivery(_Model):
    """Everything staged in a workspace."""

    version: Literal[2] = 2
    files: tuple[StagedFile, ...] = ()
    last_number: dict[str, int] = Field({}, description="highest number of a file, by table")
    next_position: dict[str, int] = Field({}, description="first position never used, by table")
    others: tuple[OtherFile, ...] = Field((), description="files that gave no row, and why")

    def of_table(self, table: str) -> list[StagedFile]:
        return [file for file in self.files if file.table == table]

    def at(self, root: str, name: str) -> StagedFile | None:
        return next((f for f in self.files if f.root == root and f.name == name), None)

    def with_file(self, file: StagedFile) -> Delivery:
        """The manifest with a file added, or replaced at its place; files stay in order."""
        others = [f for f in self.files if (f.table, f.number) != (file.table, file.number)]
        ordered = sorted([*others, file], key=lambda f: (contracts()[f.table].number, f.number))
        last = {**self.last_number}
        last[file.table] = max(file.number, last.get(file.table, 0))
        used = {**self.next_position}
        used[file.table] = max(file.position + file.room, used.get(file.table, 0))
        return self.model_copy(
            update={"files": tuple(ordered), "last_number": last, "next_position": used}
        )

    def without(self, file: StagedFile) -> Delivery:
        """The manifest without a file. Its numbers are never given to another one."""
        kept = tuple(f for f in self.files if (f.table, f.number) != (file.table, file.number))
        return self.model_copy(update={"files": kept})

    def with_others(self, root: str, others: Iterable[OtherFile]) -> Delivery:
        """The manifest with what became of the other files of a delivery folder."""
        kept = [other for other in self.others if other.root != root]
        return self.model_copy(update={"others": (*kept, *others)})

    def next_number(self, table: str) -> int:
        return self.last_number.get(table, FIRST_NUMBER - 1) + 1

    def following(self, table: str) -> int:
        """Where a new file of the table begins."""
        return self.next_position.get(table, FIRST_POSITION)

    def locate(self, row_id: int) -> tuple[StagedFile, int] | None:
        """The file and physical line (Parquet: row from 1) of a row id; None when not staged."""
        address = decode_row_id(row_id)
        table = contract_by_number(address.table_number).table
        for file in self.of_table(table):
            if file.position <= address.position < file.position + file.room:
                return file, address.position - file.position
        return None

    @classmethod
    def load(cls, path: Path) -> Delivery:
        """Read the manifest; an absent one is empty.

        Raises:
            SndsOmopError: SO-131 when an earlier version wrote it, whose ids have another layout,
                SO-132 when it is damaged or a later version wrote it.
        """
        if not path.is_file():
            return cls()
        version = read_record(path).get("version")
        if version != VERSION:
            if not isinstance(version, int):
                raise damaged(path)
            earlier = version < VERSION
            raise SndsOmopError(
                "SO-131" if earlier else "SO-132",
                "its row ids are of an earlier layout" if earlier else "a later version wrote it",
                "ses identifiants de ligne sont d'une forme antérieure"
                if earlier
                else "une version plus récente l'a écrit",
                where=str(path),
            )
        try:
            return cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise damaged(path) from error

    def save(self, path: Path) -> None:
        """Replace the manifest on disk: readers see the old one or the new one, never half."""
        write_whole(path, self.model_dump_json(indent=1))


def folder_name(number: int) -> str:
    """Folder of a file in the lake: ``f00001``."""
    return f"f{number:05d}"
