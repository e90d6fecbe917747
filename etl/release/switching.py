"""Which release is current: switched atomically, to a release whose content was verified first."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from etl.clauses import joined
from etl.errors import SndsOmopError
from etl.release.files import flush_folder
from etl.release.signature import trusted_key
from etl.release.store import Release, current_name, find, releases
from etl.release.verification import verify
from etl.workspace import Workspace


def promote(workspace: Workspace, release_id: str, key: Ed25519PublicKey | None = None) -> Release:
    """Make a release current, in one atomic replacement of the link, once its files are verified.

    Args:
        key: that must have signed it; default: the key of the workspace.

    Raises:
        SndsOmopError: SO-107 when there is none, SO-135 when its manifest cannot be read, SO-903
            when a file is not what the manifest states, SO-904 when the manifest is not ours.
    """
    release = find(workspace, release_id)
    require_whole(release, key or trusted_key(workspace))
    switch(workspace, release)
    return release


def rollback(
    workspace: Workspace,
    key: Ed25519PublicKey | None = None,
    *,
    passed_over: Callable[[str, SndsOmopError], None] | None = None,
) -> Release:
    """Make current the newest whole release of those created before the one that is.

    A current release that is damaged or gone states no date: then the releases made after it,
    which name it as the one before them, are left out.

    Args:
        key: that must have signed it; default: the key of the workspace.
        passed_over: receives each damaged release on the way, and its fault.

    Raises:
        SndsOmopError: SO-107 when none is older and whole.
    """
    name = current_name(workspace)
    if name is None:
        find(workspace, "current")  # raises SO-107
    trusted = key or trusted_key(workspace, may_be_lost=True)
    for release in reversed(_before(workspace, str(name))):
        try:
            require_whole(release, trusted)
        except SndsOmopError as error:
            if error.code not in ("SO-903", "SO-904"):
                raise
            if passed_over:
                passed_over(release.id, error)
            continue
        switch(workspace, release)
        return release
    raise SndsOmopError(
        "SO-107",
        f"none is older than {name}",
        f"aucune n'est plus ancienne que {name}",
    )


def _before(workspace: Workspace, name: str) -> list[Release]:
    """Releases made before the one of that name, oldest first."""
    every = releases(workspace)
    present = next((one for one in every if one.id == name), None)
    if present is not None:
        made = present.manifest.created_at
        return [one for one in every if one.manifest.created_at < made]
    later = {name}
    for one in every:
        if one.manifest.previous in later:
            later.add(one.id)
    return [one for one in every if one.id not in later]


def require_whole(release: Release, key: Ed25519PublicKey) -> None:
    """Refuse a release whose files or signature are not what they were.

    Raises:
        SndsOmopError: SO-903 or SO-904.
    """
    damages = verify(release, key)
    if damages:
        raise SndsOmopError(
            "SO-903", *joined(damage.clause for damage in damages), where=release.id
        )


def require_accepted(release: Release) -> None:
    """Refuse to let out a release that was made again without persons and no longer passes.

    Raises:
        SndsOmopError: SO-301.
    """
    if release.manifest.is_refused:
        reasons = release.manifest.verdict.get("reasons_by_language", {})
        english, french = (
            between.join(reasons.get(language, ()))
            for language, between in (("en", "; "), ("fr", " ; "))
        )
        raise SndsOmopError(
            "SO-301",
            f"it was made again without excluded persons, and no longer passes: {english}",
            f"elle a été refaite sans les personnes exclues, et ne passe plus : {french}",
            where=release.id,
        )


def switch(workspace: Workspace, release: Release) -> None:
    """Replace the link ``current``; a kill leaves the old one or the new one."""
    link = workspace.releases / f"{release.id}.switching"
    link.unlink(missing_ok=True)
    link.symlink_to(release.path.name)
    link.replace(workspace.current)
    flush_folder(workspace.releases)
