"""MANIFEST.json: everything needed to describe a release, and to make it again."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from etl.clauses import Clause
from etl.errors import SndsOmopError
from etl.ids import CHUNK_BITS, LINE_BITS, TABLE_BITS, VARIANTS
from etl.release.content import TableContent
from etl.release.files import CHUNK_BYTES, FileRecord
from etl.settings import ReleaseFormat

MANIFEST_FILE = "MANIFEST.json"
FORMAT: Literal[1] = 1

# Whose version may change what is written.
TOOLS = ("duckdb", "dbt-core", "dbt-duckdb", "polars", "pydantic", "sqlalchemy", "cryptography")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Identity(_Record):
    """The fields of cdm_source and the version of the code: the key of Ares and DARWIN too."""

    source_name: str
    source_abbreviation: str
    holder: str
    source_release_date: str
    cdm_release_date: str
    cdm_version: str
    vocabulary_version: str
    etl_version: str


class TableRecord(_Record):
    """One table of a release."""

    schema_name: str
    table: str
    rows: int
    content_hash: str

    @property
    def full_name(self) -> str:
        return f"{self.schema_name}.{self.table}"


def table_records(contents: Iterable[TableContent]) -> tuple[TableRecord, ...]:
    """What a manifest records of the tables that a release holds."""
    return tuple(
        TableRecord(
            schema_name=one.schema_name,
            table=one.table,
            rows=one.rows,
            content_hash=one.content_hash,
        )
        for one in contents
    )


class InputRecord(_Record):
    """One delivered file and its fate: no path, no name of a person or a machine."""

    source_table: str | None
    source_year: int | None
    file_name: str
    sha256: str | None
    rows_read: int
    rows_staged: int
    rows_quarantined: int
    rows_withdrawn: int = 0
    fate: str = "loaded"
    fate_code: str = ""
    n_lines: int = 0
    first_row_id: int | None = None
    last_row_id: int | None = None


class IdLayout(_Record):
    """How the ids of a release hold table, chunk and line (docs/adr/0022)."""

    table_bits: int = TABLE_BITS
    chunk_bits: int = CHUNK_BITS
    line_bits: int = LINE_BITS
    variants: int = VARIANTS
    tables: dict[str, int] = {}
    """Number of each SNDS table among the inputs."""


class PermitRecord(_Record):
    """For whom an extract was made, and what it may be used for."""

    number: str
    holder: str
    purpose: str
    expires: date
    parent: str
    """Release that it is a part of."""
    persons: int
    grants: dict[str, Any]
    """Period, tables, precision, and how persons were chosen."""


class ReadingRecord(_Record):
    """What reading changed in one column of one table and year: numbers of values."""

    source_table: str
    source_year: int | None
    column_name: str
    n_unparsed: int
    """Staged as NULL: the type of the column cannot hold them."""
    n_missing: int
    """Words for a missing value, staged as NULL."""
    n_rounded: int
    """Amounts finer than the column."""


class Manifest(_Record):
    """The whole of MANIFEST.json."""

    format: Literal[1] = FORMAT
    release_id: str
    created_at: datetime
    previous: str | None
    identity: Identity
    verdict: dict[str, Any]
    replaces: str | None = None
    """Release that held persons who were excluded since; its content was destroyed."""
    withdrawn: int = 0
    """Persons who left since the release was first made; of an extract: all who are excluded."""
    excluded: int = 0
    """Persons who were excluded from the workspace when it was made."""
    permit: PermitRecord | None = None
    """Of an extract."""
    audit_head: str
    """Last entry of the audit log when the release was made."""
    settings: dict[str, Any]
    rules_off: tuple[str, ...]
    code: dict[str, str]
    tools: dict[str, str]
    inputs: tuple[InputRecord, ...]
    ids: IdLayout | None = None
    """None in manifests of earlier versions: their ids have today's layout (docs/adr/0022)."""
    readings: tuple[ReadingRecord, ...] = ()
    tables: tuple[TableRecord, ...]
    tables_format: ReleaseFormat = "duckdb"
    """How its files hold the tables (:mod:`etl.release.tables`)."""
    chunk_bytes: int = CHUNK_BYTES
    files: tuple[FileRecord, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the gate refused it: of a release made again without excluded persons."""
        return self.verdict.get("accepted") is False

    def table_hashes(self, schema: str = "cdm") -> dict[str, str]:
        return {t.table: t.content_hash for t in self.tables if t.schema_name == schema}

    def rows(self, table: str, schema: str = "cdm") -> int:
        return next(t.rows for t in self.tables if (t.schema_name, t.table) == (schema, table))


def now() -> datetime:
    return datetime.now(UTC)


def tool_versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in TOOLS:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def write_manifest(folder: Path, manifest: Manifest) -> None:
    text = manifest.model_dump_json(indent=1)
    (folder / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path, name: str = MANIFEST_FILE) -> Manifest:
    """The manifest of a release.

    Raises:
        SndsOmopError: SO-135 when it is absent, damaged, or of another form.
    """
    try:
        content = (folder / name).read_bytes()
        return Manifest.model_validate_json(content)
    except FileNotFoundError as error:
        fault = Clause(f"{name} is missing", f"{name} manque")
        raise SndsOmopError("SO-135", *fault, where=folder.name) from error
    except (OSError, ValueError) as error:
        fault = Clause(
            f"{name} cannot be read, or is of another version",
            f"{name} est illisible, ou d'une autre version",
        )
        raise SndsOmopError("SO-135", *fault, where=folder.name) from error
