"""Whose data a publication for a network names: several sites must not be one to its reader."""

from __future__ import annotations

from etl.errors import SndsOmopError
from etl.loaders.manifest import Delivery
from etl.release.store import Release
from etl.settings import SourceSettings
from etl.synthetic.mark import is_synthetic
from etl.workspace import Workspace


def require_site(workspace: Workspace, release: Release) -> None:
    """Refuse to write files of a network for a site that has not stated its names.

    Made-up data may go without: the demo has no site.

    Raises:
        SndsOmopError: SO-140 name, abbreviation or holder of the release are those of no site.
    """
    identity = release.manifest.identity
    usual = SourceSettings()
    stated = {
        "name": identity.source_name != usual.name,
        "abbreviation": identity.source_abbreviation != usual.abbreviation,
        "holder": identity.holder != usual.holder,
    }
    missing = [f"source.{name}" for name, is_stated in stated.items() if not is_stated]
    if missing and not is_synthetic(Delivery.load(workspace.manifest)):
        names = ", ".join(missing)
        raise SndsOmopError("SO-140", names, names, where=release.id)
