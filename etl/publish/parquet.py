"""Parquet: a folder per table, written as ``.building``, checked by manifest, then renamed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from etl.errors import SndsOmopError
from etl.progress import Progress, Silent
from etl.publish.source import Source, opened
from etl.release import audit_log
from etl.release.content import hash_relation
from etl.release.files import make_durable, record_file
from etl.release.store import Release
from etl.settings import EngineSettings
from etl.sql_text import literal
from etl.workspace import Workspace

PUBLICATION_FILE = "publication.json"


def publish_parquet(
    workspace: Workspace,
    release: Release,
    output: Path,
    engine: EngineSettings,
    progress: Progress | None = None,
) -> int:
    """Write ``<output>/<table>/part-00000.parquet`` for every table of cdm and results.

    Each file is read back and must have the content hash of the manifest. ``publication.json``
    names the release and gives the SHA-256 of every file.

    Returns:
        The number of rows written.

    Raises:
        SndsOmopError: SO-114 when the folder holds something, SO-903 for other content.
    """
    if output.exists() and any(output.iterdir()):
        raise SndsOmopError(
            "SO-114", "it would be overwritten", "elle serait écrasée", where=str(output)
        )
    building = output.with_name(f"{output.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    with opened(workspace, release, engine) as source:
        rows = _write(source, building, progress or Silent())
    make_durable(building)
    building.replace(output)
    audit_log.append(workspace, "publish parquet", release=release.id, rows_out=rows)
    return rows


def _write(source: Source, building: Path, progress: Progress) -> int:
    progress.total(len(source.tables))
    records = []
    for table in source.tables:
        path = building / table.name / "part-00000.parquet"
        path.parent.mkdir()
        source.connection.execute(
            f"copy {table.relation} to {literal(path)} (format parquet, compression zstd)"
        )
        written = hash_relation(
            source.connection,
            f"read_parquet({literal(path)})",
            table.schema,
            table.name,
            table.columns,
        )
        if written.content_hash != table.content_hash:
            raise SndsOmopError(
                "SO-903",
                f"{table.name} differs from the manifest",
                f"{table.name} diffère du manifeste",
            )
        records.append(record_file(building, path, rows=written.rows))
        progress.advance(1, table.name)
    publication = {
        "release": source.release.id,
        "files": [record.model_dump(exclude={"chunks"}) for record in records],
    }
    text = json.dumps(publication, indent=1) + "\n"
    (building / PUBLICATION_FILE).write_text(text, encoding="utf-8")
    return sum(table.rows for table in source.tables)
