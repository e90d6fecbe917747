"""Which releases pruning keeps: the current one, pinned ones, published ones, the newest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl.errors import SndsOmopError
from etl.release import audit_log, prune, releases
from etl.release.manifest import Identity, Manifest, write_manifest
from etl.release.pins import FILE, pin, pinned_releases
from etl.workspace import Workspace


def put(workspace: Workspace, number: int, replaces: str | None = None) -> str:
    """A release of which only the manifest is there, made on a day of its own."""
    name = f"20260101-0000000{number}"
    manifest = Manifest(
        release_id=name,
        created_at=datetime(2026, 1, number, tzinfo=UTC),
        previous=None,
        identity=Identity(
            source_name="s",
            source_abbreviation="s",
            holder="h",
            source_release_date="2026-01-01",
            cdm_release_date="2026-01-01",
            cdm_version="v5.4",
            vocabulary_version="v",
            etl_version="1",
        ),
        verdict={},
        replaces=replaces,
        audit_head="0" * 64,
        settings={},
        rules_off=(),
        code={},
        tools={},
        inputs=(),
        tables=(),
        files=(),
    )
    folder = workspace.releases / name
    folder.mkdir()
    write_manifest(folder, manifest)
    return name


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    return workspace


def left(workspace: Workspace) -> list[str]:
    return [release.id for release in releases(workspace)]


def test_the_oldest_releases_beyond_the_limit_go(workspace: Workspace) -> None:
    names = [put(workspace, number) for number in (1, 2, 3)]
    assert prune(workspace, 2, pinned_releases(workspace)) == names[:1]
    assert left(workspace) == names[1:]


def test_a_pinned_release_and_a_published_one_stay(workspace: Workspace) -> None:
    names = [put(workspace, number) for number in (1, 2, 3, 4, 5)]
    assert pin(workspace, names[0]) == names[0]
    audit_log.append(workspace, "release promote", release=names[2])
    audit_log.append(workspace, "publish parquet", release=names[1])
    assert prune(workspace, 1, pinned_releases(workspace)) == names[2:4]
    assert left(workspace) == [names[0], names[1], names[4]]


def test_what_replaces_a_published_release_stays(workspace: Workspace) -> None:
    """A person was excluded after the publication: the release was made again, twice."""
    first = put(workspace, 2, replaces="gone")
    second = put(workspace, 3, replaces=first)
    other = put(workspace, 4)
    audit_log.append(workspace, "publish share", release="gone")
    assert pinned_releases(workspace) == {"gone", first, second}
    assert prune(workspace, 1, pinned_releases(workspace)) == []
    assert left(workspace) == [first, second, other]


def test_a_release_that_is_not_there_cannot_be_pinned(workspace: Workspace) -> None:
    with pytest.raises(SndsOmopError, match="SO-107"):
        pin(workspace, "20260101-ffffffff")


def test_a_damaged_record_is_refused_by_name(workspace: Workspace) -> None:
    (workspace.state / FILE).write_text('{"releases": 4}')
    with pytest.raises(SndsOmopError, match="SO-132"):
        pinned_releases(workspace)
