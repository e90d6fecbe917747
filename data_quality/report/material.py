"""What the report is made of: the results of the candidate and of the releases before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from data_quality import figures, results
from data_quality.checks.catalogue import catalogue
from data_quality.checks.model import Check
from data_quality.suites import outcomes
from etl.errors import SndsOmopError
from etl.release.candidate import VERDICT_FILE, read_verdict
from etl.release.store import releases
from etl.state_file import read_table
from etl.workspace import Workspace

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """One earlier release."""

    id: str
    vocabulary_version: str
    catalogue_version: str
    results: pl.DataFrame
    figures: pl.DataFrame


@dataclass(frozen=True)
class Material:
    """All of it, read once."""

    verdict: dict[str, Any]
    results: pl.DataFrame
    details: pl.DataFrame
    figures: pl.DataFrame
    suites: pl.DataFrame | None
    past: tuple[Past, ...]
    """Earlier releases, oldest first."""
    previous: str
    """Id of the release in use; empty when there is none."""

    @cached_property
    def checks(self) -> dict[str, Check]:
        return {check.id: check for check in catalogue()}

    @cached_property
    def _rows(self) -> list[Row]:
        return self.results.to_dicts()

    def rows(self) -> list[Row]:
        """Results as rows, in the order of the catalogue."""
        return self._rows

    def judged(self) -> list[Row]:
        """Results that count: those of superseded checks are listed elsewhere."""
        return [row for row in self.rows() if not row["superseded_by"]]

    def figure(self, name: str) -> list[Row]:
        return self.figures.filter(pl.col("figure") == name).to_dicts()

    def number(self, name: str, table: str, label: str = "") -> float | None:
        """One value of the figures; None when it was not measured."""
        for row in self.figure(name):
            if (row["table_name"], row["label"]) == (table, label):
                return float(row["value"])
        return None

    def source(self, name: str) -> str:
        """One column of ``cdm_source``."""
        return str(self.verdict.get("cdm_source", {}).get(name) or "")

    @property
    def before(self) -> Past | None:
        """The release in use."""
        return next((past for past in self.past if past.id == self.previous), None)

    def digest(self) -> str:
        """Hash of the results and figures: ties a printed page to its data."""
        content = self.results.drop("sql", "first_seen").write_csv() + self.figures.write_csv()
        return hashlib.sha256(content.encode("utf-8")).hexdigest()


def gather(workspace: Workspace) -> Material:
    """Read what :func:`data_quality.validate` wrote, and what earlier releases hold.

    Raises:
        SndsOmopError: SO-113 when nothing was validated yet.
    """
    if not (workspace.quality / VERDICT_FILE).is_file():
        raise SndsOmopError(
            "SO-113",
            "nothing was validated yet",
            "rien n'a encore été contrôlé",
            where=str(workspace.quality),
        )
    quality = workspace.quality
    suites = quality / outcomes.FILE
    return Material(
        verdict=read_verdict(workspace),
        results=read_table(quality / results.FILE),
        details=read_table(quality / results.DETAILS),
        figures=read_table(quality / figures.FILE),
        suites=read_table(suites) if suites.is_file() else None,
        past=tuple(_pasts(workspace)),
        previous=workspace.current.resolve().name if workspace.current.is_symlink() else "",
    )


def _pasts(workspace: Workspace) -> Iterator[Past]:
    """Earlier releases that can be read; the gate reports those that cannot."""
    for release in releases(workspace):
        with suppress(pl.exceptions.PolarsError, OSError):
            yield _past(release.id, release.path / "quality", release.manifest.identity)


def _past(identifier: str, quality: Path, identity: Any) -> Past:
    found = pl.read_parquet(quality / results.FILE, glob=False)
    return Past(
        id=identifier,
        vocabulary_version=identity.vocabulary_version,
        catalogue_version=str(found["catalogue_version"][0]) if found.height else "",
        results=found,
        figures=pl.read_parquet(quality / figures.FILE, glob=False),
    )
