"""All contracts, read once from ``tables/``; finds the table that a file name means."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from etl.contracts.models import Column, Contract

TABLES = Path(__file__).resolve().parent / "tables"
# libyaml reads a hundred contracts ten times faster; PyYAML may have been built without it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
EXTENSIONS = (".csv", ".csv.gz", ".parquet", ".sas7bdat")


@dataclass(frozen=True, slots=True)
class FileName:
    """The content of a file name: its contract, its year if any, its extension."""

    contract: Contract
    year: int | None
    extension: str


@cache
def contracts() -> dict[str, Contract]:
    """Contracts by SNDS table name, in order of table number.

    Raises:
        ValueError: two contracts share a number or a name.
    """
    found = [
        Contract.model_validate(yaml.load(path.read_text(encoding="utf-8"), _LOADER))  # noqa: S506
        for path in sorted(TABLES.glob("*/*.yml"))
    ]
    found.sort(key=lambda contract: contract.number)
    for attribute in ("number", "table"):
        values = [getattr(contract, attribute) for contract in found]
        if len(values) != len(set(values)):
            raise ValueError(f"two contracts share a {attribute}")
    return {contract.table: contract for contract in found}


@cache
def unloaded() -> dict[str, tuple[str, str]]:
    """Tables that are known and not loaded: name → what they hold, in English and French."""
    with (TABLES.parent / "unloaded.csv").open(encoding="utf-8", newline="") as file:
        return {row["table"]: (row["what_en"], row["what_fr"]) for row in csv.DictReader(file)}


@cache
def contract_by_number(number: int) -> Contract:
    return next(contract for contract in contracts().values() if contract.number == number)


@cache
def code_columns() -> tuple[tuple[str, Contract, str], ...]:
    """Source vocabulary, contract and name of every column with codes, in order of vocabulary."""
    found = [
        (vocabulary, contract, column.name)
        for contract in contracts().values()
        for column in contract.columns
        for vocabulary in column.vocabularies
    ]
    return tuple(sorted(found, key=lambda one: (one[0], one[1].product, one[1].table, one[2])))


@cache
def fingerprint(table: str) -> str:
    """Short hash of what a contract states of reading: when it changes, files are staged again."""
    contract = contracts()[table]
    left_out: dict[str, Any] = dict.fromkeys(("grain", "grain_fr", *Contract.AFTER_READING), True)
    left_out["columns"] = {"__all__": set(Column.AFTER_READING)}
    content = contract.model_dump_json(exclude=left_out)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def split_extension(name: str) -> tuple[str, str] | None:
    """``("ER_PRS_F", ".csv.gz")`` or None when the extension is not one we read."""
    lower = name.lower()
    for extension in sorted(EXTENSIONS, key=len, reverse=True):
        if lower.endswith(extension):
            return name[: -len(extension)], extension
    return None


def recognise(name: str) -> FileName | None:
    """The contract a file's base name stands for; None when it is not one of ours.

    A two-digit PMSI year ``yy`` is 20yy; a literal ``aa`` leaves the year open.
    """
    parts = split_extension(name)
    if parts is None:
        return None
    stem, extension = parts
    known = recognise_table(stem)
    return known and FileName(*known, extension)


def recognise_table(name: str) -> tuple[Contract, int | None] | None:
    """Contract and year that a table's real name (``ER_PRS_F_2019``, ``T_MCO19B``) means."""
    for contract in contracts().values():
        match = contract.pattern.match(name)
        if match:
            groups = match.groupdict()
            year: int | None = None
            if groups.get("year2"):
                year = 2000 + int(groups["year2"])
            elif groups.get("year"):
                year = int(groups["year"])
            return contract, year
    return None
