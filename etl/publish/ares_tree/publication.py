"""Puts a release into a folder that Ares reads, next to the releases that are there already."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from etl.publish.ares_tree.concepts import write_concepts
from etl.publish.ares_tree.files import write_json
from etl.publish.ares_tree.index import augment, write_index
from etl.publish.ares_tree.reports import write_reports
from etl.publish.ares_tree.source import Source


def write_tree(
    connection: duckdb.DuckDBPyConnection,
    catalog: str,
    root: Path,
    dqd: Mapping[str, Any],
    timings: Mapping[int, float],
) -> Path:
    """Write ``root/<source>/<date>`` and rebuild the indexes; return the folder of the release.

    Args:
        catalog: name of the database that holds ``cdm`` and ``results``.
        root: the folder that Ares serves as ``data``.
        dqd: the content of ``dq-result.json``.
        timings: seconds of each analysis.
    """
    source = Source(connection, catalog)
    about = source.rows(
        f"select cdm_source_abbreviation as name, cdm_release_date as day from {source.cdm}"
        ".cdm_source limit 1"
    )[0]
    key = str(about["NAME"]).replace(" ", "_")
    folder = root / key / str(about["DAY"]).replace("-", "")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_json(folder / "dq-result.json", dqd)
    write_reports(source, folder, timings)
    write_concepts(source, folder)
    augment(folder)
    write_index(root)
    return folder
