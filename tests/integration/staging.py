"""Small deliveries and what staging made of them, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from etl.loaders import Delivery, Limits, StageReport, stage
from etl.settings import Settings
from etl.workspace import Workspace

HEADER = "ETA_NUM;RSA_NUM;ASS_DGN;DGN_ASS_NUM"
ROWS = ("010000123;0000000001;I10;1", "010000123;0000000002;E119;1", "2A0000456;0000000001;C509;2")


class Site:
    """A delivery directory and a workspace below one temporary folder."""

    def __init__(self, root: Path) -> None:
        self.delivery = root / "delivery"
        self.delivery.mkdir()
        self.workspace = Workspace(root / "workspace")
        self.workspace.create()

    def put(self, name: str, content: str | bytes, *, folder: Path | None = None) -> Path:
        path = (folder or self.delivery) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def diagnoses(self, name: str = "T_MCO19D.csv", *rows: str) -> Path:
        """A small T_MCOaaD."""
        return self.put(name, lines(HEADER, *(rows or ROWS)))

    def stage(self, folder: Path | None = None, **options: Any) -> StageReport:
        limits = options.pop("limits", None)
        year = options.pop("year", None)
        settings = Settings.model_validate({"input": options})
        return stage(folder or self.delivery, self.workspace, settings, year=year, limits=limits)

    def rows(self, table: str = "mco/t_mcoaad") -> pl.DataFrame:
        """The table as every reader of the lake sees it."""
        return pl.read_parquet(self.workspace.lake / table / "**/*.parquet").sort("_row_id")

    def quarantine(self, table: str = "mco/t_mcoaad") -> pl.DataFrame:
        files = sorted((self.workspace.quarantine / table).glob("*.parquet"))
        return pl.concat([pl.read_parquet(file) for file in files]) if files else pl.DataFrame()

    def folders(self, table: str = "mco/t_mcoaad") -> list[str]:
        found = (self.workspace.lake / table).glob("f*")
        return sorted(path.name for path in found)

    def manifest(self) -> Delivery:
        return Delivery.load(self.workspace.manifest)

    def summary(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.workspace.lake / "manifest" / f"{name}.parquet")

    def content(self) -> dict[str, bytes]:
        """Every file of lake, quarantine and state but the lock."""
        root = self.workspace.root
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for folder in ("lake", "quarantine", "state")
            for path in sorted((root / folder).rglob("*"))
            if path.is_file() and path.name != ".lock"
        }


def lines(*texts: str) -> str:
    return "".join(f"{text}\n" for text in texts)


def statuses(report: StageReport) -> dict[str, str]:
    return {file.name: file.status for file in report.files}


SMALL_BLOCKS = Limits(block_size=64)
