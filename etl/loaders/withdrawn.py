"""Persons who are excluded: their keys as keyed hashes, in ``state/withdrawn.json``.

No key stands there in clear. The secret of the hash lies in ``state/withdrawn-key``; both files
are for the owner alone. A key found again in a later delivery has the same hash.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from etl.errors import SndsOmopError
from etl.state_file import damaged, write_whole
from etl.workspace import Workspace

FILE = "withdrawn.json"
SECRET = "withdrawn-key"  # noqa: S105 - the name of a file
_SECRET_LENGTH = 64

Kind = Literal["number", "right", "psa"]
"""BEN_NIR_ANO and BEN_IDT_ANO; PSA with its rank; PSA alone."""


KINDS: tuple[Kind, ...] = ("number", "right", "psa")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HeldKey(_Model):
    """One key of an excluded person."""

    kind: Kind
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    is_numbered: bool = Field(
        False, description="a right that had a number: with another number it is another person's"
    )


class ExcludedPerson(_Model):
    """A person with all keys by which they were known, and why and when they left."""

    number: int = Field(ge=1, description="in the order of exclusion; not a person_id")
    ground: str
    day: date
    keys: tuple[HeldKey, ...]


class Withdrawn(_Model):
    """All persons excluded from a workspace."""

    version: Literal[1] = 1
    last: int = Field(0, description="highest number of a person; never given again")
    revision: int = Field(0, description="grows with each change of the list")
    settled: int = Field(0, description="revision that registry and releases follow")
    persons: tuple[ExcludedPerson, ...] = ()

    @property
    def mark(self) -> str:
        """Names the state of the list; empty while no person was ever excluded."""
        return str(self.revision) if self.revision else ""

    @property
    def digests(self) -> frozenset[str]:
        return frozenset(key.digest for person in self.persons for key in person.keys)

    def replaced(self, persons: tuple[ExcludedPerson, ...], last: int | None = None) -> Withdrawn:
        """The list with other persons, as a new revision; itself when nothing changes."""
        if persons == self.persons:
            return self
        return self.model_copy(
            update={
                "persons": persons,
                "revision": self.revision + 1,
                "last": self.last if last is None else last,
            }
        )


def read_withdrawn(workspace: Workspace) -> Withdrawn:
    """The list of a workspace; an absent one is empty.

    Raises:
        SndsOmopError: SO-132 when it is damaged.
    """
    path = workspace.state / FILE
    if not path.is_file():
        return Withdrawn()
    try:
        return Withdrawn.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise damaged(path) from error


def write_withdrawn(workspace: Workspace, withdrawn: Withdrawn) -> None:
    """Replace the list, whole."""
    write_whole(workspace.state / FILE, withdrawn.model_dump_json(indent=1))


def secret_of(workspace: Workspace) -> str:
    """The secret of the hashes, made at the first exclusion.

    Raises:
        SndsOmopError: SO-132 when it is damaged, or missing although persons are excluded: their
            keys would then be found no more.
    """
    path = workspace.state / SECRET
    if not path.is_file():
        if read_withdrawn(workspace).persons:
            raise damaged(path)
        write_whole(path, secrets.token_hex(_SECRET_LENGTH // 2))
    found = path.read_text(encoding="ascii", errors="replace").strip()
    if len(found) != _SECRET_LENGTH or not set(found) <= set("0123456789abcdef"):
        raise damaged(path)
    return found


def keyed(secret: str, kind: Kind, value: str) -> str:
    """Hash of a key; :data:`KEYED` gives the same in SQL."""
    inner = hashlib.sha256(f"{secret}{kind}:{value}".encode()).hexdigest()
    return hashlib.sha256(f"{secret}{inner}".encode()).hexdigest()


KEYED = """
create or replace temp macro keyed(kind, val) as
    sha256(getvariable('secret') || sha256(getvariable('secret') || kind || ':' || val))
"""


def require_known(found: int, given: int, where: str) -> None:
    """Refuse a list of which some rows name no person of the workspace (SO-252)."""
    if found < given:
        raise SndsOmopError(
            "SO-252",
            f"{given - found} of {given} rows name no person that is staged here",
            f"{given - found} ligne(s) sur {given} ne désignent aucune personne chargée ici",
            where=where,
        )
