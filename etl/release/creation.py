"""Write, audit, publish: a candidate becomes a release, wholly or not at all.

Order: refuse → build in ``next.building`` → hash → sign → flush → read-only → rename →
switch. A kill at any moment leaves the old release or the new one; what is left is swept next time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etl.clauses import Clause, joined
from etl.errors import SndsOmopError
from etl.faults import as_error
from etl.progress import Progress, Silent
from etl.release import audit_log
from etl.release.achilles.timings import TIMINGS_FILE, write_timings
from etl.release.candidate import require_verdict
from etl.release.database import write_tables
from etl.release.description import describe
from etl.release.draft import Draft
from etl.release.manifest import Manifest
from etl.release.pins import pinned_releases
from etl.release.shelf import shelve
from etl.release.signature import signing_key, trusted_key
from etl.release.store import LEFTOVERS, Release, prune, releases, sweep
from etl.release.switching import promote, switch
from etl.settings import Settings
from etl.workspace import Workspace

BUILDING = f"next{LEFTOVERS[0]}"
OUTPUT_PARTS = ("input", "rules", "observation", "source", "privacy")
"""Sections of the settings that may change what is written."""


def create(
    workspace: Workspace,
    settings: Settings,
    *,
    reproduce: Manifest | None = None,
    progress: Progress | None = None,
) -> Release:
    """Make the candidate the current release.

    The id is ``<source date>-<first 8 digits of a hash of every table's content hash>``: the
    same content is the same release, in whichever format it was made first, and then nothing is
    written (``is_new`` is false).

    Args:
        reproduce: a manifest whose CDM tables must come out again, hash by hash.

    Raises:
        SndsOmopError: SO-106 and SO-113 without candidate or fresh verdict, SO-301 and SO-302
            when the gate or the ledger refuses, SO-901 and SO-902 when writing fails, SO-905
            when ``reproduce`` differs.
    """
    # Parsing SQL takes a library that no other verb needs.
    from etl.audit.dictionary import PAGE, write_dictionary

    verdict = require_verdict(workspace)
    signing_key(workspace)
    key = trusted_key(workspace, settings.release.key_fingerprint)
    workspace.releases.mkdir(parents=True, exist_ok=True)
    sweep(workspace)
    release = _released_already(workspace, verdict)
    if release is None:
        building = workspace.releases / BUILDING
        building.mkdir()
        try:
            draft = Draft(building, settings.release.format)
            contents, timings = write_tables(
                workspace.candidate, draft, settings.engine, progress or Silent()
            )
            write_timings(building / TIMINGS_FILE, timings)
            write_dictionary(workspace, building / PAGE, settings.privacy.minimum_count)
            manifest = describe(workspace, settings, draft, contents, verdict)
            _require_same(manifest, reproduce)
            release = shelve(workspace, building, manifest)
        except OSError as error:
            lacking = as_error(error)
            if lacking is None:
                raise
            raise SndsOmopError(
                lacking.code,
                "the release could not be written",
                "la version n'a pas pu être écrite",
                where=lacking.where,
            ) from error
        finally:
            sweep(workspace)
    _require_same(release.manifest, reproduce)
    if release.is_new:
        switch(workspace, release)
    else:
        promote(workspace, release.id, key)
        audit_log.append(workspace, "release create", release=release.id)
    prune(workspace, settings.release.keep, pinned_releases(workspace))
    return release


def _released_already(workspace: Workspace, verdict: Mapping[str, Any]) -> Release | None:
    """The release made of the very candidate that the verdict is on, if it is on the shelf."""
    present = verdict["candidate"]
    same = (r for r in releases(workspace) if r.manifest.verdict.get("candidate") == present)
    return next(same, None)


def _require_same(made: Manifest, wanted: Manifest | None) -> None:
    """Refuse other content than the manifest's; name what may explain it (SO-905)."""
    if wanted is None:
        return
    tables = _differing(made.table_hashes(), wanted.table_hashes())
    if not tables:
        return
    causes = (
        (Clause("inputs", "les entrées"), _digests(made) != _digests(wanted)),
        (Clause("code", "le code"), made.code["sha256"] != wanted.code["sha256"]),
        (
            Clause("vocabulary", "le vocabulaire"),
            made.identity.vocabulary_version != wanted.identity.vocabulary_version,
        ),
        (
            Clause("settings", "les réglages"),
            any(made.settings[part] != wanted.settings.get(part) for part in OUTPUT_PARTS),
        ),
    )
    why = [cause for cause, differs in causes if differs]
    other = joined(why or [Clause("nothing recorded", "rien de connu")], ", ")
    raise SndsOmopError(
        "SO-905",
        f"tables that differ: {', '.join(tables)}; what else does: {other.english}",
        f"tables qui diffèrent : {', '.join(tables)} ; ce qui diffère aussi : {other.french}",
    )


def settings_to_reproduce(wanted: Manifest, present: Settings) -> Settings:
    """The manifest's settings where they decide what is written, ours for the machine."""
    decided = {part: wanted.settings[part] for part in OUTPUT_PARTS if part in wanted.settings}
    return Settings.model_validate({**present.model_dump(), **decided})


def _digests(manifest: Manifest) -> set[str]:
    return {one.sha256 for one in manifest.inputs if one.sha256}


def _differing(left: dict[str, str], right: dict[str, str]) -> list[str]:
    return sorted(name for name in {*left, *right} if left.get(name) != right.get(name))
