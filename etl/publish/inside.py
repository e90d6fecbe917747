"""Complete files of the network's tools, with exact counts: for use inside the closed zone.

What may leave is the share pack's. Counts at or below the tools' own limit, or below the smallest
count that may be shown, are left out of the portal files; Ares' tree has all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from etl.errors import SndsOmopError
from etl.publish.ares_tree.publication import write_tree
from etl.publish.portal import catalogue, dashboard
from etl.publish.portal.rows import write_rows
from etl.publish.site import require_site
from etl.publish.source import CATALOG, opened
from etl.release import audit_log
from etl.release.achilles.timings import TIMINGS_FILE, read_timings
from etl.release.store import Release
from etl.settings import Settings
from etl.state_file import read_record
from etl.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Written:
    """Files written, and the rows or files in them."""

    files: tuple[Path, ...]
    rows: int


def publish_network(
    workspace: Workspace, release: Release, output: Path, settings: Settings
) -> Written:
    """Write the files of CatalogueExport and DashboardExport.

    Args:
        output: a folder; files of the same day are replaced.

    Raises:
        SndsOmopError: SO-140 for a release of real data without a site, SO-903 and SO-904 for one
            that is not what was signed.
    """
    require_site(workspace, release)
    today = datetime.now(UTC).date()
    # The tools leave out what is at or below a number; we show nothing below ours.
    small = max(catalogue.SMALL, settings.privacy.minimum_count - 1)
    with opened(workspace, release, settings.engine) as source:
        first = catalogue.catalogue_rows(source.connection, CATALOG, today, small)
        second = dashboard.dashboard_rows(source.connection, CATALOG, today, small)
    output.mkdir(parents=True, exist_ok=True)
    name = release.manifest.identity.source_abbreviation.replace(" ", "_")
    files = (
        output / f"catalogue_results-{today:%Y-%m-%d}.csv",
        output / f"dashboard_export_{name}_{today:%Y%m%d}.csv",
    )
    rows = write_rows(files[0], first) + write_rows(files[1], second)
    audit_log.append(workspace, "publish network", release=release.id, rows_out=rows)
    return Written(files, rows)


def publish_ares(
    workspace: Workspace, release: Release, output: Path, settings: Settings
) -> Written:
    """Put a release into the data folder of Ares, next to the releases that are there already.

    Raises:
        SndsOmopError: SO-140 for a release of real data without a site, SO-903 and SO-904 for one
            that is not what was signed, SO-903 without its results of DQD, which every page needs.
    """
    require_site(workspace, release)
    results = release.path / "quality" / "dq-result.json"
    if not results.is_file():
        raise SndsOmopError(
            "SO-903",
            "it holds no dq-result.json",
            "elle ne contient pas dq-result.json",
            where=release.id,
        )
    document = read_record(results)
    output.mkdir(parents=True, exist_ok=True)
    with opened(workspace, release, settings.engine) as source:
        folder = write_tree(
            source.connection,
            CATALOG,
            output,
            document,
            read_timings(release.path / TIMINGS_FILE),
        )
    files = tuple(sorted(path for path in folder.rglob("*") if path.is_file()))
    audit_log.append(workspace, "publish ares", release=release.id, rows_out=len(files))
    return Written(files, len(files))
