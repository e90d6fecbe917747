"""``delivery.toml``: what a person declares about a delivery, read, enforced and remembered.

The file lies in the delivery's folder, or is given by ``--declaration``. All of it is optional; an
unknown key is an error, since a typing error would otherwise pass for a declaration.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from etl.clauses import RefusedValueError, joined, of_model, of_system
from etl.configuration import not_toml
from etl.contracts.models import Contract
from etl.contracts.registry import contracts, unloaded
from etl.errors import SndsOmopError
from etl.state_file import damaged, write_whole
from etl.workspace import Workspace

FILE = "delivery.toml"
STATE = "declarations.json"

Population = Literal["national", "esnd", "targeted"]
Name = Annotated[str, Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DeclaredFile(_Model):
    """A file as the data holder's note states it, and what to do with it."""

    name: Name = Field(description="below the delivery's folder, with slashes")
    rows: int | None = Field(None, ge=0, description="rows without the header")
    sha256: str | None = Field(None, pattern=r"^[0-9a-fA-F]{64}$")
    load_as: str | None = Field(None, description="a name of the grammar: ER_PRS_F_2019_part2")
    set_aside: bool = Field(False, description="true with a reason, or the reason itself")
    reason: str = ""

    @model_validator(mode="before")
    @classmethod
    def _reason_in_place(cls, given: Any) -> Any:
        """``set_aside = "sent by mistake"`` is a reason in the place of true."""
        if not isinstance(given, Mapping) or not isinstance(given.get("set_aside"), str):
            return given
        why = given["set_aside"].strip()
        return {**given, "set_aside": True, "reason": given.get("reason") or why}

    @model_validator(mode="after")
    def _one_fate(self) -> DeclaredFile:
        if self.set_aside and not self.reason:
            raise RefusedValueError(
                "a file that is set aside needs a reason",
                "un fichier mis de côté demande un motif (reason)",
            )
        if self.set_aside and self.load_as:
            raise RefusedValueError(
                "load_as and set_aside exclude each other", "load_as et set_aside s'excluent"
            )
        return self


class DeclaredGap(_Model):
    """Something missing that a person accepts until a day."""

    table: Name
    year: int | None = Field(None, ge=2005, le=2099)
    owner: Name
    reason: Name
    until: date

    @field_validator("table")
    @classmethod
    def _table_is_known(cls, given: str) -> str:
        """The name as contracts write it; a typing error would accept nothing, in silence."""
        known = {name.upper(): name for name in (*contracts(), *unloaded())}
        if given.strip().upper() not in known:
            near = get_close_matches(given.strip().upper(), known, n=1)
            english, french = (
                (f"; did you mean {known[near[0]]}?", f" ; s'agit-il de {known[near[0]]} ?")
                if near
                else ("", "")
            )
            raise RefusedValueError(
                f"no SNDS table is called {given}{english}",
                f"aucune table du SNDS ne s'appelle {given}{french}",
            )
        return known[given.strip().upper()]


class Pseudonyms(_Model):
    """A list of old and new pseudonyms: the file and its two columns."""

    file: Name
    old: Name
    new: Name


class Crosswalk(_Model):
    """A link to another source: the file, its columns of keys, its index date."""

    file: Name
    external: Name
    key: Name
    index_date: str | None = None
    name: str | None = Field(None, min_length=1, max_length=255, description="of the cohort")

    @property
    def title(self) -> str:
        return self.name or Path(self.file).stem


class Area(_Model):
    """Facts of communes: the file, its columns of commune, year and values."""

    file: Name
    commune: Name
    year: str | None = None
    values: tuple[Name, ...] = Field(min_length=1)

    @property
    def title(self) -> str:
        return Path(self.file).stem


