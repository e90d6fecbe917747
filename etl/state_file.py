"""Records of a workspace: written whole or not at all, refused by name when damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.clauses import Clause
from etl.errors import SndsOmopError

if TYPE_CHECKING:
    import polars as pl


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file, durably, readable by its owner alone: readers see the old one or the new one.

    The draft stands next to the file; a write that fails leaves the file as it was.
    """
    draft = path.with_name(f"{path.name}.tmp")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content.encode() if isinstance(content, str) else content)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_record(path: Path) -> dict[str, Any]:
    """The object that a file holds.

    Raises:
        SndsOmopError: SO-132 when it is no JSON object.
    """
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise damaged(path) from error
    if not isinstance(content, dict):
        raise damaged(path)
    return content


def read_table(path: Path) -> pl.DataFrame:
    """The Parquet file of a record.

    Raises:
        SndsOmopError: SO-132 when it cannot be read.
    """
    import polars

    try:
        return polars.read_parquet(path, glob=False)
    except polars.exceptions.PolarsError as error:
        raise damaged(path) from error
    except FileNotFoundError as error:
        raise damaged(path, Clause("it is absent", "il est absent")) from error


def damaged(path: Path, why: Clause | None = None) -> SndsOmopError:
    """A record that cannot be read, by its name; what it holds is not quoted."""
    what = why or Clause("it is cut short or is no record of ours", "il est tronqué ou étranger")
    return SndsOmopError("SO-132", *what, where=str(path))
