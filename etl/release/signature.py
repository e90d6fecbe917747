"""A detached Ed25519 signature over MANIFEST.json: a forged manifest is refused.

The private key is made once and stays in ``state/`` (0600). The public key travels in the
release for readers elsewhere; here, a release is checked against the key of the workspace, since
a forger who rewrites a manifest can also replace the key beside it.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from etl.errors import SndsOmopError
from etl.release.manifest import MANIFEST_FILE
from etl.workspace import Workspace

SIGNATURE_FILE = f"{MANIFEST_FILE}.sig"
PUBLIC_KEY_FILE = "public-key.pem"
PRIVATE_KEY_FILE = "signing-key.pem"


def signing_key(workspace: Workspace) -> Ed25519PrivateKey:
    """The workspace's private key, made at first use."""
    path = workspace.state / PRIVATE_KEY_FILE
    if not path.is_file():
        fresh = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(fresh)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SndsOmopError(
            "SO-904",
            "the signing key is not Ed25519",
            "la clé de signature n'est pas Ed25519",
            where=str(path),
        )
    return key


def write_public_key(folder: Path, key: Ed25519PrivateKey) -> None:
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / PUBLIC_KEY_FILE).write_bytes(pem)


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
        SndsOmopError: SO-904 when the file holds no Ed25519 public key.
    """
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
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
