"""Tables of a user's own for a pack: read with a known reader, or refused.

A table is CSV or TSV. Its columns have usual names, or a file alongside, ``<name>.csv.toml``,
declares them: ``[columns]`` with ``column = "stratum"``, ``"persons"``, ``"records"`` or
``"measure"``. What goes into the pack is written again from what was read, as plain UTF-8.
"""

# ruff: noqa: S608 - SQL is made of names of our own catalogue; values are parameters.

from __future__ import annotations

import codecs
import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.clauses import Clause, joined
from etl.errors import SndsOmopError
from etl.publish import columns as rules
from etl.publish.cells import Cell, Family, Key
from etl.publish.columns import Column, Role
from etl.publish.memory import Memory
from etl.publish.source import CATALOG
from etl.publish.summarised import HEADER as SUMMARISED
from etl.publish.summarised import summarised_faults
from etl.workspace import Workspace

_NAME = re.compile(r"(?!.*\d{5})[A-Za-z][A-Za-z0-9_-]{0,60}\.(csv|tsv)")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LARGEST = 64 * 1024 * 1024
_KEYS = {
    "person": ("person_id", "person_source_value"),
    "visit_occurrence": ("visit_occurrence_id",),
    "provider": ("provider_id", "provider_source_value"),
    "care_site": ("care_site_id", "care_site_source_value"),
}
_SHORTEST_KEY = 6
_SURE_KEY = 12
"""From this length on, letters alone may be a key."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A table that may go along."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    columns: Sequence[Column]


def read_additions(
    paths: Iterable[Path], minimum: int, connection: duckdb.DuckDBPyConnection, workspace: Workspace
) -> list[Addition]:
    """Read every table, or refuse all.

    Args:
        minimum: fewest persons that may be shown.
        connection: with the release attached, whose keys must not be in a table.
        workspace: whose registry of persons must not be in a table either.

    Raises:
        SndsOmopError: SO-501 (exit 5) naming file, column and kind of every finding, no value.
    """
    found: list[Addition] = []
    faults: list[tuple[str, Clause]] = []
    for number, path in enumerate(paths, start=1):
        # A refused name may itself identify a person: it is not repeated.
        named = bool(_NAME.fullmatch(path.name)) and not any(rules.text_faults(path.stem))
        label = f"added/{path.name}" if named else f"added file {number}"
        read = (
            _read(path)
            if named
            else Clause(
                "a name that is not letters, digits and _ with .csv or .tsv: only tables are read",
                "un nom autre que lettres, chiffres et _, puis .csv ou .tsv : tables seules",
            )
        )
        if isinstance(read, Clause):
            faults.append((label, read))
            continue
        faults += [(label, fault) for fault in _faults(read, minimum)]
        if any(path.name.lower() == other.name.lower() for other in found):
            faults.append((label, Clause("two files of one name", "deux fichiers de même nom")))
        found.append(read)
    if not faults:
        faults = [
            (f"added/{one.name}", Clause("a key of this workspace", "une clé de cet espace"))
            for one in found
            if _has_key(one, connection, workspace)
        ]
    if faults:
        clauses = {
            Clause(f"{label}: {fault.english}", f"{label} : {fault.french}")
            for label, fault in faults
        }
        raise SndsOmopError("SO-501", *joined(sorted(clauses)))
    return found


def _read(path: Path) -> Addition | Clause:
    if path.stat().st_size > _LARGEST:
        return Clause("a file of more than 64 MiB", "un fichier de plus de 64 Mio")
    raw = path.read_bytes()
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return Clause("an encoding other than UTF-8", "un encodage autre qu'UTF-8")
    first = text.partition("\n")[0]
    delimiter = "\t" if path.suffix == ".tsv" else max(",;\t|", key=first.count)
    try:
        rows = [
            row for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True) if row
        ]
    except csv.Error:
        return Clause("a table that cannot be read", "une table illisible")
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return Clause("rows of unequal length", "des lignes de longueurs inégales")
    header = [name.strip() for name in rows[0]]
    body = [[value.strip() for value in row] for row in rows[1:]]
    declared = _declared(path)
    if isinstance(declared, Clause):
        return declared
    columns = []
    if {rules.plain(name) for name in header} != set(SUMMARISED):
        for place, name in enumerate(header, start=1):
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_ .-]{0,60}", name):
                return Clause(
                    f"the name of column {place} is no plain word",
                    f"le nom de la colonne {place} n'est pas un mot simple",
                )
            role = declared.pop(name, None) or rules.usual_role(name)
            if role is None:
                return Clause(
                    f"column {name} is not declared", f"la colonne {name} n'est pas déclarée"
                )
            columns.append(Column(name, role))
    if declared:
        return Clause("a declared column is absent", "une colonne déclarée est absente")
    return Addition(path.name, header, body, columns)


def _declared(path: Path) -> dict[str, Role] | Clause:
    side = path.with_name(f"{path.name}.toml")
    if not side.is_file():
        return {}
    try:
        content = tomllib.loads(side.read_text(encoding="utf-8"))
        return {str(name): Role(role) for name, role in content["columns"].items()}
    except (ValueError, KeyError, AttributeError):
        return Clause(
            "its .toml does not declare [columns] as stratum, persons, records or measure",
            "son .toml ne déclare pas [columns] : stratum, persons, records ou measure",
        )


def _faults(table: Addition, minimum: int) -> Iterator[Clause]:
    if not table.columns:
        names = [rules.plain(name) for name in table.header]
        yield from summarised_faults(
            [dict(zip(names, row, strict=True)) for row in table.rows], minimum
        )
        return
    yield from rules.column_faults(table.columns)
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    yield from sorted(set(rules.total_faults(table.columns, rows, minimum)))
    seen: set[Clause] = set()
    strata: set[tuple[str, ...]] = set()
    for row, named in zip(table.rows, rows, strict=True):
        for fault in rules.row_faults(table.columns, named, minimum):
            if fault not in seen:
                seen.add(fault)
                yield fault
        strata.add(
            tuple(
                value
                for value, column in zip(row, table.columns, strict=True)
                if column.role is Role.STRATUM
            )
        )
    if len(strata) < len(table.rows):
        yield Clause("two rows of one stratum", "deux lignes d'une même strate")


def added_families(tables: Iterable[Addition]) -> list[Family]:
    """The counts of added tables as cells, by table, stratum and column."""
    found = []
    for table in tables:
        cells: dict[Key, Cell] = {}
        strata = [
            place for place, column in enumerate(table.columns) if column.role is Role.STRATUM
        ]
        for row in table.rows:
            for place, column in enumerate(table.columns):
                count = rules.whole_number(row[place])
                if column.role in (Role.PERSONS, Role.RECORDS) and count is not None:
                    cells[*(row[one] for one in strata), column.plain] = Cell(count, None)
        found.append(Family(f"added/{table.name.lower()}", cells))
    return found


def require_unlike(families: Iterable[Family], memory: Memory, minimum: int) -> None:
    """Refuse tables whose counts differ by a small count from those of an earlier pack.

    Raises:
        SndsOmopError: SO-501 (exit 5) naming the files.
    """
    names = sorted(
        family.name
        for family in families
        if any(
            0 < abs(cell.value - entry.value) < minimum
            for key, cell in family.cells.items()
            for entry in memory.get((family.name, key), ())
        )
    )
    if names:
        listed = ", ".join(names)
        raise SndsOmopError(
            "SO-501",
            f"{listed}: a count differs by a small count from the one of an earlier pack",
            f"{listed} : un effectif diffère d'un petit effectif de celui d'un lot précédent",
        )


def _has_key(table: Addition, connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> bool:
    """Whether a cell is a key of the release or of the registry of persons.

    Counts are not looked at: a number of records may well be the number of a person.
    """
    kept = [
        place
        for place, column in enumerate(table.columns)
        if column.role in (Role.STRATUM, Role.MEASURE)
    ] if table.columns else range(len(table.header))  # fmt: skip
    concepts = {
        place for place, one in enumerate(table.columns) if one.plain.endswith("concept_id")
    }
    values = {row[place] for row in table.rows for place in kept if place not in concepts}
    values |= _unknown_concepts(
        {row[place] for row in table.rows for place in concepts}, connection
    )
    tokens = sorted(
        {
            token
            for value in values
            for token in _tokens(value)
            if len(token) >= _SHORTEST_KEY
            and (len(token) >= _SURE_KEY or any(sign.isdigit() for sign in token))
        }
    )
    if not tokens:
        return False
    for name, columns in _KEYS.items():
        if any(_meets(connection, f"{CATALOG}.cdm.{name}", column, tokens) for column in columns):
            return True
    if not workspace.registry.is_file():
        return False
    with duckdb.connect(str(workspace.registry), read_only=True) as registry:
        texts = registry.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where data_type in ('VARCHAR', 'BIGINT', 'UBIGINT', 'HUGEINT')"
        ).fetchall()
        return any(
            _meets(registry, f'"{schema}"."{name}"', f'"{column}"', tokens)
            for schema, name, column in texts
        )


def _tokens(value: str) -> Iterator[str]:
    """What a key may look like: words, all signs in one, and digits without what precedes them."""
    whole = re.sub(r"\.0+$", "", value)
    for token in (*re.findall(r"[A-Za-z0-9]+", whole), re.sub(r"[^A-Za-z0-9]", "", whole)):
        yield token
        yield re.sub(r"^[A-Za-z]*0*(?=\d+$)", "", token)


def _unknown_concepts(values: Iterable[str], connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Values of columns of concepts that are no concept of the release."""
    found = connection.execute(
        "select value from (select unnest($1::varchar[]) as value) "
        f"where value not in (select concept_id::varchar from {CATALOG}.cdm.concept)",
        [sorted(values)],
    ).fetchall()
    return {value for (value,) in found}


def _meets(
    connection: duckdb.DuckDBPyConnection, relation: str, column: str, tokens: list[str]
) -> bool:
    row = connection.execute(
        f"select count(*) from {relation} "
        f"where {column}::varchar in (select unnest($1::varchar[]))",
        [tokens],
    ).fetchone()
    return bool(row and row[0])
