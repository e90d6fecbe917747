"""Is a release still that of its manifest? Names the file and the bytes that changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.release.files import FileRecord, files_below
from etl.release.manifest import MANIFEST_FILE
from etl.release.signature import SIGNATURE_FILE, require_signature
from etl.release.store import Release

_KINDS = {
    "missing": Clause("missing", "absent"),
    "unexpected": Clause("unexpected", "inattendu"),
    "changed": Clause("changed", "modifié"),
    "longer": Clause("longer", "plus long"),
    "shorter": Clause("shorter", "plus court"),
}


@dataclass(frozen=True, slots=True)
class Damage:
    """One fault: a file and, when its content changed, the first and last byte of a chunk."""

    path: str
    kind: Literal["missing", "unexpected", "changed", "longer", "shorter"]
    first_byte: int | None = None
    last_byte: int | None = None

    @property
    def clause(self) -> Clause:
        kind = _KINDS[self.kind]
        if self.first_byte is None:
            return Clause(f"{self.path}: {kind.english}", f"{self.path} : {kind.french}")
        return Clause(
            f"{self.path}: {kind.english} (bytes {self.first_byte} to {self.last_byte})",
            f"{self.path} : {kind.french} (octets {self.first_byte} à {self.last_byte})",
        )

    def __str__(self) -> str:
        return self.clause.english


def verify(release: Release, public_key: Ed25519PublicKey) -> list[Damage]:
    """Compare every file with the manifest; an empty list means nothing changed.

    Args:
        public_key: the key that must have signed the manifest, known from elsewhere.

    Raises:
        SndsOmopError: SO-904 when the manifest itself cannot be believed.
    """
    require_signature(release.path, public_key)
    root = release.path
    # the folder of an extract bears the name that its holder gives it
    if release.manifest.permit is None and root.name != release.manifest.release_id:
        raise SndsOmopError(
            "SO-904",
            f"the folder bears another name than its manifest, {release.manifest.release_id}",
            f"le dossier porte un autre nom que son manifeste, {release.manifest.release_id}",
            where=root.name,
        )
    expected = {record.path: record for record in release.manifest.files}
    present = {path.relative_to(root).as_posix(): path for path in files_below(root)}
    folders = {parent for path in expected for parent in PurePosixPath(path).parents}
    strange = [
        path.relative_to(root).as_posix()
        for path in sorted(root.rglob("*"))
        if path.is_symlink()
        or not (path.is_file() or path.is_dir())
        or (path.is_dir() and PurePosixPath(path.relative_to(root).as_posix()) not in folders)
    ]
    damages = [Damage(path, "missing") for path in expected if path not in present]
    damages += [
        Damage(path, "unexpected")
        for path in present
        if path not in expected and path not in (MANIFEST_FILE, SIGNATURE_FILE)
    ]
    damages += [Damage(path, "unexpected") for path in strange if path not in present]
    for path, record in expected.items():
        if path in present:
            damages += _compare(present[path], record, release.manifest.chunk_bytes)
    return damages


def _compare(path: Path, record: FileRecord, chunk_bytes: int) -> list[Damage]:
    size = path.stat().st_size
    damages: list[Damage] = []
    with path.open("rb") as handle:
        for number, digest in enumerate(record.chunks):
            block = handle.read(chunk_bytes)
            if hashlib.sha256(block).hexdigest() != digest:
                first = number * chunk_bytes
                last = min(first + chunk_bytes, record.bytes) - 1
                damages.append(Damage(record.path, "changed", first, last))
    if size != record.bytes:
        kind: Literal["longer", "shorter"] = "longer" if size > record.bytes else "shorter"
        first, last = sorted((size, record.bytes))
        damages.append(Damage(record.path, kind, first, last - 1))
    return damages
