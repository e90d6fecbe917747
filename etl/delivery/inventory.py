"""Every file of a delivery folder and its fate.

How to use it::

    from etl.delivery import inventory

    taken = inventory.take(folder, settings.input, year=None, declaration=declared)
    for entry in taken.entries:          # in the order in which tables are staged
        entry.name, entry.fate           # "loaded" is an intention until `stage` has read the file
        entry.contract, entry.year, entry.month, entry.part, entry.form
        entry.error                      # code, what, remedy; for each fate but "loaded"
        entry.source.open()              # its bytes, those of a zip's member decompressed
    taken.of("refused")                  # any: exit 4

`take` opens archives and the first bytes of files whose name holds no table; it reads no table.
``declaration`` is anything with the attributes of :class:`Declared`; `etl.delivery.declaration`
reads one from ``delivery.toml``. The independent count of lines is made while a file is read
(`etl.delivery.count`), and stands in the manifest.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from etl.clauses import Clause, of_system, same
from etl.contracts.models import Contract
from etl.delivery import content
from etl.delivery.names import ARCHIVE, FORMS, Form, Named, parse
from etl.delivery.sources import Source, members
from etl.errors import SndsOmopError
from etl.settings import InputSettings

Fate = Literal["loaded", "duplicate", "refused", "set aside", "not data"]


class Declared(Protocol):
    """What a person declared about the files of a delivery."""

    @property
    def prefixes(self) -> Sequence[str]:
        """Words that may stand before a table's name."""

    @property
    def load_as(self) -> Mapping[str, str]:
        """Name below the folder → name that the grammar understands (``ER_PRS_F_2019_part2``)."""

    @property
    def set_aside(self) -> Mapping[str, str]:
        """Name below the folder → reason."""

    def applied(self, contract: Contract) -> Contract:
        """The contract as the files of this delivery follow it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a delivery, or one member of an archive."""

    root: Path
    name: str  # below the delivery folder, with slashes; members follow their archive's name
    source: Source
    fate: Fate
    contract: Contract | None = None
    year: int | None = None
    month: str | None = None  # YYYY-MM of flux
    part: str = ""
    form: Form | None = None
    constants: tuple[tuple[str, str | None], ...] = ()  # columns that folders name (Hive)
    error: SndsOmopError | None = None

    @property
    def path(self) -> Path:
        return self.source.path

    @property
    def size(self) -> int:
        return self.source.size

    @property
    def table(self) -> str | None:
        return self.contract.table if self.contract else None


@dataclass(frozen=True, slots=True)
class Inventory:
    """All files of a delivery folder."""

    root: Path
    entries: tuple[Entry, ...]  # tables by number, then by name; the others last

    def of(self, fate: Fate) -> list[Entry]:
        return [entry for entry in self.entries if entry.fate == fate]


def delivery_root(input_dir: Path) -> Path:
    """The directory, resolved.

    Raises:
        SndsOmopError: SO-102.
    """
    if input_dir.is_file():
        raise SndsOmopError(
            "SO-102",
            "it is a file: give the folder that contains it",
            "c'est un fichier : donnez le dossier qui le contient",
            where=str(input_dir),
        )
    if not input_dir.is_dir():
        raise SndsOmopError(
            "SO-102",
            "it does not exist or is no directory",
            "il n'existe pas, ou ce n'est pas un dossier",
            where=str(input_dir),
        )
    return input_dir.resolve()


def take(
    root: Path,
    settings: InputSettings,
    *,
    year: int | None = None,
    declaration: Declared | None = None,
) -> Inventory:
    """Look at every file below a folder.

    Args:
        year: year of the files whose name holds a literal ``aa``.
    """
    taker = _Taker(root, settings, year, declaration)
    entries = [entry for source, name in taker.sources() for entry in taker.entries(source, name)]
    entries = _without_doubles([*entries, *taker.closed])
    entries.sort(key=_order)
    return Inventory(root, tuple(entries))


def _order(entry: Entry) -> tuple[int, str, str]:
    number = entry.contract.number if entry.contract else 1 << 30
    return number, entry.name.rsplit("/", 1)[-1].casefold(), entry.name


