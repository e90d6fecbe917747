"""What one staging did, file by file. Names, codes and counts; never a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

from etl.clauses import Clause, joined, numbered, same
from etl.delivery.inventory import Entry, Fate
from etl.errors import SndsOmopError, headed
from etl.loaders.manifest import StagedFile
from etl.loaders.overlap import Difference
from etl.loaders.screening import Screened
from etl.loaders.unread import advice

Status = Literal[
    "staged", "unchanged", "moved", "removed", "duplicate", "refused", "set aside", "not data"
]


class Notice(BaseModel):
    """Something to know about a file that is not a refusal."""

    model_config = ConfigDict(frozen=True)

    code: str
    clause: Clause = Field(exclude=True)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def detail(self) -> str:
        return self.clause.english

    def line(self, where: str, lang: str = "en") -> str:
        return f"{headed(self.code, self.clause, lang)} [{where}]"


class FileOutcome(BaseModel):
    """What became of one file."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str = Field(description="path below the delivery directory")
    status: Status
    table: str | None = None
    year: int | None = None
    error: SndsOmopError | None = Field(None, exclude=True)
    lines: int = Field(0, description="physical lines, counted from bytes")
    rows_read: int = 0
    rows_staged: int = 0
    rows_quarantined: int = 0
    notices: tuple[Notice, ...] = ()
    staged_from: str = Field(
        "",
        exclude=True,
        description="folder of another delivery that brought the same bytes",
    )

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fate(self) -> Fate | Literal["removed"]:
        """What became of the file, whichever command read it."""
        match self.status:
            case "staged" | "unchanged" | "moved":
                return "loaded"
            case other:
                return other

    @computed_field  # type: ignore[prop-decorator]
    @property
    def code(self) -> str:
        return self.error.code if self.error else ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def message(self) -> str:
        """One line: code, what, where, remedy."""
        return self.error.line() if self.error else ""


class StageReport(BaseModel):
    """All files of one delivery directory, in the order they were looked at."""

    model_config = ConfigDict(frozen=True)

    input: str
    files: tuple[FileOutcome, ...] = ()
    replaced: str | None = Field(None, description="name of the delivery that left the lake")
    difference: Difference | None = Field(None, description="that delivery and this one")
    pseudonyms: int = Field(0, description="persons joined by a declared table of pseudonyms")
    withdrawn: Screened | None = Field(None, description="rows of excluded persons that left")
    shard: str | None = Field(None, description="I/N: only this share was read, outside the lake")
    from_shards: int = Field(0, description="files whose rows shards had read")
    unfinished: tuple[str, ...] = Field((), description="shards, I/N, that had not finished")

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


def elsewhere(files: Iterable[FileOutcome]) -> dict[str, list[FileOutcome]]:
    """Files that another delivery brought, by its folder: one delivery under two paths."""
    found: dict[str, list[FileOutcome]] = {}
    for file in files:
        if file.staged_from:
            found.setdefault(file.staged_from, []).append(file)
    return found


def outcome(file: StagedFile, status: Status, *, notices: tuple[Notice, ...] = ()) -> FileOutcome:
    """The outcome of a file that is, or was, in the lake."""
    return FileOutcome(
        name=file.name,
        status=status,
        table=file.table,
        year=file.year,
        lines=file.lines.physical,
        rows_read=file.rows_read,
        rows_staged=file.rows_staged,
        rows_quarantined=file.rows_quarantined,
        notices=notices,
    )


def unloaded(entry: Entry) -> FileOutcome:
    """The outcome of a file that staging does not read, and why."""
    status: Status = "duplicate" if entry.fate == "loaded" else entry.fate
    return FileOutcome(
        name=entry.name, status=status, table=entry.table, year=entry.year, error=entry.error
    )


_KEPT = Clause("the rows staged before are kept", "les lignes chargées auparavant sont conservées")


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
    clauses = [error.clause, _KEPT] if kept else [error.clause]
    named = SndsOmopError(error.code, *joined(clauses), where=name)
    return FileOutcome(name=name, status=status, table=table, error=named)


def _unknown_columns(names: Sequence[str]) -> Clause:
    """Names of columns that no contract knows; one that may be a value (``?``) is only counted."""
    shown = [name for name in names if name != "?"]
    hidden = len(names) - len(shown)
    listed = ", ".join(shown)
    if not hidden:
        return same(listed)
    before = f"{listed}, " if listed else ""
    return Clause(
        f"{before}{hidden} without a name of the SNDS", f"{before}{hidden} sans nom du SNDS"
    )


def _unread(file: StagedFile, column: str, values: int) -> Clause:
    """How many values of a column were not read, and what form they have, where that is known."""
    counted = numbered(
        values,
        (f"value of {column}", f"values of {column}"),
        (f"valeur de {column}", f"valeurs de {column}"),
    )
    form = advice(file.forms.get(column, ""))
    if form is None:
        return counted
    return Clause(f"{counted.english}: {form.english}", f"{counted.french} : {form.french}")


def notices(file: StagedFile) -> tuple[Notice, ...]:
    """What a user should know of a file that was loaded."""
    found = [
        (code, numbered(rows, ("row", "rows"), ("ligne", "lignes")))
        for code, rows in file.rejected.items()
    ]
    found += [("SO-231", _unread(file, *pair)) for pair in file.unparsed.items()]
    found += [
        ("SO-239", Clause(f"{words} in {column}", f"{words} dans {column}"))
        for column, words in file.missing.items()
    ]
    found += [
        (
            "SO-246",
            numbered(
                amounts,
                (f"amount of {column}", f"amounts of {column}"),
                (f"montant de {column}", f"montants de {column}"),
            ),
        )
        for column, amounts in file.rounded.items()
    ]
    if others := file.lines.of_cp1252:
        found.append(("SO-229", numbered(others, ("line", "lines"), ("ligne", "lignes"))))
    if file.absent:
        found.append(("SO-232", same(", ".join(file.absent))))
    if file.extra:
        found.append(("SO-233", _unknown_columns(file.extra)))
    if not file.rows_read:
        found.append(("SO-235", Clause("only a header", "seulement un en-tête")))
    return tuple(Notice(code=code, clause=clause) for code, clause in found)
