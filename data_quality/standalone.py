"""Checks a database of the shelf by itself: an extract, or a release made again.

The lake of then is gone or is not part of it, so checks that read it do not apply. The whole
catalogue, the gate and the report are those of a candidate.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from data_quality.gate import Policy, read_policy
from data_quality.validation import validate
from etl.delivery.declaration import STATE, Declaration, Declarations, recorded
from etl.progress import Progress, Silent
from etl.release.candidate import read_verdict
from etl.settings import Settings
from etl.state_file import write_whole
from etl.workspace import Workspace


def check_remade(
    workspace: Workspace,
    settings: Settings,
    database: Path,
    quality: Path,
    progress: Progress | None = None,
) -> Mapping[str, Any]:
    """Judge a release made again, by the policy and waivers of the workspace; its verdict.

    Args:
        quality: folder for the results, the report and the verdict; former ones are replaced.
    """
    policy = read_policy(workspace.root)
    return _check(workspace, settings, database, quality, policy, recorded(workspace), progress)


def check_extract(
    workspace: Workspace,
    settings: Settings,
    database: Path,
    quality: Path,
    progress: Progress | None = None,
) -> Mapping[str, Any]:
    """Judge an extract; its verdict.

    National figures do not apply, an extract has no ledger, and the floors of mapping are those of
    a whole population: a cohort may consist of unmapped codes.
    """
    policy = read_policy(workspace.root)
    policy = policy.model_copy(update={"require_ledger": False, "mapped_floor": {}})
    targeted = Declarations(by_root={"extract": Declaration(population="targeted")})
    return _check(workspace, settings, database, quality, policy, targeted, progress)


def _check(
    workspace: Workspace,
    settings: Settings,
    database: Path,
    quality: Path,
    policy: Policy,
    declared: Declarations,
    progress: Progress | None,
) -> Mapping[str, Any]:
    """Validate in a workspace of its own, which holds the database as its candidate."""
    with tempfile.TemporaryDirectory(prefix=".check-", dir=database.parent) as folder:
        own = Workspace(Path(folder))
        own.create()
        own.candidate.symlink_to(database.resolve())
        text = yaml.safe_dump(policy.model_dump(mode="json"))
        (own.root / "policy.yml").write_text(text, encoding="utf-8")
        if (workspace.root / "waivers.yml").is_file():
            shutil.copy(workspace.root / "waivers.yml", own.root)
        write_whole(own.state / STATE, declared.model_dump_json())
        validate(own, settings, progress=progress or Silent(), suites=False)
        quality.mkdir(exist_ok=True)
        for path in own.quality.iterdir():
            if path.is_file():
                (quality / path.name).unlink(missing_ok=True)
                shutil.move(path, quality / path.name)
        shutil.rmtree(own.quality)
        own.quality.symlink_to(quality.resolve())
        return read_verdict(own)