class _Taker:
    def __init__(
        self, root: Path, settings: InputSettings, year: int | None, declared: Declared | None
    ) -> None:
        self._root = root
        self._settings = settings
        self._year = year
        self._prefixes = tuple(declared.prefixes) if declared else ()
        self._load_as = dict(declared.load_as) if declared else {}
        self._declared = declared
        self._set_aside = dict(declared.set_aside) if declared else {}
        self.closed: list[Entry] = []

    def sources(self) -> Iterator[tuple[Source, str]]:
        """Files below the folder, in order; what cannot be looked into goes to `closed`."""

        def closed(error: OSError) -> None:
            answer = of_system(error)
            why = Clause(
                f"the folder cannot be opened: {answer.english}",
                f"le dossier ne peut être ouvert : {answer.french}",
            )
            self._close(Path(error.filename), why)

        for folder, folders, names in os.walk(self._root, onerror=closed):
            folders.sort()
            for name in folders:
                if (Path(folder) / name).is_symlink():
                    self._close(Path(folder) / name, _LINK)
            for name in sorted(names):
                path = Path(folder) / name
                size = path.stat().st_size if path.is_file() else 0
                yield Source(path, size=size), path.relative_to(self._root).as_posix()

    def _close(self, path: Path, why: Clause) -> None:
        name = path.relative_to(self._root).as_posix()
        self.closed.append(
            Entry(self._root, name, Source(path), "refused", error=_named("SO-211", why, name))
        )

    def entries(self, source: Source, name: str) -> Iterator[Entry]:
        """The entry of a file, or those of an archive's members."""
        if name in self._set_aside:
            why = same(self._set_aside[name])
            yield self._entry(source, name, Named("paper"), "set aside", "SO-238", why)
        elif name.lower().endswith(ARCHIVE) and parse(name).kind != "paper":
            yield from self._members(source, name)
        else:
            yield self._judged(source, name)

    def _members(self, source: Source, name: str) -> Iterator[Entry]:
        try:
            inside = members(source.path)
        except SndsOmopError as error:
            yield self._entry(source, name, Named("refused"), "refused", error.code, error.clause)
            return
        if not inside:
            of_table = parse(name).kind == "refused"
            fate: Fate = "refused" if of_table else "not data"
            yield self._entry(
                source, name, Named("paper"), fate, "SO-201" if of_table else "SO-234", _EMPTY
            )
        for member in inside:
            of_member = f"{name}/{member.member}"
            if of_member in self._set_aside:
                yield from self.entries(member, of_member)
            else:
                yield self._judged(member, of_member)

    def _judged(self, source: Source, name: str) -> Entry:
        declared_name = self._load_as.get(name)
        asked = name
        if declared_name is not None:
            # the declared name has no extension: the file's own holds
            extension = next((e for e in FORMS if name.lower().endswith(e)), "")
            bare = declared_name if declared_name.lower().endswith(extension) else ""
            asked = bare or f"{declared_name}{extension}"
        named = parse(asked, self._prefixes)
        match named.kind:
            case "set aside":
                return self._entry(source, name, named, "set aside", "SO-237", _NOTHING_OF_IT)
            case "paper":
                return self._entry(source, name, named, "not data", "SO-234", _NO_TABLE)
            case "refused":
                code = "SO-207" if named.reason is not None and not named.extension else "SO-213"
                return self._entry(source, name, named, "refused", code, named.reason)
            case "unnamed":
                return self._unnamed(source, name, named)
            case _:
                return self._table(source, name, named)

    def _unnamed(self, source: Source, name: str, named: Named) -> Entry:
        """No table in the name: the content decides whether it is data."""
        form = FORMS.get(named.extension)
        if not source.path.is_file():
            return self._entry(source, name, named, "not data", "SO-234", _NO_TABLE)
        binary = form in ("parquet", "sas")
        if source.member and (named.extension == ARCHIVE or binary):
            return self._entry(source, name, named, "refused", "SO-207", _UNPACK)
        if content.closed(name) or (form and binary and not content.opens(source, form)):
            return self._entry(source, name, named, "refused", "SO-207", _CLOSED)
        table = content.table_of(source, form) if form else content.inside(source, name)
        if table is None:
            return self._entry(source, name, named, "not data", "SO-234", _NO_TABLE)
        why = Clause(
            f"its columns are those of {table}, its name holds no table"
            if form
            else f"it holds {table}, and its form is none of a table",
            f"ses colonnes sont celles de {table}, son nom ne contient aucune table"
            if form
            else f"il contient {table}, et sa forme n'est pas celle d'une table",
        )
        return self._entry(source, name, named, "refused", "SO-213", why)

    def _table(self, source: Source, name: str, named: Named) -> Entry:
        contract = named.contract
        assert contract is not None  # noqa: S101 - the grammar gives one to each table
        if named.kind == "infra annual" and not self._settings.infra_annual:
            why = Clause(
                f"part of a year of {contract.table}", f"une partie d'année de {contract.table}"
            )
            return self._entry(source, name, named, "set aside", "SO-236", why)
        if not source.path.is_file():
            return self._entry(source, name, named, "refused", "SO-211", _NO_FILE)
        if contract.is_yearly and (named.year or self._year) is None:
            why = Clause(
                f"{contract.table} has one file a year", f"{contract.table} a un fichier par an"
            )
            return self._entry(source, name, named, "refused", "SO-112", why)
        if source.member and FORMS[named.extension] != "text":
            return self._entry(source, name, named, "refused", "SO-207", _UNPACK)
        return self._entry(source, name, named, "loaded")

    def _entry(
        self,
        source: Source,
        name: str,
        named: Named,
        fate: Fate,
        code: str = "",
        why: Clause | None = None,
    ) -> Entry:
        yearly = named.contract is not None and named.contract.is_yearly
        contract = named.contract
        if contract is not None and self._declared is not None:
            contract = self._declared.applied(contract)
        return Entry(
            root=self._root,
            name=name,
            source=source,
            fate=fate,
            contract=contract,
            year=named.year or (self._year if yearly else None),
            month=named.month,
            part=named.part if not named.stamp else f"{named.part} {named.stamp}".strip(),
            form=FORMS.get(named.extension),
            constants=named.constants,
            error=_named(code, why or _NO_TABLE, name) if code else None,
        )


