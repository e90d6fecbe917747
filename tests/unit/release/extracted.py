"""A workspace with one release of 120 persons, and extracts of it, for tests of extracts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl.contracts.cdm import cdm_tables
from etl.release import Release, find
from etl.release.extract import (
    Made,
    extract,
    read_permit,
)
from etl.release.extract.register import map_folder
from etl.settings import Settings
from tests.small_candidate import released

TODAY = date(2026, 12, 1)
HEAD = """
[permit]
number = "EX-1"
holder = "A laboratory"
purpose = "A study"
expires = {expires}
"""
EVERY = tuple(
    name
    for name, table in cdm_tables().items()
    if table.group != "vocabulary"
    and name not in ("observation_period", "cdm_source", "location", "care_site", "provider")
)
ALL_TABLES = "[tables]\n" + "".join(f'{name} = "all"\n' for name in EVERY)
FINEST = """
[precision]
birth = "day"
residence = "commune"
providers = "renumbered"
care_sites = "renumbered"
source_values = true
"""
CONDITIONS = '[tables]\ncondition_occurrence = "all"\n'


class Site:
    """A workspace with one release, and what is extracted of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = released(folder / "workspace")
        self.count = 0

    @property
    def release(self) -> Release:
        return find(self.workspace, "current")

    def permit(
        self, text: str, persons: str = 'select = "all"', expires: str = "2027-12-31"
    ) -> Path:
        path = self.folder / "permit.toml"
        path.write_text(f"{HEAD.format(expires=expires)}\n[persons]\n{persons}\n{text}")
        return path

    def make(self, text: str = CONDITIONS, persons: str = 'select = "all"', **more: Any) -> Made:
        self.count += 1
        return extract(
            self.workspace,
            self.release,
            read_permit(self.permit(text, persons)),
            self.folder / f"x{self.count}",
            Settings(),
            today=TODAY,
            **more,
        )

    def parent(self, query: str) -> list[tuple[Any, ...]]:
        return rows(self.release.database, query)

    def persons(self, made: Made) -> dict[int, int]:
        """Number in the release → number in the extract."""
        found = pl.read_parquet(map_folder(self.workspace, made.extract.id) / "persons.parquet")
        return dict(zip(found["old"], found["new"], strict=True))


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def of(made: Made, query: str) -> list[tuple[Any, ...]]:
    return rows(made.output / "omop.duckdb", query)


def number(made: Made, query: str) -> Any:
    return of(made, query)[0][0]
