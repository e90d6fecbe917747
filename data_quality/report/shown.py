"""Numbers as a reader may see them: never a count from 1 to the minimum less one.

Counts of persons or rows from 1 to 10 are shown as ``< 11``; others are rounded up to the next ten,
so that a hidden count cannot be found by subtraction. A share is hidden when it, or its complement,
would reveal a hidden count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from data_quality.texts import Language

ROUNDING = 10
NARROW_SPACE = "\u202f"


@dataclass(slots=True)
class Shown:
    """Formats numbers for one language and counts what it hides."""

    language: Language
    minimum: int
    hidden: int = field(default=0)

    def _grouped(self, number: int) -> str:
        return f"{number:,}".replace(",", NARROW_SPACE if self.language == "fr" else ",")

    def _decimal(self, number: float, digits: int) -> str:
        text = f"{number:,.{digits}f}"
        if self.language == "fr":
            return text.replace(",", NARROW_SPACE).replace(".", ",")
        return text

    @property
    def few(self) -> str:
        """What stands for a hidden count."""
        return f"<{NARROW_SPACE}{self.minimum}"

    def is_hidden(self, count: float) -> bool:
        return 0 < count < self.minimum

    def safe(self, count: float) -> int:
        """The count to draw, rounded up; all hidden ones are drawn alike."""
        if count <= 0:
            return 0
        bound = self.minimum - 1 if self.is_hidden(count) else count
        return math.ceil(bound / ROUNDING) * ROUNDING

    def count(self, count: float | None) -> str:
        """A count of persons or rows."""
        if count is None:
            return "–"
        if self.is_hidden(count):
            self.hidden += 1
            return self.few
        return self._grouped(self.safe(count))

    def share(self, part: float, whole: float, digits: int = 1) -> str:
        """A percentage of a count; bounded where it would reveal a hidden count."""
        if not whole:
            return "–"
        if self.is_hidden(whole):
            self.hidden += 1
            return "–"
        if self.is_hidden(part):
            self.hidden += 1
            return f"<{NARROW_SPACE}{self.percent(100 * self.minimum / whole, digits)}"
        if self.is_hidden(whole - part):
            self.hidden += 1
            return f">{NARROW_SPACE}{self.percent(100 - 100 * self.minimum / whole, digits)}"
        return self.percent(100 * part / whole, digits)

    def percent(self, value: float, digits: int = 1) -> str:
        """A percentage that is not of persons or rows (checks, thresholds)."""
        if 0 < value < 10**-digits:
            return f"<{NARROW_SPACE}{self.percent(10**-digits, digits)}"
        space = NARROW_SPACE if self.language == "fr" else ""
        return f"{self._decimal(value, digits)}{space}%"

    def threshold(self, value: float | None) -> str:
        """A threshold, without idle zeros."""
        text = f"{value or 0:g}"
        space = NARROW_SPACE if self.language == "fr" else ""
        return f"{text.replace('.', ',') if self.language == 'fr' else text}{space}%"

    def plain(self, number: float, digits: int = 0) -> str:
        """A number that counts neither persons nor rows: checks, codes, rules, thresholds."""
        return self._decimal(number, digits)