def _named(code: str, why: Clause, name: str) -> SndsOmopError:
    return SndsOmopError(code, *why, where=name)


def _without_doubles(entries: list[Entry]) -> list[Entry]:
    """Refuse what would be loaded twice: two names of one table, year and part.

    A year and one of its months, two days of extraction of the same thing, two forms of a file, one
    name in two folders that are no parts: which one holds is a person's decision.
    """
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for rank, entry in enumerate(entries):
        if entry.fate == "loaded" and entry.contract is not None:
            part = _without_stamp(entry.part)
            alike[entry.contract.table, entry.year, entry.month, part].append(rank)
    found = list(entries)
    for (table, year, month, _), ranks in alike.items():
        others = ranks if len(ranks) > 1 else []
        if month is not None:
            whole = alike.get((table, year, None, ""), [])
            others = [*others, *whole, *ranks] if whole else others
        if len({_content(entries[rank]) for rank in others}) < 2:
            continue  # the same bytes: staging reads one of them
        for rank in dict.fromkeys(others):
            entry = entries[rank]
            other = next(o for o in others if o != rank)
            why = Clause(
                f"{entries[other].name} bears the same table, year and part",
                f"{entries[other].name} porte la même table, la même année et la même partie",
            )
            found[rank] = replace(entry, fate="refused", error=_named("SO-214", why, entry.name))
    return found


def _content(entry: Entry) -> str:
    digest = hashlib.sha256()
    try:
        with entry.source.open() as handle:
            while data := handle.read(1 << 20):
                digest.update(data)
    except (OSError, SndsOmopError, zipfile.BadZipFile):
        return entry.name  # staging meets the same error and reports it
    return digest.hexdigest()


def _without_stamp(part: str) -> str:
    words = part.split(" ")
    return " ".join(word for word in words if not (len(word) == 8 and word.isdigit()))


_NO_TABLE = Clause("no table bears it", "aucune table ne le porte")
_NOTHING_OF_IT = Clause("nothing of it goes to the CDM", "rien n'en va dans le CDM")
_LINK = Clause(
    "it is a link to a folder, not followed", "c'est un lien vers un dossier, il n'est pas suivi"
)
_NO_FILE = Clause(
    "it is a broken link or no regular file",
    "c'est un lien rompu, ou ce n'est pas un fichier ordinaire",
)
_CLOSED = Clause(
    "it may hold tables and cannot be looked into: deliver them as files, or declare it",
    "il peut contenir des tables et ne peut être examiné : livrez-les en fichiers, ou déclarez-le",
)
_EMPTY = Clause("the archive holds no file", "l'archive ne contient aucun fichier")
_UNPACK = Clause(
    "only text is read inside an archive: unpack it",
    "seul le texte est lu dans une archive : décompressez-la",
)
