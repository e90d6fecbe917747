"""What one staging did, file by file. Names, codes and counts; never a value."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from etl.errors import CATALOGUE, SndsOmopError
from etl.loaders.manifest import StagedFile

Status = Literal["staged", "unchanged", "moved", "removed", "duplicate", "refused", "ignored"]


class Notice(BaseModel):
    """Something to know about a file that is not a refusal."""

    model_config = ConfigDict(frozen=True)

    code: str
    detail: str

    def line(self, where: str) -> str:
        return f"{self.code} {CATALOGUE[self.code].title}: {self.detail} [{where}]"


class FileOutcome(BaseModel):
    """What became of one file."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="path below the delivery directory")
    status: Status
    table: str | None = None
    year: int | None = None
    code: str = ""
    message: str = Field("", description="one line: code, what, where, how to mend")
    rows_read: int = 0
    rows_staged: int = 0
    rows_quarantined: int = 0
    notices: tuple[Notice, ...] = ()


class StageReport(BaseModel):
    """All files of one delivery directory, in the order they were looked at."""

    model_config = ConfigDict(frozen=True)

    input: str
    files: tuple[FileOutcome, ...] = ()

    def of(self, status: Status) -> list[FileOutcome]:
        return [file for file in self.files if file.status == status]

    @property
    def refused(self) -> list[FileOutcome]:
        return self.of("refused")

    @property
    def changed(self) -> bool:
        """True when the lake is not what it was."""
        return any(file.status in ("staged", "removed") for file in self.files)

    @property
    def counts(self) -> dict[str, int]:
        """Files by status."""
        return dict(Counter(file.status for file in self.files))

    @property
    def rows(self) -> dict[str, int]:
        """Rows of the files read this time."""
        staged = self.of("staged")
        return {
            "read": sum(file.rows_read for file in staged),
            "staged": sum(file.rows_staged for file in staged),
            "quarantined": sum(file.rows_quarantined for file in staged),
        }


def outcome(file: StagedFile, status: Status, *, notices: tuple[Notice, ...] = ()) -> FileOutcome:
    """The outcome of a file that is, or was, in the lake."""
    return FileOutcome(
        name=file.name,
        status=status,
        table=file.table,
        year=file.year,
        rows_read=file.rows_read,
        rows_staged=file.rows_staged,
        rows_quarantined=file.rows_read - file.rows_staged,
        notices=notices,
    )


def refusal(
    name: str,
    table: str | None,
    error: SndsOmopError,
    *,
    status: Status = "refused",
    kept: bool = False,
) -> FileOutcome:
    """The outcome of a file that is not loaded, and why.

    Args:
        kept: an earlier content of the file is in the lake and stays there.
    """
    detail = error.detail + ("; the rows staged before are kept" if kept else "")
    message = SndsOmopError(error.code, detail, where=name).line()
    return FileOutcome(name=name, status=status, table=table, code=error.code, message=message)


def notices(file: StagedFile) -> tuple[Notice, ...]:
    """What a user should know of a file that was loaded."""
    found = [Notice(code=code, detail=f"{rows} rows") for code, rows in file.rejected.items()]
    found += [
        Notice(code="SO-231", detail=f"{values} values of {column}")
        for column, values in file.unparsed.items()
    ]
    if file.absent:
        found.append(Notice(code="SO-232", detail=", ".join(file.absent)))
    if file.extra:
        found.append(Notice(code="SO-233", detail=f"{len(file.extra)} columns"))
    if not file.rows_read:
        found.append(Notice(code="SO-235", detail="only a header"))
    return tuple(found)
