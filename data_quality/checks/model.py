"""What a check is, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad a failure is, from worst to mildest (the words of DQD)."""

    FATAL = "fatal"
    CONVENTION = "convention"
    CHARACTERIZATION = "characterization"


class Status(StrEnum):
    """What came of a check. ``ERROR`` means it could not run: neither good nor bad is known."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    ERROR = "error"
    NOT_APPLICABLE = "not applicable"


class Level(StrEnum):
    TABLE = "TABLE"
    FIELD = "FIELD"
    CONCEPT = "CONCEPT"
    RELEASE = "RELEASE"


@dataclass(frozen=True, slots=True)
class CheckType:
    """A kind of check, with the facts all its instances share."""

    name: str
    level: Level
    category: str
    subcategory: str
    context: str
    severity: Severity
    catalogue: str
    superseded_by: str = ""
    counts: str = "rows"
    """Counted: ``rows`` or persons (hidden when few), or ``things``, which identify no person."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one table, field or concept.

    ``threshold`` is a percentage of the denominator, 0 to 100; None and 0 both mean that any
    violation fails (DQD's rule).
    """

    type: CheckType
    table: str
    field: str = ""
    concepts: tuple[int, ...] = ()
    spelled: str = ""
    """The concepts as the specification writes them, which readers show."""
    threshold: float | None = None
    parameter: str = ""
    note: str = ""
    note_fr: str = ""
    """Why the threshold differs from the specification's, if it does."""
    specified: float | None = None
    """The specification's threshold where ours differs from it (``note`` is then given)."""

    @property
    def id(self) -> str:
        """DQD's id: lower-case level, name, table, field and concepts, joined by underscores.

        Checks of a whole release that differ by their parameter only carry it at the end.
        """
        last = ",".join(str(concept) for concept in self.concepts)
        if self.type.level is Level.RELEASE and not self.table:
            last = self.parameter if self.parameter.isidentifier() else ""
        parts = (self.type.level, self.type.name, self.table, self.field, last)
        return "_".join(part for part in parts if part).lower()

    @property
    def name(self) -> str:
        return self.type.name

    @property
    def dqd_threshold(self) -> float | None:
        """The threshold of the specification, whatever ours is."""
        return self.specified if self.note else self.threshold


@dataclass(frozen=True, slots=True)
class Measured:
    """What a check found: rows at fault and rows looked at, or why it could not look."""

    violated: int = 0
    denominator: int = 0
    error: str = ""
    persons: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A check with its verdict. Counts are exact: results stay inside, reports suppress."""

    check: Check
    status: Status
    violated: int = 0
    denominator: int = 0
    error: str = ""
    """Kind of the error only: a message may quote a value."""
    reason: str = ""
    """Why the check is not applicable."""
    persons: int | None = None
    """Persons with at least one row at fault; None where the table knows no person."""
    sql: str = ""
    """One query that finds the same two counts on its own."""
    details: tuple[tuple[str, str, int], ...] = field(default=())
    """Rows at fault by dimension: (dimension, label, rows)."""

    @property
    def share(self) -> float:
        """Violated over denominator, 0 to 1; 0 for an empty denominator (as DQD)."""
        return self.violated / self.denominator if self.denominator else 0.0
