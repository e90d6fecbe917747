"""What a shell completes: ids of releases, from the names of folders alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_UNFINISHED = (".building", ".removing", ".switching")


def release_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Releases of the workspace of the line that is typed, the newest first, and `current`."""
    shelf = Path(ctx.find_root().params.get("workspace") or "workspace") / "releases"
    try:
        names = sorted((one.name for one in shelf.iterdir() if one.is_dir()), reverse=True)
    except OSError:
        return []
    return [one for one in names if one.startswith(incomplete) and not one.endswith(_UNFINISHED)]


def release_option(text: str) -> Callable[[Any], Any]:
    """The option ``--release``, `current` without it; ``text`` is its help."""
    return click.option(
        "--release",
        "release_id",
        default="current",
        show_default=True,
        shell_complete=release_ids,
        help=text,
    )
