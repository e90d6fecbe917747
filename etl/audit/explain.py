"""Where a CDM row came from, and what became of a source row (DESIGN §6, §7).

An id alone holds table, chunk and line; the delivery manifest turns them into a file and a line,
the lake holds the row, and the disposition models of the candidate name the rule that applied.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import Any

import duckdb
import polars as pl

from etl.contracts.cdm import cdm_tables
from etl.contracts.registry import contract_by_number, contracts
from etl.errors import SndsOmopError
from etl.ids import VARIANTS, decode_row_id
from etl.loaders.manifest import Delivery, StagedFile
from etl.workspace import Workspace

# Tables whose key is a person, not a row id: audit.person_origin gives their source row.
PERSON_KEYED = {"person": "_row_id", "death": "death_row_id"}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a delivery file, with what became of it."""

    source_table: str
    file: str
    line: int
    row_id: int
    values: dict[str, Any]
    disposition: str
    rule_id: str | None
    rule_title: str | None
    rule_title_fr: str | None
    carrier: str | None
    """Where the row that carries the result stands, when it is another one."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A trace, one way or the other."""

    asked: str
    source: SourceRow | None
    cdm_rows: list[dict[str, Any]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    """Other source rows that were merged into this one."""
    quarantine: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Tracer:
    """Answers for one workspace; opens the candidate read-only."""

    _variants = VARIANTS

    def __init__(
        self, workspace: Workspace, opened: duckdb.DuckDBPyConnection | None = None
    ) -> None:
        if opened is None and not workspace.candidate.is_file():
            raise SndsOmopError(
                "SO-106",
                "nothing to explain",
                "il n'y a rien à expliquer",
                where=str(workspace.root),
            )
        self._workspace = workspace
        self._delivery = Delivery.load(workspace.manifest)
        if opened is None:
            opened = duckdb.connect(str(workspace.candidate), read_only=True)
        self._connection = opened

    def __enter__(self) -> Tracer:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def cdm_row(self, table: str, cdm_id: int) -> Explanation:
        """From a CDM row to its source row.

        Raises:
            SndsOmopError: SO-108 when the table is not of the CDM or has no such row.
        """
        key = self._key(table)
        if not self._rows(table, key, cdm_id, cdm_id):
            raise SndsOmopError(
                "SO-108", f"{table} has no row {cdm_id}", f"{table} n'a pas de ligne {cdm_id}"
            )
        if table in PERSON_KEYED:
            row_id = self._one(
                f"select {PERSON_KEYED[table]} from audit.person_origin where person_id = ?",  # noqa: S608
                [cdm_id],
            )
        else:
            row_id = cdm_id // self._variants
        return self._explain(f"{table} {cdm_id}", row_id)

    def source_row(self, table: str, file: str, line: int) -> Explanation:
        """From a line of a delivery file to its CDM rows.

        Args:
            table: SNDS name, with or without year (``T_MCO19B``, ``T_MCOaaB``).
            file: name of the file within its delivery, or its last part.
            line: physical line, the header being line 1 (Parquet: row from 1).

        Raises:
            SndsOmopError: SO-108 when the file is not staged or has no such line.
        """
        found = [
            staged
            for staged in self._delivery.files
            if is_named(table, staged.table, staged.year)
            and (staged.name == file or staged.name.endswith(f"/{file}"))
        ]
        if len(found) != 1:
            raise SndsOmopError(
                "SO-108",
                f"{len(found)} staged files bear this name",
                f"{len(found)} fichiers chargés portent ce nom",
                where=file,
            )
        # beyond what its numbers can hold, an id would be that of another file
        if not 0 < line < found[0].room:
            raise SndsOmopError(
                "SO-108",
                "the file has no such line",
                "le fichier n'a pas cette ligne",
                where=f"{file}:{line}",
            )
        return self._explain(f"{file}:{line}", found[0].row_id(line))

    def _explain(self, asked: str, row_id: int) -> Explanation:
        located = self._delivery.locate(row_id)
        if located is None:
            raise SndsOmopError(
                "SO-108", "its file is no longer staged", "son fichier n'est plus chargé"
            )
        file, line = located
        rejected = self._quarantined(file, line)
        if rejected:
            return Explanation(asked, None, quarantine=rejected)
        return Explanation(
            asked,
            self._source(file, line, row_id),
            cdm_rows=self._given(row_id),
            merged=self._merged_into(file.table, row_id),
        )

    def _source(self, file: StagedFile, line: int, row_id: int) -> SourceRow:
        contract = contracts()[file.table]
        folder = self._workspace.lake / contract.product / contract.model_name / file.folder
        parts = sorted(folder.glob("*.parquet"))
        frame = pl.scan_parquet(parts, glob=False).filter(pl.col("_row_id") == row_id).collect()
        if frame.is_empty():
            raise SndsOmopError(
                "SO-108",
                "the file has no such line",
                "le fichier n'a pas cette ligne",
                where=f"{file.name}:{line}",
            )
        values = {
            name: value
            for name, value in frame.row(0, named=True).items()
            if value is not None and not name.startswith("_")
        }
        disposition, rule_id, carrier_row_id = self._disposition(file.table, row_id)
        return SourceRow(
            source_table=file.table,
            file=file.name,
            line=line,
            row_id=row_id,
            values=values,
            disposition=disposition,
            rule_id=rule_id,
            rule_title=self._rule_title(rule_id, "en"),
            rule_title_fr=self._rule_title(rule_id, "fr"),
            carrier=None
            if carrier_row_id is None or carrier_row_id == row_id
            else self._place(carrier_row_id),
        )

    def _disposition(self, table: str, row_id: int) -> tuple[str, str | None, int | None]:
        """What became of a row, the rule that decided, and the row that carries its result."""
        found = self._connection.execute(
            "select disposition, rule_id, carrier_row_id from intermediate.aud_disposition "
            "where source_table = ? and _row_id = ?",
            [table, row_id],
        ).fetchone()
        return found or ("unknown", None, None)

    def _given(self, row_id: int) -> list[dict[str, Any]]:
        """CDM rows whose id carries this source row."""
        first, last = row_id * self._variants, (row_id + 1) * self._variants - 1
        given = [
            {"table": table.name, **row}
            for table in cdm_tables().values()
            if table.name not in PERSON_KEYED
            and table.primary_key
            and table.field(table.primary_key).type == "bigint"
            for low, high in ((first, last), (-last, -first))
            for row in self._rows(table.name, table.primary_key, low, high)
        ]
        for name, column in PERSON_KEYED.items():
            person_id = self._one(
                f"select person_id from audit.person_origin where {column} = ?",  # noqa: S608
                [row_id],
            )
            if person_id is not None:
                given += [
                    {"table": name, **row}
                    for row in self._rows(name, "person_id", person_id, person_id)
                ]
        return given

    def _merged_into(self, table: str, row_id: int) -> list[str]:
        rows = self._connection.execute(
            "select _row_id from intermediate.aud_disposition "
            "where source_table = ? and carrier_row_id = ? and _row_id <> ? order by 1 limit 50",
            [table, row_id, row_id],
        ).fetchall()
        return [self._place(other) for (other,) in rows]

    def _quarantined(self, file: StagedFile, line: int) -> dict[str, Any] | None:
        contract = contracts()[file.table]
        path = self._workspace.quarantine / contract.product / contract.model_name
        parts = sorted(path.glob(f"{file.folder}*.parquet"))
        if not parts:
            return None
        frame = (
            pl.scan_parquet(parts, glob=False)
            .filter(pl.col("line") == line)
            .select("line", "reason")
            .collect()
        )
        return {"file": file.name, **frame.row(0, named=True)} if frame.height else None

    def _rows(self, table: str, key: str, first: int, last: int) -> list[dict[str, Any]]:
        cursor = self._connection.execute(
            f"select * from cdm.{table} where {key} between ? and ?",  # noqa: S608
            [first, last],
        )
        names = [column[0] for column in cursor.description]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in cursor.fetchall()
        ]

    def _key(self, table: str) -> str:
        known = cdm_tables().get(table)
        if known is None or (known.primary_key is None and table not in PERSON_KEYED):
            near = get_close_matches(table.lower(), [*cdm_tables()], n=1)
            english, french = (
                (f", perhaps {near[0]}", f", peut-être {near[0]}") if near else ("", "")
            )
            raise SndsOmopError(
                "SO-108",
                f"{table} is no CDM table with a key{english}",
                f"{table} n'est pas une table du CDM qui a une clé{french}",
            )
        return known.primary_key or "person_id"

    def _rule_title(self, rule_id: str | None, language: str) -> str | None:
        if rule_id is None:
            return None
        title: str | None = self._one(
            f"select title_{language} from intermediate.snds_rules where rule_id = ?",  # noqa: S608
            [rule_id],
        )
        return title

    def _place(self, row_id: int) -> str:
        located = self._delivery.locate(row_id)
        if located is None:
            return contract_by_number(decode_row_id(row_id).table_number).table
        file, line = located
        return f"{file.name}:{line}"

    def _one(self, query: str, parameters: list[Any]) -> Any:
        row = self._connection.execute(query, parameters).fetchone()
        return None if row is None else row[0]


def is_named(wanted: str, table: str, year: int | None) -> bool:
    """Whether a name is that of a table, without its year or with it (``T_MCO19B``)."""
    name, generic = wanted.upper(), table.upper()
    if name == generic:
        return True
    return year is not None and name in (
        generic.replace("AA", f"{year % 100:02d}", 1),
        f"{generic}_{year}",
    )
