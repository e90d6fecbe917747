"""Which files of a delivery directory are SNDS tables, in the order they are staged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from etl.clauses import Clause, of_system
from etl.contracts.models import Contract
from etl.contracts.registry import FileName, is_left_aside, recognise
from etl.errors import SndsOmopError
from etl.loaders.report import FileOutcome, refusal
from etl.settings import InputSettings

# T_MCO19_06B: months 1 to 6 of 2019, cumulative, not checked by ATIH.
_INFRA_ANNUAL = re.compile(r"^(T_(?:MCO|SSR|HAD|RIP)\d{2})_\d{1,2}(?=[A-Z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that bears the name of a table."""

    root: Path
    path: Path
    name: str  # below the delivery directory, with slashes
    contract: Contract
    year: int | None
    extension: str
    size: int


@dataclass(frozen=True, slots=True)
class Found:
    """All files of a delivery directory."""

    candidates: tuple[Candidate, ...]  # by table number, then by name
    others: tuple[FileOutcome, ...]  # left aside, or refused for their name


def discover(root: Path, settings: InputSettings, year: int | None) -> Found:
    """Look at every file below a directory; hidden ones are not looked at.

    Args:
        year: year of the files whose name holds a literal ``aa``.
    """
    candidates: list[Candidate] = []
    others: list[FileOutcome] = []
    unread: list[tuple[Path, Clause]] = []
    for path in _files(root, unread):
        name = path.relative_to(root).as_posix()
        whole_year = _INFRA_ANNUAL.sub(r"\1", path.name)
        known = recognise(whole_year)
        if known is None and is_left_aside(path.name):
            error = SndsOmopError(
                "SO-237", "nothing of it goes to the CDM", "rien n'en va dans le CDM"
            )
            others.append(refusal(name, None, error, status="ignored"))
        elif known is None:
            error = SndsOmopError("SO-234", "no table bears it", "aucune table ne le porte")
            others.append(refusal(name, None, error, status="ignored"))
        elif whole_year != path.name and not settings.infra_annual:
            error = SndsOmopError(
                "SO-236",
                f"part of a year of {known.contract.table}",
                f"une partie d'année de {known.contract.table}",
            )
            others.append(refusal(name, known.contract.table, error, status="ignored"))
        elif not path.is_file():
            error = SndsOmopError(
                "SO-211",
                "it is a broken link or no regular file",
                "c'est un lien rompu, ou ce n'est pas un fichier ordinaire",
            )
            others.append(refusal(name, known.contract.table, error))
        elif known.contract.is_yearly and (known.year or year) is None:
            error = SndsOmopError(
                "SO-112",
                f"{known.contract.table} has one file a year",
                f"{known.contract.table} a un fichier par an",
            )
            others.append(refusal(name, known.contract.table, error))
        else:
            candidates.append(_candidate(root, path, known, year))
    for folder, why in unread:
        name = folder.relative_to(root).as_posix()
        others.append(refusal(name, None, SndsOmopError("SO-211", *why)))
    candidates.sort(key=lambda c: (c.contract.number, c.path.name.casefold(), c.name))
    return Found(tuple(candidates), tuple(others))


_LINK = Clause(
    "it is a link to a folder, not followed", "c'est un lien vers un dossier, il n'est pas suivi"
)


def _files(root: Path, unread: list[tuple[Path, Clause]]) -> Iterator[Path]:
    """Files below a directory; folders that cannot be looked into are added to `unread`."""

    def closed(error: OSError) -> None:
        answer = of_system(error)
        why = Clause(
            f"the folder cannot be opened: {answer.english}",
            f"le dossier ne peut être ouvert : {answer.french}",
        )
        unread.append((Path(error.filename), why))

    for folder, folders, names in os.walk(root, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if (Path(folder) / name).is_symlink():
                unread.append((Path(folder) / name, _LINK))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder) / name


def _candidate(root: Path, path: Path, known: FileName, year: int | None) -> Candidate:
    return Candidate(
        root=root,
        path=path,
        name=path.relative_to(root).as_posix(),
        contract=known.contract,
        year=known.year or (year if known.contract.is_yearly else None),
        extension=known.extension,
        size=path.stat().st_size,
    )
