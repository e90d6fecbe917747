"""The release as SQLAlchemy metadata: tables first, keys and indexes when the rows are in."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy import String as Varchar
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, ExecutableDDLElement
from sqlalchemy.types import TypeEngine

from etl.contracts.cdm import CdmTable, cdm_tables
from etl.errors import SndsOmopError
from etl.publish.source import SourceTable

INDEXES_FILE = Path(__file__).with_name("postgres_indexes.csv")

_TYPES: dict[str, TypeEngine[Any]] = {
    "bigint": BigInteger(),
    "boolean": Boolean(),
    "date": Date(),
    "double": Double(),
    "hugeint": Numeric(38, 0),
    "integer": Integer(),
    "timestamp": TIMESTAMP(),
    "varchar": Text(),
}
_WIRE = {
    "bigint": "int8",
    "boolean": "bool",
    "date": "date",
    "double": "float8",
    "hugeint": "numeric",
    "integer": "int4",
    "timestamp": "timestamp",
    "varchar": "text",
}


@dataclass(frozen=True, slots=True)
class Schemas:
    """Where tables go. The vocabulary is with the CDM unless it is named: R packages expect it."""

    cdm: str = "cdm"
    vocabulary: str | None = None
    results: str = "results"

    def __post_init__(self) -> None:
        for name in (self.cdm, self.of_vocabulary, self.results):
            if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
                raise SndsOmopError(
                    "SO-101",
                    "a schema name is lower-case letters, digits and _",
                    "un nom de schéma s'écrit en minuscules, chiffres et _",
                )

    @property
    def of_vocabulary(self) -> str:
        return self.vocabulary or self.cdm

    def home(self, table: SourceTable) -> str:
        if table.schema != "cdm":
            return self.results
        group = cdm_tables()[table.name].group
        return self.of_vocabulary if group == "vocabulary" else self.cdm


def require_wide_ids(ids: str) -> None:
    """Refuse INTEGER ids, which the official DDL has.

    Raises:
        SndsOmopError: SO-101 when anything but ``bigint`` is asked.
    """
    if ids != "bigint":
        raise SndsOmopError(
            "SO-101",
            "an id holds its source table and line (53 bits), and INTEGER ends at 2,147,483,647: "
            "publish without --ids; readers of OHDSI accept BIGINT",
            "un identifiant contient sa table et sa ligne d'origine (53 bits), et INTEGER s'arrête "
            "à 2 147 483 647 : publiez sans --ids ; les lecteurs d'OHDSI acceptent BIGINT",
            where="--ids",
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One statement that makes a key or an index, and the name it can be found by."""

    name: str
    table: str
    statement: ExecutableDDLElement


def postgres_tables(tables: Sequence[SourceTable], schema: str) -> dict[str, Table]:
    """Every table of the release, without keys, in one schema."""
    metadata = MetaData(schema=schema)
    specification = cdm_tables()
    return {
        table.name: Table(table.name, metadata, *_columns(table, specification.get(table.name)))
        for table in tables
    }


def create_table(table: Table) -> CreateTable:
    return CreateTable(table)


def wire_types(table: SourceTable) -> list[str]:
    """PostgreSQL's names of the types of a binary COPY."""
    return [_WIRE.get(kind, "numeric") for _, kind in table.columns]


def key_steps(tables: dict[str, Table]) -> Iterator[Step]:
    """Primary keys, then indexes, then foreign keys, named as OHDSI's scripts name them."""
    specification = {name: spec for name, spec in cdm_tables().items() if name in tables}
    for name, spec in specification.items():
        if spec.primary_key:
            table = tables[name]
            key = PrimaryKeyConstraint(table.c[spec.primary_key], name=f"xpk_{name}")
            yield Step(f"xpk_{name}", name, AddConstraint(key))
    with INDEXES_FILE.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            name = row["table"]
            index = Index(row["name"], tables[name].c[row["column"]])
            yield Step(row["name"], name, CreateIndex(index))
    for name, spec in specification.items():
        for field in spec.fields:
            if field.fk_table in tables and field.fk_field:
                key_name = f"fpk_{name}_{field.name}"
                target = tables[field.fk_table].c[field.fk_field]
                foreign = ForeignKeyConstraint(
                    [tables[name].c[field.name]], [target], name=key_name
                )
                yield Step(key_name, name, AddConstraint(foreign))


def _columns(table: SourceTable, spec: CdmTable | None) -> Iterator[Column[Any]]:
    for name, kind in zip(table.names, (kind for _, kind in table.columns), strict=True):
        field = spec.field(name) if spec else None
        width = field.width if field else None
        form = Varchar(width) if width else _type(kind)
        yield Column(name, form, nullable=not (field and field.required))


def _type(kind: str) -> TypeEngine[Any]:
    if kind.startswith("decimal("):
        precision, scale = kind.removeprefix("decimal(").rstrip(")").split(",")
        return Numeric(int(precision), int(scale))
    return _TYPES[kind]
