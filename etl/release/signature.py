"""A detached Ed25519 signature over MANIFEST.json: a forged manifest is refused.

The private key is made once and stays in ``state/`` (0600). The public key travels in the
release for readers elsewhere; here, a release is checked against the key of the workspace, since
a forger who rewrites a manifest can also replace the key next to it. Its fingerprint is shown and
can be pinned in the settings.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from etl.errors import SndsOmopError
from etl.release.manifest import MANIFEST_FILE
from etl.state_file import write_whole
from etl.workspace import Workspace

SIGNATURE_FILE = f"{MANIFEST_FILE}.sig"
PUBLIC_KEY_FILE = "public-key.pem"
PRIVATE_KEY_FILE = "signing-key.pem"


def signing_key(workspace: Workspace) -> Ed25519PrivateKey:
    """The workspace's private key, made at first use.

    Raises:
        SndsOmopError: SO-133 when it cannot be read, and when it is missing although releases
            exist: a new key would disown them.
    """
    path = workspace.state / PRIVATE_KEY_FILE
    if not path.is_file():
        if _is_in_use(workspace):
            raise SndsOmopError(
                "SO-133",
                "it is missing, and releases were signed with it",
                "elle manque, et des versions ont été signées avec elle",
                where=str(path),
            )
        fresh = Ed25519PrivateKey.generate()
        write_whole(
            path,
            fresh.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )
        write_whole(workspace.state / PUBLIC_KEY_FILE, _pem(fresh.public_key()))
    key = _private_key(path)
    kept = workspace.state / PUBLIC_KEY_FILE
    if not kept.is_file():
        write_whole(kept, _pem(key.public_key()))
    elif fingerprint_of(read_public_key(kept)) != fingerprint_of(key.public_key()):
        raise SndsOmopError(
            "SO-133",
            f"it is not the key of {PUBLIC_KEY_FILE}: one of the two was replaced",
            f"elle n'est pas celle de {PUBLIC_KEY_FILE} : l'une des deux a été remplacée",
            where=str(path),
        )
    return key


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _damaged_key(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _damaged_key(path)
    return key


def _damaged_key(path: Path) -> SndsOmopError:
    return SndsOmopError(
        "SO-133",
        "it is no Ed25519 key in PEM",
        "ce n'est pas une clé Ed25519 en PEM",
        where=str(path),
    )


def _is_in_use(workspace: Workspace) -> bool:
    """Whether something was signed: a release stands on the shelf, or the public key is kept."""
    if (workspace.state / PUBLIC_KEY_FILE).is_file():
        return True
    return workspace.releases.is_dir() and any(workspace.releases.glob(f"*/{SIGNATURE_FILE}"))


def trusted_key(
    workspace: Workspace, pinned: str = "", *, may_be_lost: bool = False
) -> Ed25519PublicKey:
    """The public key that releases of this workspace are checked against.

    Args:
        pinned: fingerprint that it must have (``release.key_fingerprint``); empty: any.
        may_be_lost: use ``state/public-key.pem`` when the private key is lost, so that going back
            to an earlier release needs none. A pinned key may always be lost.

    Raises:
        SndsOmopError: SO-133 without a key, SO-904 when its fingerprint is not the pinned one.
    """
    kept = workspace.state / PUBLIC_KEY_FILE
    try:
        key = signing_key(workspace).public_key()
    except SndsOmopError:
        if not (pinned or may_be_lost) or not kept.is_file() or _is_readable(workspace):
            raise
        key = read_public_key(kept)
    if pinned and fingerprint_of(key) != pinned:
        raise SndsOmopError(
            "SO-904",
            f"the key of the workspace is {fingerprint_of(key)}, the settings pin another",
            f"la clé de l'espace de travail est {fingerprint_of(key)}, les réglages en fixent une "
            "autre",
            where=str(kept),
        )
    return key


def _is_readable(workspace: Workspace) -> bool:
    """Whether the private key is there: then the public key next to it was replaced."""
    try:
        _private_key(workspace.state / PRIVATE_KEY_FILE)
    except (OSError, SndsOmopError):
        return False
    return True


def fingerprint_of(key: Ed25519PublicKey) -> str:
    """``SHA256:`` and the hexadecimal SHA-256 of the key (DER): short enough to compare by eye."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"SHA256:{hashlib.sha256(der).hexdigest()}"


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def write_public_key(folder: Path, key: Ed25519PrivateKey) -> None:
    (folder / PUBLIC_KEY_FILE).write_bytes(_pem(key.public_key()))


def sign(folder: Path, key: Ed25519PrivateKey) -> None:
    """Sign the manifest as it lies on the disk; 64 raw bytes, as OpenSSL reads them."""
    (folder / SIGNATURE_FILE).write_bytes(key.sign((folder / MANIFEST_FILE).read_bytes()))


def require_signature(folder: Path, public_key: Ed25519PublicKey) -> None:
    """Refuse a manifest that this key did not sign.

    Raises:
        SndsOmopError: SO-904.
    """
    try:
        signature = (folder / SIGNATURE_FILE).read_bytes()
        public_key.verify(signature, (folder / MANIFEST_FILE).read_bytes())
    except FileNotFoundError as error:
        raise SndsOmopError(
            "SO-904", "there is no signature", "il n'y a pas de signature", where=folder.name
        ) from error
    except InvalidSignature as error:
        raise SndsOmopError(
            "SO-904",
            "the manifest was changed or forged",
            "le manifeste a été modifié ou falsifié",
            where=folder.name,
        ) from error


def read_public_key(path: Path) -> Ed25519PublicKey:
    """A public key received from a holder, in PEM.

    Raises:
        SndsOmopError: SO-904 when the file is not there or holds no Ed25519 public key.
        OSError: the disk does not answer, which proves nothing about a signature.
    """
    absent = FileNotFoundError, IsADirectoryError, NotADirectoryError
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (*absent, ValueError, UnsupportedAlgorithm) as error:
        raise SndsOmopError(
            "SO-904",
            "the public key cannot be read",
            "la clé publique ne peut être lue",
            where=str(path),
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise SndsOmopError(
            "SO-904",
            "the public key is not Ed25519",
            "la clé publique n'est pas Ed25519",
            where=str(path),
        )
    return key
