"""The content of a header: separator, place of columns, missing ones; or why it is refused."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from etl.clauses import Clause, same
from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.errors import SndsOmopError

SEPARATORS = (";", ",", "\t", "|")
# A file of another table shares some columns with ours; it is named when it fits twice as well.
_FITS_BETTER = 2
_NAMES_SHOWN = 6
# What columns of the SNDS look like; another text in a header may be a value, and is not repeated.
_COLUMN = re.compile(r"[A-Z]{2,4}(?:_[A-Z0-9]{1,6}){1,3}")

# The PMSI's own are longer: new ones come every year, and a person must see which.
_PMSI_COLUMN = re.compile(r"[A-Z]{2,8}(?:_(?:[A-Z][A-Z0-9]{0,11}|\d{1,2})){1,5}")
_PMSI = ("mco", "ssr", "had", "rip")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the contract's columns stand in a file."""

    positions: dict[str, int]  # contract column -> rank in the file
    n_fields: int
    absent: tuple[str, ...]  # contract columns of that year that the file lacks
    extra: tuple[str, ...]  # columns of the file that the contract does not name


def find_separator(header: str, contract: Contract) -> str:
    """The separator under which the header holds most names of the contract.

    Raises:
        SndsOmopError: SO-203 when none of them gives a single name of the contract.
    """
    known = _known_names(contract)
    scores = {
        separator: sum(name in known for name in split_header(header, separator))
        for separator in SEPARATORS
    }
    best = max(SEPARATORS, key=lambda separator: scores[separator])
    if not scores[best]:
        raise SndsOmopError(
            "SO-203",
            f"no column of {contract.table} is in its first line",
            f"sa première ligne ne contient aucune colonne de {contract.table}",
        )
    return best


def split_header(header: str, separator: str) -> list[str]:
    """Column names, upper case, without quotes or blanks around them.

    Raises:
        SndsOmopError: SO-207 the line is no text of a CSV file (an image, old Macintosh line ends).
    """
    try:
        fields = next(csv.reader([header], delimiter=separator), [])
    except csv.Error:
        raise SndsOmopError(
            "SO-207",
            "its first line is no header of a CSV file",
            "sa première ligne n'est pas un en-tête de fichier CSV",
        ) from None
    return [field.strip().upper() for field in fields]


def read_layout(names: Sequence[str], contract: Contract, year: int | None) -> Layout:
    """Match the columns of a file with those of its contract.

    Raises:
        SndsOmopError: SO-204 a name stands twice, SO-203 the columns are not those of the table.
    """
    repeated = [name for name, times in Counter(names).items() if name and times > 1]
    if repeated:
        # a name that no contract knows may be a value: a header can be joined to its first row
        known_twice = [name for name in repeated if name in _known_names(contract)]
        raise SndsOmopError(
            "SO-204",
            *(
                same(_listed(known_twice))
                if known_twice
                else Clause(f"{len(repeated)} names", f"{len(repeated)} nom(s)")
            ),
        )
    ranks = {name: rank for rank, name in enumerate(names)}
    known: dict[str, int] = {}
    for column in contract.columns:
        bearers = [column.name, *(a.name for a in column.aliases if a.holds(year))]
        found = next((name for name in bearers if name in ranks), None)
        if found is not None and not column.not_read:
            known[column.name] = ranks[found]
    _check_identity(names, known, contract)
    used = set(known.values())
    absent = tuple(
        column.name
        for column in contract.kept
        if column.name not in known
        and not column.not_read
        and (contract.flags is None or column.name != contract.flags.into)
        and (year is None or (column.since or 0) <= year <= (column.until or 9999))
    )
    flags = {name: rank for name, rank in ranks.items() if contract.is_flag(name)}
    used |= set(flags.values())
    form = _PMSI_COLUMN if contract.product in _PMSI else _COLUMN
    extra = tuple(
        name if form.fullmatch(name) or _COLUMN.fullmatch(name) else "?"
        for rank, name in enumerate(names)
        if rank not in used and name
    )
    positions = {
        column.name: known[column.name] for column in contract.kept if column.name in known
    }
    return Layout(positions | dict(sorted(flags.items())), len(names), absent, extra)


def constant_columns(
    names: Sequence[str], constants: Sequence[tuple[str, str | None]]
) -> dict[str, str | None]:
    """Columns that only the folders of a file name (Hive); one that the file has is its own."""
    return {name: value for name, value in constants if name not in names}


def _check_identity(names: Sequence[str], positions: dict[str, int], contract: Contract) -> None:
    missing = [name for name in (*contract.key, *contract.required) if name not in positions]
    if missing:
        raise SndsOmopError(
            "SO-203",
            f"{contract.table} needs {_listed(missing)}",
            f"{contract.table} demande {_listed(missing)}",
        )
    for choice in (contract.required_any, contract.date):
        if choice and not any(name in positions for name in choice):
            raise SndsOmopError(
                "SO-203",
                f"{contract.table} needs one of {_listed(choice)}",
                f"{contract.table} demande l'une de {_listed(choice)}",
            )
    present = set(names)
    for other in contracts().values():
        if _fit(other, present) >= _FITS_BETTER * len(positions):
            raise SndsOmopError(
                "SO-203",
                f"its columns are those of {other.table}",
                f"ses colonnes sont celles de {other.table}",
            )


def _fit(contract: Contract, present: set[str]) -> int:
    """How many columns of a contract are there; 0 when the file could not be that table."""
    if not {*contract.key, *contract.required} <= present:
        return 0
    return sum(column.name in present for column in contract.columns)


def _known_names(contract: Contract) -> set[str]:
    return {
        name
        for column in contract.columns
        for name in (column.name, *(alias.name for alias in column.aliases))
    }


def _listed(names: Iterable[str]) -> str:
    """Column names for a message, the first few of them."""
    every = list(names)
    shown = ", ".join(every[:_NAMES_SHOWN])
    more = len(every) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
