"""The count of lines does not believe the parser: what a parser loses is a residual."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from staging import HEADER, ROWS, Site, lines

from etl.loaders.batch import Batch
from etl.loaders.csv_file import CsvFile


def residual(site: Site) -> int:
    """Lines of the only file that are neither rows nor counted as anything else."""
    (file,) = site.manifest().files
    other = file.lines.header + file.lines.blank + file.lines.continuation
    return file.lines.physical - other - file.rows_read


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_rows_that_the_parser_loses_are_missed(
    site: Site, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    parse = CsvFile._parse

    def careless(self: CsvFile, *given: Any, **options: Any) -> Batch:
        batch = parse(self, *given, **options)
        kept = batch.rows.height - lost
        return Batch(
            rows=batch.rows.head(kept),
            lines=batch.lines[:kept],
            raw=batch.raw,
            trimmed=batch.trimmed,
            rejected=batch.rejected,
        )

    monkeypatch.setattr(CsvFile, "_parse", careless)
    site.put("T_MCO19D.csv", lines(HEADER, *ROWS, "", "one field"))
    site.stage()
    assert residual(site) == lost
    counted = site.summary("files")
    assert counted["n_lines"].to_list() == [6]
    assert counted["rows_read"].to_list() == [4 - lost]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)
