"""Pathways of the share pack, one page a language: only what disclosure control shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from etl.publish import pathways
from etl.publish.control import Shown

LANGUAGES = ("en", "fr")
Titles = Mapping[str, Mapping[str, str]]
"""Cohort id → language → title."""

_GROUPED = {"en": "{:,}", "fr": "{:_}"}
_NARROW_SPACE = "\u202f"


@dataclass(frozen=True, slots=True)
class Row:
    """One sequence, or what several begin with."""

    steps: tuple[str, ...]
    """As many as a sequence can have; empty where it is shorter."""
    is_beginning: bool
    persons: str
    share: float
    """Length of the bar, in percent of the longest of the cohort."""
    former: str
    """Release that the number belongs to, if it is not the one that is shared."""


@dataclass(frozen=True, slots=True)
class Table:
    """The sequences of one cohort."""

    cohort: str
    title: str
    persons: str
    """Empty: hidden."""
    former: str
    rows: tuple[Row, ...]


def tables(part: Shown, titles: Titles, lang: str) -> list[Table]:
    """What is shown of each cohort; those of which no sequence is shown come last."""
    cohorts = {key[1] for key in part.family.cells}
    found = [_table(part, cohort, titles, lang) for cohort in cohorts]
    return sorted(found, key=lambda table: (not table.rows, table.cohort))


def page(part: Shown, titles: Titles, lang: str, release: str, minimum: int, base: int) -> str:
    """The page: HTML without script, without anything from another file or host.

    Args:
        part: the family of cohorts after disclosure control.
        titles: those that are absent are shown by their id.
        minimum: fewest persons behind a number.
        base: what numbers are rounded up to.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
    )
    return environment.get_template("pathways.html.j2").render(
        lang=lang,
        release=release,
        minimum=minimum,
        base=base,
        days=pathways.WITHIN_DAYS,
        nothing=pathways.NOTHING,
        and_so_on=pathways.AND_SO_ON,
        tables=tables(part, titles, lang),
    )


def _table(part: Shown, cohort: str, titles: Titles, lang: str) -> Table:
    shown = {key[2]: n for key, n in part.counts.items() if key[:2] == ("pathway", cohort)}
    most = max(shown.values(), default=1) or 1
    rows = tuple(
        Row(
            _steps(sequence),
            sequence.endswith(pathways.AND_SO_ON),
            _number(persons, lang),
            round(100 * persons / most, 1),
            part.former.get(("pathway", cohort, sequence), ""),
        )
        for sequence, persons in pathways.ordered(shown)
    )
    everybody = part.counts.get(("cohort", cohort))
    return Table(
        cohort,
        titles.get(cohort, {}).get(lang, cohort),
        "" if everybody is None else _number(everybody, lang),
        part.former.get(("cohort", cohort), ""),
        rows,
    )


def _steps(sequence: str) -> tuple[str, ...]:
    steps = sequence.split(pathways.SEPARATOR)
    return (*steps, *[""] * (pathways.STEPS - len(steps)))


def _number(persons: int, lang: str) -> str:
    return _GROUPED[lang].format(persons).replace("_", _NARROW_SPACE)
