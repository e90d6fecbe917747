"""A forged manifest is refused, wherever it is met."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from etl import release
from etl.cli import execute
from etl.errors import SndsOmopError
from etl.release.manifest import MANIFEST_FILE
from etl.release.signature import PUBLIC_KEY_FILE, SIGNATURE_FILE, sign, write_public_key
from etl.workspace import Workspace
from tests.small_candidate import key_of, released


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return released(tmp_path / "workspace")


@pytest.fixture
def made(workspace: Workspace) -> release.Release:
    made = release.find(workspace, "current")
    for path in [made.path, *made.path.rglob("*")]:
        path.chmod(0o700)
    return made


def forge(made: release.Release) -> None:
    path = made.path / MANIFEST_FILE
    path.write_text(path.read_text().replace('"rows": 120', '"rows": 121', 1))


def test_key_is_made_once_and_private(workspace: Workspace) -> None:
    first = release.signing_key(workspace).private_bytes_raw()
    assert release.signing_key(workspace).private_bytes_raw() == first
    assert (workspace.state / "signing-key.pem").stat().st_mode & 0o777 == 0o600


def test_forged_manifest(made: release.Release) -> None:
    forge(made)
    with pytest.raises(SndsOmopError) as caught:
        release.verify(made, key_of(made))
    assert caught.value.code == "SO-904"


def test_forged_manifest_signed_with_the_forgers_key(made: release.Release, tmp_path: Path) -> None:
    forger = Workspace(tmp_path / "forger")
    forger.create()
    forge(made)
    sign(made.path, release.signing_key(forger))
    write_public_key(made.path, release.signing_key(forger))
    with pytest.raises(SndsOmopError):
        release.verify(made, key_of(made))


def test_forged_release_is_not_promoted(workspace: Workspace, made: release.Release) -> None:
    forge(made)
    with pytest.raises(SndsOmopError) as caught:
        release.promote(workspace, made.id)
    assert caught.value.code == "SO-904"


def test_missing_signature(made: release.Release) -> None:
    (made.path / SIGNATURE_FILE).unlink()
    with pytest.raises(SndsOmopError) as caught:
        release.verify(made, key_of(made))
    assert caught.value.code == "SO-904"


def test_reader_elsewhere_checks_with_the_public_key(made: release.Release) -> None:
    key = release.read_public_key(made.path / PUBLIC_KEY_FILE)
    assert release.verify(made, key) == []


def test_not_a_key(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("not a key")
    with pytest.raises(SndsOmopError) as caught:
        release.read_public_key(tmp_path / "key.pem")
    assert caught.value.code == "SO-904"


def test_a_disk_that_does_not_answer_is_no_forgery(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A network folder that went away: nothing is known of the signature, the disk is named."""
    read = Path.read_bytes

    def stale(path: Path) -> bytes:
        if path.name == "public-key.pem":
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", stale)
    assert execute(["--workspace", str(workspace.root), "release", "verify"]) == 2
    assert "SO-136" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_agrees(made: release.Release) -> None:
    """A reader needs none of our code to check the signature."""
    subprocess.run(
        [
            *("openssl", "pkeyutl", "-verify", "-pubin", "-rawin"),
            *("-inkey", made.path / PUBLIC_KEY_FILE),
            *("-in", made.path / MANIFEST_FILE),
            *("-sigfile", made.path / SIGNATURE_FILE),
        ],
        check=True,
        capture_output=True,
    )
