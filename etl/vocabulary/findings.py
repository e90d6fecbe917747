"""What is wrong with a line of a mapping file: a code, a place, a clause in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from etl.clauses import Clause
from etl.vocabulary.mapping_file import MappingRow

_SEVERITY_FR = {"error": "erreur", "warning": "avertissement"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one line."""

    code: str
    severity: Literal["error", "warning"]
    where: str
    clause: Clause

    @property
    def message(self) -> str:
        return self.clause.english

    def line(self, lang: str = "en") -> str:
        severity = _SEVERITY_FR[self.severity] if lang == "fr" else self.severity
        return f"{severity} {self.code} [{self.where}] {self.clause.say(lang)}"


def error(code: str, row: MappingRow, english: str, french: str) -> Finding:
    return Finding(code, "error", row.where, Clause(english, french))


def warning(code: str, row: MappingRow, english: str, french: str) -> Finding:
    return Finding(code, "warning", row.where, Clause(english, french))


def graded(code: str, row: MappingRow, english: str, french: str) -> Finding:
    """An error for an approved row, a warning for one that nothing uses yet."""
    return (error if row.approved else warning)(code, row, english, french)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]


def summary(broken: list[Finding]) -> Clause:
    """The first of several errors, and how many more there are."""
    first, more = broken[0], len(broken) - 1
    return Clause(
        f"{first.code} {first.clause.english}" + (f", and {more} more" if more else ""),
        f"{first.code} {first.clause.french}" + (f", et {more} de plus" if more else ""),
    )
