"""A list of persons as a CSV file: its header names person columns as the delivery does."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from etl.clauses import Clause, of_system
from etl.contracts.registry import contracts
from etl.errors import SndsOmopError

PERSON_ID = "PERSON_ID"
PSA, RANK, NUMBERS = "BEN_NIR_PSA", "BEN_RNG_GEM", ("BEN_NIR_ANO", "BEN_IDT_ANO")
_MORE_NAMES = {"NIR_ANO_17": PSA, "NUM_ENQ": PSA, "RNG_GEM": RANK}
_ENCODINGS = ("utf-8-sig", "cp1252")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS = (";", ",", "\t", "|")


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list: what it gives of a person. Its text shows nothing of it."""

    psa: str | None = field(default=None, repr=False)
    rank: str | None = field(default=None, repr=False)
    numbers: tuple[str, ...] = field(default=(), repr=False)
    person_id: int | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PersonsList:
    """The rows of a list, each once."""

    rows: tuple[Listed, ...]
    repeated: int


def read_persons_list(path: Path, names: Mapping[str, str] | None = None) -> PersonsList:
    """Read a list of persons.

    Args:
        path: CSV with a header; `;`, `,`, tab or `|`; UTF-8, UTF-16 with its mark, or Windows-1252.
        names: name in the file → SNDS column, as a delivery declares them.

    Raises:
        SndsOmopError: SO-250 when it cannot be read or names no person column, SO-251 when it has
            no row, or rows without a key. No value is quoted.
    """
    lines = _lines(path, "SO-250")
    columns = _columns(lines[0] if lines else [], names or {}, path)
    found: list[Listed] = []
    for number, line in enumerate(lines[1:], start=2):
        row = _row(columns, line)
        if row is None:
            raise SndsOmopError(
                "SO-251",
                f"row {number} has no key that can be read",
                f"la ligne {number} n'a pas de clé lisible",
                where=path.name,
            )
        found.append(row)
    if not found:
        raise SndsOmopError("SO-251", "it has no row", "elle n'a aucune ligne", where=path.name)
    rows = tuple(dict.fromkeys(found))
    return PersonsList(rows, len(found) - len(rows))


def read_table_of_text(path: Path, code: str) -> pl.DataFrame:
    """A CSV file as text, in the forms that a list of persons may have.

    Args:
        code: of the error when it cannot be read.
    """
    header, *rows = _lines(path, code) or [[]]
    names = list(dict.fromkeys(name.strip() for name in header))
    if len(names) != len(header):
        fault = Clause("a column stands twice", "une colonne y est deux fois")
        raise SndsOmopError(code, *fault, where=path.name)
    filled = [[*row, *[""] * len(names)][: len(names)] for row in rows]
    return pl.DataFrame(filled, schema=dict.fromkeys(names, pl.String), orient="row")


def _lines(path: Path, code: str) -> list[list[str]]:
    """Rows with their header, without blank ones."""
    text = _text(path, code)
    header = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=header.count)
    lines = csv.reader(io.StringIO(text), delimiter=separator)
    return [line for line in lines if any(cell.strip() for cell in line)]


def _text(path: Path, code: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SndsOmopError(code, *of_system(error), where=path.name) from error
    encodings = ("utf-16",) if content[:2] in _UTF16 else _ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise SndsOmopError(
        code,
        "its encoding is neither UTF-8, UTF-16 nor Windows-1252",
        "son encodage n'est ni UTF-8, ni UTF-16, ni Windows-1252",
        where=path.name,
    )


def _columns(header: Sequence[str], names: Mapping[str, str], path: Path) -> list[str | None]:
    """What each column holds; None for one that names no person."""
    known = {PERSON_ID: PERSON_ID, PSA: PSA, RANK: RANK, **{name: name for name in NUMBERS}}
    known |= _MORE_NAMES
    for column in contracts()["IR_BEN_R"].columns:
        if column.name in (PSA, RANK, *NUMBERS):
            known |= {alias.name.upper(): column.name for alias in column.aliases}
    known |= {name: column for name, column in names.items() if column in known}
    found = [known.get(cell.strip().strip('"').upper()) for cell in header]
    stated = [name for name in found if name]
    if len(stated) != len(set(stated)):
        fault = Clause("a person column stands twice", "une colonne de personne y est deux fois")
        raise SndsOmopError("SO-250", *fault, where=path.name)
    if not set(stated) & {PERSON_ID, PSA, *NUMBERS}:
        fault = Clause("its header names no person column", "son en-tête ne nomme aucune personne")
        raise SndsOmopError("SO-250", *fault, where=path.name)
    return found


def _row(columns: Sequence[str | None], line: Sequence[str]) -> Listed | None:
    """What a row gives; None when it has no key, or a person_id that is no number."""
    cells = {
        name: cell.strip()
        for name, cell in zip(columns, line, strict=False)
        if name and cell.strip()
    }
    rank = cells.get(RANK)
    if rank is not None:
        rank = rank.removesuffix(".0")
        rank = rank.lstrip("0") or "0"
    given = cells.get(PERSON_ID, "")
    if given and not given.isdecimal():
        return None
    row = Listed(
        psa=cells.get(PSA),
        rank=rank,
        numbers=tuple(cells[name] for name in NUMBERS if name in cells),
        person_id=int(given) if given else None,
    )
    return row if row.psa or row.numbers or row.person_id is not None else None


__all__ = ["Listed", "PersonsList", "read_persons_list", "read_table_of_text"]