class Declaration(_Model):
    """Everything that ``delivery.toml`` may hold."""

    name: str | None = Field(None, min_length=1, description="default: the folder's")
    kind: Literal["full", "increment"] | None = None
    replaces: str | None = Field(None, min_length=1, description="name of an earlier delivery")
    population: Population | None = None
    sampling_fraction: float | None = Field(None, gt=0, le=1)
    prefixes: tuple[Name, ...] = ()
    expected: Mapping[str, tuple[int, ...]] = {}
    file: tuple[DeclaredFile, ...] = ()
    gap: tuple[DeclaredGap, ...] = ()
    columns: Mapping[str, Name] = {}
    new_pseudonyms: bool = Field(
        False, description="no key of a person is the former one: all persons get new numbers"
    )
    not_delivered: tuple[Name, ...] = Field(
        (), description="columns that no file has, or that are not to be read: BEN_RNG_GEM"
    )
    pseudonyms: tuple[Pseudonyms, ...] = ()
    crosswalk: tuple[Crosswalk, ...] = ()
    area: tuple[Area, ...] = ()

    @field_validator("expected", mode="before")
    @classmethod
    def _years(cls, given: Any) -> Any:
        """Years as a list, as "2018-2021", or as an empty list for a table without years."""
        if not isinstance(given, Mapping):
            return given
        return {table: _span(years) for table, years in given.items()}

    @field_validator("expected")
    @classmethod
    def _tables_are_known(cls, given: Mapping[str, tuple[int, ...]]) -> Mapping[str, Any]:
        unknown = sorted(set(given) - set(contracts()) - set(unloaded()))
        if unknown:
            raise RefusedValueError(
                f"no SNDS table has this name: {', '.join(unknown)}",
                f"aucune table du SNDS ne porte ce nom : {', '.join(unknown)}",
            )
        return given

    @field_validator("columns")
    @classmethod
    def _columns_are_known(cls, given: Mapping[str, str]) -> Mapping[str, str]:
        """Names in upper case, as headers are read; each stands for a column of some table."""
        found = {name.strip().upper(): column.strip().upper() for name, column in given.items()}
        _check_columns(found.values())
        taken = sorted(name for name, column in found.items() if name in _columns() - {column})
        if taken:
            raise RefusedValueError(
                f"this name is that of another column of the SNDS: {', '.join(taken)}",
                f"ce nom est celui d'une autre colonne du SNDS : {', '.join(taken)}",
            )
        return found

    @field_validator("not_delivered")
    @classmethod
    def _absent_are_known(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(name.strip().upper() for name in given)
        _check_columns(found)
        keys = sorted(
            name for name in found if any(name in contract.key for contract in contracts().values())
        )
        if keys:
            raise RefusedValueError(
                f"without it rows have no key: {', '.join(keys)}",
                f"sans elle les lignes n'ont pas de clé : {', '.join(keys)}",
            )
        return found

    def applied(self, contract: Contract) -> Contract:
        """The contract as the files of this delivery follow it: other names, columns not read."""
        own = {column.name for column in contract.columns}
        names = {name: column for name, column in self.columns.items() if column in own}
        absent = own & {*self.not_delivered}
        if not names and not absent:
            return contract
        content = contract.model_dump()
        for column in content["columns"]:
            mine = [name for name, target in names.items() if target == column["name"]]
            column["aliases"] = [*column["aliases"], *({"name": name} for name in mine)]
            column["not_read"] = column["name"] in absent
        for field in ("required", "required_any", "date"):
            content[field] = [name for name in content[field] if name not in absent]
        return Contract.model_validate(content)

    @model_validator(mode="after")
    def _coherent(self) -> Declaration:
        if self.replaces and self.kind == "increment":
            raise RefusedValueError(
                "only a full delivery replaces another", "seule une livraison complète en remplace"
            )
        for listed in (self.crosswalk, self.area):
            titles = [one.title for one in listed]
            if len(titles) != len(set(titles)):
                raise RefusedValueError(
                    "two linked tables have one name", "deux tables liées portent le même nom"
                )
        if self.population == "national" and (self.sampling_fraction or 1) < 1:
            raise RefusedValueError(
                "the national population is no sample: it has no sampling fraction below 1",
                "la population nationale n'est pas un échantillon : pas de taux inférieur à 1",
            )
        if self.sampling_fraction is not None and self.population == "targeted":
            raise RefusedValueError(
                "a targeted population is no random sample: it has no sampling fraction",
                "une population ciblée n'est pas un échantillon aléatoire : pas de taux de sondage",
            )
        return self

    @cached_property
    def load_as(self) -> Mapping[str, str]:
        """Name below the folder → name to load as."""
        return {one.name: one.load_as for one in self.file if one.load_as}

    @cached_property
    def set_aside(self) -> Mapping[str, str]:
        """Name below the folder → reason; lists that other declarations name are no table."""
        lists = (
            *(one.file for one in self.pseudonyms),
            *(one.file for one in self.crosswalk),
            *(one.file for one in self.area),
        )
        return dict.fromkeys(lists, "declared list") | {
            one.name: one.reason for one in self.file if one.set_aside
        }

    @property
    def fraction(self) -> float | None:
        """Share of the population that was drawn; the ESND is a sample of 2 %."""
        if self.sampling_fraction is None and self.population == "esnd":
            return 0.02
        return self.sampling_fraction

    def missing(self, delivered: Mapping[str, set[int | None]]) -> Iterator[str]:
        """Tables and years expected that are not among those delivered, accepted gaps left out.

        Args:
            delivered: years by table; None stands for a file whose name holds no year.
        """
        for table, years in self.expected.items():
            present = delivered.get(table, set())
            if not years and not present and not self.accepts(table, None):
                yield table
            for year in years:
                if not present & {year, None} and not self.accepts(table, year):
                    yield f"{table} {year}"

    def accepts(self, table: str, year: int | None) -> bool:
        """Whether a gap of the table and year is declared, whatever its end."""
        return any(gap.table == table and gap.year in (None, year) for gap in self.gap)


@cache
def _columns() -> frozenset[str]:
    return frozenset(column.name for one in contracts().values() for column in one.columns)


def _check_columns(names: Iterable[str]) -> None:
    unknown = sorted(set(names) - _columns())
    if unknown:
        raise RefusedValueError(
            f"no table of the SNDS has this column: {', '.join(unknown)}",
            f"aucune table du SNDS n'a cette colonne : {', '.join(unknown)}",
        )


def _span(years: Any) -> Any:
    span = re.fullmatch(r"(\d{4})-(\d{4})", years) if isinstance(years, str) else None
    if span and span[1] <= span[2]:
        return tuple(range(int(span[1]), int(span[2]) + 1))
    return (years,) if isinstance(years, int) and not isinstance(years, bool) else years


def read_declaration(folder: Path, file: Path | None = None) -> Declaration:
    """The declaration of a delivery; an absent ``delivery.toml`` declares nothing.

    Args:
        folder: the delivery's folder.
        file: read in place of the folder's own; must exist.

    Raises:
        SndsOmopError: SO-240 the file cannot be read, or declares what no delivery can be.
    """
    path = file or folder / FILE
    if file is None and not path.is_file():
        return Declaration()
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return Declaration.model_validate(tree)
    except OSError as error:
        raise SndsOmopError("SO-240", *of_system(error), where=str(path)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SndsOmopError("SO-240", *not_toml(error), where=str(path)) from error
    except ValidationError as error:
        raise SndsOmopError("SO-240", *joined(of_model(error)), where=str(path)) from error


class Declarations(_Model):
    """Declarations of the deliveries staged in a workspace, by folder (or address of a server)."""

    by_root: Mapping[str, Declaration] = {}

    @property
    def population(self) -> Population | None:
        """What all deliveries that declare a population agree on; None when they do not."""
        found = {one.population for one in self.by_root.values() if one.population}
        return found.pop() if len(found) == 1 else None

    @property
    def fraction(self) -> float | None:
        found = {one.fraction for one in self.by_root.values() if one.population}
        return found.pop() if len(found) == 1 else None

    @property
    def gaps(self) -> tuple[DeclaredGap, ...]:
        return tuple(gap for one in self.by_root.values() for gap in one.gap)

    def names(self) -> set[str]:
        """Names of the deliveries: declared, else that of the folder."""
        return {one.name or Path(root).name for root, one in self.by_root.items()}


def recorded(workspace: Workspace) -> Declarations:
    """What was declared about the deliveries that are staged."""
    path = workspace.state / STATE
    if not path.is_file():
        return Declarations()
    try:
        return Declarations.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise damaged(path) from error


def record(workspace: Workspace, root: str, declaration: Declaration) -> None:
    """Remember what was declared about a delivery; written whole, or not at all."""
    kept = {**recorded(workspace).by_root, root: declaration}
    path = workspace.state / STATE
    write_whole(path, Declarations(by_root=kept).model_dump_json(indent=1))


def check_replaced(workspace: Workspace, root: str, declaration: Declaration) -> None:
    """Refuse a delivery that replaces one which is not there.

    Raises:
        SndsOmopError: SO-242.
    """
    if declaration.replaces is None:
        return
    known = recorded(workspace)
    before = known.by_root.get(root)
    if before is not None and before.replaces == declaration.replaces:
        return  # it has done so already
    others = Declarations(by_root={r: one for r, one in known.by_root.items() if r != root})
    if declaration.replaces not in others.names():
        raise SndsOmopError(
            "SO-242",
            f"{declaration.replaces} is not staged",
            f"{declaration.replaces} n'est pas chargée",
            where=f"{root}/{FILE}",
        )
