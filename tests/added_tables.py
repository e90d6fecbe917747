"""Tables of a user's own for a pack, read or refused."""

from __future__ import annotations

from pathlib import Path

import duckdb

from etl.errors import SndsOmopError
from etl.publish.additions import Addition, read_additions
from etl.workspace import Workspace


class Reader:
    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, own: Workspace) -> None:
        self.folder, self.connection, self.own = folder, connection, own

    def __call__(
        self, content: str | bytes, name: str = "mine.csv", side: str | None = None
    ) -> list[Addition]:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if side is not None:
            path.with_name(f"{name}.toml").write_text(side)
        return read_additions([path], 11, self.connection, self.own)

    def refused(self, content: str | bytes, name: str = "mine.csv", side: str | None = None) -> str:
        try:
            self(content, name, side)
        except SndsOmopError as error:
            assert (error.code, error.exit_code) == ("SO-501", 5)
            return error.detail
        return ""
