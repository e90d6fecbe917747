"""What may leave is made of cells: a value, and the persons behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from etl.publish.protection import Sum
from etl.settings import PrivacySettings

SMALL_POPULATION = 50
"""In a CDM of fewer persons no month of a period is shown: the window of the delivery is that of
every person, so that the cell states the month of each one who is known to be in it."""

Key = tuple[str, ...]
"""Analysis or measure, then its strata."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of one table.

    Without a number of persons the value counts no patient data (concepts of a vocabulary): then
    the rule applies to the value itself.
    """

    value: int
    persons: int | None
    largest: int = 0
    """Records of the person who has most; 0 where each person counts once."""
    second: int = 0
    derived: tuple[str, ...] = ()
    """Moments and quantiles that are shown, hidden and kept with the value."""

    @property
    def behind(self) -> int:
        """What the minimum is compared with."""
        return self.value if self.persons is None else self.persons


def of_persons(count: int) -> Cell:
    """A count of distinct persons."""
    return Cell(count, count)


@dataclass(frozen=True, slots=True)
class Rule:
    """When a cell is hidden for itself."""

    minimum: int
    """Fewest persons, and smallest value, that may be shown."""
    one: float = 0.5
    """Largest share of the records that one person may have."""
    two: float = 0.75
    """Largest share that two persons may have together."""

    @classmethod
    def of(cls, settings: PrivacySettings) -> Rule:
        return cls(settings.minimum_count, settings.largest_share, settings.two_largest_share)

    def hides(self, cell: Cell) -> bool:
        """Whether too few persons stand behind a cell, or one or two have most of it."""
        if 0 < cell.behind < self.minimum or 0 < cell.value < self.minimum:
            return True
        return (
            cell.largest > self.one * cell.value
            or cell.largest + cell.second > self.two * cell.value
        )


@dataclass(frozen=True, slots=True)
class Family:
    """Cells that a reader could add up or subtract, and how."""

    name: str
    cells: Mapping[Key, Cell]
    sums: tuple[Sum[Key], ...] = ()
    small: frozenset[Key] = frozenset()
    """Hidden for another reason: what they are subtracted from leaves too few."""
    unpublished: frozenset[Key] = field(default_factory=frozenset)
    """Cells without a row of their own, that follow from another list or decide about one."""
    shows_zero: bool = False
    """Whether zero is written; else it looks like hidden, and an absent row reveals nothing."""

    @property
    def counts(self) -> dict[Key, int]:
        return {key: cell.value for key, cell in self.cells.items()}

    @classmethod
    def of_persons(
        cls, name: str, counts: Mapping[Key, int], sums: tuple[Sum[Key], ...] = ()
    ) -> Family:
        """A family of counts of distinct persons."""
        return cls(name, {key: of_persons(count) for key, count in counts.items()}, sums)
